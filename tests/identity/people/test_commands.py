import asyncio
import json
from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner, Result

from drawbridge.config.terminal import OpenInstallation
from drawbridge.identity.organisations import OrganisationPlugs
from drawbridge.identity.organisations.commands import organisations_app
from drawbridge.identity.people.commands import people_app, teams_app
from drawbridge.identity.store import create_principal
from drawbridge.preparation import furnish, furnish_inviting
from tests.identity.directory.applying import apply
from tests.identity.people.acting import join
from tests.identity.people.conftest import TEAMS
from tests.parts.clock import HeldClock
from tests.parts.installations import new_installation

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str) -> Run:
    opened, _ = new_installation(database_url)
    asyncio.run(_furnish(opened))
    app = typer.Typer()
    app.add_typer(people_app(opened, HeldClock()), name="people")
    app.add_typer(teams_app(opened), name="teams")
    plugs = OrganisationPlugs(furnish, furnish_inviting(HeldClock()))
    app.add_typer(organisations_app(opened, HeldClock(), plugs, "http://here"), name="organisations")

    def run(*arguments: str, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == exit_code, (result.output, result.exception)
        return result

    return run


async def _furnish(opened: OpenInstallation) -> None:
    async with opened() as here:
        async with here.database.change(here.organisation_id) as connection:
            await create_principal(connection, here.organisation_id, "user", "ana", display_name="Ana")
            await create_principal(connection, here.organisation_id, "user", "ben")
        text = TEAMS.replace("sales: {}", "interns: {parent: research}, sales: {}")
        await apply(here.database, here.organisation_id, text)
        await join(here.database, here.organisation_id, "ana", "research")


def test_people_are_listed_suspended_and_reactivated(run: Run) -> None:
    suspended = run("people", "suspend", "ana")
    lines = run("people", "list", "--kind", "user").stdout.splitlines()
    shown = json.loads(run("people", "show", "ana", "--json").stdout)
    reactivated = json.loads(run("people", "reactivate", "ana", "--json").stdout)

    assert suspended.stdout == "Suspended: user ana.\n"
    assert lines[1:] == ["ben\tuser\t\t\tactive\thand", "ana\tuser\tAna\t\tsuspended\thand"]
    assert shown["suspended_at"] is not None
    assert (shown["teams"], shown["left_alone"]) == (
        ["research"],
        {"research": ["project search", "service account ci-bot"]},
    )
    assert reactivated["suspended_at"] is None


def test_teams_are_listed_as_a_tree(run: Run) -> None:
    lines = run("teams", "list").stdout.splitlines()

    assert lines == ["team\tdisplay name\tpeople", "research\t\t1", "  interns\t\t0", "sales\t\t0"]
    assert [team["parent"] for team in json.loads(run("teams", "list", "--json").stdout)] == [None, "research", None]


def test_a_deletion_asks_first_and_says_who_has_to_take_over(run: Run) -> None:
    asked = run("people", "delete", "ana", exit_code=1)
    refused = run("people", "delete", "ana", "--yes", exit_code=1)
    done = run("people", "delete", "ana", "--yes", "--hand-over-to", "ben")

    assert "This deletes 'ana', and with it its place in 'research', so nothing was done." in asked.stderr
    assert "--hand-over-to NAME" in refused.stderr
    assert done.stdout == "Deleted ana, and with it its place in 'research'.\n"
    assert "no principal 'ana'" in run("people", "show", "ana", exit_code=1).stderr


def test_the_first_administrator_of_an_organisation_is_invited(run: Run) -> None:
    created = run("organisations", "create", "acme", "--invite", "bo@example.com")
    in_json = json.loads(run("organisations", "create", "other", "--invite", "bo@example.com", "--json").stdout)

    assert created.stdout.startswith("http://here/invitation#")
    assert len(created.stdout.splitlines()) == 1
    assert in_json["invitation"].startswith("http://here/invitation#")
    assert in_json["admin_key"] is None


def test_an_organisation_is_deleted_only_when_that_is_confirmed(run: Run) -> None:
    run("organisations", "create", "acme")

    refused = run("organisations", "delete", "acme", exit_code=1)
    deleted = run("organisations", "delete", "acme", "--yes")

    assert "This deletes the organisation 'acme' with 1 people" in refused.stderr
    assert deleted.stdout == "Deleted: organisation acme.\n"
    assert "no organisation 'acme'" in run("organisations", "delete", "acme", "--yes", exit_code=1).stderr


def test_organisations_are_made_listed_and_suspended(run: Run) -> None:
    created = run("organisations", "create", "acme", "--display-name", "Acme")
    run("organisations", "suspend", "acme")
    listed = json.loads(run("organisations", "list", "--json").stdout)
    run("organisations", "reactivate", "acme")

    assert created.stdout.startswith("dbk_")
    assert "New organisation acme" in created.stderr
    assert [(found["name"], found["suspended_at"] is None) for found in listed] == [("acme", False), ("default", True)]
    assert "acme\tAcme\tactive\t1" in run("organisations", "list").stdout
    assert "no organisation 'gone'" in run("organisations", "suspend", "gone", exit_code=1).stderr
