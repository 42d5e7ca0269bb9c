import { useTranslation } from "react-i18next";

interface Source {
  type: "source-url";
  url: string;
  title?: string;
}

const WEB = /^https?:\/\//i;

function isSource(part: object): part is Source {
  return "type" in part && part.type === "source-url" && "url" in part && typeof part.url === "string" && WEB.test(part.url);
}

/** The pages that an answer cites. Each says where it leads, since a model chose its title. */
export function Sources({ parts }: { parts: readonly object[] }) {
  const { t } = useTranslation();
  const sources = parts.filter(isSource);
  if (sources.length === 0) {
    return null;
  }
  return (
    <section aria-label={t("sources.label")} className="mt-3 text-sm">
      <h3 className="font-semibold">{t("sources.label")}</h3>
      <ol className="list-decimal pl-5">
        {sources.map(({ url, title }) => (
          <li key={url} className="break-words">
            <a href={url} target="_blank" rel="noreferrer noopener nofollow" className="text-primary underline">
              {title || url}
            </a>
            {title ? <span className="ml-1 text-xs text-muted-foreground">{hostOf(url)}</span> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
}
