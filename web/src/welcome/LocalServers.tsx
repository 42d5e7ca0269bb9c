import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Said } from "../ui/Said";
import { type LocalServer, type Provider, useLocalServer, useLocalServers } from "./providers";

/** Model servers that answer on the machine that Drawbridge runs on, but for those in use. */
export function LocalServers({ used }: { used: readonly Provider[] }) {
  const { t } = useTranslation();
  const { data, error, isFetching, refetch } = useLocalServers();
  const names = new Set(used.map((provider) => provider.name));
  const found = data?.filter((server) => !names.has(server.preset)) ?? [];
  return (
    <>
      <Said error={error} className="mb-2" />
      <p role="status" className="mb-2 text-sm text-muted-foreground">
        {isFetching ? t("welcome.looking") : null}
        {!isFetching && data && found.length === 0 ? t("welcome.noLocal") : null}
      </p>
      <ul className="mb-2 space-y-2">
        {found.map((server) => (
          <Found key={server.base_url} server={server} />
        ))}
      </ul>
      <Button disabled={isFetching} onClick={() => void refetch()}>
        <RefreshCw size={14} aria-hidden />
        {t("welcome.lookAgain")}
      </Button>
    </>
  );
}

function Found({ server }: { server: LocalServer }) {
  const { t } = useTranslation();
  const use = useLocalServer();
  return (
    <li className="rounded-lg border border-border p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <div className="min-w-0">
          <p className="font-medium">{server.title}</p>
          <p className="text-xs break-words text-muted-foreground">
            {server.base_url}: {t("welcome.serves", { count: server.models.length })}
          </p>
        </div>
        <Button
          look="first"
          disabled={use.isPending}
          onClick={() => use.mutate(server)}
        >
          {t("welcome.useServer", { server: server.title })}
        </Button>
      </div>
      <Said error={use.error} className="mt-2" />
    </li>
  );
}
