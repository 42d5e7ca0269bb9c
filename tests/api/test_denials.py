"""Denials of the admin API in the audit record."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from drawbridge.db.engine import Database
from tests.api.principals import Town, building
from tests.parts.clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def town(database: Database, clock: HeldClock) -> AsyncIterator[Town]:
    async with building(database, clock) as town:
        yield town


async def denials(town: Town) -> list[tuple[str, int]]:
    """Return the action of each denial on record, and how often it happened."""
    query = "select action, (detail::jsonb ->> 'times')::int from audit_event where outcome = 'denied' order by number"
    async with town.database.organisation(town.organisation_id) as connection:
        return [(row[0], row[1]) for row in await connection.execute(text(query))]


async def test_the_first_denial_is_recorded_at_once_and_repeats_of_a_minute_as_one(
    town: Town, clock: HeldClock
) -> None:
    lead = town.strangers["lead"]
    for _ in range(4):
        await lead.refused("GET", "/api/providers", expect=403)
    first = await denials(town)

    clock.advance(timedelta(seconds=61))
    await lead.refused("GET", "/api/models", expect=403)

    assert first == [("provider.read_denied", 1)]
    assert await denials(town) == [
        ("provider.read_denied", 1),
        ("provider.read_denied", 3),
        ("model.read_denied", 1),
    ]


async def test_what_may_not_be_seen_is_recorded_as_denied_though_it_is_answered_as_unknown(town: Town) -> None:
    await town.strangers["lead"].refused("GET", "/api/users/user-zq7", expect=404)

    assert await denials(town) == [("user.read_denied", 1)]
