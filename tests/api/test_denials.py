"""Denials of the admin API in the audit record: counted as those of calls are, so that a flood makes few records."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.usage.api_denials import ApiDenials
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.delivery import Stores
from drawbridge.usage.denials import DenialCounts
from drawbridge.usage.store import AuditedDenials, UsageStore
from drawbridge.usage.write_ahead import WriteAhead
from tests.api.principals import Town, building
from tests.parts.admin import make_key
from tests.parts.caller import calling
from tests.parts.clock import HeldClock
from tests.parts.gateway import running_gateway
from tests.parts.vendor import ScriptedVendor
from tests.usage.attempts import open_write_ahead


@dataclass(frozen=True, slots=True)
class Counted:
    """A town whose denials go to a file of its own."""

    town: Town
    clock: HeldClock
    counts: DenialCounts
    file: WriteAhead

    async def recorded(self) -> list[tuple[str, int]]:
        """Bring what is in the file to the audit record, and read the denials there."""
        database = self.town.database
        await self.file.drain_once(
            Stores(UsageStore(database).book, AuditedDenials(database).book, LeaseStore(database).close)
        )
        return await denials(database, self.town.organisation_id)


@pytest.fixture
async def counted(database: Database, tmp_path: Path) -> AsyncIterator[Counted]:
    clock, file = HeldClock(), open_write_ahead(tmp_path)
    counts = DenialCounts(file, clock)
    async with building(database, clock, ApiDenials(counts)) as town:
        yield Counted(town, clock, counts, file)
    file.close()


async def denials(database: Database, organisation_id: OrganisationId) -> list[tuple[str, int]]:
    """Return the action of each denial on record, and how often it happened."""
    query = "select action, (detail::jsonb ->> 'count')::int from audit_event where outcome = 'denied' order by number"
    async with database.organisation(organisation_id) as connection:
        return [(row[0], row[1]) for row in await connection.execute(text(query))]


async def test_the_first_denial_is_recorded_at_once_and_repeats_of_a_minute_as_one(counted: Counted) -> None:
    lead = counted.town.strangers["lead"]
    for _ in range(4):
        await lead.refused("GET", "/api/providers", expect=403)
    first = await counted.recorded()

    counted.clock.advance(timedelta(seconds=61))
    counted.counts.flush()

    assert first == [("provider.read_denied", 1)]
    assert await counted.recorded() == [("provider.read_denied", 1), ("provider.read_denied", 3)]


async def test_what_may_not_be_seen_is_recorded_as_denied_though_it_is_answered_as_unknown(counted: Counted) -> None:
    await counted.town.strangers["lead"].refused("GET", "/api/users/user-zq7", expect=404)

    assert await counted.recorded() == [("user.read_denied", 1)]


async def test_names_without_end_are_recorded_together(counted: Counted) -> None:
    for number in range(60):
        await counted.town.strangers["lead"].refused("GET", f"/api/users/nobody-{number}", expect=404)
    counted.counts.finish()

    recorded = await counted.recorded()

    assert len(recorded) < 30
    assert sum(count for _, count in recorded) == 60


async def test_a_denial_says_who_was_denied_by_which_key_from_where_and_by_which_grants(counted: Counted) -> None:
    town = counted.town
    refused = {"effect": "deny", "to": "user:lea", "may": ["read"], "on": ["user:*"]}
    await town.boss.put("/api/grants/no-people", refused)
    await town.strangers["lead"].refused("GET", "/api/users/lea", expect=403)
    await counted.recorded()

    query = (
        "select actor_name, actor_via, actor_via_id, actor_address, detail from audit_event where outcome = 'denied'"
    )
    async with town.database.organisation(town.organisation_id) as connection:
        [found] = (await connection.execute(text(query))).all()

    assert (found.actor_name, found.actor_via, found.actor_address) == ("lea", "key", "127.0.0.1")
    assert found.actor_via_id is not None
    assert '"rules":["no-people"]' in str(found.detail).replace(" ", "")


async def test_every_denial_of_a_running_worker_is_on_record_once_it_has_stopped(
    tmp_path: Path, database_url: str, database: Database
) -> None:
    async with (
        ScriptedVendor() as vendor,
        running_gateway(tmp_path / "data", database_url, vendor.url) as gateway,
    ):
        key = await make_key(gateway.database, SystemClock(), gateway.organisation_id, "lone")
        async with calling(gateway.url, key.text) as lone:
            for _ in range(30):
                assert (await lone.get("/api/keys")).status == 403

    recorded = await denials(database, gateway.organisation_id)

    assert len(recorded) == 2
    assert sum(count for _, count in recorded) == 30
