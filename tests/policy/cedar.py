"""Grants said in Cedar, another policy language with an evaluator of its own: an oracle for decisions.

Written from what grants mean, not from how Drawbridge reads them: of `drawbridge.policy` only its records are used. A
principal's parents are its subjects, a resource's type its kind. Cedar knows no names with several readings and no time
zones: names, and whether it is within some hours, stand in the context. Unknown is what the context does not have: what
permits asks that it has it, what forbids lets be that it has not.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import cedarpy

from drawbridge.policy.compile import StoredGrant
from drawbridge.policy.decide import Question
from drawbridge.policy.entries import ConditionsEntry, HoursEntry, PermissionEntry

_MOST_NAMES = 3
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What Cedar says, and the names of the grants that it rests on."""

    is_allowed: bool
    grants: frozenset[str]


class Oracle:
    """An organisation's grants, as Cedar sees them."""

    def __init__(self, grants: Sequence[StoredGrant], subjects: Mapping[UUID, frozenset[UUID]]) -> None:
        self._names = [grant.name for grant in grants for _ in grant.subjects]
        self._hours = list({_as_json(hours): hours for grant in grants for hours in grant.when.hours}.items())
        policies = "\n".join(policy for grant in grants for policy in self._policies(grant))
        self._policies_read = cedarpy.PolicySet.from_str(policies)
        # Its stubs leave open what a schema may be, which is not used here.
        self._entities = cedarpy.Entities.from_json_str(  # pyright: ignore[reportUnknownMemberType]
            json.dumps(list(_entities(subjects)))
        )

    def ask(self, asked: Sequence[tuple[UUID, Question]]) -> list[Answer]:
        """Answer each question of one principal."""
        requests = [self._request(principal, question) for principal, question in asked]
        results = cedarpy.is_authorized_batch(  # pyright: ignore[reportUnknownMemberType]
            requests, self._policies_read, self._entities
        )
        assert not any(result.diagnostics.errors for result in results), results[0].diagnostics.errors
        return [
            Answer(
                result.allowed,
                frozenset(self._names[int(policy.removeprefix("policy"))] for policy in result.diagnostics.reasons),
            )
            for result in results
        ]

    def _policies(self, grant: StoredGrant) -> Iterable[str]:
        effect = "permit" if grant.effect == "allow" else "forbid"
        for subject, _ in grant.subjects:
            condition = " || ".join(f"({_permitted(permission)})" for permission in grant.permissions)
            needed = [*self._needs(grant.when), *_within(grant.within)]
            asks = [_known(grant, path, test) for path, test in needed]
            when = " && ".join([f"({condition})", *asks])
            yield f'{effect} (principal in Subject::"{subject}", action, resource) when {{ {when} }};'

    def _needs(self, when: ConditionsEntry) -> Iterable[tuple[str, str]]:
        """Return what must be known, and what must then hold."""
        if when.products is not None:
            yield "context has product", f"{json.dumps(when.products)}.contains(context.product)"
        if when.data_classes is not None:
            yield "context has data_class", f"{json.dumps(when.data_classes)}.contains(context.data_class)"
        for name, values in when.where.items():
            yield f"context.attributes has {name}", f"{json.dumps(values)}.contains(context.attributes.{name})"
        for name, values in when.where_not.items():
            yield f"context.attributes has {name}", f"!{json.dumps(values)}.contains(context.attributes.{name})"
        if when.not_before is not None:
            yield "true", f'context.now >= datetime("{_cedar_time(when.not_before)}")'
        if when.not_after is not None:
            yield "true", f'context.now < datetime("{_cedar_time(when.not_after)}")'
        if when.cost_at_most_usd is not None:
            yield "context has cost", f"context.cost <= {_nanousd(when.cost_at_most_usd)}"
        if when.cost_above_usd is not None:
            yield "context has cost", f"context.cost > {_nanousd(when.cost_above_usd)}"
        if when.hours:
            yield self._some_hours(when.hours)

    def _some_hours(self, hours: Sequence[HoursEntry]) -> tuple[str, str]:
        """Say that one of several parts of the week holds: known where one does, or all are known."""
        written = [key for key, _ in self._hours]
        places = [f"hours_{written.index(_as_json(each))}" for each in hours]
        hold = " || ".join(f"(context has {place} && context.{place})" for place in places)
        known = " && ".join(f"context has {place}" for place in places)
        return f"({hold}) || ({known})", f"({hold})"

    def _request(self, principal: UUID, question: Question) -> dict[str, object]:
        return {
            "principal": {"type": "Principal", "id": str(principal)},
            "action": {"type": "Action", "id": question.action},
            "resource": {"type": question.kind, "id": "it"},
            "context": self._context(question),
        }

    def _context(self, question: Question) -> dict[str, object]:
        here = question.circumstances
        hours = {f"hours_{place}": _is_within(each, here.now) for place, (_, each) in enumerate(self._hours)}
        known: dict[str, object | None] = {
            "now": {"__extn": {"fn": "datetime", "arg": _cedar_time(here.now.isoformat())}},
            "attributes": dict(here.attributes),
            "product": here.product,
            "data_class": here.data_class,
            "cost": here.cost_nanousd,
            "teams": None if here.teams is None else [str(team) for team in here.teams],
            **{f"name{place}": name for place, name in enumerate(question.names)},
            **hours,
        }
        return {name: value for name, value in known.items() if value is not None}


def _known(grant: StoredGrant, known: str, test: str) -> str:
    return f"({known}) && {test}" if grant.effect == "allow" else f"(!({known}) || {test})"


def _permitted(permission: PermissionEntry) -> str:
    actions = " || ".join("true" if action == "*" else f'action == Action::"{action}"' for action in permission.may)
    resources = " || ".join(f"({_resource(resource)})" for resource in permission.on)
    return f"({actions}) && ({resources})"


def _resource(written: str) -> str:
    if written == "*":
        return "true"
    kind, _, pattern = written.partition(":")
    like = (
        f"(context has name{place} && context.name{place} like {json.dumps(pattern)})" for place in range(_MOST_NAMES)
    )
    return f"resource is {kind} && ({' || '.join(like)})"


def _within(team: UUID | None) -> Iterable[tuple[str, str]]:
    if team is not None:
        yield "context has teams", f'context.teams.contains("{team}")'


def _is_within(hours: HoursEntry, now: datetime) -> bool | None:
    """Tell by minutes of the week; None for a zone that nobody knows."""
    try:
        local = now.astimezone(ZoneInfo(hours.zone))
    except ZoneInfoNotFoundError:
        return None
    minute = local.weekday() * _DAY_MIN + local.hour * 60 + local.minute
    begins, ends = (int(at[:2]) * 60 + int(at[3:]) for at in (hours.begins, hours.ends))
    length = ends - begins if ends > begins else ends - begins + _DAY_MIN
    return any((minute - _WEEK.index(day) * _DAY_MIN - begins) % (7 * _DAY_MIN) < length for day in hours.days)


def _entities(subjects: Mapping[UUID, frozenset[UUID]]) -> Iterable[dict[str, object]]:
    for principal, parts in subjects.items():
        parents = [{"type": "Subject", "id": str(part)} for part in parts]
        yield {"uid": {"type": "Principal", "id": str(principal)}, "attrs": {}, "parents": parents}
    for part in frozenset[UUID]().union(*subjects.values()):
        yield {"uid": {"type": "Subject", "id": str(part)}, "attrs": {}, "parents": []}


def _cedar_time(written: str) -> str:
    moment = datetime.fromisoformat(written).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _nanousd(written: str) -> int:
    return int(Decimal(written) * 10**9)


def _as_json(hours: HoursEntry) -> str:
    return json.dumps([hours.days, hours.begins, hours.ends, hours.zone])
