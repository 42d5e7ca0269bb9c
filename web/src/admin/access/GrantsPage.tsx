import { ShieldQuestion } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { AdminPageProps } from "../frame/pages";
import { Badge } from "../kit/Badge";
import type { Column } from "../kit/DataTable";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import { SecondLink } from "../kit/PageLink";
import type { Sections } from "../kit/sections";
import { GrantFields } from "./GrantFields";
import { type Grant, isConditional, rightsOf, subjectsOf } from "./grants";

type GrantObject = Sections["grants"];

const BLANK: Grant = { to: [], role: "" };

/** Who may, or may not, do what. */
export function GrantsPage({ name }: AdminPageProps) {
  return name === null ? <Grants /> : <OneGrant name={name} />;
}

function Grants() {
  const { t } = useTranslation();
  const columns = useMemo<Column<GrantObject>[]>(
    () => [
      {
        id: "effect",
        title: t("grants.effect"),
        value: (grant) => t(`effect.${grant.entry.effect ?? "allow"}`),
        show: (grant) => (
          <Badge tone={grant.entry.effect === "deny" ? "bad" : "good"}>{t(`effect.${grant.entry.effect ?? "allow"}`)}</Badge>
        ),
      },
      { id: "to", title: t("grants.to"), value: (grant) => subjectsOf(grant.entry).join(", ") },
      {
        id: "what",
        title: t("grants.what"),
        value: (grant) => rightsOf(grant.entry),
        show: (grant) => <span className="font-mono text-xs">{rightsOf(grant.entry)}</span>,
      },
      {
        id: "when",
        title: t("grants.conditions"),
        value: (grant) => (isConditional(grant.entry) ? t("grants.conditional") : null),
        isExtra: true,
      },
    ],
    [t],
  );
  return (
    <ObjectsPage
      section="grants"
      kind="grant"
      page="grants"
      title={t("grants.title")}
      about={t("grants.about")}
      add={t("grants.add")}
      empty={t("grants.empty")}
      columns={columns}
      actions={
        <SecondLink page="explain">
          <ShieldQuestion size={16} aria-hidden />
          {t("explain.title")}
        </SecondLink>
      }
    />
  );
}

function OneGrant({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <ObjectPage
      section="grants"
      kind="grant"
      above={{ page: "grants", title: t("grants.title") }}
      name={name}
      newTitle={t("grants.add")}
      blank={BLANK}
      deleteHint={t("grants.deletion")}
      fields={({ entry, set }) => <GrantFields grant={entry} set={set} />}
    />
  );
}
