"""How long a decision takes in an organisation with 10,000 grants, of shapes that are usual and that are unkind."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bench.figures import Measured
from drawbridge.identity.membership.subjects import Belonging, subjects_of_all
from drawbridge.policy.compile import StoredGrant, compile_rules
from drawbridge.policy.conditions import NO_CONDITIONS, WEEKDAYS, Circumstances, Conditions, Hours
from drawbridge.policy.decide import Decision, Question, decide
from drawbridge.policy.entries import ConditionsEntry, HoursEntry, PermissionEntry
from drawbridge.policy.rules import EVERYONE, Effect, Rule, RuleSet, make_rule_set

GRANTS: Final = 10_000
_QUESTIONS = 2_000
_ROUNDS = 15
_QUICK_ROUNDS = 3
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_CIRCUMSTANCES = Circumstances(
    _NOW, product="gateway", data_class="internal", attributes={"region": "eu", "vendor": "a"}, cost_nanousd=10**8
)


@dataclass(frozen=True, slots=True)
class Shape:
    """An organisation's rules, and what is asked of them."""

    name: str
    rules: RuleSet
    asked: tuple[tuple[UUID, Question], ...]
    """Who asks, and what."""


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    return _measure(_ROUNDS)


def measure_quickly() -> Iterator[Measured]:
    """Yield the same figures, of fewer rounds."""
    return _measure(_QUICK_ROUNDS)


def _measure(rounds: int) -> Iterator[Measured]:
    for make in _SHAPES:
        draw = random.Random(5)
        began = time.perf_counter()
        shape = make(draw)
        made_ms = (time.perf_counter() - began) * 1e3
        assert len({rule.grant for rule in shape.rules.rules}) == GRANTS
        yield _time(shape, rounds, made_ms)


def _time(shape: Shape, rounds: int, made_ms: float) -> Measured:
    """Time each decision by itself, once in each round, all others in between: what it takes is the median of these.

    So what disturbs the machine now and then is left out, and what is slow about a question, or forgotten by the
    processor between two rounds, is not.
    """
    gc.collect()
    gc.freeze()
    timed = [[_time_one(shape.rules, who, question) for who, question in shape.asked] for _ in range(rounds)]
    gc.unfreeze()
    took_us = sorted(map(statistics.median, zip(*timed, strict=True)))
    at_once_us = sorted(each for times in timed for each in times)
    allowed = sum(_decide(shape.rules, who, question).is_allowed for who, question in shape.asked)
    detail = (
        f"p50 {_percentile(took_us, 0.5):.1f}, most {took_us[-1]:.1f}, p99 of all {len(at_once_us)} timings"
        f" {_percentile(at_once_us, 0.99):.1f}; {allowed / len(shape.asked):.0%} allowed; made in {made_ms:.0f} ms"
    )
    return Measured(f"decide p99, {shape.name}", _percentile(took_us, 0.99), detail)


def _time_one(rules: RuleSet, who: UUID, question: Question) -> float:
    began = time.perf_counter_ns()
    _decide(rules, who, question)
    return (time.perf_counter_ns() - began) / 1e3


def _decide(rules: RuleSet, who: UUID, question: Question) -> Decision:
    return decide(rules, (rules.subjects_of(who),), question)


def _percentile(in_order: list[float], share: float) -> float:
    return in_order[int(len(in_order) * share)]


def _usual(draw: random.Random) -> Shape:
    """2,000 people in 100 groups and 200 teams; grants to all of these on names and beginnings, a third conditional."""
    people, groups, teams = _ids(draw, 2_000), _ids(draw, 100), _ids(draw, 200)
    models = [f"{vendor}-{n}-{size}" for vendor in ("gpt", "claude", "gemini") for n in range(20) for size in _SIZES]
    everybody = [EVERYONE] * 20 + groups * 4 + teams * 2 + people
    rules = [
        _rule(
            number,
            draw.choice(everybody),
            draw.choice(models) if draw.random() < 0.6 else draw.choice(models)[: draw.randint(3, 9)] + "*",
            effect="deny" if draw.random() < 0.1 else "allow",
            conditions=draw.choice(_CONDITIONS) if draw.random() < 0.3 else NO_CONDITIONS,
        )
        for number in range(GRANTS)
    ]
    part_of = {
        person: frozenset({person, EVERYONE, *draw.sample(groups, 4), *draw.sample(teams, 3)}) for person in people
    }
    return _shape("usual", rules, draw, part_of, models)


def _roles_in_trees(draw: random.Random) -> Shape:
    """2,000 people in a tree of teams and one of groups, and grants to all of these as they are stored.

    A third is by roles of five permissions, half have conditions, some are only within a team. Models have three names.
    """
    people, groups, teams = _ids(draw, 2_000), _ids(draw, 150), _ids(draw, 300)
    models = [f"{vendor}-{n}-{size}" for vendor in ("gpt", "claude", "gemini") for n in range(20) for size in _SIZES]
    roles = [tuple(_permission(draw, models) for _ in range(5)) for _ in range(30)]
    everybody = [EVERYONE] * 20 + groups * 8 + teams * 6 + people
    grants = (
        StoredGrant(
            name=f"grant-{number:05}",
            effect="deny" if draw.random() < 0.1 else "allow",
            subjects=tuple((subject, "") for subject in draw.choices(everybody, k=draw.choice((1, 1, 1, 2)))),
            permissions=draw.choice(roles) if draw.random() < 0.3 else (_permission(draw, models),),
            when=draw.choice(_WHEN) if draw.random() < 0.5 else ConditionsEntry(),
            within=draw.choice(teams) if draw.random() < 0.05 else None,
        )
        for number in range(GRANTS)
    )
    belonging = Belonging(
        principals=people,
        teams={team: teams[(n - 1) // 4] if n else None for n, team in enumerate(teams)},
        groups={group: groups[n // 3 - 1] if n >= 3 else None for n, group in enumerate(groups)},
        teams_of={person: [draw.choice(teams)] for person in people},
        groups_of={person: draw.sample(groups, 2) for person in people},
    )
    asked = [(name, f"vendor/{name}", f"main/{name}") for name in models]
    return _shape("roles in trees", list(compile_rules(grants)), draw, subjects_of_all(belonging), asked)


def _permission(draw: random.Random, models: list[str]) -> PermissionEntry:
    on_a_model = draw.choice(models) if draw.random() < 0.6 else draw.choice(models)[: draw.randint(3, 9)] + "*"
    others = ("key:*", "user:*", "project:*", "tool:*", "collection:*", "usage:*")
    is_of_use = draw.random() < 0.7
    return PermissionEntry(
        may=("use",) if is_of_use else ("read", "manage"),
        on=(f"model:{on_a_model}" if is_of_use else draw.choice(others),),
    )


def _patterns_for_everyone(draw: random.Random) -> Shape:
    """Every grant is to everyone, on a pattern of its own: beginnings, endings, and what stands between two stars."""
    kinds: tuple[Callable[[int], str], ...] = (
        lambda n: f"vendor-{n}/*",
        lambda n: f"*/model-{n}",
        lambda n: f"*-{n}-*",
        lambda n: f"gpt-*-{n}-*-mini",
    )
    rules = [_rule(n, EVERYONE, kinds[n % len(kinds)](n)) for n in range(GRANTS)]
    names = [f"vendor-{draw.randrange(GRANTS)}/gpt-{draw.randrange(GRANTS)}-mini" for _ in range(500)]
    names += [f"gpt-5-{draw.randrange(GRANTS)}-2026-mini" for _ in range(500)]
    return _shape("10,000 patterns for everyone", rules, draw, _somebody(draw), names)


def _many_groups(draw: random.Random) -> Shape:
    """Everybody is in 100 of 1,000 groups, and all grants are to groups, on one of 300 models or beginnings."""
    groups = _ids(draw, 1_000)
    models = [f"model-{n}" for n in range(300)]
    rules = [
        _rule(number, draw.choice(groups), draw.choice(models) + ("*" if draw.random() < 0.2 else ""))
        for number in range(GRANTS)
    ]
    people = {person: frozenset({person, EVERYONE, *draw.sample(groups, 100)}) for person in _ids(draw, 200)}
    return _shape("100 groups a person", rules, draw, people, models)


def _many_stars(draw: random.Random) -> Shape:
    """Patterns of few letters and ten stars, on names of few letters: those that take a regex exponential time."""
    rules = [
        _rule(n, EVERYONE, "*".join("a" * draw.randint(1, 3) for _ in range(10)) + f"*b{n}") for n in range(GRANTS)
    ]
    names = ["a" * draw.randint(40, 60) + f"b{draw.randrange(2 * GRANTS)}" for _ in range(1_000)]
    return _shape("ten stars each", rules, draw, _somebody(draw), names)


def _one_each(draw: random.Random) -> Shape:
    """10,000 people with a grant of their own, all on the same model."""
    people = _ids(draw, GRANTS)
    rules = [_rule(number, person, "gpt-5") for number, person in enumerate(people)]
    part_of = {person: frozenset({person, EVERYONE}) for person in people}
    return _shape("a grant for each of 10,000 people", rules, draw, part_of, ["gpt-5"])


_SIZES: Final = ("nano", "mini", "large", "latest")
_CONDITIONS: Final = (
    Conditions(where=(("region", frozenset({"eu", "ch"})),)),
    Conditions(data_classes=frozenset({"public", "internal"}), cost_at_most_nanousd=5 * 10**8),
    Conditions(products=frozenset({"gateway", "chat"})),
    Conditions(hours=(Hours(frozenset(WEEKDAYS[:5]), time_of_day(8), time_of_day(18), ZoneInfo("Europe/Berlin")),)),
)
_WEEKDAYS: Final = HoursEntry(days=WEEKDAYS[:5], begins="08:00", ends="18:00", zone="Europe/Berlin")
_WHEN: Final = (
    ConditionsEntry(where={"region": ("eu", "ch")}),
    ConditionsEntry(where_not={"vendor": ("b",)}, data_classes=("public", "internal")),
    ConditionsEntry(products=("gateway", "chat"), cost_at_most_usd="0.50"),
    ConditionsEntry(hours=(_WEEKDAYS,), not_before="2026-01-01T00:00:00Z"),
)
_SHAPES: Final = (_usual, _roles_in_trees, _patterns_for_everyone, _many_groups, _many_stars, _one_each)


def _ids(draw: random.Random, count: int) -> list[UUID]:
    return [UUID(int=draw.getrandbits(128)) for _ in range(count)]


def _somebody(draw: random.Random) -> dict[UUID, frozenset[UUID]]:
    return {person: frozenset({person, EVERYONE}) for person in _ids(draw, 1)}


def _rule(
    number: int,
    subject: UUID,
    pattern: str,
    *,
    effect: Effect = "allow",
    conditions: Conditions = NO_CONDITIONS,
) -> Rule:
    return Rule(f"grant-{number:05}", effect, subject, "use", "model", pattern, conditions)


def _shape(
    name: str,
    rules: list[Rule],
    draw: random.Random,
    people: Mapping[UUID, frozenset[UUID]],
    models: Sequence[str | tuple[str, ...]],
) -> Shape:
    names = [(model,) if isinstance(model, str) else model for model in models]
    asked = tuple(
        (draw.choice(list(people)), Question("use", "model", draw.choice(names), _CIRCUMSTANCES))
        for _ in range(_QUESTIONS)
    )
    return Shape(name, make_rule_set(rules, _as_loaded(people)), asked)


def _as_loaded(people: Mapping[UUID, frozenset[UUID]]) -> dict[UUID, frozenset[UUID]]:
    """Return the same ids as other objects, as they come when rules and memberships are read one after the other."""
    return {person: frozenset(UUID(int=subject.int) for subject in subjects) for person, subjects in people.items()}
