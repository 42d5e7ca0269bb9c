import { useMutation } from "@tanstack/react-query";
import { ShieldCheck, ShieldX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, taken } from "../../api/client";
import type { components } from "../../api/schema";
import { count } from "../../chat/format";
import { Button } from "../../ui/Button";
import { Said } from "../../ui/Said";

/** Whether the record is as it was recorded: looked up when it is asked for. */
export function AuditState() {
  const { t } = useTranslation();
  const { data, error, isPending, mutate } = useMutation({
    mutationFn: async () => taken(await api.GET("/api/audit/verification")),
  });
  const isBroken = data?.as_recorded === false;
  const Picture = isBroken ? ShieldX : ShieldCheck;
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3 rounded-lg border border-border p-3 text-sm">
      <Picture size={20} aria-hidden className={isBroken ? "text-bad" : "text-muted-foreground"} />
      <div role="status" className="min-w-0 flex-1 basis-60">
        {data ? <Found found={data} /> : t("audit.chained")}
        <Said error={error} />
      </div>
      <Button disabled={isPending} onClick={() => mutate()}>
        {isPending ? t("audit.verifying") : t("audit.verify")}
      </Button>
    </div>
  );
}

function Found({ found }: { found: components["schemas"]["VerificationBody"] }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => count(value, i18n.language);
  return found.as_recorded ? (
    <>
      <strong className="block text-good">{t("audit.intact")}</strong>
      {t("audit.looked", { from: number(found.from_number), to: number(found.to_number) })}{" "}
      {found.roots_met ? t("audit.roots", { count: found.roots_met }) : t("audit.noRoots")}
    </>
  ) : (
    <>
      <strong className="block text-bad">{t("audit.broken", { number: number(found.first_wrong ?? 0) })}</strong>
      {found.message}
    </>
  );
}
