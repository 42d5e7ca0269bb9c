import { useTranslation } from "react-i18next";
import { Said } from "../ui/Said";
import { type Provider, useServed, VENDORS } from "./providers";

/** A provider, and whether it answers: it is asked what it serves, with its key. */
export function ProviderRow({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const { data, error, isFetching } = useServed(provider.name);
  return (
    <li className="rounded-lg border border-border p-3">
      <p className="flex flex-wrap items-baseline justify-between gap-2">
        <span className="font-medium break-words">{provider.name}</span>
        <span role="status" className={`text-sm ${isFetching ? "text-muted-foreground" : "text-good"}`}>
          {isFetching ? t("welcome.asking") : null}
          {!isFetching && data?.trouble === null ? t("welcome.serves", { count: data.models.length }) : null}
        </span>
      </p>
      <WhereItsKeyIs provider={provider} />
      {isFetching ? null : <Said error={data?.trouble ? new Error(data.trouble.message) : error} className="mt-2" />}
    </li>
  );
}

function WhereItsKeyIs({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const { preset, credential } = provider.entry;
  if (!VENDORS.some((vendor) => vendor.preset === preset)) {
    return null;
  }
  return (
    <p className="text-xs text-muted-foreground">
      {credential?.stored ? t("welcome.storedKey") : t("welcome.environmentKey")}
    </p>
  );
}
