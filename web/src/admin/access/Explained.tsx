import { CircleCheck, CircleX } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";
import { CopyButton } from "../../chat/CopyButton";
import { Badge } from "../kit/Badge";
import { type Column, DataTable } from "../kit/DataTable";
import { PageLink } from "../kit/PageLink";

type Answer = components["schemas"]["ExplanationBody"];
type Rule = components["schemas"]["RuleBody"];

/** The answer, the rules that it rests on, and the least that would turn it. */
export function Explained({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const Picture = answer.allowed ? CircleCheck : CircleX;
  return (
    <section aria-label={t("explain.answer")}>
      <div role="status" className={`mb-4 flex gap-3 rounded-lg border p-4 ${answer.allowed ? "border-good" : "border-bad"}`}>
        <Picture size={24} aria-hidden className={`shrink-0 ${answer.allowed ? "text-good" : "text-bad"}`} />
        <div className="min-w-0">
          <p className="font-semibold">{t(`verdict.${answer.verdict}`)}</p>
          <p className="text-sm break-words text-muted-foreground">{answer.in_words}</p>
        </div>
      </div>
      <Rules rules={answer.rules} />
      <Deployments deployments={answer.deployments} />
      <Change change={answer.change} isAllowed={answer.allowed} />
    </section>
  );
}

function Rules({ rules }: { rules: readonly Rule[] }) {
  const { t } = useTranslation();
  const columns = useMemo<Column<Rule>[]>(
    () => [
      { id: "grant", title: t("explain.grant"), value: (rule) => rule.grant, show: (rule) => <GrantLink rule={rule} /> },
      {
        id: "effect",
        title: t("grants.effect"),
        value: (rule) => t(`effect.${rule.effect}`),
        show: (rule) => <Badge tone={rule.effect === "deny" ? "bad" : "good"}>{t(`effect.${rule.effect}`)}</Badge>,
      },
      { id: "subject", title: t("grants.to"), value: (rule) => rule.subject },
      { id: "resource", title: t("rights.on"), value: (rule) => rule.resource, show: (rule) => <code className="text-xs">{rule.resource}</code> },
      {
        id: "applies",
        title: t("explain.applies"),
        value: (rule) => (rule.applies ? t("explain.yes") : t("explain.no")),
        show: (rule) => <Applies rule={rule} />,
      },
    ],
    [t],
  );
  return (
    <>
      <h2 className="mb-2 font-semibold">{t("explain.rules")}</h2>
      <DataTable
        label={t("explain.rules")}
        columns={columns}
        rows={rules}
        idOf={(rule) => `${rule.who} ${rule.grant} ${rule.subject} ${rule.resource}`}
        empty={t("explain.noRules")}
        isSearchable={rules.length > 10}
      />
    </>
  );
}

function GrantLink({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  return (
    <>
      <PageLink page="grants" name={rule.grant}>
        {rule.grant}
      </PageLink>
      {rule.role ? (
        <span className="block text-xs font-normal text-muted-foreground">
          {t("grants.role")}:{" "}
          <PageLink page="roles" name={rule.role}>
            {rule.role}
          </PageLink>
        </span>
      ) : null}
      {rule.reason ? <span className="block text-xs font-normal text-muted-foreground">{rule.reason}</span> : null}
    </>
  );
}

function Applies({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  return (
    <>
      {rule.applies ? t("explain.yes") : t("explain.no")}
      {rule.fails.map((condition) => (
        <span key={condition} className="block text-xs text-muted-foreground">
          {t("explain.fails", { condition })}
        </span>
      ))}
      {rule.unknown.map((condition) => (
        <span key={condition} className="block text-xs text-muted-foreground">
          {t("explain.notKnown", { condition })}
        </span>
      ))}
    </>
  );
}

function Deployments({ deployments }: Pick<Answer, "deployments">) {
  const { t } = useTranslation();
  return deployments.length === 0 ? null : (
    <div className="mt-4 text-sm">
      <h2 className="mb-1 font-semibold">{t("explain.deployments")}</h2>
      <ul className="flex flex-wrap gap-2">
        {deployments.map((deployment) => (
          <li key={deployment.name}>
            <Badge tone={deployment.allowed ? "good" : "bad"}>
              {deployment.name}: {deployment.allowed ? t("explain.yes") : t("explain.no")}
            </Badge>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Change({ change, isAllowed }: { change: Answer["change"]; isAllowed: boolean }) {
  const { t } = useTranslation();
  if (change.delete.length === 0 && !change.yaml) {
    return null;
  }
  return (
    <div className="mt-4 text-sm">
      <h2 className="mb-1 font-semibold">{isAllowed ? t("explain.toRefuse") : t("explain.toAllow")}</h2>
      {change.delete.length ? (
        <p className="mb-2">
          {t("explain.delete")}{" "}
          {change.delete.map((grant) => (
            <span key={grant} className="mr-2">
              <PageLink page="grants" name={grant}>
                {grant}
              </PageLink>
            </span>
          ))}
        </p>
      ) : null}
      {change.yaml ? (
        <div className="relative">
          {/* It scrolls sideways where there is no room, by keys too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} aria-label={t("explain.add")} role="region" className="overflow-x-auto rounded-md border border-border bg-sidebar p-3 pr-12 text-xs">
            {change.yaml}
          </pre>
          <div className="absolute top-1 right-1">
            <CopyButton text={change.yaml} />
          </div>
        </div>
      ) : null}
    </div>
  );
}
