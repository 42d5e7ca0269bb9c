"""Whether what somebody gives away is theirs: the rules of one compared with the rules of another. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from drawbridge.policy.conditions import NO_CONDITIONS, Conditions
from drawbridge.policy.first_grants import ADMINISTRATOR
from drawbridge.policy.patterns import fits, meet
from drawbridge.policy.rules import EVERYONE, Action, Effect, Kind, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Gain:
    """A right that somebody would come to have, or a deny that they would be rid of."""

    rule: Rule
    receiver: frozenset[UUID]
    """The subjects that it would come to; those that stay bound by their denies."""


def is_administrator(own: Iterable[Rule]) -> bool:
    """Tell whether somebody with these rules administers the organisation, always and everywhere.

    Who does may give away anything. A deny counts whatever its conditions: they may hold when it matters.
    """
    about = [rule for rule in own if (rule.action, rule.kind) == ("manage", "grant")]
    return not any(rule.effect == "deny" for rule in about) and any(
        rule.role == ADMINISTRATOR and rule.pattern == "*" and rule.conditions == NO_CONDITIONS for rule in about
    )


def uncovered(own: Sequence[Rule], gains: Iterable[Gain]) -> Gain | None:
    """Return the first gain that goes beyond somebody's own rules; None where there is none."""
    return next((gain for gain in gains if not _is_covered(own, gain)), None)


def gains_between(before: RuleSet, after: RuleSet) -> Iterator[Gain]:
    """Find everything that anybody gains by a change: by rules, and by becoming part of a group or team."""
    had, has = {_essence(rule) for rule in before.rules}, {_essence(rule) for rule in after.rules}
    for rule in after.rules:
        if rule.effect == "allow" and _essence(rule) not in had:
            yield Gain(rule, frozenset({rule.subject, EVERYONE}))
    for rule in before.rules:
        if rule.effect == "deny" and _essence(rule) not in has:
            yield Gain(rule, frozenset({rule.subject, EVERYONE}))
    for holder in before.subjects.keys() | after.subjects.keys():
        yield from _gains_by_membership(before, after, holder)


def gains_of_holder(rules: RuleSet, subjects: frozenset[UUID]) -> Iterator[Gain]:
    """Return everything that who speaks for some subjects may do."""
    return (Gain(rule, subjects) for rule in rules.rules_of(subjects) if rule.effect == "allow")


def _gains_by_membership(before: RuleSet, after: RuleSet, holder: UUID) -> Iterator[Gain]:
    was, becomes = before.subjects_of(holder), after.subjects_of(holder)
    if was == becomes:
        return
    yield from (Gain(rule, becomes) for rule in after.rules_of(becomes - was) if rule.effect == "allow")
    yield from (Gain(rule, becomes) for rule in before.rules_of(was - becomes) if rule.effect == "deny")


def may_always(own: Iterable[Rule], action: Action, kind: Kind, names: Sequence[str]) -> bool:
    """Tell whether somebody with these rules may do something with a resource, given by all its names, in every case.

    A deny counts whatever its conditions: they may hold when it matters.
    """
    about = [
        rule
        for rule in own
        if (rule.action, rule.kind) == (action, kind) and any(fits(rule.pattern, name) for name in names)
    ]
    return not any(rule.effect == "deny" for rule in about) and any(rule.conditions == NO_CONDITIONS for rule in about)


def _is_covered(own: Sequence[Rule], gain: Gain) -> bool:
    wanted = gain.rule
    # A deny that goes was a bound that somebody else drew: only who may do anything takes it away.
    if wanted.effect == "deny":
        return False
    about = [rule for rule in own if (rule.action, rule.kind) == (wanted.action, wanted.kind)]
    bound = any(
        rule.effect == "deny" and rule.subject not in gain.receiver and _may_meet(rule, wanted) for rule in about
    )
    return not bound and any(rule.effect == "allow" and _is_wider(rule, wanted) for rule in about)


def _is_wider(own: Rule, wanted: Rule) -> bool:
    # What `*` stands for is always matched by a `*`, so the narrower pattern can be matched as if it were a name.
    if wanted.role == ADMINISTRATOR != own.role:
        return False
    return fits(own.pattern, wanted.pattern) and own.conditions in {NO_CONDITIONS, wanted.conditions}


def _may_meet(one: Rule, other: Rule) -> bool:
    """Tell whether two rules may be about the same resource; in doubt, yes."""
    if one.kind != "model":
        return meet(one.pattern, other.pattern)
    # A model has aliases: its name in other letters, and with a provider's name before it.
    mine, theirs = _as_plain(one.pattern), _as_plain(other.pattern)
    return meet(mine, theirs) or meet(mine, f"*/{theirs}") or meet(f"*/{mine}", theirs)


def _as_plain(pattern: str) -> str:
    return pattern.lower().replace("models/", "")


def _essence(rule: Rule) -> tuple[Effect, UUID, Action, Kind, str, Conditions, bool]:
    """Return what a rule does, without how it is called and explained."""
    # Who holds the role of administrators may give away anything, also where the role itself says little.
    is_administrators = rule.role == ADMINISTRATOR
    return rule.effect, rule.subject, rule.action, rule.kind, rule.pattern, rule.conditions, is_administrators
