"""The commands of signing in."""

import asyncio
import json

import typer
from typer.testing import CliRunner

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.signin.commands import add_sign_in_commands
from drawbridge.identity.store import create_principal
from tests.parts.installations import new_installation

_ADDRESS = "http://localhost:8080"


def _run(database_url: str, *arguments: str) -> tuple[int, str, str, OrganisationId]:
    open_installation, organisation_id = new_installation(database_url)
    asyncio.run(_add_bo(database_url, organisation_id))
    app = typer.Typer()
    add_sign_in_commands(app, open_installation, SystemClock(), _ADDRESS)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr, organisation_id


async def _add_bo(database_url: str, organisation_id: OrganisationId) -> None:
    database = Database(database_url, pool_size=1)
    async with database.change(organisation_id) as connection:
        await create_principal(connection, organisation_id, "user", "bo")
    await database.close()


def test_invite_prints_the_link_alone_so_that_it_can_be_piped(database_url: str) -> None:
    code, said, aside, _ = _run(database_url, "invite", "Cy.D@Example.com", "--expires", "2d")

    assert code == 0
    assert said.startswith(f"{_ADDRESS}/invitation#")
    assert len(said.splitlines()) == 1
    assert "cy.d@example.com, who becomes the user cy.d" in aside


def test_invite_writes_json(database_url: str) -> None:
    _, said, _, _ = _run(database_url, "invite", "cy@example.com", "--json")

    assert json.loads(said)["link"].startswith(f"{_ADDRESS}/invitation#")


def test_a_link_for_somebody_who_never_signed_in_says_to_invite(database_url: str) -> None:
    code, said, aside, _ = _run(database_url, "sign-in-link", "bo")

    assert (code, said) == (1, "")
    assert "drawbridge people invite EMAIL --name bo" in aside


def test_a_link_for_nobody_is_refused(database_url: str) -> None:
    code, _, aside, _ = _run(database_url, "sign-in-link", "nobody")

    assert code == 1
    assert "nobody" in aside
