"""What becomes of the windows of a budget that is changed while calls are being made."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime

import pytest

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.entries import BudgetEntry, PeriodEntry
from drawbridge.usage.budgets.leases import Granted, Need, Short
from drawbridge.usage.budgets.requests.store import make_window
from drawbridge.usage.budgets.store import LeaseStore, create_budget, load_budgets, update_budget
from drawbridge.usage.budgets.windows import Window
from tests.parts.organisations import make_organisation

_TOTAL = PeriodEntry(every="total")
_USD = 1_000_000_000


async def _lease(database: Database, window: Window) -> None:
    await LeaseStore(database).exchange("early", 1, {}, [[Need(window, _USD)]])


async def _ask_for_more(database: Database, window: Window) -> None:
    await make_window(database, window)


@pytest.mark.parametrize("make", [_lease, _ask_for_more])
async def test_a_window_that_is_made_while_its_budget_changes_has_the_new_limit(
    database: Database, make: Callable[[Database, Window], Coroutine[object, object, None]]
) -> None:
    organisation = await make_organisation(database)
    window = await _budget(database, organisation, BudgetEntry(limit_usd="100", period=_TOTAL))

    async with asyncio.TaskGroup() as group, database.change(organisation) as connection:
        entry = BudgetEntry(limit_usd="2", period=_TOTAL)
        await update_budget(connection, organisation, "b", entry, managed_by_file=False)
        making = group.create_task(make(database, window))
        # Long enough for it to be made, if nothing kept it waiting.
        await asyncio.wait([making], timeout=0.5)

    assert isinstance(await _take(database, window, 3 * _USD), Short)
    assert isinstance(await _take(database, window, _USD // 2), Granted)


async def _budget(database: Database, organisation: OrganisationId, entry: BudgetEntry) -> Window:
    async with database.change(organisation) as connection:
        await create_budget(connection, organisation, "b", entry, managed_by_file=False)
    return await _window(database, organisation)


async def _window(database: Database, organisation: OrganisationId) -> Window:
    """Return the budget's window as calls now see it."""
    async with database.organisation(organisation) as connection:
        (budget,) = (await load_budgets(connection, organisation)).by_id.values()
    return budget.window(None, datetime.now(UTC))


async def _take(database: Database, window: Window, amount: int) -> Granted | Short:
    exchanged = await LeaseStore(database).exchange(f"{window.id}{amount}", 1, {}, [[Need(window, amount)]])
    return exchanged.answers[0]
