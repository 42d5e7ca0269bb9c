import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Components, defaultRehypePlugins, type PluginConfig, Streamdown } from "streamdown";
import { Diagram } from "../../diagram/Diagram";
import { highlighter } from "./highlighter";
import type { MarkdownProps } from "./Markdown";

// rehype-raw is left out on purpose: HTML in an answer is shown as the text that it is, and never becomes elements.
const { sanitize, harden } = defaultRehypePlugins;
const REHYPE = [sanitize, harden].filter((plugin) => plugin !== undefined);
const PLUGINS = { code: highlighter, renderers: [{ language: "mermaid", component: Diagram }] };
const CONTROLS = { table: false, code: { copy: true, download: false }, mermaid: false } as const;

/** Nothing is fetched because an answer names it: an image is a link that says where it would lead. */
function Picture({ src, alt }: { src?: unknown; alt?: unknown }) {
  return <Outward href={typeof src === "string" ? src : ""}>{typeof alt === "string" && alt ? alt : String(src)}</Outward>;
}

function Outward({ href, children }: { href?: string | undefined; children?: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noreferrer noopener nofollow" className="break-words text-primary underline">
      {children}
    </a>
  );
}

const COMPONENTS: Components = { img: Picture as never, a: Outward as never };

interface RenderedProps extends MarkdownProps {
  plugins?: PluginConfig;
}

export function Rendered({ text, isGrowing, plugins }: RenderedProps) {
  const { t } = useTranslation();
  return (
    <Streamdown
      mode={isGrowing ? "streaming" : "static"}
      isAnimating={isGrowing}
      rehypePlugins={REHYPE}
      components={COMPONENTS}
      plugins={plugins ? { ...PLUGINS, ...plugins } : PLUGINS}
      controls={CONTROLS}
      lineNumbers={false}
      linkSafety={{ enabled: false }}
      translations={{ copyCode: t("message.copyCode"), copied: t("message.copied") }}
      className="break-words [&_table]:text-sm"
    >
      {text}
    </Streamdown>
  );
}
