import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";
import { CopyButton } from "../../chat/CopyButton";
import { when } from "../../chat/format";
import { Button } from "../../ui/Button";
import { Notice } from "../kit/Notice";
import { PageLink } from "../kit/PageLink";

interface InvitationLinkProps {
  issued: components["schemas"]["IssuedInvitationBody"];
  onAgain: () => void;
}

/** The link of a new invitation, which is shown this once. */
export function InvitationLink({ issued, onAgain }: InvitationLinkProps) {
  const { t, i18n } = useTranslation();
  return (
    <div className="max-w-2xl">
      <p className="mb-3 text-sm">
        {t("invitations.handIt", { email: issued.email, user: issued.user, when: when(issued.expires_at, i18n.language) })}
      </p>
      <div className="mb-4 flex items-center gap-2 rounded-lg border border-border bg-sidebar p-2">
        <code className="min-w-0 flex-1 text-sm break-all">{issued.link}</code>
        <CopyButton text={issued.link} />
      </div>
      <Notice>{t("invitations.once")}</Notice>
      <div className="flex flex-wrap items-center gap-4">
        <Button onClick={onAgain}>{t("invitations.another")}</Button>
        <PageLink page="members" name={issued.user} className="text-sm text-primary underline underline-offset-2">
          {t("invitations.toMember")}
        </PageLink>
      </div>
    </div>
  );
}
