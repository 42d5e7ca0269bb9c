"""The decision: deny wins, and what nothing allows is denied. Pure, over the rules of one organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from drawbridge.policy.conditions import NO_CONDITIONS, Circumstances
from drawbridge.policy.rules import IN_ORDER, Action, Kind, Rule, RuleSet

Verdict = Literal["allowed", "denied_by_rule", "allowed_by_none"]


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to do, and on what."""

    action: Action
    kind: Kind
    names: tuple[str, ...]
    """All names of the one resource: a rule that fits any of them is about it, so that no alias goes around a deny."""
    circumstances: Circumstances


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and the rules that it rests on."""

    verdict: Verdict
    rules: tuple[Rule, ...] = ()
    """Those that denied, else those that allowed; none where nothing allowed."""

    @property
    def is_allowed(self) -> bool:
        """Whether it may be done."""
        return self.verdict == "allowed"


def decide(rules: RuleSet, chain: Sequence[frozenset[UUID]], question: Question) -> Decision:
    """Decide for a chain of principals, each given as its subjects: every one of them must be allowed.

    What is not known of the circumstances never helps: an allow whose conditions cannot be judged does not apply, a
    deny whose conditions cannot be judged does.
    """
    used: tuple[Rule, ...] = ()
    for subjects in chain:
        decision = _decide_for_one(rules, subjects, question)
        if not decision.is_allowed:
            return decision
        used += decision.rules
    return Decision("allowed", used) if chain else Decision("allowed_by_none")


def rules_about(rules: RuleSet, subjects: frozenset[UUID], question: Question) -> list[Rule]:
    """Return every rule for these subjects that fits the resource, whether or not its conditions hold."""
    shelf = rules.shelves.get((question.action, question.kind))
    if shelf is None:
        return []
    if len(question.names) == 1:
        found = shelf.about(question.names[0])
    else:
        found = {id(holders): holders for name in question.names for holders in shelf.about(name)}.values()
    about: list[Rule] = []
    for holders in found:
        for subject in holders.subjects & subjects:
            about += holders.by_subject[subject]
    return about


def applies(rule: Rule, circumstances: Circumstances) -> bool:
    """Tell whether a rule that fits the resource applies in these circumstances."""
    held = rule.conditions.hold(circumstances)
    return held is True if rule.effect == "allow" else held is not False


def _decide_for_one(rules: RuleSet, subjects: frozenset[UUID], question: Question) -> Decision:
    allows: list[Rule] = []
    denies: list[Rule] = []
    # By identity: many rules share their conditions, and to compare them costs more than to judge them.
    judged: dict[int, tuple[bool, bool]] = {}
    for rule in rules_about(rules, subjects, question):
        conditions = rule.conditions
        if conditions is NO_CONDITIONS:
            helps = hinders = True
        elif (known := judged.get(id(conditions))) is not None:
            helps, hinders = known
        else:
            held = conditions.hold(question.circumstances)
            helps, hinders = judged[id(conditions)] = held is True, held is not False
        if rule.effect == "allow":
            if helps:
                allows.append(rule)
        elif hinders:
            denies.append(rule)
    if denies:
        return Decision("denied_by_rule", _ordered(denies))
    return Decision("allowed", _ordered(allows)) if allows else Decision("allowed_by_none")


def _ordered(rules: list[Rule]) -> tuple[Rule, ...]:
    # Subjects come in the order of a set: without this, the same question could name its rules in another order.
    if len(rules) > 1:
        rules.sort(key=IN_ORDER)
    return tuple(rules)
