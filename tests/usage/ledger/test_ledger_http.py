"""The ledger over the admin API, and by commands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from drawbridge.core.ids import AttemptId, OrganisationId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.usage.ledger.commands import ledger_app
from drawbridge.usage.rows import attempt_of, copy_line
from drawbridge.usage.store import UsageStore
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.installations import new_installation
from tests.parts.organisations import make_organisation
from tests.usage.attempts import make_intent, make_settlement

_NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _event(organisation: OrganisationId, cost: int, request_id: str) -> bytes:
    attempt = AttemptId(uuid7())
    intent = msgspec.structs.replace(make_intent(attempt), organisation_id=organisation)
    settlement = make_settlement(attempt, request_id)
    return copy_line(intent, msgspec.structs.replace(settlement, cost_nanousd=Nanousd(cost)))


@pytest.fixture
async def organisation(database: Database) -> OrganisationId:
    return await make_organisation(database)


@pytest.fixture
async def ana(database: Database, organisation: OrganisationId) -> AsyncIterator[Asker]:
    clock = HeldClock(_NOW)
    key = await make_key(database, clock, organisation, "ana")
    async with asking(admin_api(database, clock), key.text) as asker:
        yield asker


async def test_a_bill_is_entered_by_the_vendors_ids_and_by_ours(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    lines = [_event(organisation, 50, "req_1"), _event(organisation, 60, "req_2")]
    await UsageStore(database).book(lines, "nobody")
    bill = {
        "provider": "openai",
        "source": "october",
        "lines": [
            {"provider_request_id": "req_1", "cost_nanousd": 40},
            {"provider_request_id": "req_1", "cost_nanousd": 15},
            {"attempt_id": attempt_of(lines[1]), "cost_nanousd": 60},
            {"provider_request_id": "req_3", "cost_nanousd": 7},
        ],
    }

    entered = await ana.ask("POST", "/api/ledger/bills", bill)

    assert entered.json() == {
        "corrected": 1,
        "confirmed": 1,
        "unknown": 1,
        "repeated": 0,
        "differing": 0,
        "difference": 12,
    }
    sums = {(one["account"], one["amount_nanousd"]) for one in (await ana.get("/api/ledger"))["balances"]}
    assert {("cost_centre", 115), ("suspense", 7)} <= sums
    assert [row["cost_nanousd"] for row in (await ana.get("/api/usage"))["usage"]] == [60, 55]


async def test_one_attempt_is_corrected_and_a_line_that_names_no_call_is_refused(
    database: Database, organisation: OrganisationId, ana: Asker
) -> None:
    line = _event(organisation, 50, "req_1")
    await UsageStore(database).book([line], "nobody")
    correction = {"attempt_id": attempt_of(line), "cost_nanousd": 44, "source": "case 7", "reason": "a refund"}

    entered = await ana.ask("POST", "/api/ledger/corrections", correction)
    nameless = {"provider": "openai", "source": "october", "lines": [{"cost_nanousd": 1}]}
    refused = await ana.refused("POST", "/api/ledger/bills", nameless, expect=422)

    assert entered.json()["difference"] == -6
    assert "attempt_id or a provider_request_id" in refused["message"]


async def test_a_month_is_closed_in_two_steps(ana: Asker) -> None:
    path = "/api/ledger/periods/2026-10"

    assert (await ana.refused("PUT", path, {"state": "closed"}, expect=409))["code"] == "period_unchangeable"
    for state in ("closing", "closed"):
        assert await ana.put(path, {"state": state}, expect=200) == {"month": "2026-10-01", "state": state}
    assert (await ana.get("/api/ledger"))["periods"] == [{"month": "2026-10-01", "state": "closed"}]


def test_the_commands_enter_a_bill_show_the_ledger_and_close_a_month(database_url: str, tmp_path: Path) -> None:
    app = ledger_app(new_installation(database_url)[0], HeldClock(_NOW))
    bill = tmp_path / "bill.csv"
    bill.write_text("provider_request_id,cost_usd\nreq_1,0.5\n")

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        return result.output

    entered = run("bill", str(bill), "--provider", "openai", "--source", "october")
    assert entered == (
        "0 corrected, 0 confirmed, 1 unknown (in suspense), 0 entered before; the difference is $0.50.\n"
    )
    assert "suspense\t-\t$0.50" in run()
    assert run("close", "2026-10") == "2026-10 is closing.\n"
    assert run("reopen", "2026-10") == "2026-10 is open.\n"
    assert '"state": "open"' in run("--month", "2026-10", "--json")
    missing = CliRunner().invoke(app, ["bill", str(tmp_path / "none.csv"), "--provider", "openai", "--source", "x"])
    assert missing.exit_code == 1
    assert "cannot be read" in missing.output
