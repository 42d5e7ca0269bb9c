import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { components } from "../../../api/schema";
import { Button, IconButton } from "../../../ui/Button";
import { FieldGroup } from "../../kit/fields/Field";
import { TextField } from "../../kit/fields/TextField";

type Alert = components["schemas"]["AlertEntry"];

const WHOLE = /^\d+$/;
const FIRST_PERCENT = 80;

interface AlertFieldsProps {
  alerts: readonly Alert[];
  onChange: (alerts: Alert[]) => void;
}

/** Whom to tell when so much of a budget is spent. */
export function AlertFields({ alerts, onChange }: AlertFieldsProps) {
  const { t } = useTranslation();
  const change = (at: number, changed: Partial<Alert>) =>
    onChange(alerts.map((alert, index) => (index === at ? { ...alert, ...changed } : alert)));
  return (
    <FieldGroup label={t("budgets.alerts")} hint={t("budgets.alertsHint")} path="alerts">
      <ul className="space-y-2">
        {alerts.map((alert, index) => (
          <li key={index} className="rounded-lg border border-border p-3">
            <div className="flex items-start justify-between gap-2">
              <TextField
                label={t("budgets.atPercent")}
                path={`alerts[${index}].at_percent`}
                inputMode="numeric"
                value={String(alert.at_percent || "")}
                onChange={(typed) => change(index, { at_percent: WHOLE.test(typed) ? Number(typed) : 0 })}
              />
              <IconButton
                label={t("budgets.removeAlert", { percent: alert.at_percent })}
                onClick={() => onChange(alerts.filter((_, other) => other !== index))}
              >
                <Trash2 size={16} aria-hidden />
              </IconButton>
            </div>
            <TextField
              label={t("budgets.mail")}
              path={`alerts[${index}].mail`}
              type="email"
              autoComplete="off"
              value={alert.mail ?? ""}
              onChange={(mail) => change(index, { mail: mail || null })}
            />
            <TextField
              label={t("budgets.webhook")}
              path={`alerts[${index}].webhook`}
              type="url"
              autoComplete="off"
              value={alert.webhook ?? ""}
              onChange={(webhook) => change(index, { webhook: webhook || null })}
            />
            {alert.webhook ? (
              <TextField
                label={t("budgets.secret")}
                hint={t("budgets.secretHint")}
                path={`alerts[${index}].secret`}
                autoComplete="off"
                value={alert.secret?.stored ?? ""}
                onChange={(stored) => change(index, { secret: stored ? { stored } : null })}
              />
            ) : null}
          </li>
        ))}
      </ul>
      <Button className="mt-2" onClick={() => onChange([...alerts, { at_percent: FIRST_PERCENT }])}>
        <Plus size={14} aria-hidden />
        {t("budgets.addAlert")}
      </Button>
    </FieldGroup>
  );
}
