"""Leases against a real PostgreSQL: what is held, spent and given back always adds up."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import NoneType
from uuid import UUID

from sqlalchemy import text

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.leases import Leases
from drawbridge.usage.budgets.store import LeaseStore, update_budget
from drawbridge.usage.budgets.windows import Shortage, Unreachable, Window
from drawbridge.usage.store import UsageStore
from tests.parts.budgets import event, make_budget, state_of
from tests.parts.organisations import make_organisation


@asynccontextmanager
async def leasing(database: Database, lessee: str) -> AsyncGenerator[Leases]:
    """Run leases while the context lasts."""
    leases = Leases(lessee, LeaseStore(database), SystemClock())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(leases.run())
        yield leases
        running.cancel()


async def test_what_was_held_becomes_what_was_spent_and_the_rest_comes_back(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)

    async with leasing(database, "a") as leases:
        assert await leases.hold([window], 600) is None
        leases.settle([window], 600, 250)
        await UsageStore(database).book([event(organisation, window, 600, 250)], "a")
        posted, held, overage, leased = await state_of(database, window)
        assert (posted, overage) == (250, 0)
        assert held == leased > 0
        await leases.give_back()

    assert await state_of(database, window) == (250, 0, 0, 0)


async def test_no_call_is_held_beyond_the_limit_and_none_is_refused_within_it(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 1_000)

    async with leasing(database, "a") as one, leasing(database, "b") as other:
        held = await asyncio.gather(*(leases.hold([window], 10, 2.0) for _ in range(51) for leases in (one, other)))

    refused = [found for found in held if found is not None]
    assert len(refused) == 2
    assert all(isinstance(found, Shortage) for found in refused)
    assert (await state_of(database, window))[1] == 1_000


async def test_a_dead_workers_lease_comes_back_when_its_events_are_booked(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)
    async with leasing(database, "dead") as leases:
        assert await leases.hold([window], 700) is None
        assert await leases.hold([window], 90) is None

    lost = event(organisation, window, 700, 300, "lost")
    await UsageStore(database).book([lost], "dead")
    await LeaseStore(database).close("dead")
    await LeaseStore(database).close("dead")

    assert await state_of(database, window) == (700, 0, 0, 0)
    assert await _entries(database, organisation) == {
        ("cost_centre", ""): 300,
        ("suspense", ""): 400,
        ("vendor_payable", "openai"): -700,
    }


async def test_a_bill_above_the_hold_is_booked_outside_of_the_budget_and_freezes_the_key(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 1_000)
    async with leasing(database, "a") as leases:
        assert await leases.hold([window], 100) is None
        leases.settle([window], 100, 170)

        await UsageStore(database).book([event(organisation, window, 100, 170)], "a")

    posted, held, overage, leased = await state_of(database, window)
    assert (posted, overage) == (100, 70)
    assert held == leased
    assert (await _entries(database, organisation))["overage", ""] == 70


async def test_a_soft_budget_counts_and_never_refuses(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100, is_hard=False)

    async with leasing(database, "a") as leases:
        assert await leases.hold([window], 10_000) is None
        leases.settle([window], 10_000, 700)
        await UsageStore(database).book([event(organisation, window, 10_000, 700)], "a")

    assert await state_of(database, window) == (700, 0, 0, 0)


async def _entries(database: Database, organisation: UUID) -> dict[tuple[str, str], int]:
    async with database.system("snapshot") as connection:
        rows = await connection.execute(
            text(
                "select account, name, sum(amount_nanousd)::bigint from ledger_entry"
                " where organisation_id = :organisation group by 1, 2"
            ),
            {"organisation": organisation},
        )
        return {(row[0], row[1]): row[2] for row in rows}


async def test_what_is_leased_of_a_budget_that_becomes_soft_does_not_stay_held(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)
    async with leasing(database, "a") as leases:
        assert await leases.hold([window], 600) is None
        leases.settle([window], 600, 250)
        await _set_hard(database, organisation, window, is_hard=False)
        await UsageStore(database).book([event(organisation, window, 600, 250)], "a")
        # Its snapshot is from before the change.
        assert await leases.hold([window], 50_000) is None
        leases.settle([window], 50_000, 40_000)
        await UsageStore(database).book([event(organisation, window, 50_000, 40_000)], "a")
        await leases.give_back()
    await LeaseStore(database).close("a")
    await _set_hard(database, organisation, window, is_hard=True)

    assert await state_of(database, window) == (40_250, 0, 0, 0)


async def test_what_the_database_refuses_to_hold_is_refused_alone(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)

    async with leasing(database, "a") as leases:
        held = await asyncio.gather(*(leases.hold([window], amount) for amount in (100, 1 << 70, 200, 1 << 80, 300)))

    assert [type(found) for found in held] == [NoneType, Unreachable, NoneType, Unreachable, NoneType]


async def _set_hard(database: Database, organisation: OrganisationId, window: Window, *, is_hard: bool) -> None:
    entry = BudgetEntry(limit_usd="0.0001", hard=is_hard)
    async with database.change(organisation) as connection:
        await update_budget(connection, organisation, str(window.budget_id), entry, managed_by_file=False)
