// Generates src/api/schema.d.ts from the description that the admin API gives of itself; with --check, only compares.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = fileURLToPath(new URL("../src/api/schema.d.ts", import.meta.url));

const description = execFileSync(`${root}/.venv/bin/python`, ["tools/describe_api.py"], {
  cwd: root,
  env: { ...process.env, PYTHONPATH: root },
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  timeout: 120_000,
});
const types = astToString(await openapiTS(JSON.parse(description), { alphabetize: true, defaultNonNullable: false }));
const wanted = `// Generated from the API's own description: npm run api\n\n${types}`;
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== wanted) {
    console.error("src/api/schema.d.ts is not what the API describes now: run `npm run api` in web/ and commit it.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, wanted);
}
