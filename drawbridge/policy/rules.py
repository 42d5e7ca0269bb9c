"""Rules as a decision reads them: grants and roles, written out for each subject and indexed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, Literal, get_args
from uuid import UUID

from drawbridge.identity.records import EVERYONE
from drawbridge.policy.conditions import NO_CONDITIONS, Conditions
from drawbridge.policy.patterns import PatternIndex

Effect = Literal["allow", "deny"]
Action = Literal["use", "read", "manage", "approve"]
Kind = Literal[
    "agent",
    "audit",
    "audit_stream",
    "budget",
    "collection",
    "deployment",
    "grant",
    "group",
    "invitation",
    "key",
    "limit",
    "model",
    "organisation",
    "price",
    "project",
    "provider",
    "role",
    "secret",
    "service_account",
    "session",
    "team",
    "tool",
    "usage",
    "user",
]
"""What resources there are. `audit`, `organisation`, `price` and `usage` have no names: their name is `*`."""

PRODUCTS: Final = ("admin", "api", "chat")
"""The products that conditions can name: the admin API, whatever comes in by the gateway's own paths, and the chat."""

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that a decision can rest on: a subject may, or may not, do something with some resources."""

    grant: str
    """Name of the grant that it comes from: what people are told."""
    effect: Effect
    subject: UUID
    """A principal, group, team or project, or EVERYONE."""
    action: Action
    kind: Kind
    pattern: str
    """A resource's name; `*` stands for any characters, none too."""
    conditions: Conditions = NO_CONDITIONS
    role: str | None = None
    """The role through which the grant says it."""
    reason: str = ""
    """What a refused person should know: why, and whom to ask."""
    subject_name: str = ""
    """Such as `team:research`, for explanations."""


IN_ORDER: Final = attrgetter("grant", "subject_name", "pattern")
"""The order in which people are told of rules about one question."""


@dataclass(frozen=True, slots=True)
class Holders:
    """The rules that name the same resources, by whom they are for."""

    by_subject: Mapping[UUID, tuple[Rule, ...]]
    subjects: frozenset[UUID]
    """The same subjects once more: of two sets, what both hold is found without hashing ids again."""


Place = tuple[Action, Kind]
Shelf = PatternIndex[Holders]
"""The rules about one action on one kind of resource."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of one organisation, and who is part of what."""

    rules: tuple[Rule, ...] = ()
    """In the order of the grants' names."""
    shelves: Mapping[Place, Shelf] = field(default_factory=dict[Place, Shelf])
    by_subject: Mapping[UUID, tuple[Rule, ...]] = field(default_factory=dict[UUID, tuple[Rule, ...]])
    subjects: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict[UUID, frozenset[UUID]])
    """By principal or project: itself, its groups and theirs, its teams and those above, and EVERYONE."""
    whom_to_ask: str = ""
    """Shown with refusals that have no reason of their own; empty where nobody was named."""

    def subjects_of(self, principal_id: UUID, project_id: UUID | None = None) -> frozenset[UUID]:
        """Return everything that a principal's rules may be written for, in a project's calls its too."""
        own = self.subjects.get(principal_id) or frozenset({principal_id, EVERYONE})
        return own if project_id is None else own | self.subjects.get(project_id, frozenset({project_id}))

    def is_part_of(self, principal_id: UUID, project_id: UUID) -> bool:
        """Tell whether a principal is in the team that a project belongs to, or in one below it, if it has a team."""
        teams = self.subjects.get(project_id, frozenset()) - {project_id, EVERYONE}
        return teams <= self.subjects.get(principal_id, frozenset())

    def rules_of(self, subjects: Iterable[UUID]) -> list[Rule]:
        """Return every rule for some subjects, about anything."""
        return [rule for subject in subjects for rule in self.by_subject.get(subject, ())]


def make_rule_set(
    rules: Iterable[Rule], subjects: Mapping[UUID, frozenset[UUID]] | None = None, whom_to_ask: str = ""
) -> RuleSet:
    """Index rules by what they are about, and by whom they are for."""
    in_order = tuple(sorted(rules, key=IN_ORDER))
    by_place: dict[Place, dict[str, list[Rule]]] = {}
    for rule in in_order:
        by_place.setdefault((rule.action, rule.kind), {}).setdefault(rule.pattern, []).append(rule)
    shelves = {
        place: PatternIndex((pattern, _holders(same)) for pattern, same in by_pattern.items())
        for place, by_pattern in by_place.items()
    }
    by_subject = _by_subject(in_order)
    return RuleSet(in_order, shelves, by_subject, _same_ids(by_subject, subjects or {}), whom_to_ask)


def _same_ids(by_subject: Iterable[UUID], subjects: Mapping[UUID, frozenset[UUID]]) -> Mapping[UUID, frozenset[UUID]]:
    """Name subjects by the very objects that the rules name them by: ids that are one object are compared faster."""
    one = {subject: subject for subject in by_subject}
    return {whose: frozenset(one.get(subject, subject) for subject in parts) for whose, parts in subjects.items()}


def _holders(rules: Iterable[Rule]) -> Holders:
    by_subject = _by_subject(rules)
    return Holders(by_subject, frozenset(by_subject))


def _by_subject(rules: Iterable[Rule]) -> dict[UUID, tuple[Rule, ...]]:
    found: dict[UUID, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.subject, []).append(rule)
    return {subject: tuple(same) for subject, same in found.items()}
