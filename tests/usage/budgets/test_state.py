"""How budgets stand, at the API, and what they will come to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.core.ids import OrganisationId
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.errors import LesseeAliveError, UnknownLesseeError
from drawbridge.usage.budgets.leases import Need
from drawbridge.usage.budgets.lessees.store import forget_closed, release_lessee, silent_lessees
from drawbridge.usage.budgets.state.forecast import forecast
from drawbridge.usage.budgets.store import LeaseStore, create_budget, load_budgets
from drawbridge.usage.budgets.windows import Window
from drawbridge.usage.store import UsageStore
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.budgets import event
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

_BEGINS = datetime(2026, 11, 1, tzinfo=UTC)
_ENDS = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (_BEGINS + timedelta(days=15), 200),
        (_BEGINS + timedelta(days=10), 300),
        (_ENDS, 100),
        (_BEGINS + timedelta(hours=1), None),
    ],
)
def test_a_forecast_goes_on_as_it_went_so_far(at: datetime, expected: int | None) -> None:
    assert forecast(Nanousd(100), _BEGINS, _ENDS, at) == expected


def test_what_never_ends_has_no_forecast() -> None:
    assert forecast(Nanousd(100), _BEGINS, None, _ENDS) is None


@pytest.fixture
async def organisation(database: Database) -> OrganisationId:
    return await make_organisation(database)


@pytest.fixture
async def ana(database: Database, organisation: OrganisationId) -> AsyncIterator[Asker]:
    clock = HeldClock()
    key = await make_key(database, clock, organisation, "ana")
    async with asking(admin_api(database, clock), key.text) as ana:
        yield ana


async def _make(database: Database, organisation: OrganisationId, name: str, entry: BudgetEntry) -> None:
    async with database.change(organisation) as connection:
        await create_budget(connection, organisation, name, entry, managed_by_file=False)


async def _window(database: Database, organisation: OrganisationId, name: str, holder: str | None = None) -> Window:
    async with database.organisation(organisation) as connection:
        book = await load_budgets(connection, organisation)
        query = text("select id from principal where name = :name")
        holder_id = None if holder is None else (await connection.execute(query, {"name": holder})).scalar_one()
    [budget] = [budget for budget in book.by_id.values() if budget.name == name]
    return budget.window(holder_id, datetime.now(UTC))


async def _age(database: Database, lessee: str, minutes: int) -> None:
    async with database.system("lease") as connection:
        await connection.execute(
            text(
                "update platform.budget_lessee set reported_at = now() - make_interval(mins => :minutes)"
                " where lessee = :lessee"
            ),
            {"minutes": minutes, "lessee": lessee},
        )


async def test_a_budget_shows_what_is_spent_held_and_left(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    await _make(database, organisation, "all", BudgetEntry(limit_usd="0.00001"))
    window = await _window(database, organisation, "all")
    await LeaseStore(database).exchange("worker", 1, {}, [[Need(window, 1_000)]])
    await UsageStore(database).book([event(organisation, window, 400, 300)], "worker")

    [shown] = (await ana.get("/api/budgets/all/state"))["windows"]

    assert (shown["limit_nanousd"], shown["posted_nanousd"], shown["held_nanousd"]) == (10_000, 300, 700)
    assert (shown["headroom_nanousd"], shown["suspense_nanousd"], shown["holder"]) == (9_000, 0, None)
    assert datetime.fromisoformat(shown["begins"]) == window.begins


async def test_a_budget_that_nobody_has_used_is_whole(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    await _make(database, organisation, "all", BudgetEntry(limit_usd="1"))

    [shown] = (await ana.get("/api/budgets/all/state"))["windows"]

    assert (shown["headroom_nanousd"], shown["posted_nanousd"]) == (1_000_000_000, 0)


async def test_of_a_budget_for_each_every_holder_is_shown_by_name(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    await make_key(database, HeldClock(), organisation, "bo")
    await _make(database, organisation, "each", BudgetEntry(limit_usd="1", each="principal"))
    for number, name in enumerate(("ana", "bo")):
        window = await _window(database, organisation, "each", name)
        await LeaseStore(database).exchange("worker", number + 1, {}, [[Need(window, 10)]])

    first = await ana.get("/api/budgets/each/state", limit=1)
    second = await ana.get("/api/budgets/each/state", limit=1, cursor=first["next_cursor"])

    assert {shown["holder"] for shown in first["windows"] + second["windows"]} == {"user:ana", "user:bo"}
    assert second["next_cursor"] is None
    assert [shown["holder"] for shown in (await ana.get("/api/me/budgets"))["windows"]] == ["user:ana"]


async def test_the_overview_shows_of_each_budget_the_fullest_part_and_how_many_have_one(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    await make_key(database, HeldClock(), organisation, "bo")
    await _make(database, organisation, "each", BudgetEntry(limit_usd="1", each="principal"))
    await _make(database, organisation, "unused", BudgetEntry(limit_usd="1", each="principal"))
    await _make(database, organisation, "whole", BudgetEntry(limit_usd="2"))
    for number, (name, held) in enumerate((("ana", 10), ("bo", 30_000_000))):
        window = await _window(database, organisation, "each", name)
        await LeaseStore(database).exchange("worker", number + 1, {}, [[Need(window, held)]])

    first = await ana.get("/api/budget-states", limit=2)
    second = await ana.get("/api/budget-states", limit=2, cursor=first["next_cursor"])

    each, unused, whole = first["budgets"] + second["budgets"]
    assert (each["budget"], each["windows"], each["fullest"]["holder"]) == ("each", 2, "user:bo")
    assert each["fullest"]["held_nanousd"] == 30_000_000
    assert (unused["budget"], unused["windows"], unused["fullest"]) == ("unused", 0, None)
    assert (whole["budget"], whole["windows"], whole["fullest"]["headroom_nanousd"]) == ("whole", 1, 2_000_000_000)
    assert second["next_cursor"] is None


async def test_ones_own_budgets_are_those_that_count_ones_calls(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    await make_key(database, HeldClock(), organisation, "bo")
    for name, of in (("everyone", "organisation"), ("mine", "user:ana"), ("theirs", "user:bo")):
        await _make(database, organisation, name, BudgetEntry(of=of, limit_usd="1"))
    await _make(database, organisation, "keys", BudgetEntry(limit_usd="1", each="key"))

    shown = (await ana.get("/api/me/budgets"))["windows"]

    assert [window["budget"] for window in shown] == ["everyone", "keys", "mine"]
    assert shown[1]["holder"].startswith("key:")


async def test_what_a_silent_worker_holds_is_in_suspense_and_still_held(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    await _make(database, organisation, "all", BudgetEntry(limit_usd="0.00001"))
    window = await _window(database, organisation, "all")
    for lessee, minutes in (("silent", 11), ("alive", 9)):
        await LeaseStore(database).exchange(lessee, 1, {}, [[Need(window, 1_000)]])
        await _age(database, lessee, minutes)

    [shown] = (await ana.get("/api/budgets/all/state"))["windows"]

    assert (shown["held_nanousd"], shown["suspense_nanousd"], shown["headroom_nanousd"]) == (2_000, 1_000, 8_000)
    assert [(each.lessee, each.held) for each in await silent_lessees(database)] == [("silent", 1_000)]


async def test_a_silent_worker_is_released_on_record_and_a_living_one_is_not(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    await _make(database, organisation, "all", BudgetEntry(limit_usd="0.00001"))
    window = await _window(database, organisation, "all")
    await LeaseStore(database).exchange("worker", 1, {}, [[Need(window, 1_000)]])

    with pytest.raises(LesseeAliveError):
        await release_lessee(database, "worker", COMMAND_LINE)
    await _age(database, "worker", 11)
    released = await release_lessee(database, "worker", COMMAND_LINE)

    assert released == 1_000
    [shown] = (await ana.get("/api/budgets/all/state"))["windows"]
    assert (shown["held_nanousd"], shown["headroom_nanousd"]) == (0, 10_000)
    [recorded] = (await ana.get("/api/audit", action="budget.lessee_released"))["events"]
    assert recorded["detail"] == {"lessee": "worker", "usd": "0.000001"}
    with pytest.raises(UnknownLesseeError):
        await release_lessee(database, "worker", COMMAND_LINE)


async def test_only_workers_that_were_closed_a_week_ago_are_forgotten(database: Database) -> None:
    for lessee in ("old", "young", "open"):
        await LeaseStore(database).exchange(lessee, 1, {}, [])
    async with database.system("lease") as connection:
        await connection.execute(
            text(
                "update platform.budget_lessee set closed_at = now() - case lessee when 'old' then interval '8 days'"
                " else interval '6 days' end where lessee <> 'open'"
            )
        )

    assert await forget_closed(database) == 1

    async with database.system("lease") as connection:
        left = set((await connection.execute(text("select lessee from platform.budget_lessee"))).scalars())
    assert left == {"young", "open"}
