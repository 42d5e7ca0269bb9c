"""`drawbridge accounts`."""

import asyncio
import json

import typer
from typer.testing import CliRunner, Result

from drawbridge.config.terminal import OpenInstallation
from drawbridge.identity.signin.lifecycle.commands import accounts_app
from drawbridge.identity.signin.store import insert_account, signing_in
from drawbridge.policy.administrators import Administrators
from tests.parts.clock import HeldClock
from tests.parts.installations import new_installation


async def _add_accounts(opened: OpenInstallation) -> None:
    async with opened() as here, signing_in(here.database) as connection:
        await insert_account(connection, "ana@example.com", "Ana", platform_administrator=True)
        await insert_account(connection, "bo@example.com", "Bo")


def test_accounts_are_listed_suspended_let_in_and_deleted(database_url: str) -> None:
    opened, _ = new_installation(database_url)
    asyncio.run(_add_accounts(opened))
    app = accounts_app(opened, HeldClock(), Administrators())

    assert _run(app, "suspend", "Bo@example.com").stdout == "Suspended: account bo@example.com.\n"
    listed = _run(app, "list").stdout.splitlines()
    assert [line.split("\t")[:4] for line in listed[-2:]] == [
        ["bo@example.com", "Bo", "suspended", ""],
        ["ana@example.com", "Ana", "active", "platform"],
    ]
    assert json.loads(_run(app, "reactivate", "bo@example.com", "--json").stdout)["suspended_at"] is None
    assert "add --yes" in str(_run(app, "delete", "bo@example.com", exit_code=1).output)
    assert _run(app, "delete", "bo@example.com", "--yes").stdout == "Deleted: account bo@example.com.\n"
    assert "last platform administrator" in _run(app, "delete", "ana@example.com", "-y", exit_code=1).output
    assert "no such account" in _run(app, "suspend", "bo@example.com", exit_code=1).output


def _run(app: typer.Typer, *arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == exit_code, (result.output, result.exception)
    return result
