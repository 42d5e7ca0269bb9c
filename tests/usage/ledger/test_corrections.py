"""What is corrected: reversed and booked anew, once for each source; budgets follow, closed months do not change."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from drawbridge.audit.acts import SYSTEM
from drawbridge.core.ids import AttemptId, OrganisationId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.core.paging import PageRequest
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.leases import Need
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.budgets.windows import Window
from drawbridge.usage.errors import BillError, PeriodError, UnknownEventError
from drawbridge.usage.ledger.bills import Bill, BillLine, parse_bill
from drawbridge.usage.ledger.corrections import Corrections, Entered
from drawbridge.usage.ledger.periods import Periods, parse_month
from drawbridge.usage.ledger.store import read_balances, read_periods
from drawbridge.usage.report import UsageFilter
from drawbridge.usage.rows import attempt_of, copy_line
from drawbridge.usage.store import UsageStore, list_usage
from tests.parts.budgets import event, make_budget, state_of
from tests.parts.clock import HeldClock
from tests.parts.ledger import AUTUMN_BILL, balances, bill_of
from tests.parts.organisations import make_organisation
from tests.usage.attempts import make_intent, make_settlement

_MARCH = date(2025, 3, 1)
"""The month of the events that tests make."""


async def _book(database: Database, window: Window, *lines: bytes, leased: int = 1_000) -> None:
    lessee = str(uuid7())
    await LeaseStore(database).exchange(lessee, 1, {}, [[Need(window, leased)]])
    await UsageStore(database).book(lines, lessee)
    await LeaseStore(database).close(lessee)


async def test_a_correction_takes_back_what_was_booked_and_books_what_was_billed(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)
    line = event(organisation, window, 600, 250)
    await _book(database, window, line)

    entered = await Corrections(database).enter(organisation, SYSTEM, bill_of({line: 410}))

    assert entered == Entered(corrected=1, difference=160)
    assert await balances(database, organisation) == {"cost_centre": 410, "vendor_payable": -410}
    assert await state_of(database, window) == (410, 0, 0, 0)
    assert await _kinds(database, organisation) == ["correction", "reversal", "usage"]


async def test_what_the_same_source_says_again_changes_nothing(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)
    line = event(organisation, window, 600, 250)
    await _book(database, window, line)
    corrections = Corrections(database)

    await asyncio.gather(*(corrections.enter(organisation, SYSTEM, bill_of({line: 410})) for _ in range(4)))
    again = await corrections.enter(organisation, SYSTEM, bill_of({line: 999}))

    assert again == Entered(repeated=1, differing=1)
    assert await state_of(database, window) == (410, 0, 0, 0)
    assert await _kinds(database, organisation) == ["correction", "reversal", "usage"]


async def test_a_later_source_corrects_the_correction(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)
    line = event(organisation, window, 600, 250)
    await _book(database, window, line)
    corrections = Corrections(database)

    await corrections.enter(organisation, SYSTEM, bill_of({line: 700}))
    assert await balances(database, organisation) == {"cost_centre": 600, "overage": 100, "vendor_payable": -700}
    await corrections.enter(organisation, SYSTEM, bill_of({line: 90}, "credit note"))

    assert await balances(database, organisation) == {"cost_centre": 90, "vendor_payable": -90}
    assert await state_of(database, window) == (90, 0, 0, 0)


async def test_the_suspense_of_a_lost_attempt_is_released_by_its_bill(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100_000)
    line = event(organisation, window, 700, 300, "lost")
    await _book(database, window, line)
    assert await balances(database, organisation) == {"cost_centre": 300, "suspense": 400, "vendor_payable": -700}

    await Corrections(database).enter(organisation, SYSTEM, bill_of({line: 300}))

    assert await balances(database, organisation) == {"cost_centre": 300, "vendor_payable": -300}
    assert await state_of(database, window) == (300, 0, 0, 0)


async def test_a_bill_beyond_what_the_budget_has_left_is_overage_and_comes_off_it_first(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 1_000)
    first, second = event(organisation, window, 500, 500), event(organisation, window, 500, 400)
    await _book(database, window, first, second)
    corrections = Corrections(database)

    await corrections.enter(organisation, SYSTEM, bill_of({first: 800}))
    assert await state_of(database, window) == (1_000, 0, 200, 0)
    await corrections.enter(organisation, SYSTEM, bill_of({second: 150}))

    assert await state_of(database, window) == (950, 0, 0, 0)


async def test_a_soft_budget_follows_what_was_billed(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 100, is_hard=False)
    line = event(organisation, window, 0, 300)
    await _book(database, window, line, leased=0)

    await Corrections(database).enter(organisation, SYSTEM, bill_of({line: 120}))

    assert await state_of(database, window) == (120, 0, 0, 0)


async def test_what_was_billed_for_a_call_that_nobody_knows_is_in_suspense_until_it_is_known(
    database: Database,
) -> None:
    organisation = await make_organisation(database)
    bill = Bill("openai", "october", [BillLine(Nanousd(70), request_id="req_late")])
    corrections = Corrections(database)

    assert await corrections.enter(organisation, SYSTEM, bill) == Entered(unknown=1, difference=70)
    assert await corrections.enter(organisation, SYSTEM, bill) == Entered(repeated=1)
    assert await balances(database, organisation) == {"suspense": 70, "vendor_payable": -70}
    await UsageStore(database).book([_event(organisation, cost=50, request_id="req_late")], "nobody")
    for _ in range(2):
        await corrections.enter(organisation, SYSTEM, bill)

    assert await balances(database, organisation) == {"cost_centre": 70, "vendor_payable": -70}


async def test_usage_shows_what_was_billed_and_what_had_been_booked(database: Database) -> None:
    organisation = await make_organisation(database)
    line = _event(organisation, cost=50, request_id="req_1")
    await UsageStore(database).book([line, _event(organisation, cost=8, request_id="req_2")], "nobody")
    corrections = Corrections(database)
    for source, cost in (("estimate", 60), ("bill", 55)):
        await corrections.correct(
            organisation, SYSTEM, UUID(attempt_of(line)), Nanousd(cost), source=source, reason="billed"
        )

    async with database.organisation(organisation) as connection:
        found = (await list_usage(connection, organisation, UsageFilter(), PageRequest(10))).items

    assert sorted((row.booked_cost_nanousd, row.cost_nanousd) for row in found) == [(8, 8), (50, 55)]


async def test_a_correction_of_a_closed_month_is_booked_in_one_that_is_open(database: Database) -> None:
    organisation = await make_organisation(database)
    line = _event(organisation, cost=50, request_id="req_1")
    await UsageStore(database).book([line], "nobody")
    periods = Periods(database, HeldClock(datetime.now(UTC)))
    await periods.change(organisation, SYSTEM, _MARCH, "closing")
    await periods.change(organisation, SYSTEM, _MARCH, "closed")

    await Corrections(database).enter(organisation, SYSTEM, bill_of({line: 70}))
    await UsageStore(database).book([_event(organisation, cost=9, request_id="req_2")], "nobody")

    this_month = datetime.now(UTC).date().replace(day=1)
    async with database.organisation(organisation) as connection:
        found = {(one.month, one.account): one.amount_nanousd for one in await read_balances(connection, organisation)}
        states = {one.month: one.state for one in await read_periods(connection, organisation)}
    assert found == {
        (_MARCH, "cost_centre"): 50,
        (_MARCH, "vendor_payable"): -50,
        (this_month, "cost_centre"): 29,
        (this_month, "vendor_payable"): -29,
    }
    assert states == {_MARCH: "closed", this_month: "open"}


async def test_a_month_closes_in_two_steps_and_for_good(database: Database) -> None:
    organisation = await make_organisation(database)
    periods = Periods(database, HeldClock(datetime(2026, 11, 23, tzinfo=UTC)))
    october = parse_month("2026-10")

    with pytest.raises(PeriodError, match="2026-10 is open: let it be closing first"):
        await periods.change(organisation, SYSTEM, october, "closed")
    with pytest.raises(PeriodError, match="2026-11 has not ended"):
        await periods.change(organisation, SYSTEM, parse_month("2026-11"), "closing")
    for state in ("closing", "open", "closing", "closed", "closed"):
        await periods.change(organisation, SYSTEM, october, state)
    with pytest.raises(PeriodError, match="closed for good"):
        await periods.change(organisation, SYSTEM, october, "open")


async def test_each_change_is_in_the_audit_record(database: Database) -> None:
    organisation = await make_organisation(database)
    line = _event(organisation, cost=50, request_id="req_1")
    await UsageStore(database).book([line], "nobody")

    await Corrections(database).enter(organisation, SYSTEM, bill_of({line: 70}))
    await Periods(database, HeldClock(datetime.now(UTC))).change(organisation, SYSTEM, _MARCH, "closing")

    async with database.organisation(organisation) as connection:
        rows = await connection.execute(text("select action, object_name from audit_event order by number"))
        acts = [tuple(row) for row in rows]
    assert acts[-2:] == [("usage.corrected", "openai 2026-10"), ("period.closing", "2025-03")]


async def test_an_attempt_that_nobody_knows_or_of_another_organisation_is_not_corrected(database: Database) -> None:
    organisation, other = await make_organisation(database), await make_organisation(database, "other")
    line = _event(other, cost=50, request_id="req_1")
    await UsageStore(database).book([line], "nobody")

    with pytest.raises(UnknownEventError):
        await Corrections(database).correct(
            organisation, SYSTEM, UUID(attempt_of(line)), Nanousd(1), source="bill", reason=""
        )
    await Corrections(database).enter(organisation, SYSTEM, bill_of({line: 70}))

    assert await balances(database, other) == {"cost_centre": 50, "vendor_payable": -50}


def test_a_bill_is_read_from_a_file_and_what_is_wrong_is_named_by_its_line(tmp_path: Path) -> None:
    attempt = uuid7()
    read = parse_bill(f"cost_usd,attempt_id,provider_request_id\n0.5,{attempt},\n-0.000000001,,req_1\n")

    assert read == [BillLine(Nanousd(500_000_000), attempt), BillLine(Nanousd(-1), request_id="req_1")]
    for wrong, said in (
        ("id,price\n1,2\n", "names its columns"),
        ("cost_usd,attempt_id\n1,x\n", "Line 2 of the bill: 'x' is no id"),
        ("cost_usd,attempt_id,provider_request_id\n1,,\n", "Line 2 of the bill needs"),
        (f"cost_usd,attempt_id\nfree,{attempt}\n", "Line 2 of the bill: 'free' is no amount"),
    ):
        with pytest.raises(BillError, match=said):
            parse_bill(wrong)


def _event(organisation: OrganisationId, *, cost: int, request_id: str) -> bytes:
    attempt = AttemptId(uuid7())
    intent = msgspec.structs.replace(make_intent(attempt), organisation_id=organisation)
    return copy_line(intent, msgspec.structs.replace(make_settlement(attempt, request_id), cost_nanousd=cost))


async def _kinds(database: Database, organisation: OrganisationId) -> list[str]:
    async with database.organisation(organisation) as connection:
        return [row[0] for row in await connection.execute(text("select kind from ledger_transaction order by kind"))]


@pytest.mark.parametrize("source", [AUTUMN_BILL, "support case 7"])
async def test_a_correction_by_attempt_releases_what_was_billed_while_the_call_was_unknown(
    database: Database, source: str
) -> None:
    organisation = await make_organisation(database)
    attempt, line = _named_by_vendor(organisation, "req_late", 100)
    corrections = Corrections(database)
    by_request = Bill("openai", AUTUMN_BILL, [BillLine(Nanousd(150), None, "req_late")])
    by_attempt = Bill("openai", "early", [BillLine(Nanousd(7), attempt)])
    await corrections.enter(organisation, SYSTEM, by_request)
    await corrections.enter(organisation, SYSTEM, by_attempt)
    await UsageStore(database).book([line], "x")

    for cost, told in ((160, source), (170, "later")):
        await corrections.correct(organisation, SYSTEM, attempt, Nanousd(cost), source=told, reason="")

    # The events of tests were held for nothing: what they cost is overage.
    assert (await balances(database, organisation))["vendor_payable"] == -170
    assert "suspense" not in await balances(database, organisation)


async def test_lines_that_name_one_call_by_both_of_its_ids_are_added_up(database: Database) -> None:
    organisation = await make_organisation(database)
    attempt, line = _named_by_vendor(organisation, "req_1", 100)
    await UsageStore(database).book([line], "x")
    lines = [BillLine(Nanousd(150), attempt), BillLine(Nanousd(70), None, "req_1")]

    entered = await Corrections(database).enter(organisation, SYSTEM, Bill("openai", AUTUMN_BILL, lines))

    assert entered == Entered(corrected=1, difference=120)
    assert (await balances(database, organisation))["vendor_payable"] == -220


async def test_vendors_may_use_the_same_id_in_bills_of_the_same_name(database: Database) -> None:
    organisation = await make_organisation(database)

    for provider, cost in (("openai", 150), ("azure", 999)):
        bill = Bill(provider, "october", [BillLine(Nanousd(cost), None, "r")])
        entered = await Corrections(database).enter(organisation, SYSTEM, bill)
        assert entered == Entered(unknown=1, difference=cost)

    assert (await balances(database, organisation))["suspense"] == 1_149


async def test_a_line_that_is_repeated_with_another_amount_is_told(database: Database) -> None:
    organisation = await make_organisation(database)
    attempt, line = _named_by_vendor(organisation, "req_1", 100)
    await UsageStore(database).book([line], "x")
    corrections = Corrections(database)

    for first, cost in ((True, 150), (False, 150), (False, 151)):
        lines = [BillLine(Nanousd(cost), attempt), BillLine(Nanousd(cost), None, "strange")]
        entered = await corrections.enter(organisation, SYSTEM, Bill("openai", AUTUMN_BILL, lines))
        if not first:
            assert entered == Entered(repeated=2, differing=2 if cost == 151 else 0)


@pytest.mark.parametrize("cost", [2**53 - 1, 2**63 - 1])
async def test_more_than_any_call_costs_is_refused(database: Database, cost: int) -> None:
    organisation = await make_organisation(database)
    lines = [BillLine(Nanousd(cost), uuid7())] * 2_000

    with pytest.raises(BillError, match="no call costs that"):
        await Corrections(database).enter(organisation, SYSTEM, Bill("openai", AUTUMN_BILL, lines))


def _named_by_vendor(organisation: OrganisationId, request_id: str, cost: int) -> tuple[AttemptId, bytes]:
    attempt = AttemptId(uuid7())
    intent = msgspec.structs.replace(make_intent(attempt), organisation_id=organisation, provider="openai")
    settlement = make_settlement(attempt)
    settled = msgspec.structs.replace(settlement, cost_nanousd=cost, provider_request_id=request_id, outcome="ok")
    return attempt, copy_line(intent, settled)


@pytest.mark.parametrize(
    "written", ["0001-01", "0000-00", "2026-13", "2026-1", "202610", "2026-W40", "2026-10-01", "\0"]
)
def test_what_is_no_month_of_a_ledger_is_no_month(written: str) -> None:
    with pytest.raises(PeriodError, match="is no month") as refused:
        parse_month(written)

    assert (refused.value.status, refused.value.code) == (422, "month_invalid")
