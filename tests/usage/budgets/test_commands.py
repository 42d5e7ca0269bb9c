"""The commands for budgets, as an operator runs them."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from typer.testing import CliRunner, Result

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.store import create_principal
from drawbridge.usage.budgets.commands import budgets_app
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.store import create_budget
from tests.parts.clock import HeldClock
from tests.parts.installations import new_installation

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str) -> Run:
    opened, organisation_id = new_installation(database_url)

    async def begin(database: Database, organisation_id: OrganisationId) -> None:
        async with database.change(organisation_id) as connection:
            for name in ("ana", "bo"):
                await create_principal(connection, organisation_id, "user", name)
            entry = BudgetEntry(of="user:ana", limit_usd="500")
            await create_budget(connection, organisation_id, "anas", entry, managed_by_file=False)

    _do(database_url, lambda database: begin(database, organisation_id))
    app = budgets_app(opened, HeldClock())
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def _do(database_url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    async def doing() -> None:
        database = Database(database_url)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(doing())


def test_what_somebody_asks_for_is_listed_and_approved(run: Run) -> None:
    asked = run("request", "anas", "--usd", "50", "--who", "ana", "--reason", "a paper")
    [request] = json.loads(run("requests", "--json").stdout)
    approved = run("approve", request["id"], "--answer", "good luck")

    assert (asked.exit_code, approved.exit_code) == (0, 0), asked.output + approved.output
    assert approved.stdout == "Budget anas has $50.00 more now, as user:ana asked.\n"
    [state] = json.loads(run("--json").stdout)
    assert (state["limit_nanousd"], state["extra_nanousd"]) == (550_000_000_000, 50_000_000_000)
    assert json.loads(run("requests", "--json").stdout) == []
    [decided] = json.loads(run("requests", "--all", "--json").stdout)
    assert (decided["state"], decided["decided_by"], decided["answer"]) == ("approved", "operator", "good luck")


def test_budgets_are_a_table(run: Run) -> None:
    head, row = (line.split("\t") for line in run().stdout.splitlines())

    shown = dict(zip(head, row, strict=True))
    assert (shown["budget"], shown["limit"], shown["spent"], shown["left"]) == ("anas", "$500.00", "$0.00", "$500.00")


def test_a_request_can_be_refused_once(run: Run) -> None:
    run("request", "anas", "--usd", "50", "--who", "ana")
    [request] = json.loads(run("requests", "--json").stdout)

    refused, again = run("refuse", request["id"]), run("approve", request["id"])

    assert (refused.exit_code, again.exit_code) == (0, 1)
    assert "refused already" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["request", "anas", "--usd", "50", "--who", "bo"], "There is no budget 'anas'."),
        (["request", "anas", "--usd", "50", "--who", "nobody"], "Nobody is named 'nobody'"),
        (["request", "anas", "--usd", "much", "--who", "ana"], "'much' is no amount"),
        (["release-lessee", "nobody"], "No worker 'nobody' holds anything"),
    ],
)
def test_what_cannot_be_done_is_a_message(run: Run, arguments: list[str], message: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 1
    assert message in result.stderr


def test_there_are_no_silent_workers_at_first(run: Run) -> None:
    assert json.loads(run("lessees", "--json").stdout) == []
