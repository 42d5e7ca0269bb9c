import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Button } from "../../ui/Button";
import { Confirm } from "../kit/Confirm";
import type { Invitation } from "./InvitationsPage";

export function RevokeInvitation({ invitation }: { invitation: Invitation }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const revoke = useMutation({
    mutationFn: () =>
      api.DELETE("/api/invitations/{invitation_id}", { params: { path: { invitation_id: invitation.id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["invitations"] }),
  });
  return (
    <>
      <Button onClick={() => setAsked(true)} aria-label={t("invitations.revokeOf", { email: invitation.email })}>
        {t("invitations.revoke")}
      </Button>
      {isAsked ? (
        <Confirm
          title={t("invitations.revokeOf", { email: invitation.email })}
          text={t("invitations.revokeText")}
          act={t("invitations.revoke")}
          error={revoke.error}
          isPending={revoke.isPending}
          onAct={() => revoke.mutate()}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </>
  );
}
