// @vitest-environment jsdom
import { cleanup, render, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, test } from "vitest";
import Markdown from "../src/chat/markdown/Markdown";
import { withDollars } from "../src/chat/markdown/maths";
import { startWords } from "../src/i18n";

beforeAll(startWords);
afterEach(cleanup);

function shown(text: string, isGrowing = false): HTMLElement {
  return render(<Markdown text={text} isGrowing={isGrowing} />).container;
}

const HOSTILE = [
  "<script>window.hurt = 1</script>",
  '<img src="https://evil.example/a.png" onerror="window.hurt = 1">',
  '<svg onload="window.hurt = 1"><script>window.hurt = 1</script><image href="https://evil.example/b.svg"/></svg>',
  '<iframe src="https://evil.example"></iframe><object data="https://evil.example"></object>',
  '<style>body { background: url("https://evil.example/c") }</style>',
  '<link rel="stylesheet" href="https://evil.example/d.css"><meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<form action="https://evil.example"><input autofocus onfocus="window.hurt = 1"></form>',
  '<a href="javascript:window.hurt=1">click</a> <video src="https://evil.example/v" autoplay></video>',
  "[click](javascript:window.hurt=1) [click](data:text/html,<script>window.hurt=1</script>) [x](vbscript:x)",
  "[click](&#106;avascript:window.hurt=1) [click](\u0001javascript:window.hurt=1)",
  "![pixel](https://evil.example/pixel.png?secret=1) ![pixel][p]\n\n[p]: https://evil.example/p.png",
  '![a](https://evil.example/a.png "onerror=window.hurt=1")',
  "$$\\href{javascript:window.hurt=1}{x} \\includegraphics{https://evil.example/e.png} \\url{javascript:window.hurt=1}$$",
  "```html\n<script>window.hurt = 1</script>\n```",
  '<div style="position:fixed;inset:0;background:url(https://evil.example/f)">x</div>',
  "| a |\n|---|\n| <img src=x onerror=window.hurt=1> |",
  "[^1]\n\n[^1]: <img src=x onerror=window.hurt=1>",
];

const FETCHING = "script, img, image, iframe, object, embed, video, audio, source, link, meta, style, form, base, frame, track";

test.each([false, true])("nothing hostile becomes an element that runs or fetches (growing: %s)", async (isGrowing) => {
  for (const text of HOSTILE) {
    const page = shown(text, isGrowing);
    await new Promise((resolve) => setTimeout(resolve, 0));

    expect(page.querySelectorAll(FETCHING), text).toHaveLength(0);
    for (const element of page.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        expect(name, text).not.toMatch(/^on/);
        expect(value, text).not.toMatch(/^\s*(?:javascript|data|vbscript):|url\(/i);
      }
    }
    cleanup();
  }
  expect((window as { hurt?: number }).hurt).toBeUndefined();
});

test("a diagram is left to a frame that has no origin, and only when all of it is there", () => {
  const hostile = '```mermaid\ngraph TD; A["<img src=x onerror=window.hurt=1>"]-->B; click A href "javascript:window.hurt=1"\n```';

  const [frame, ...more] = shown(hostile).querySelectorAll("iframe");
  const attributes = Object.fromEntries([...(frame?.attributes ?? [])].map(({ name, value }) => [name, value]));
  cleanup();

  expect(more).toEqual([]);
  expect(attributes).toMatchObject({ src: "/frames/diagram.html", sandbox: "allow-scripts" });
  expect(attributes).not.toHaveProperty("srcdoc");
  expect(shown(hostile.slice(0, 40), true).querySelectorAll("iframe")).toHaveLength(0);
});

test("mathematics is set, and what in it would lead elsewhere is not", async () => {
  const page = shown("\\(x^2\\) $$\\href{javascript:window.hurt=1}{x} \\includegraphics{https://evil.example/e.png}$$");

  await waitFor(() => expect(page.querySelectorAll(".katex").length).toBeGreaterThan(0), { timeout: 5000 });
  expect(page.querySelectorAll(`a, ${FETCHING}`)).toHaveLength(0);
});

test("HTML is shown as the text that it is", () => {
  expect(shown("Use `<b>` or <b>bold</b>").textContent).toContain("<b>bold</b>");
});

test("an image is a link that says where it would lead, and is not fetched", () => {
  const link = shown("![A bridge](https://example.com/bridge.png)").querySelector("a");

  expect([link?.textContent, link?.href]).toEqual(["A bridge", "https://example.com/bridge.png"]);
  expect(link?.rel).toContain("noreferrer");
});

test("headings, lists, tables and code are what they are", () => {
  const page = shown("# One\n\n- two\n\n| a | b |\n|---|---|\n| c | d |\n\n```\nfive\n```");

  expect(page.querySelectorAll("h1, li, td, pre")).toHaveLength(5);
});

test.each([
  ["so \\(x^2\\) is", "so $$x^2$$ is"],
  ["\\[a\nb\\]", "$$a\nb$$"],
  ["`\\(x\\)` and ```\n\\[y\\]\n```", "`\\(x\\)` and ```\n\\[y\\]\n```"],
  ["costs $5 and $6", "costs $5 and $6"],
])("mathematics is found in whatever brackets, but not in code: %j", (written, meant) => {
  expect(withDollars(written)).toBe(meant);
});
