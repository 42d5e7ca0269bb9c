import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { AdminPageProps } from "../frame/pages";
import { Badge } from "../kit/Badge";
import type { Column } from "../kit/DataTable";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import { useObjects } from "../kit/objects";
import type { Entry, Sections } from "../kit/sections";
import { ProviderFields } from "./provider/ProviderFields";
import { Served } from "./provider/Served";
import { whereCredentialIs } from "./provider/credential";
import { usePresets } from "./wire";

type Provider = Sections["providers"];

const BLANK: Entry<"providers"> = {};

/** The vendors' accounts, and the servers of one's own. */
export function ProvidersPage({ name }: AdminPageProps) {
  return name === null ? <Providers /> : <Provider name={name} />;
}

function Providers() {
  const { t } = useTranslation();
  const presets = usePresets();
  const { objects: deployments } = useObjects("deployments");
  const columns = useMemo<Column<Provider>[]>(() => {
    const presetOf = (provider: Provider) => presets.find((preset) => preset.name === provider.entry.preset);
    return [
      {
        id: "vendor",
        title: t("providers.vendor"),
        value: (provider) => presetOf(provider)?.title ?? provider.entry.preset ?? t("providers.other"),
      },
      {
        id: "address",
        title: t("providers.address"),
        value: (provider) => provider.entry.base_url ?? presetOf(provider)?.base_url ?? null,
        isExtra: true,
      },
      {
        id: "credential",
        title: t("providers.credential"),
        value: (provider) => whereCredentialIs(provider.entry, presetOf(provider), t),
        isExtra: true,
      },
      {
        id: "models",
        title: t("providers.models"),
        value: (provider) => (provider.entry.models === "any" ? t("providers.any") : t("providers.listed")),
        show: (provider) => (provider.entry.models === "any" ? <Badge tone="good">{t("providers.any")}</Badge> : t("providers.listed")),
      },
      {
        id: "deployments",
        title: t("deployments.title"),
        value: (provider) => deployments.filter((deployment) => deployment.entry.provider === provider.name).length,
        isNumber: true,
      },
    ];
  }, [presets, deployments, t]);
  return (
    <ObjectsPage
      section="providers"
      kind="provider"
      page="providers"
      title={t("providers.title")}
      about={t("providers.about")}
      add={t("providers.add")}
      empty={t("providers.empty")}
      columns={columns}
    />
  );
}

function Provider({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <ObjectPage
      section="providers"
      kind="provider"
      above={{ page: "providers", title: t("providers.title") }}
      name={name}
      newTitle={t("providers.add")}
      nameHint={t("providers.nameHint")}
      blank={BLANK}
      deleteHint={t("providers.deletion")}
      fields={(parts) => <ProviderFields {...parts} />}
      more={(provider) => <Served provider={provider.name} />}
    />
  );
}
