import asyncio
import json
from datetime import datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from drawbridge.core.ids import AttemptId, OrganisationId, uuid7
from drawbridge.core.paging import PageRequest
from drawbridge.db.engine import Database
from drawbridge.usage.events import Intent, Settlement, Tokens
from drawbridge.usage.lost import NOTHING_LOST, REQUEST_LOST_BYTES, keep_lost, lost_json
from drawbridge.usage.report import CallLosses, LostLeaf, UsageFilter, UsageRow
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore, list_usage
from tests.parts.organisations import make_organisation
from tests.usage.attempts import make_intent, make_settlement

_Event = tuple[Intent, Settlement]
_TEXT = st.sampled_from(["", "null", "\n\\.\n"]) | st.text(
    st.sampled_from("ab\\\t\n\r\0N'\".,\N{GRINNING FACE}é "), max_size=8
)
_COUNT = st.integers(0, 1 << 40)
_LOST = st.none() | st.lists(st.builds(LostLeaf, _TEXT, _TEXT, st.sampled_from(["none", "answer"])), max_size=5).map(
    lambda leaves: keep_lost(leaves, REQUEST_LOST_BYTES)
)
_CUTS = 150
_CUT_WITHIN_S = 0.006


@st.composite
def _events(draw: st.DrawFn) -> _Event:
    attempt = AttemptId(uuid7())
    intent = msgspec.structs.replace(
        make_intent(attempt, session_id=draw(st.none() | _TEXT)),
        model=draw(_TEXT),
        upstream_model=draw(_TEXT),
        client=draw(st.none() | _TEXT),
        started_at=datetime(2026, 11, 23, 1, 2, 3, draw(st.integers(0, 999_999)), timezone(timedelta(hours=2))),
        lost=draw(_LOST),
    )
    settlement = msgspec.structs.replace(
        make_settlement(attempt, draw(st.none() | _TEXT)),
        tokens=Tokens(**{kind: draw(_COUNT) for kind in Tokens.__struct_fields__}),
        price_id=draw(st.none() | _TEXT),
        status=draw(st.none() | st.just(200)),
        cost_nanousd=draw(st.none() | _COUNT),
        estimated=draw(st.booleans()),
    )
    return intent, settlement


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(_events(), min_size=1, max_size=30))
async def test_events_are_booked_once_with_every_text_and_number_as_it_was(
    database: Database, events: list[_Event]
) -> None:
    organisation = await make_organisation(database, str(uuid7()))
    events = [_of(organisation, event) for event in events]

    lines = [copy_line(*event) for event in events]

    await UsageStore(database).book([*lines, *lines], "nobody")

    async with database.organisation(organisation) as connection:
        page = await list_usage(connection, organisation, UsageFilter(), PageRequest(limit=100))
    assert {row.attempt_id: asdict(row) for row in page.items} == {
        intent.attempt_id: _as_booked(intent, settlement) for intent, settlement in events
    }


def _of(organisation: OrganisationId, event: _Event) -> _Event:
    intent, settlement = event
    return msgspec.structs.replace(intent, organisation_id=organisation), settlement


def _as_booked(intent: Intent, settlement: Settlement) -> dict[str, object]:
    said = {**asdict(settlement), **asdict(intent), "booked_cost_nanousd": settlement.cost_nanousd}
    if intent.lost is not None:
        said["lost"] = msgspec.convert(json.loads(lost_json(intent.lost, NOTHING_LOST)), CallLosses)
    said |= {f"{kind}_tokens": count for kind, count in asdict(settlement.tokens).items()}
    return {
        name: value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value
        for name, value in said.items()
        if name in UsageRow.__struct_fields__
    }


async def test_storing_that_is_cut_short_at_any_moment_leaves_every_connection_of_use(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    organisation = await make_organisation(database, "acme")
    store = UsageStore(database)
    for part in range(_CUTS):
        intent = msgspec.structs.replace(make_intent(AttemptId(uuid7())), organisation_id=organisation)
        lines = [copy_line(intent, make_settlement(intent.attempt_id, None))]
        # Whatever it raises but its cancellation, the group passes on.
        async with asyncio.TaskGroup() as tasks:
            booking = tasks.create_task(store.book(lines, "nobody"))
            await asyncio.wait([booking], timeout=_CUT_WITHIN_S * part / _CUTS)
            booking.cancel()

    assert not caplog.records
