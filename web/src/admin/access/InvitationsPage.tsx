import { MailPlus } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, taken } from "../../api/client";
import type { components } from "../../api/schema";
import { when } from "../../chat/format";
import { useMay } from "../../shell/abilities";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { type AdminPageProps, NEW } from "../frame/pages";
import { Badge } from "../kit/Badge";
import { type Column, DataTable } from "../kit/DataTable";
import { Page } from "../kit/Page";
import { FirstLink, PageLink } from "../kit/PageLink";
import { More, usePaged } from "../kit/paged";
import { NewInvitation } from "./NewInvitation";
import { RevokeInvitation } from "./RevokeInvitation";

export type Invitation = components["schemas"]["InvitationBody"];

const TONES = { open: "good", used: "plain", revoked: "bad", expired: "plain" } as const;

/** Links by which people become members. */
export function InvitationsPage({ name }: AdminPageProps) {
  return name === NEW ? <NewInvitation /> : <Invitations />;
}

async function listInvitations(cursor: string) {
  const query = cursor ? { cursor } : {};
  const page = taken(await api.GET("/api/invitations", { params: { query } }));
  return { rows: page.invitations, next: page.next_cursor };
}

function Invitations() {
  const { t, i18n } = useTranslation();
  const mayManage = useMay("manage", "invitation");
  const { rows, error, isPending, more } = usePaged(["invitations"], listInvitations);
  const columns = useMemo<Column<Invitation>[]>(
    () => [
      { id: "email", title: t("members.email"), value: (one) => one.email },
      {
        id: "user",
        title: t("invitations.user"),
        value: (one) => one.user,
        show: (one) => (
          <PageLink page="members" name={one.user}>
            {one.user}
          </PageLink>
        ),
      },
      {
        id: "state",
        title: t("access.state"),
        value: (one) => t(`invitationState.${one.state}`),
        show: (one) => <Badge tone={TONES[one.state]}>{t(`invitationState.${one.state}`)}</Badge>,
      },
      { id: "by", title: t("invitations.by"), value: (one) => one.invited_by, isExtra: true },
      { id: "made", title: t("invitations.made"), value: (one) => one.created_at, show: (one) => when(one.created_at, i18n.language), isExtra: true },
      { id: "until", title: t("invitations.until"), value: (one) => one.expires_at, show: (one) => when(one.expires_at, i18n.language) },
      {
        id: "act",
        title: t("access.actions"),
        value: () => null,
        isAction: true,
        show: (one) => (one.state === "open" && mayManage ? <RevokeInvitation invitation={one} /> : null),
      },
    ],
    [t, i18n.language, mayManage],
  );
  return (
    <Page
      title={t("invitations.title")}
      about={t("invitations.about")}
      actions={
        mayManage ? (
          <FirstLink page="invitations" name={NEW}>
            <MailPlus size={16} aria-hidden />
            {t("invitations.add")}
          </FirstLink>
        ) : null
      }
    >
      <Said error={error} className="mb-3" />
      {isPending ? <Loading /> : null}
      {rows.length > 0 || (!isPending && !error) ? (
        <DataTable
          label={t("invitations.title")}
          columns={columns}
          rows={rows}
          idOf={(one) => one.id}
          empty={t("invitations.empty")}
          foot={<More {...more} />}
        />
      ) : null}
    </Page>
  );
}
