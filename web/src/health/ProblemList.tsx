import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Problem } from "./health";

/** What somebody should look at, each with what to do; or that there is nothing. */
export function ProblemList({ problems }: { problems: readonly Problem[] }) {
  const { t } = useTranslation();
  if (problems.length === 0) {
    return (
      <p role="status" className="mb-6 flex items-center gap-2 rounded-lg border border-good p-3 text-good">
        <CircleCheck size={20} aria-hidden className="shrink-0" />
        {t("health.well")}
      </p>
    );
  }
  return (
    <div role="status">
      <ul className="mb-6 space-y-3">
        {problems.map((problem) => (
          <ProblemView key={`${problem.code} ${problem.about}`} problem={problem} />
        ))}
      </ul>
    </div>
  );
}

function ProblemView({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const { code, about, severity } = problem;
  const isBroken = severity === "broken";
  const Picture = isBroken ? CircleX : TriangleAlert;
  return (
    <li className={`flex gap-3 rounded-lg border p-3 ${isBroken ? "border-bad" : "border-control"}`}>
      <Picture size={20} aria-hidden className={`mt-0.5 shrink-0 ${isBroken ? "text-bad" : "text-muted-foreground"}`} />
      <div className="min-w-0">
        <p className="font-semibold break-words">
          <span className="sr-only">{t(`health.severity.${severity}`)} </span>
          {t(`health.problem.${code}`, { about })}
        </p>
        <p className="text-sm">{t(`health.advice.${code}`, { about })}</p>
      </div>
    </li>
  );
}
