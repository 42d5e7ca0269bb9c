"""Explanations as the API and the command line show them."""

from typing import assert_never

from pydantic import BaseModel

from drawbridge.policy.decide import Verdict
from drawbridge.policy.explain import Considered, SmallestChange
from drawbridge.policy.inquiry import Answer
from drawbridge.policy.rules import Effect


class RuleBody(BaseModel):
    """A rule about the question. `fails` and `unknown` are conditions; an unknown one stops an allow, not a deny."""

    who: str
    grant: str
    role: str | None
    effect: Effect
    subject: str
    resource: str
    applies: bool
    fails: list[str]
    unknown: list[str]
    reason: str

    @property
    def because(self) -> str:
        """Why it applies or not, where that needs words."""
        words = [f"not true: {condition}" for condition in self.fails]
        words += [f"not known: {condition}" for condition in self.unknown]
        return "; ".join(words)


class ChangeBody(BaseModel):
    """The smallest change that turns the answer: grants to delete, and what to add to `drawbridge.yaml`."""

    delete: list[str]
    yaml: str

    @property
    def in_words(self) -> str:
        """Say what to do."""
        words = [f"delete the grants {', '.join(self.delete)}" if len(self.delete) > 1 else ""]
        words = [f"delete the grant {self.delete[0]}"] if len(self.delete) == 1 else words
        words += ["add this grant:" if self.yaml else ""]
        return ", and ".join(filter(None, words))


class DeploymentBody(BaseModel):
    """A deployment of the model, and whether it may be used."""

    name: str
    allowed: bool


class ExplanationBody(BaseModel):
    """An answer with its reasons. `names` are all names of the resource: a rule about any of them counts."""

    allowed: bool
    verdict: Verdict
    in_words: str
    kind: str
    names: list[str]
    rules: list[RuleBody]
    deployments: list[DeploymentBody]
    change: ChangeBody


def shown(answer: Answer) -> ExplanationBody:
    """Write an answer out."""
    explanation, question = answer.explanation, answer.question
    return ExplanationBody(
        allowed=explanation.decision.is_allowed,
        verdict=explanation.decision.verdict,
        in_words=_in_words(answer),
        kind=question.kind,
        names=list(question.names),
        rules=[_rule(considered) for considered in explanation.considered],
        deployments=[DeploymentBody(name=name, allowed=allowed) for name, allowed in answer.ways],
        change=_change(explanation.change),
    )


def _in_words(answer: Answer) -> str:
    decision, question = answer.explanation.decision, answer.question
    what = f"{question.action} {question.kind} {question.names[0]}"
    grants = ", ".join(dict.fromkeys(rule.grant for rule in decision.rules))
    match decision.verdict:
        case "allowed":
            return f"Allowed: {what}, by {grants}."
        case "denied_by_rule":
            return f"Denied: {what}, by {grants}."
        case "allowed_by_none":
            return f"Denied: {what}, since nothing allows it."
        case _:
            assert_never(decision.verdict)


def _rule(considered: Considered) -> RuleBody:
    rule = considered.rule
    return RuleBody(
        who=considered.who,
        grant=rule.grant,
        role=rule.role,
        effect=rule.effect,
        subject=rule.subject_name,
        resource=f"{rule.kind}:{rule.pattern}",
        applies=considered.applies,
        fails=list(considered.fails),
        unknown=list(considered.unknown),
        reason=rule.reason,
    )


def _change(change: SmallestChange) -> ChangeBody:
    return ChangeBody(delete=list(change.delete), yaml=change.as_yaml())
