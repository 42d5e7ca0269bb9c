import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { closeFirstSteps, openFirstSteps } from "../shell/firstSteps";
import { usePageTitle } from "../shell/pageTitle";
import { useMe } from "../shell/session";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { AnswererStep } from "./AnswererStep";
import { AskStep } from "./AskStep";
import { CallStep } from "./CallStep";
import { KeyStep } from "./KeyStep";
import { Step } from "./Step";
import { type StepId, useDone, useSteps } from "./steps";

/** The way of a newcomer from an empty installation to an answer, a key, and the first call in the usage. */
export function WelcomePage() {
  const { t } = useTranslation();
  const me = useMe().data;
  const steps = useSteps();
  usePageTitle(t("welcome.title"));
  useEffect(openFirstSteps, []);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto w-full max-w-3xl p-4 md:p-8">
        <h1 className="text-2xl font-semibold">{t("welcome.hello", { name: me?.display_name || me?.user || "" })}</h1>
        <p className="mt-1 mb-6 text-muted-foreground">{t("welcome.about")}</p>
        {steps ? <Steps steps={steps} hasPasskey={Boolean(me?.passkeys)} /> : <Loading />}
      </div>
    </div>
  );
}

function Steps({ steps, hasPasskey }: { steps: readonly StepId[]; hasPasskey: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isRehearsing, setRehearsing] = useState(false);
  const done = useDone(steps, isRehearsing);
  const [isOpen, toggle] = useOpened(done ? steps.find((step) => !done[step]) : undefined);
  if (!done) {
    return <Loading />;
  }
  const shown: Record<StepId, ReactNode> = {
    answerer: <AnswererStep onRehearse={() => setRehearsing(true)} />,
    ask: <AskStep />,
    key: <KeyStep />,
    call: <CallStep />,
  };

  function leave() {
    closeFirstSteps();
    void navigate({ to: "/chat" });
  }

  return (
    <>
      <ol className="space-y-3">
        {steps.map((step, place) => (
          <Step
            key={step}
            number={place + 1}
            title={t(`welcome.step.${step}`)}
            isDone={done[step]}
            isOpen={isOpen(step)}
            onToggle={(open) => toggle(step, open)}
          >
            {shown[step]}
          </Step>
        ))}
      </ol>
      <After isDone={steps.every((step) => done[step])} hasPasskey={hasPasskey} onLeave={leave} />
    </>
  );
}

/** Which steps are open: the next to do, those that were it, and what somebody opened. What shows a key stays open. */
function useOpened(next: StepId | undefined) {
  const [opened, setOpened] = useState<ReadonlyMap<StepId, boolean>>(new Map());
  if (next && !opened.has(next)) {
    setOpened(new Map([...opened, [next, true]]));
  }
  const toggle = (step: StepId, open: boolean) => setOpened((before) => new Map([...before, [step, open]]));
  return [(step: StepId) => opened.get(step) ?? false, toggle] as const;
}

interface AfterProps {
  isDone: boolean;
  hasPasskey: boolean;
  onLeave: () => void;
}

/** What is worth doing next, and the way out. */
function After({ isDone, hasPasskey, onLeave }: AfterProps) {
  const { t } = useTranslation();
  return (
    <div className="mt-6 space-y-3">
      {isDone ? (
        <p role="status" className="font-semibold text-good">
          {t("welcome.ready")}
        </p>
      ) : null}
      {hasPasskey ? null : (
        <p className="text-sm text-muted-foreground">
          {t("welcome.passkey")}{" "}
          <a href="/account" className="text-primary underline">
            {t("nav.account")}
          </a>
        </p>
      )}
      <Button look={isDone ? "first" : "second"} onClick={onLeave}>
        {isDone ? t("welcome.finish") : t("welcome.skip")}
      </Button>
    </div>
  );
}
