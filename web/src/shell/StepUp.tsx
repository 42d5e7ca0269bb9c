import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { endStepUp } from "../api/stepUp";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";
import { Said } from "../ui/Said";
import { hasPasskeys, showPasskey } from "./passkey";
import { useMe } from "./session";

/** Asks for the password or passkey once more; what wanted it goes on afterwards. */
export function StepUp() {
  const { t } = useTranslation();
  const me = useMe().data;
  const [password, setPassword] = useState("");
  const done = { onSuccess: () => endStepUp(true) };
  const byPassword = useMutation({
    mutationFn: () => api.POST("/api/me/step-up/password", { body: { password } }),
    ...done,
  });
  const byPasskey = useMutation({ mutationFn: showPasskey, ...done });
  return (
    <Modal label={t("stepUp.title")} onClose={() => endStepUp(false)}>
      <h2 className="mb-2 font-semibold">{t("stepUp.title")}</h2>
      <p className="mb-3 text-sm text-muted-foreground">{t("stepUp.why")}</p>
      <Said error={byPasskey.error ? new Error(t("stepUp.noPasskey")) : byPassword.error} className="mb-3" />
      {hasPasskeys && me && me.passkeys > 0 ? (
        <Button look="first" className="mb-3 w-full" disabled={byPasskey.isPending} onClick={() => byPasskey.mutate()}>
          <KeyRound size={16} aria-hidden />
          {t("stepUp.passkey")}
        </Button>
      ) : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          byPassword.mutate();
        }}
      >
        {me?.password ? (
          <label className="mb-3 block">
            <span className="mb-1 block font-semibold">{t("stepUp.password")}</span>
            <input
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              className="w-full rounded-md border border-control bg-background px-3 py-2"
            />
          </label>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={() => endStepUp(false)}>{t("cancel")}</Button>
          {me?.password ? (
            <Button look="first" type="submit" disabled={!password || byPassword.isPending}>
              {t("stepUp.goOn")}
            </Button>
          ) : null}
        </div>
      </form>
    </Modal>
  );
}
