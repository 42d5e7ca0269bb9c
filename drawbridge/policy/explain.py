"""Why a decision came out so: the rules about a question, one by one, and the smallest change that turns it. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
import yaml

from drawbridge.policy.conditions import Circumstances
from drawbridge.policy.decide import Decision, Question, applies, decide, rules_about
from drawbridge.policy.entries import GrantEntry
from drawbridge.policy.rules import IN_ORDER, Rule, RuleSet

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_NAME: Final = 150


@dataclass(frozen=True, slots=True)
class Who:
    """One principal of a chain."""

    name: str
    """As grants write it, such as `user:ana`."""
    subjects: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that is about the question, and what became of it."""

    who: str
    """The principal of the chain for whom it was looked at."""
    rule: Rule
    applies: bool
    fails: tuple[str, ...] = ()
    """Conditions that do not hold."""
    unknown: tuple[str, ...] = ()
    """Conditions of which nobody said whether they hold: they keep an allow from applying, not a deny."""


@dataclass(frozen=True, slots=True)
class SmallestChange:
    """The fewest grants to delete and to add so that the answer becomes the other one."""

    delete: tuple[str, ...] = ()
    add: tuple[tuple[str, GrantEntry], ...] = ()
    """By name; one at most."""

    @property
    def size(self) -> int:
        """How many grants change."""
        return len(self.delete) + len(self.add)

    def as_yaml(self) -> str:
        """Write what is to be added as a part of `drawbridge.yaml`; empty where nothing is."""
        if not self.add:
            return ""
        entries = {name: msgspec.to_builtins(entry) for name, entry in self.add}
        return yaml.safe_dump({"grants": entries}, sort_keys=False, allow_unicode=True, default_flow_style=None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with its reasons."""

    decision: Decision
    considered: tuple[Considered, ...]
    """By principal of the chain; first what denies, then what allows, by the grants' names."""
    change: SmallestChange


def explain(rules: RuleSet, chain: Sequence[Who], question: Question) -> Explanation:
    """Explain a decision. The chain has one principal at least."""
    decision = decide(rules, [who.subjects for who in chain], question)
    considered = tuple(one for who in chain for one in _consider(rules, who, question))
    change = _deny(rules, chain[0], question) if decision.is_allowed else _allow(rules, chain, considered, question)
    return Explanation(decision, considered, change)


def _consider(rules: RuleSet, who: Who, question: Question) -> Iterable[Considered]:
    about = rules_about(rules, who.subjects, question)
    for rule in sorted(about, key=lambda rule: (rule.effect == "allow", *IN_ORDER(rule))):
        fails, unknown = _unheld(rule, question.circumstances)
        yield Considered(who.name, rule, applies(rule, question.circumstances), fails, unknown)


def _unheld(rule: Rule, here: Circumstances) -> tuple[tuple[str, ...], tuple[str, ...]]:
    judged = [(str(condition), condition.judge(here)) for condition in rule.conditions.each]
    fails = tuple(words for words, held in judged if held is False)
    return fails, tuple(words for words, held in judged if held is None)


def _allow(
    rules: RuleSet, chain: Sequence[Who], considered: Iterable[Considered], question: Question
) -> SmallestChange:
    """Delete each grant that denies, and let one grant allow it to everyone in the chain whom none does."""
    applying = [one for one in considered if one.applies]
    denying = {one.rule.grant for one in applying if one.rule.effect == "deny"}
    allowed = {one.who for one in applying if one.rule.effect == "allow"}
    lacking = dict.fromkeys(who.name for who in chain if who.name not in allowed)
    add = (_named(rules, "may", _grant(tuple(lacking), question), question),) if lacking else ()
    return SmallestChange(tuple(sorted(denying)), add)


def _deny(rules: RuleSet, who: Who, question: Question) -> SmallestChange:
    grant = msgspec.structs.replace(_grant((who.name,), question), effect="deny")
    return SmallestChange(add=(_named(rules, "may-not", grant, question),))


def _grant(to: tuple[str, ...], question: Question) -> GrantEntry:
    resource = f"{question.kind}:{question.names[0]}"
    return GrantEntry(to=to[0] if len(to) == 1 else to, may=(question.action,), on=(resource,))


def _named(rules: RuleSet, verb: str, grant: GrantEntry, question: Question) -> tuple[str, GrantEntry]:
    """Give a grant a name that is free, such as `ana-may-use-model-gpt-5`."""
    who = grant.to if isinstance(grant.to, str) else grant.to[0]
    words = f"{who.partition(':')[2] or who} {verb} {question.action} {question.kind} {question.names[0]}"
    name = _NOT_IN_A_NAME.sub("-", words).strip("-")[:_LONGEST_NAME]
    taken = {rule.grant for rule in rules.rules}
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free, grant
