import { FlaskConical } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { Said } from "../../../ui/Said";
import { useProbe } from "../wire";
import { ProbeResult, ProbeShort } from "./ProbeResult";

/** Tests a deployment by one click, and says what came of it. */
export function ProbeButton({ name }: { name: string }) {
  const { t } = useTranslation();
  const probe = useProbe();
  return (
    <div>
      <Button look="first" disabled={probe.isPending} onClick={() => probe.mutate(name)}>
        <FlaskConical size={16} aria-hidden />
        {probe.isPending ? t("probe.testing") : t("probe.test")}
      </Button>
      {/* It stands there before anything is found out, so that it is heard. */}
      <div role="status" className="mt-3">
        {probe.data ? <ProbeResult probe={probe.data} /> : null}
      </div>
      <Said error={probe.error} />
    </div>
  );
}

/** The same in a row of a table: button and result say less. */
export function SmallProbeButton({ name }: { name: string }) {
  const { t } = useTranslation();
  const probe = useProbe();
  const label = probe.isPending ? {} : { "aria-label": t("probe.testOne", { name }) };
  return (
    <div className="-my-1.5 inline-flex flex-wrap items-center gap-2">
      <Button look="quiet" {...label} disabled={probe.isPending} onClick={() => probe.mutate(name)}>
        <FlaskConical size={14} aria-hidden />
        {probe.isPending ? t("probe.testing") : t("probe.short")}
      </Button>
      <div role="status">{probe.data ? <ProbeShort probe={probe.data} /> : null}</div>
      <Said error={probe.error} />
    </div>
  );
}
