"""Random organisations: who is part of what, the grants of each, and questions about them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, get_args
from uuid import UUID

from drawbridge.policy.compile import StoredGrant, compile_rules
from drawbridge.policy.conditions import WEEKDAYS, Circumstances, DataClass
from drawbridge.policy.decide import Question
from drawbridge.policy.entries import ActionOrAll, ConditionsEntry, HoursEntry, PermissionEntry
from drawbridge.policy.rules import EVERYONE, Action, Kind, RuleSet, make_rule_set

ItemT = TypeVar("ItemT")

_KINDS: Final[tuple[Kind, ...]] = ("model", "tool", "usage")
_ACTIONS: Final[tuple[Action, ...]] = ("use", "read")
_NAMES: Final = ("gpt", "gpt-5", "gpt-5-mini", "mini", "mini-gpt", "x/gpt-5", "x/y/mini")
_PATTERNS: Final = (*_NAMES, "*", "gpt*", "*mini", "*-*", "x/*", "*gpt*", "gpt*-5*", "*5*i*", "**")
_ATTRIBUTES: Final = {"region": ("eu", "us", "ch"), "vendor": ("a", "b")}
_PRODUCTS: Final = ("gateway", "chat", "coding")
_DATA_CLASSES: Final[tuple[DataClass, ...]] = get_args(DataClass)
_COSTS_USD: Final = ("0", "0.000000001", "0.5", "1", "2.25")
_NOWHERE: Final = "Nowhere/At-All"
"""A time zone that no machine knows."""
_ZONES: Final = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", _NOWHERE)
_CLOCK: Final = ("00:00", "00:30", "08:00", "12:00", "17:45", "23:59")
_MOMENTS: Final = ("2026-03-29T01:30:00+00:00", "2026-10-25T03:00:00+02:00", "2026-11-23T12:00:00Z")


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who is part of what, and every grant."""

    grants: tuple[StoredGrant, ...]
    subjects: dict[UUID, frozenset[UUID]]
    """Of each principal, and of each project."""

    @property
    def rules(self) -> RuleSet:
        """The grants as decisions read them."""
        return make_rule_set(compile_rules(self.grants), self.subjects)


@dataclass(frozen=True, slots=True)
class Asked:
    """A chain of principals, and what it wants to do."""

    chain: tuple[UUID, ...]
    question: Question


def draw_organisation(draw: random.Random, *, grants: int = 14) -> Organisation:
    """Make an organisation of six principals, in up to five groups, teams and projects each."""
    wholes = [UUID(int=number) for number in range(1, 6)]
    subjects = {
        person: frozenset({person, EVERYONE, *draw.sample(wholes, draw.randint(0, 3))})
        for person in (UUID(int=number) for number in range(10, 16))
    }
    receivers = [EVERYONE, EVERYONE, *wholes, *wholes, *subjects]
    return Organisation(
        tuple(draw_grant(draw, f"grant-{number}", receivers) for number in range(draw.randint(0, grants))), subjects
    )


def draw_grant(draw: random.Random, name: str, receivers: Sequence[UUID]) -> StoredGrant:
    """Make a grant to one or two of the receivers."""
    count = 1 if draw.random() < 0.8 else 2
    return StoredGrant(
        name=name,
        effect="deny" if draw.random() < 0.3 else "allow",
        subjects=tuple((subject, str(subject)) for subject in dict.fromkeys(draw.choices(receivers, k=count))),
        permissions=tuple(_permission(draw) for _ in range(count)),
        when=ConditionsEntry() if draw.random() < 0.5 else _conditions(draw),
        within=UUID(int=draw.randint(1, 5)) if draw.random() < 0.1 else None,
    )


def draw_question(draw: random.Random, organisation: Organisation) -> Asked:
    """Make a question of one, two or three principals, about a resource of one to three names."""
    chain = draw.choices(list(organisation.subjects), k=draw.choice((1, 1, 1, 2, 3)))
    kind = draw.choice(_KINDS)
    names = ("*",) if kind == "usage" else tuple(draw.sample(_NAMES, draw.choice((1, 1, 1, 2, 3))))
    return Asked(tuple(chain), Question(draw.choice(_ACTIONS), kind, names, draw_circumstances(draw)))


def draw_circumstances(draw: random.Random) -> Circumstances:
    """Make circumstances of which each is known or not."""
    return Circumstances(
        now=datetime(2026, draw.choice((3, 10, 11)), 24, tzinfo=UTC) + timedelta(minutes=draw.randrange(7 * 24 * 60)),
        product=_perhaps(draw, _PRODUCTS),
        data_class=_perhaps(draw, _DATA_CLASSES),
        attributes={name: value for name in _ATTRIBUTES if (value := _perhaps(draw, _ATTRIBUTES[name])) is not None},
        cost_nanousd=_perhaps(draw, (0, 1, 2, 499_999_999, 500_000_000, 10**9, 2 * 10**9, 10**10)),
        teams=None if draw.random() < 0.3 else frozenset(UUID(int=number) for number in draw.sample(range(1, 6), 2)),
    )


def complete(draw: random.Random, here: Circumstances) -> Circumstances:
    """Make known what is not."""
    other = draw_circumstances(draw)
    return replace(
        here,
        product=here.product or draw.choice(_PRODUCTS),
        data_class=here.data_class or draw.choice(_DATA_CLASSES),
        attributes={name: draw.choice(values) for name, values in _ATTRIBUTES.items()} | dict(here.attributes),
        cost_nanousd=other.cost_nanousd or 0 if here.cost_nanousd is None else here.cost_nanousd,
        teams=(other.teams or frozenset()) if here.teams is None else here.teams,
    )


def _permission(draw: random.Random) -> PermissionEntry:
    may: tuple[ActionOrAll, ...] = (draw.choice((*_ACTIONS, "*")),)
    kind = draw.choice((*_KINDS, "model", "model", "*"))
    return PermissionEntry(may=may, on=(_resource(draw, kind),))


def _resource(draw: random.Random, kind: str) -> str:
    if kind in ("*", "usage"):
        return "*" if kind == "*" else "usage:*"
    return f"{kind}:{draw.choice(_PATTERNS)}"


def _conditions(draw: random.Random) -> ConditionsEntry:
    def values(among: Sequence[ItemT]) -> tuple[ItemT, ...]:
        return tuple(draw.sample(among, draw.randint(1, len(among) - 1)))

    def attributes() -> dict[str, tuple[str, ...]]:
        return {name: values(among) for name, among in _ATTRIBUTES.items() if draw.random() < 0.15}

    def seldom() -> bool:
        return draw.random() < 0.2

    return ConditionsEntry(
        products=values(_PRODUCTS) if seldom() else None,
        data_classes=values(_DATA_CLASSES) if seldom() else None,
        where=attributes(),
        where_not=attributes(),
        hours=tuple(_hours(draw) for _ in range(draw.choice((1, 2)))) if seldom() else (),
        not_before=draw.choice(_MOMENTS) if seldom() else None,
        not_after=draw.choice(_MOMENTS) if seldom() else None,
        cost_at_most_usd=draw.choice(_COSTS_USD) if seldom() else None,
        cost_above_usd=draw.choice(_COSTS_USD) if seldom() else None,
    )


def _hours(draw: random.Random) -> HoursEntry:
    begins = draw.choice(_CLOCK)
    ends = draw.choice([each for each in (*_CLOCK[1:], "24:00") if each != begins])
    days = tuple(draw.sample(WEEKDAYS, draw.randint(1, 6)))
    return HoursEntry(days=days, begins=begins, ends=ends, zone=draw.choice(_ZONES))


def _perhaps(draw: random.Random, among: Sequence[ItemT]) -> ItemT | None:
    return None if draw.random() < 0.25 else draw.choice(among)
