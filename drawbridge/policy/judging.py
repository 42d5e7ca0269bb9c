"""The answer to what somebody may do at the API, and its refusals in words. Pure, over the rules at one moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from drawbridge.audit.acts import Actor
from drawbridge.core.errors import DrawbridgeError
from drawbridge.identity.errors import Denial, NotAllowedError, UnknownObjectError
from drawbridge.identity.records import OWN
from drawbridge.policy.conditions import Circumstances
from drawbridge.policy.covering import is_administrator
from drawbridge.policy.decide import Decision, Question, decide
from drawbridge.policy.rules import ACTIONS, KINDS, Action, Kind, Rule, RuleSet

PRODUCT: Final = "admin"
"""What conditions call the admin API."""

_NO_TEAMS: Final[frozenset[UUID]] = frozenset()


@dataclass(frozen=True, slots=True)
class Abilities:
    """What somebody may do, in outline."""

    kinds: Mapping[Action, list[Kind]]
    """By action the kinds of objects with which they may do this, be it with some of them only."""
    own_keys: bool
    """Whether they may manage keys of their own."""


class Asker:
    """Who asks, with all rules of their organisation, at one moment."""

    def __init__(self, actor: Actor, rules: RuleSet, now: datetime) -> None:
        assert actor.principal_id is not None
        self.actor = actor
        self.rules = rules
        self.now = now
        self.subjects = rules.subjects_of(actor.principal_id)

    @cached_property
    def own(self) -> list[Rule]:
        """The rules for the one who asks."""
        return self.rules.rules_of(self.subjects)

    @property
    def is_administrator(self) -> bool:
        """Whether they may give away anything."""
        return is_administrator(self.own)

    def is_bound_to_teams(self, kind: str) -> bool:
        """Tell whether it matters to which teams an object of a kind belongs."""
        return any(rule.kind == kind and rule.conditions.within is not None for rule in self.own)

    def kinds(self, action: Action) -> list[Kind]:
        """Return the kinds of objects with some of which this may be allowed."""
        return [kind for kind in KINDS if _refusal_of_kind(self, action, kind) is None]

    def decide(self, action: str, kind: str, name: str, teams: frozenset[UUID]) -> Decision:
        """Decide about one object."""
        circumstances = Circumstances(self.now, product=PRODUCT, teams=teams)
        return decide(self.rules, (self.subjects,), Question(_action(action), as_kind(kind), (name,), circumstances))

    def decide_own_keys(self) -> Decision:
        """Decide about managing the keys of the one who asks, which belong to the same teams."""
        return self.decide("manage", "key", OWN, self.subjects)

    def refusal(self, decision: Decision, action: str, kind: str, name: str) -> NotAllowedError:
        """Say that, and why, something is not allowed."""
        denial = Denial(self.actor, action, kind, name, tuple(dict.fromkeys(rule.grant for rule in decision.rules)))
        return NotAllowedError(self._in_words(decision, denial), denial)

    def _in_words(self, decision: Decision, denial: Denial) -> str:
        what = f"{denial.action} {denial.kind}:{denial.name}"
        reason = next((rule.reason for rule in decision.rules if rule.reason), "")
        ask = reason or self.rules.whom_to_ask or "Ask an administrator of your organisation."
        if denial.grants:
            return f"You may not {what}: grant {', '.join(denial.grants)} refuses it. {ask}"
        return f"You may not {what}: no grant allows it to {self.actor.kind}:{self.actor.name}. {ask}"


class KindJudge:
    """What one who asks may do with the objects of one kind."""

    def __init__(
        self,
        asker: Asker,
        kind: str,
        teams: Mapping[str, frozenset[UUID]],
        unknown: DrawbridgeError | None = None,
    ) -> None:
        self._asker = asker
        self._kind = kind
        self._teams = teams
        self._unknown = unknown

    def may(self, action: str, name: str) -> bool:
        """Tell whether this may be done with an object."""
        return self._decide(action, name).is_allowed

    def require(self, action: str, name: str) -> None:
        """Check the right to one object."""
        decision = self._decide(action, name)
        if decision.is_allowed:
            return
        refusal = self._asker.refusal(decision, action, self._kind, name)
        if action == "read" or not self.may("read", name):
            raise self._unknown or UnknownObjectError(self._kind, name, refusal.denial)
        raise refusal

    def unknown(self, name: str) -> DrawbridgeError:
        """Return the error for a name that does not exist, which is that for one that may not be seen."""
        return self._unknown or UnknownObjectError(self._kind, name)

    def _decide(self, action: str, name: str) -> Decision:
        return self._asker.decide(action, self._kind, name, self._teams.get(name, _NO_TEAMS))


def refuse_kinds(asker: Asker, action: str, kinds: Collection[str]) -> None:
    """Refuse one who may do this with no object of any of the kinds.

    Raises NotAllowedError.
    """
    refusals = [_refusal_of_kind(asker, action, kind) for kind in kinds]
    if all(refusals):
        raise next(refusal for refusal in refusals if refusal)


def refuse_own_keys(asker: Asker) -> None:
    """Refuse one who may not manage their own keys.

    Raises NotAllowedError.
    """
    decision = asker.decide_own_keys()
    if not decision.is_allowed:
        raise asker.refusal(decision, "manage", "key", OWN)


def abilities_of(asker: Asker) -> Abilities:
    """Return in outline what somebody may do."""
    return Abilities({action: asker.kinds(action) for action in ACTIONS}, asker.decide_own_keys().is_allowed)


def require_every(asker: Asker, action: str, kind: str) -> None:
    """Refuse one who may not do this with each object of a kind: any deny counts, whatever it is about.

    Raises NotAllowedError.
    """
    here = Circumstances(asker.now, product=PRODUCT)
    denies = tuple(
        rule
        for rule in asker.own
        if (rule.action, rule.kind, rule.effect) == (_action(action), as_kind(kind), "deny")
        and rule.conditions.hold(here) is not False
    )
    decision = Decision("denied_by_rule", denies) if denies else asker.decide(action, kind, "*", _NO_TEAMS)
    if not decision.is_allowed:
        raise asker.refusal(decision, action, kind, "*")


def _refusal_of_kind(asker: Asker, action: str, kind: str) -> NotAllowedError | None:
    """Return why something is allowed with no object of a kind; None if with some it may be."""
    # What is not known yet, such as the object's teams, must not refuse here: the object itself is judged later.
    here = Circumstances(asker.now, product=PRODUCT)
    about = [rule for rule in asker.own if (rule.action, rule.kind) == (_action(action), as_kind(kind))]
    # Who may look after keys of their own has routes for that: to the keys by name this opens no door.
    about = [rule for rule in about if (rule.kind, rule.pattern) != ("key", OWN)]
    held = [(rule, rule.conditions.hold(here)) for rule in about]
    denies = tuple(
        rule for rule, holds in held if rule.effect == "deny" and holds is True and rule.pattern.strip("*") == ""
    )
    if denies:
        return asker.refusal(Decision("denied_by_rule", denies), action, kind, "*")
    if any(rule.effect == "allow" and holds is not False for rule, holds in held):
        return None
    return asker.refusal(Decision("allowed_by_none"), action, kind, "*")


def _action(action: str) -> Action:
    assert action in ACTIONS, action
    return action


def as_kind(kind: str) -> Kind:
    """Return the kind of that name."""
    assert kind in KINDS, kind
    return kind
