import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../../ui/Button";
import { Chooser } from "../../../ui/Chooser";
import { FieldGroup, INPUT } from "../../kit/fields/Field";
import { useObjects } from "../../kit/objects";
import { PageLink } from "../../kit/PageLink";
import { shareOf, type Step } from "./route";

const HEAVIEST = 1_000_000;

interface RouteFieldProps {
  steps: readonly Step[];
  onChange: (steps: Step[]) => void;
}

/** The deployments that answer, and how much of the calls each gets. */
export function RouteField({ steps, onChange }: RouteFieldProps) {
  const { t } = useTranslation();
  const { objects } = useObjects("deployments");
  const [isChoosing, setChoosing] = useState(false);
  const left = objects.filter((each) => !steps.some((step) => step.deployment === each.name));
  const changed = (at: number, step: Step | null) =>
    onChange(steps.flatMap((each, place) => (place !== at ? [each] : step ? [step] : [])));
  return (
    <FieldGroup label={t("routes.route")} hint={t("routes.routeHint")} path="route">
      <ul className="mb-2 space-y-2">
        {steps.map((step, at) => (
          <StepRow key={step.deployment} step={step} share={shareOf(step, steps)} onChange={(now) => changed(at, now)} />
        ))}
      </ul>
      <Button onClick={() => setChoosing(true)} disabled={left.length === 0}>
        <Plus size={14} aria-hidden />
        {t("routes.addStep")}
      </Button>
      {isChoosing ? (
        <Chooser
          label={t("routes.addStep")}
          choices={left.map((each) => ({
            id: each.name,
            label: each.name,
            hint: `${each.entry.provider} · ${each.entry.upstream_model}`,
            act: () => onChange([...steps, { deployment: each.name, weight: 1 }]),
          }))}
          onClose={() => setChoosing(false)}
        />
      ) : null}
    </FieldGroup>
  );
}

interface StepRowProps {
  step: Step;
  share: number;
  onChange: (step: Step | null) => void;
}

function StepRow({ step, share, onChange }: StepRowProps) {
  const { t, i18n } = useTranslation();
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 1 }).format(share);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-border bg-sidebar py-1 pr-1 pl-3">
      <span className="min-w-0 flex-1 basis-40 text-sm break-words">
        <PageLink page="deployments" name={step.deployment}>
          {step.deployment}
        </PageLink>
      </span>
      <span className="w-16 text-right text-sm tabular-nums text-muted-foreground">{percent}</span>
      <label className="flex items-center gap-2 text-sm">
        <span className="text-xs text-muted-foreground">{t("routes.weight")}</span>
        <input
          type="number"
          aria-label={t("routes.weightOf", { name: step.deployment })}
          min={1}
          max={HEAVIEST}
          required
          value={step.weight || ""}
          onChange={(event) => onChange({ ...step, weight: Math.trunc(event.target.valueAsNumber) || 0 })}
          className={`${INPUT} w-24!`}
        />
      </label>
      <IconButton label={t("routes.removeStep", { name: step.deployment })} onClick={() => onChange(null)}>
        <X size={16} aria-hidden />
      </IconButton>
    </li>
  );
}
