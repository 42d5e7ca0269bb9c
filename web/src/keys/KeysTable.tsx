import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../admin/kit/Badge";
import { type Column, DataTable } from "../admin/kit/DataTable";
import { SelectField } from "../admin/kit/fields/SelectField";
import { type Filters, useFilters } from "../admin/kit/filters";
import { when } from "../chat/format";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { Said } from "../ui/Said";
import { KeyActs } from "./KeyActs";
import { type Key, type KeyState, useKeys, useOwners, type Whose } from "./keys";
import { RotateKey } from "./RotateKey";

const STATES = ["active", "expired", "revoked"] as const;
const ALL = "all" as const;

/** Keys by their state, and what can be done with each. */
export function KeysTable({ whose }: { whose: Whose }) {
  const { t } = useTranslation();
  const [filters, change] = useFilters();
  const { state = "active", owner = "" } = filters;
  const keys = useKeys(whose, { state: STATES.find((each) => each === state) ?? null, owner: owner || null });
  const [rotated, setRotated] = useState<Key | null>(null);
  const columns = useColumns(whose, setRotated, keys.isPlaceholderData);
  return (
    <>
      <Said error={keys.error} className="mb-3" />
      {keys.isPending ? <Loading /> : null}
      {keys.data ? (
        <DataTable
          label={t(whose === "own" ? "keys.mine" : "keys.title")}
          columns={columns}
          rows={keys.keys}
          idOf={(key) => key.id}
          empty={t("keys.none")}
          filters={<KeyFilters whose={whose} owner={owner} state={state} onChange={change} />}
          foot={
            keys.hasNextPage ? (
              <Button className="mt-3" disabled={keys.isFetchingNextPage} onClick={() => void keys.fetchNextPage()}>
                {t("more")}
              </Button>
            ) : null
          }
        />
      ) : null}
      {rotated ? <RotateKey whose={whose} rotated={rotated} onClose={() => setRotated(null)} /> : null}
    </>
  );
}

interface KeyFiltersProps {
  whose: Whose;
  owner: string;
  state: string;
  onChange: (changes: Filters) => void;
}

function KeyFilters({ whose, owner, state, onChange }: KeyFiltersProps) {
  const { t } = useTranslation();
  const owners = useOwners(whose === "all").data ?? [];
  const anybody = { value: "", label: t("keys.anybody") };
  return (
    <>
      {whose === "all" ? (
        <SelectField
          label={t("keys.owner")}
          value={owner}
          options={[anybody, ...owners.map((name) => ({ value: name, label: name }))]}
          onChange={(chosen) => onChange({ owner: chosen })}
        />
      ) : null}
      <SelectField
        label={t("keys.state")}
        value={state}
        options={[...STATES, ALL].map((value) => ({ value, label: t(`keys.states.${value}`) }))}
        onChange={(chosen) => onChange({ state: chosen })}
      />
    </>
  );
}

function useColumns(whose: Whose, onRotate: (rotated: Key) => void, areOthersComing: boolean): Column<Key>[] {
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
      ...(whose === "all" ? [{ id: "owner", title: t("keys.owner"), value: (key: Key) => key.owner }] : []),
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
      {
        id: "acts",
        title: t("keys.acts"),
        value: () => null,
        // What goes in a moment is not to be acted on by mistake.
        show: (key) => (areOthersComing ? null : <KeyActs whose={whose} shown={key} onRotate={onRotate} />),
      },
    ],
    [t, i18n.language, whose, onRotate, areOthersComing],
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
