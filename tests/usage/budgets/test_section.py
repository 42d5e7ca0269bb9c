"""What a budget in `drawbridge.yaml` may say, and what becomes of one that cannot be reckoned with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from drawbridge.db.engine import Database
from drawbridge.usage.budgets.entries import BudgetEntry, PeriodEntry
from drawbridge.usage.budgets.section import budget_complaints
from drawbridge.usage.budgets.store import create_budget, load_budgets
from tests.parts.organisations import make_organisation

# Any: JSON.
Json = dict[str, Any]


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": {"every": "days", "days": 3_661, "begins": "2026-01-01"}},
        {"period": {"every": "days", "days": 10**30, "begins": "2026-01-01"}},
        {"period": {"every": "days", "days": 5, "begins": "0001-01-01"}},
        {"period": {"every": "days", "days": 5, "begins": "9999-12-31"}},
        {"period": {"zone": "right/UTC"}},
        {"period": {"zone": "posix/Europe/Berlin"}},
        {"period": {"zone": "posixrules"}},
        {"limit_usd": "1000000000.01"},
        {"limit_usd": "9" * 15},
        {"alerts": [{"at_percent": 1, "webhook": "https://"}]},
        {"alerts": [{"at_percent": 1, "webhook": "https:///path"}]},
        {"alerts": [{"at_percent": 1, "webhook": "http://example.com/in"}]},
        {"alerts": [{"at_percent": 1, "webhook": "https://example.com/\0"}]},
    ],
)
def test_what_a_budget_cannot_keep_to_is_refused(wrong: Json) -> None:
    entry = msgspec.convert({"limit_usd": "1", **wrong}, BudgetEntry)

    assert len(list(budget_complaints(entry))) == 1


@pytest.mark.parametrize(
    "right",
    [
        {"period": {"every": "days", "days": 3_660, "begins": "2026-01-01", "zone": "Europe/Berlin"}},
        {"limit_usd": "999999999"},
        {"alerts": [{"at_percent": 1, "webhook": "https://example.com:8443/in?x=1"}]},
        {"alerts": [{"at_percent": 1, "webhook": "https://[2001:db8::1]"}]},
    ],
)
def test_what_a_budget_can_keep_to_is_taken(right: Json) -> None:
    assert not list(budget_complaints(msgspec.convert({"limit_usd": "1", **right}, BudgetEntry)))


@pytest.mark.parametrize(
    "period",
    [
        '{"every": "days", "days": 3000000, "begins": "2026-01-01"}',
        '{"every": "day", "zone": "Atlantis/Capital"}',
        '{"every": "days", "days": 5, "begins": "0001-01-01"}',
        '{"every": "sometimes"}',
    ],
)
async def test_a_budget_that_cannot_be_reckoned_with_never_begins_anew_and_is_reported(
    database: Database, caplog: pytest.LogCaptureFixture, period: str
) -> None:
    organisation = await make_organisation(database)
    async with database.change(organisation) as connection:
        for name in ("sane", "far"):
            entry = BudgetEntry(limit_usd="1")
            await create_budget(connection, organisation, name, entry, managed_by_file=False)
        strange = text("update budget set period = cast(:period as jsonb) where name = 'far'")
        await connection.execute(strange, {"period": period})

    async with database.organisation(organisation) as connection:
        book = await load_budgets(connection, organisation)

    ends = {budget.name: budget.around(datetime.now(UTC))[1] for budget in book.by_id.values()}
    assert ends["sane"] is not None
    assert ends["far"] is None
    assert "budget far" in caplog.text


async def test_a_change_of_the_period_that_was_taken_back_still_begins_when_it_did(database: Database) -> None:
    organisation = await make_organisation(database)
    async with database.change(organisation) as connection:
        entry = BudgetEntry(limit_usd="1", period=PeriodEntry(every="month"))
        await create_budget(connection, organisation, "changed", entry, managed_by_file=False)
        await connection.execute(text("update budget set period_changes_at = now() - interval '1 minute'"))

    now = datetime.now(UTC)
    async with database.organisation(organisation) as connection:
        (budget,) = (await load_budgets(connection, organisation)).by_id.values()

    assert now - timedelta(minutes=2) < budget.around(now)[0] < now
