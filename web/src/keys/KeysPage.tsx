import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { NotFound } from "../shell/NotFound";
import { type AdminPageProps, NEW } from "../admin/frame/pages";
import { Badge } from "../admin/kit/Badge";
import { type Column, DataTable } from "../admin/kit/DataTable";
import { SelectField } from "../admin/kit/fields/SelectField";
import { useFilters } from "../admin/kit/filters";
import { Page } from "../admin/kit/Page";
import { FirstLink } from "../admin/kit/PageLink";
import { when } from "../chat/format";
import { useMay } from "../shell/abilities";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { Said } from "../ui/Said";
import { KeyActs } from "./KeyActs";
import { type Key, type KeyState, useKeys } from "./keys";
import { NewKeyPage } from "./NewKeyPage";
import { RotateKey } from "./RotateKey";
import { UseKeys } from "./UseKeys";

const STATES = ["active", "expired", "revoked"] as const;
const ALL = "all";

/** The keys of the API. A key has no page of its own: all that there is to know of it stands in its row. */
export function KeysPage({ name }: AdminPageProps) {
  if (name === NEW) {
    return <NewKeyPage />;
  }
  return name === null ? <AllKeys /> : <NotFound />;
}

function AllKeys() {
  const { t } = useTranslation();
  const [filters, change] = useFilters();
  const chosen = filters.state ?? "active";
  const keys = useKeys(STATES.find((state) => state === chosen) ?? null);
  const mayManage = useMay("manage", "key");
  const [rotated, setRotated] = useState<Key | null>(null);
  const columns = useColumns(setRotated);
  const states = [...STATES, ALL] as const;
  return (
    <Page
      title={t("keys.title")}
      about={t("keys.about")}
      actions={
        mayManage ? (
          <FirstLink page="keys" name={NEW}>
            <Plus size={16} aria-hidden />
            {t("keys.new")}
          </FirstLink>
        ) : null
      }
    >
      <Said error={keys.error} className="mb-3" />
      {keys.isPending ? (
        <Loading />
      ) : (
        <DataTable
          label={t("keys.title")}
          columns={columns}
          rows={keys.keys}
          idOf={(key) => key.id}
          empty={t("keys.none")}
          filters={
            <SelectField
              label={t("keys.state")}
              value={chosen}
              options={states.map((state) => ({ value: state, label: t(`keys.states.${state}`) }))}
              onChange={(state) => change({ state })}
            />
          }
          foot={
            keys.hasNextPage ? (
              <Button className="mt-3" disabled={keys.isFetchingNextPage} onClick={() => void keys.fetchNextPage()}>
                {t("more")}
              </Button>
            ) : null
          }
        />
      )}
      <UseKeys />
      {rotated ? <RotateKey rotated={rotated} onClose={() => setRotated(null)} /> : null}
    </Page>
  );
}

function useColumns(onRotate: (rotated: Key) => void): Column<Key>[] {
  const { t, i18n } = useTranslation();
  return useMemo(
    () => [
      {
        id: "name",
        title: t("keys.name"),
        value: (key) => `${key.name} ${key.hint}`,
        show: (key) => (
          <>
            {key.name} <code className="block text-xs text-muted-foreground">{key.hint}</code>
          </>
        ),
      },
      { id: "owner", title: t("keys.owner"), value: (key) => key.owner },
      { id: "project", title: t("keys.project"), value: (key) => key.project, isExtra: true },
      { id: "state", title: t("keys.state"), value: stateOf, show: (key) => <Marks shown={key} /> },
      {
        id: "created",
        title: t("keys.created"),
        value: (key) => key.created_at,
        show: (key) => when(key.created_at, i18n.language),
        isExtra: true,
      },
      {
        id: "expires",
        title: t("keys.expires"),
        value: (key) => key.expires_at,
        show: (key) => (key.expires_at ? when(key.expires_at, i18n.language) : t("keys.forever")),
        isExtra: true,
      },
      { id: "acts", title: t("keys.acts"), value: () => null, show: (key) => <KeyActs shown={key} onRotate={onRotate} /> },
    ],
    [t, i18n.language, onRotate],
  );
}

const stateOf = (key: Key): KeyState | "frozen" => (key.frozen_at && key.state === "active" ? "frozen" : key.state);

function Marks({ shown }: { shown: Key }) {
  const { t } = useTranslation();
  const state = stateOf(shown);
  return (
    <span className="flex flex-wrap gap-1">
      <Badge tone={state === "active" ? "good" : "bad"}>{t(`keys.states.${state}`)}</Badge>
      {shown.admin ? <Badge>{t("keys.isAdmin")}</Badge> : null}
      {shown.strict ? <Badge>{t("keys.isStrict")}</Badge> : null}
    </span>
  );
}
