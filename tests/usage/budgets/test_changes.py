"""What becomes of the windows of a budget that is changed while calls are being made."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.entries import BudgetEntry, PeriodEntry
from drawbridge.usage.budgets.leases import Granted, Need, Short
from drawbridge.usage.budgets.requests.store import make_window
from drawbridge.usage.budgets.store import LeaseStore, create_budget, load_budgets, update_budget
from drawbridge.usage.budgets.windows import Window
from drawbridge.usage.store import UsageStore
from tests.parts.budgets import event, state_of
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


@pytest.mark.parametrize(
    ("first", "changed"),
    [
        (PeriodEntry(), PeriodEntry(zone="Europe/Berlin")),
        (PeriodEntry(), PeriodEntry(every="day")),
        (PeriodEntry(), PeriodEntry(every="year")),
        (_TOTAL, PeriodEntry()),
        (PeriodEntry(), _TOTAL),
    ],
)
async def test_another_period_begins_when_the_present_one_ends(
    database: Database, first: PeriodEntry, changed: PeriodEntry
) -> None:
    organisation = await make_organisation(database)
    window = await _budget(database, organisation, BudgetEntry(limit_usd="1", period=first))
    assert isinstance(await _take(database, window, _USD), Granted)

    for period in (changed, PeriodEntry(every="week"), changed):
        await _change(database, organisation, BudgetEntry(limit_usd="1", period=period))
        now = await _window(database, organisation)
        assert now.id == window.id
        assert isinstance(await _take(database, now, _USD // 2), Short)
    assert now.ends is not None
    then = await _window(database, organisation, now.ends)
    assert then.begins == now.ends
    assert isinstance(await _take(database, then, _USD), Granted)

    await _change(database, organisation, BudgetEntry(limit_usd="1", period=first))
    back = await _window(database, organisation)
    assert (back.id, back.ends) == (window.id, window.ends)


async def test_a_second_change_in_a_later_period_gives_no_limit_twice_either(database: Database) -> None:
    organisation = await make_organisation(database)
    await _budget(database, organisation, BudgetEntry(limit_usd="1"))
    await _change(database, organisation, BudgetEntry(limit_usd="1", period=PeriodEntry(every="year")))
    async with database.change(organisation) as connection:
        await connection.execute(text("update budget set period_changes_at = now() - interval '1 day'"))
    window = await _window(database, organisation)
    assert isinstance(await _take(database, window, _USD), Granted)

    await _change(database, organisation, BudgetEntry(limit_usd="1", period=PeriodEntry(every="day")))

    now = await _window(database, organisation)
    assert isinstance(await _take(database, now, _USD // 2), Short)


async def test_booking_and_changing_a_budget_never_wait_for_each_other(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await _budget(database, organisation, BudgetEntry(limit_usd="1", period=_TOTAL))
    await _take(database, window, 100)
    store = UsageStore(database)

    async with asyncio.TaskGroup() as group, database.change(organisation) as connection:
        # The one has the lock of changes, the other wants it after it has those of windows.
        booking = group.create_task(store.book([event(organisation, window, 100, 170)], "other"))
        await asyncio.wait([booking], timeout=0.5)
        entry = BudgetEntry(limit_usd="2", period=_TOTAL)
        await update_budget(connection, organisation, "b", entry, managed_by_file=False)

    assert (await state_of(database, window))[2] == 70


async def _change(database: Database, organisation: OrganisationId, entry: BudgetEntry) -> None:
    async with database.change(organisation) as connection:
        await update_budget(connection, organisation, "b", entry, managed_by_file=False)


async def _budget(database: Database, organisation: OrganisationId, entry: BudgetEntry) -> Window:
    async with database.change(organisation) as connection:
        await create_budget(connection, organisation, "b", entry, managed_by_file=False)
    return await _window(database, organisation)


async def _window(database: Database, organisation: OrganisationId, at: datetime | None = None) -> Window:
    """Return the budget's window as calls now see it, at another time if one is given."""
    async with database.organisation(organisation) as connection:
        (budget,) = (await load_budgets(connection, organisation)).by_id.values()
    return budget.window(None, at or datetime.now(UTC))


async def _take(database: Database, window: Window, amount: int) -> Granted | Short:
    exchanged = await LeaseStore(database).exchange(f"{window.id}{amount}", 1, {}, [[Need(window, amount)]])
    return exchanged.answers[0]
