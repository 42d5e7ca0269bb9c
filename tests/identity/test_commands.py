import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import typer
from typer.testing import CliRunner, Result

from drawbridge.config.terminal import OpenInstallation
from drawbridge.core.ids import uuid7
from drawbridge.identity.commands import keys_app
from drawbridge.identity.keys import parse_key
from drawbridge.identity.store import create_principal
from tests.parts.clock import HeldClock
from tests.parts.installations import new_installation, without_master_keys

Run = Callable[..., Result]

ID = "01990000-0000-7000-8000-000000000000"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def run(database_url: str, clock: HeldClock) -> Run:
    opened, _ = new_installation(database_url)
    asyncio.run(_add_ana(opened))
    app: typer.Typer = keys_app(opened, clock, without_master_keys(opened))

    def run(*arguments: str, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == exit_code, (result.output, result.exception)
        return result

    return run


async def _add_ana(opened: OpenInstallation) -> None:
    async with opened() as here, here.database.change(here.organisation_id) as connection:
        await create_principal(connection, here.organisation_id, "user", "ana")


def test_the_key_alone_is_on_standard_output_so_that_it_can_be_piped(run: Run) -> None:
    created = run("create", "--owner", "ana")

    assert parse_key(created.stdout.removesuffix("\n"))
    assert "It is shown this once" in created.stderr


def test_a_key_is_created_listed_rotated_and_revoked(run: Run, clock: HeldClock) -> None:
    created = json.loads(
        run("create", "--owner", "ana", "--name", "laptop", "--admin", "--expires", "30d", "--json").stdout
    )
    rotated = json.loads(run("rotate", created["id"], "--grace", "1h", "--json").stdout)
    revoked = json.loads(run("revoke", created["id"], "--json").stdout)

    listed = json.loads(run("list", "--json").stdout)
    assert datetime.fromisoformat(created["expires_at"]) == clock.now() + timedelta(days=30)
    assert (created["admin"], created["name"], created["state"]) == (True, "laptop", "active")
    assert rotated["replaces"] == created["id"]
    assert revoked["state"] == "revoked"
    assert [(key["id"], key["state"]) for key in listed] == [(rotated["id"], "active"), (created["id"], "revoked")]
    assert not any("key" in key for key in listed)


def test_a_key_is_strict_where_that_is_asked_for(run: Run) -> None:
    strict = json.loads(run("create", "--owner", "ana", "--strict", "--json").stdout)
    usual = json.loads(run("create", "--owner", "ana", "--json").stdout)

    assert (strict["strict"], usual["strict"]) == (True, False)


def test_keys_are_listed_as_lines_where_no_person_reads(run: Run) -> None:
    run("create", "--owner", "ana", "--name", "laptop")

    head, line = run("list").stdout.splitlines()

    assert head.split("\t") == ["id", "key", "name", "owner", "admin", "state", "expires"]
    assert line.split("\t")[2:] == ["laptop", "ana", "no", "active", "never"]
    assert run("list", "--state", "revoked").stdout.splitlines() == [head]
    assert run("list", "--owner", "ben").stdout.splitlines() == [head]


def test_revoking_the_last_admin_key_says_what_to_do(run: Run) -> None:
    key = json.loads(run("create", "--owner", "ana", "--admin", "--json").stdout)

    refused = run("revoke", key["id"], exit_code=1)

    assert "Create another first: drawbridge keys create --owner NAME --admin" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["create", "--owner", "eve"], "Nobody is named 'eve'"),
        (["create", "--owner", "ana", "--expires", "soon"], "'soon' is no length of time"),
        (["create", "--owner", "ana", "--expires", "0s"], "would expire in the past"),
        (["revoke", str(uuid7())], "There is no key"),
        (["rotate", str(uuid7())], "There is no key"),
    ],
)
def test_mistakes_are_messages_without_a_stack_trace(run: Run, arguments: list[str], message: str) -> None:
    assert message in run(*arguments, exit_code=1).stderr


@pytest.mark.parametrize("mark", ["\0", "\n", "\t", "\x1b", "\udcff"])
def test_names_that_would_forge_a_line_are_refused(run: Run, mark: str) -> None:
    for arguments in (
        ["create", "--owner", "ana", "--name", f"x{mark}y"],
        ["create", "--owner", f"ana{mark}"],
        ["list", "--owner", f"ana{mark}"],
    ):
        assert "cannot be shown in a line" in run(*arguments, exit_code=1).stderr


def test_a_length_of_time_that_no_clock_holds_is_a_message(run: Run) -> None:
    assert "at most 100 years" in run("create", "--owner", "ana", "--expires", "999999999w", exit_code=1).stderr


@pytest.mark.parametrize(
    "arguments", [["rotate"], ["rotate", "--finish"], ["rotate", ID, "--master"], ["rotate", ID, "--finish"]]
)
def test_what_is_rotated_is_said_just_once(run: Run, arguments: list[str]) -> None:
    assert "Give either the ID of an API key, or --master" in " ".join(run(*arguments, exit_code=2).stderr.split())
