import "katex/dist/katex.min.css";
import rehypeKatex from "rehype-katex";
import remarkMath from "remark-math";
import type { MathPlugin } from "streamdown";
import type { MarkdownProps } from "./Markdown";
import { withDollars } from "./maths";
import { Rendered } from "./Rendered";

// `trust` stays off: no \href, \url or \includegraphics. A formula that never ends is cut off by `maxExpand`.
const MATHS: MathPlugin = {
  name: "katex",
  type: "math",
  remarkPlugin: [remarkMath, { singleDollarTextMath: false }],
  rehypePlugin: [rehypeKatex, { trust: false, strict: "ignore", maxExpand: 200, maxSize: 20, errorColor: "var(--bad)" }],
};
const PLUGINS = { math: MATHS };

export default function WithMaths({ text, isGrowing }: MarkdownProps) {
  return <Rendered text={withDollars(text)} isGrowing={isGrowing} plugins={PLUGINS} />;
}
