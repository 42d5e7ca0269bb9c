import { Plus, RotateCw, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../../../chat/format";
import { useMay } from "../../../shell/abilities";
import { Button, IconButton } from "../../../ui/Button";
import { Loading } from "../../../ui/Loading";
import { Said } from "../../../ui/Said";
import { Confirm } from "../../kit/Confirm";
import { type Column, DataTable } from "../../kit/DataTable";
import { Page } from "../../kit/Page";
import { PageLink } from "../../kit/PageLink";
import { useObjects } from "../../kit/objects";
import { type Secret, useDeleteSecret, useSecrets } from "../wire";
import { StoreSecret } from "./StoreSecret";

/** What is being done: a secret stored anew, replaced, or deleted. */
type Doing = { act: "store" } | { act: "replace" | "delete"; name: string };

/** The stored secrets, by name: their values are never shown. */
export function SecretsPage() {
  const { t, i18n } = useTranslation();
  const { data, error, isPending } = useSecrets();
  const mayManage = useMay("manage", "secret");
  const { objects: providers } = useObjects("providers");
  const [doing, setDoing] = useState<Doing | null>(null);
  const columns = useMemo<Column<Secret>[]>(() => {
    const usersOf = (secret: Secret) => providers.filter((provider) => provider.entry.credential?.stored === secret.name).map(({ name }) => name);
    return [
      { id: "name", title: t("secrets.name"), value: (secret) => secret.name },
      {
        id: "created",
        title: t("secrets.created"),
        value: (secret) => secret.created_at,
        show: (secret) => when(secret.created_at, i18n.language),
        isExtra: true,
      },
      {
        id: "users",
        title: t("secrets.users"),
        value: (secret) => usersOf(secret).join(" ") || null,
        show: (secret) => <Users names={usersOf(secret)} />,
      },
      ...(mayManage ? [{ id: "acts", title: t("secrets.acts"), value: () => null, show: (secret: Secret) => <Acts secret={secret} onDo={setDoing} /> }] : []),
    ];
  }, [t, i18n.language, providers, mayManage]);
  return (
    <Page
      title={t("secrets.title")}
      about={t("secrets.about")}
      actions={
        mayManage ? (
          <Button look="first" onClick={() => setDoing({ act: "store" })}>
            <Plus size={16} aria-hidden />
            {t("secrets.add")}
          </Button>
        ) : null
      }
    >
      <Said error={error} className="mb-3" />
      {isPending ? <Loading /> : null}
      {data ? (
        <DataTable label={t("secrets.title")} columns={columns} rows={data} idOf={(secret) => secret.name} empty={t("secrets.empty")} isSearchable={data.length > 5} />
      ) : null}
      {doing ? <Dialog doing={doing} onClose={() => setDoing(null)} /> : null}
    </Page>
  );
}

function Dialog({ doing, onClose }: { doing: Doing; onClose: () => void }) {
  switch (doing.act) {
    case "store":
      return <StoreSecret suggested="" onClose={onClose} />;
    case "replace":
      return <StoreSecret suggested={doing.name} isFixed onClose={onClose} />;
    case "delete":
      return <DeleteSecret name={doing.name} onClose={onClose} />;
  }
}

function Users({ names }: { names: readonly string[] }) {
  return (
    <ul className="space-y-1">
      {names.map((name) => (
        <li key={name}>
          <PageLink page="providers" name={name}>
            {name}
          </PageLink>
        </li>
      ))}
    </ul>
  );
}

function Acts({ secret, onDo }: { secret: Secret; onDo: (doing: Doing) => void }) {
  const { t } = useTranslation();
  const { name } = secret;
  return (
    <span className="inline-flex gap-1">
      <IconButton label={t("secrets.replaceTitle", { name })} onClick={() => onDo({ act: "replace", name })}>
        <RotateCw size={16} aria-hidden />
      </IconButton>
      <IconButton label={t("admin.delete.question", { name })} onClick={() => onDo({ act: "delete", name })}>
        <Trash2 size={16} aria-hidden />
      </IconButton>
    </span>
  );
}

function DeleteSecret({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDeleteSecret();
  return (
    <Confirm
      title={t("admin.delete.question", { name })}
      text={t("secrets.deletion")}
      act={t("admin.delete.title")}
      error={remove.error}
      isPending={remove.isPending}
      onAct={() => remove.mutate(name, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
