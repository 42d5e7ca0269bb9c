import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  a11y.flatConfigs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    rules: {
      "max-lines": ["error", 250],
      complexity: ["error", 10],
      "max-depth": ["error", 3],
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Nothing writes HTML." },
        { selector: "MemberExpression[property.name='innerHTML']", message: "Nothing writes HTML." },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  { files: ["tools/**"], languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } } },
);
