"""Usage added up: the same figures whichever tables they come from, however events were delivered."""

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import delete, insert

from drawbridge.audit.acts import SYSTEM
from drawbridge.core.ids import AttemptId, KeyId, OrganisationId, PrincipalId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.gateway.entries import ProviderEntry, provider_in_full
from drawbridge.gateway.store import create_provider
from drawbridge.identity.store import create_principal
from drawbridge.identity.tables import teams
from drawbridge.usage.events import Intent, Outcome, Settlement, Tokens
from drawbridge.usage.ledger.bills import Bill, BillLine
from drawbridge.usage.ledger.corrections import Corrections
from drawbridge.usage.report import SUMS, Dimension, UsageFilter, UsageTotals
from drawbridge.usage.reports.store import total_usage
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.parts.organisations import make_organisation
from tests.usage.attempts import TIMES, make_intent, make_settlement

_Event = tuple[Intent, Settlement]
_FROM: Final = datetime(2026, 3, 27, 22, tzinfo=UTC)
_SOMEBODY: Final = [UUID(int=number) for number in (11, 12)]
_OUTCOMES: Final[list[Outcome]] = ["ok", "lost", "refused_by_provider"]

_MOMENTS: Final = st.timedeltas(timedelta(), timedelta(days=3)).map(lambda later: _FROM + later) | st.sampled_from(
    [_FROM, _FROM + timedelta(hours=2), _FROM + timedelta(hours=26)]
)


@st.composite
def _events(draw: st.DrawFn) -> _Event:
    attempt = AttemptId(uuid7())
    intent = structs.replace(
        make_intent(attempt, draw(st.sampled_from([None, "s1", "s2"]))),
        principal_id=PrincipalId(draw(st.sampled_from(_SOMEBODY))),
        key_id=KeyId(draw(st.sampled_from(_SOMEBODY))),
        team_id=draw(st.sampled_from([None, *_SOMEBODY])),
        project_id=draw(st.sampled_from([None, *_SOMEBODY])),
        product=draw(st.sampled_from(["api", "chat"])),
        model=draw(st.sampled_from(["fast", "slow", "=1+1"])),
        deployment=draw(st.sampled_from(["fast-eu", "fast-us"])),
        provider=draw(st.sampled_from(["openai", "mistral"])),
        client=draw(st.sampled_from([None, "codex"])),
        started_at=draw(_MOMENTS),
        held_nanousd=draw(st.none() | st.integers(0, 100).map(Nanousd)),
    )
    settlement = structs.replace(
        make_settlement(attempt),
        tokens=Tokens(**{kind: draw(st.integers(0, 1 << 40)) for kind in Tokens.__struct_fields__}),
        outcome=draw(st.sampled_from(_OUTCOMES)),
        cost_nanousd=draw(st.none() | st.integers(0, 1 << 40).map(Nanousd)),
        estimated=draw(st.booleans()),
    )
    return intent, settlement


_GROUPED: Final[Mapping[Dimension, Callable[[Intent, Settlement], object]]] = {
    "principal": lambda intent, _: str(intent.principal_id),
    "key": lambda intent, _: str(intent.key_id),
    "team": lambda intent, _: intent.team_id and str(intent.team_id),
    "project": lambda intent, _: intent.project_id and str(intent.project_id),
    "product": lambda intent, _: intent.product,
    "model": lambda intent, _: intent.model,
    "deployment": lambda intent, _: intent.deployment,
    "provider": lambda intent, _: intent.provider,
    "vendor": lambda intent, _: intent.provider,
    "session": lambda intent, _: intent.session_id,
    "client": lambda intent, _: intent.client,
    "outcome": lambda _, settlement: settlement.outcome,
    "day": lambda intent, _: intent.started_at.strftime("%Y-%m-%d"),
    "hour": lambda intent, _: intent.started_at.strftime("%Y-%m-%dT%H:00:00Z"),
}


@pytest.fixture
async def organisation_id(database: Database) -> OrganisationId:
    return await make_organisation(database, "default")


_Figures = dict[tuple[object, ...], dict[str, int]]


def _reckon(
    events: Iterable[_Event], corrected: Mapping[UUID, int], wanted: UsageFilter, by: Sequence[Dimension]
) -> _Figures:
    """Add events up the plain way."""
    found: _Figures = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    for intent, settlement in events:
        if wanted.since is not None and intent.started_at < wanted.since:
            continue
        if wanted.until is not None and intent.started_at >= wanted.until:
            continue
        if wanted.model not in (None, intent.model) or wanted.outcome not in (None, settlement.outcome):
            continue
        sums = found[tuple(_GROUPED[name](intent, settlement) for name in by)]
        for kind in Tokens.__struct_fields__:
            sums[f"{kind}_tokens"] += getattr(settlement.tokens, kind)
        cost = corrected.get(intent.attempt_id, settlement.cost_nanousd)
        is_told = settlement.outcome != "lost" or intent.attempt_id in corrected
        sums["attempts"] += 1
        sums["cost_nanousd"] += cost or 0
        sums["unpriced"] += cost is None
        sums["estimated"] += settlement.estimated
        if is_told and intent.held_nanousd is not None:
            sums["overage_nanousd"] += max((cost or 0) - intent.held_nanousd, 0)
    return dict(found)


def _figures(found: UsageTotals) -> _Figures:
    return {tuple(total.group.values()): {name: getattr(total, name) for name in SUMS} for total in found.totals}


@settings(max_examples=6 * TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(_events(), min_size=1, max_size=25),
    seed=st.integers(0, 1 << 30),
    by=st.lists(st.sampled_from(list(_GROUPED)), unique=True, max_size=3),
    wanted=st.builds(
        UsageFilter,
        since=st.none() | _MOMENTS,
        until=st.none() | _MOMENTS,
        model=st.sampled_from([None, None, "fast"]),
        outcome=st.sampled_from([None, None, "ok"]),
    ),
    bills=st.lists(st.lists(st.tuples(st.integers(0, 24), st.integers(0, 1 << 40)), max_size=8), max_size=3),
)
async def test_totals_are_the_sums_of_the_events_in_any_span_however_they_were_delivered_and_corrected(
    database: Database,
    events: list[_Event],
    seed: int,
    by: list[Dimension],
    wanted: UsageFilter,
    bills: list[list[tuple[int, int]]],
) -> None:
    organisation = await make_organisation(database, str(uuid7()))
    events = [(structs.replace(intent, organisation_id=organisation), settlement) for intent, settlement in events]
    await _deliver(database, events, random.Random(seed))
    corrected = await _correct(database, organisation, events, bills)

    async with database.organisation(organisation, steady=True) as connection:
        found = await total_usage(connection, organisation, wanted, by, limit=1_000)
        again = await total_usage(connection, organisation, wanted, by, limit=1_000)

    assert _figures(found) == _reckon(events, corrected, wanted, by)
    assert found == again
    assert found.is_complete


async def _deliver(database: Database, events: Sequence[_Event], chance: random.Random) -> None:
    """Book events in batches of any size, in any order, some of them again."""
    lines = [copy_line(*event) for event in events]
    lines += chance.sample(lines, len(lines) // 2)
    chance.shuffle(lines)
    while lines:
        count = chance.randint(1, len(lines))
        await UsageStore(database).book(lines[:count], "nobody")
        del lines[:count]


async def _correct(
    database: Database,
    organisation: OrganisationId,
    events: Sequence[_Event],
    bills: Sequence[Sequence[tuple[int, int]]],
    source: str = "bill",
) -> dict[UUID, int]:
    """Enter bills, and return what each call on one of them costs by the last."""
    corrected: dict[UUID, int] = {}
    for number, bill in enumerate(bills):
        costs = {events[place % len(events)][0].attempt_id: cost for place, cost in bill}
        lines = [BillLine(Nanousd(cost), attempt) for attempt, cost in costs.items()]
        for _ in range(2):
            await Corrections(database).enter(organisation, SYSTEM, Bill("openai", f"{source} {number}", lines))
        corrected |= costs
    return corrected


@pytest.mark.parametrize("by", [["session"], ["model"], ["hour"], ["day"]], ids=lambda by: by[0])
@pytest.mark.parametrize("span", [UsageFilter(), UsageFilter(_FROM + timedelta(minutes=1))], ids=["whole", "part"])
async def test_what_was_billed_last_is_what_totals_are_of(
    database: Database, organisation_id: OrganisationId, by: list[Dimension], span: UsageFilter
) -> None:
    intent = structs.replace(
        make_intent(),
        organisation_id=organisation_id,
        started_at=_FROM + timedelta(minutes=2),
        held_nanousd=Nanousd(50),
    )
    lost = structs.replace(make_settlement(intent.attempt_id), outcome="lost", cost_nanousd=None)
    await UsageStore(database).book([copy_line(intent, lost)], "nobody")
    for bill in ([(0, 40)], [(0, 70)]):
        await _correct(database, organisation_id, [(intent, lost)], [bill], source=str(bill))

    async with database.organisation(organisation_id) as connection:
        [total] = (await total_usage(connection, organisation_id, span, by, limit=9)).totals

    assert (total.cost_nanousd, total.overage_nanousd, total.unpriced) == (70, 20, 0)


async def test_workers_that_book_for_the_same_people_at_once_neither_block_each_other_nor_lose_anything(
    database: Database, organisation_id: OrganisationId
) -> None:
    workers, rounds = 4, 6
    people = [PrincipalId(UUID(int=number)) for number in range(1, 41)]

    async def work(worker: int) -> None:
        in_my_order = random.Random(worker)
        for _ in range(rounds):
            in_my_order.shuffle(people_of := list(people))
            lines = [_line(organisation_id, principal_id=person) for person in people_of]
            await UsageStore(database).book(lines, f"worker-{worker}")

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for worker in range(workers):
            group.create_task(work(worker))

    async with database.organisation(organisation_id) as connection:
        found = await total_usage(connection, organisation_id, UsageFilter(), ["principal"], limit=100)
    assert [total.attempts for total in found.totals] == [workers * rounds] * len(people)


async def test_what_was_deleted_is_shown_by_its_id_and_what_is_there_by_its_name(
    database: Database, organisation_id: OrganisationId
) -> None:
    async with database.change(organisation_id) as connection:
        ana = await create_principal(connection, organisation_id, "user", "ana")
        provider = provider_in_full(ProviderEntry(preset="openai"))
        await create_provider(connection, organisation_id, "here", provider, managed_by_file=False)
        team_id = uuid7()
        await connection.execute(insert(teams).values(id=team_id, organisation_id=organisation_id, name="research"))
    lines = [
        _line(organisation_id, principal_id=ana, team_id=team_id, provider="here"),
        _line(organisation_id, principal_id=PrincipalId(UUID(int=5)), provider="gone"),
    ]
    await UsageStore(database).book(lines, "nobody")
    by: list[Dimension] = ["principal", "team", "vendor"]

    async with database.change(organisation_id) as connection:
        named = await total_usage(connection, organisation_id, UsageFilter(), by, limit=10)
        of_team = await total_usage(connection, organisation_id, UsageFilter(team="research"), by, limit=10)
        of_vendor = await total_usage(connection, organisation_id, UsageFilter(vendor="openai"), by, limit=10)
        await connection.execute(delete(teams).where(teams.c.id == team_id))
        deleted = await total_usage(connection, organisation_id, UsageFilter(team=str(team_id)), by, limit=10)

    assert {tuple(total.group.values()) for total in named.totals} == {
        ("ana", "research", "openai"),
        (str(UUID(int=5)), None, "gone"),
    }
    assert [tuple(total.group.values()) for total in of_team.totals] == [("ana", "research", "openai")]
    assert of_vendor.totals == of_team.totals
    assert [tuple(total.group.values()) for total in deleted.totals] == [("ana", str(team_id), "openai")]
    assert {total.ids["principal"] for total in named.totals} == {ana, UUID(int=5)}


async def test_time_is_in_order_and_what_there_is_more_of_is_told(
    database: Database, organisation_id: OrganisationId
) -> None:
    days = [datetime(2026, 5, day, 3, tzinfo=UTC) for day in (3, 1, 2)]
    await UsageStore(database).book([_line(organisation_id, started_at=day) for day in days], "nobody")

    async with database.organisation(organisation_id) as connection:
        whole = await total_usage(connection, organisation_id, UsageFilter(), ["day"], limit=3)
        part = await total_usage(connection, organisation_id, UsageFilter(), ["day"], limit=2)

    assert [total.group["day"] for total in whole.totals] == ["2026-05-01", "2026-05-02", "2026-05-03"]
    assert (whole.is_complete, part.is_complete, len(part.totals)) == (True, False, 2)


async def test_no_time_is_too_far_off_to_be_asked_for(database: Database, organisation_id: OrganisationId) -> None:
    far_off = [None, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]

    async with database.organisation(organisation_id) as connection:
        for since, until in itertools.product(far_off, repeat=2):
            found = await total_usage(connection, organisation_id, UsageFilter(since, until), ["hour"], limit=3)

            assert found.totals == []


def _line(organisation_id: OrganisationId, **known: object) -> bytes:
    intent = structs.replace(make_intent(), organisation_id=organisation_id, **known)
    return copy_line(intent, make_settlement(intent.attempt_id))
