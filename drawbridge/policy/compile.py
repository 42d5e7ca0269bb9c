"""From roles and grants, as people write them, to the rules that decisions read. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.policy.conditions import NO_CONDITIONS, Conditions, Hours
from drawbridge.policy.entries import ActionOrAll, ConditionsEntry, HoursEntry, PermissionEntry
from drawbridge.policy.errors import NotationError
from drawbridge.policy.notation import parse_moment, parse_resource, parse_time_of_day, parse_usd, parse_zone
from drawbridge.policy.rules import ACTIONS, Action, Effect, Kind, Rule

_ALWAYS: Final = ConditionsEntry()


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """A grant as it is stored: what it refers to by name is found."""

    name: str
    effect: Effect
    subjects: tuple[tuple[UUID, str], ...]
    """Each with what people call it, such as `team:research`; EVERYONE as `everyone`."""
    permissions: tuple[PermissionEntry, ...]
    """Its own, or its role's."""
    when: ConditionsEntry = _ALWAYS
    within: UUID | None = None
    role: str | None = None
    reason: str = ""


def compile_rules(grants: Iterable[StoredGrant]) -> Iterator[Rule]:
    """Write grants out: a rule for each subject, action, kind and name."""
    # Equal conditions become one object: a decision judges each object once.
    known: dict[Conditions, Conditions] = {}
    for grant in grants:
        conditions = compile_conditions(grant.when, grant.within)
        conditions = known.setdefault(conditions, conditions)
        places = sorted(_places(grant.permissions))
        for subject, subject_name in grant.subjects:
            for action, kind, pattern in places:
                yield Rule(
                    grant=grant.name,
                    effect=grant.effect,
                    subject=subject,
                    action=action,
                    kind=kind,
                    pattern=pattern,
                    conditions=conditions,
                    role=grant.role,
                    reason=grant.reason,
                    subject_name=subject_name,
                )


def compile_conditions(when: ConditionsEntry, within: UUID | None = None) -> Conditions:
    """Read what a grant asks of the circumstances."""
    if when == _ALWAYS and within is None:
        return NO_CONDITIONS
    return Conditions(
        products=None if when.products is None else frozenset(when.products),
        data_classes=None if when.data_classes is None else frozenset(when.data_classes),
        where=tuple((name, frozenset(values)) for name, values in when.where.items()),
        where_not=tuple((name, frozenset(values)) for name, values in when.where_not.items()),
        hours=tuple(_hours(hours) for hours in when.hours),
        not_before=None if when.not_before is None else parse_moment(when.not_before),
        not_after=None if when.not_after is None else parse_moment(when.not_after),
        cost_at_most_nanousd=None if when.cost_at_most_usd is None else parse_usd(when.cost_at_most_usd),
        cost_above_nanousd=None if when.cost_above_usd is None else parse_usd(when.cost_above_usd),
        within=within,
    )


def _places(permissions: Iterable[PermissionEntry]) -> set[tuple[Action, Kind, str]]:
    return {
        (action, kind, resources.pattern)
        for permission in permissions
        for resources in map(parse_resource, permission.on)
        for kind in resources.kinds
        for written in permission.may
        for action in _actions(written)
    }


def _actions(written: ActionOrAll) -> tuple[Action, ...]:
    return ACTIONS if written == "*" else (written,)


def _hours(entry: HoursEntry) -> Hours:
    try:
        zone = parse_zone(entry.zone)
    except NotationError:
        # Another machine knew it. Here nobody can say whether it is that time, and what is not known never helps.
        zone = None
    return Hours(frozenset(entry.days), parse_time_of_day(entry.begins), parse_time_of_day(entry.ends), zone)
