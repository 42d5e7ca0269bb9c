"""The commands for people, service accounts and agents, and for teams."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.config.errors import ConfirmationError
from drawbridge.config.terminal import OpenInstallation, is_terminal, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import LARGEST_PAGE_SIZE, PageRequest, decode_cursor
from drawbridge.core.text import require_printable
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.directory.store import TEAMS, count_members
from drawbridge.identity.people.people import Consequences, People, Plugs
from drawbridge.identity.records import Principal, PrincipalFilter, PrincipalKind
from drawbridge.identity.store import list_principals

_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Of a user, service account or agent.")]
_COLUMNS = ("name", "kind", "display name", "e-mail", "state", "managed by")
_TEAM_COLUMNS = ("team", "display name", "people")


def people_app(open_installation: OpenInstallation, clock: Clock, plugs: Plugs | None = None) -> typer.Typer:
    """Make the command group `people`."""
    app = typer.Typer(help="People, service accounts and agents.", no_args_is_help=True)
    _add_reading(app, open_installation, clock, plugs)
    _add_standing(app, open_installation, clock, plugs)
    _add_deletion(app, open_installation, clock, plugs)
    return app


def teams_app(open_installation: OpenInstallation) -> typer.Typer:
    """Make the command group `teams`."""
    app = typer.Typer(help="Teams.", no_args_is_help=True)

    @app.callback()
    def root() -> None:
        """Keep the name of the one command."""

    @app.command("list")
    def list_command(as_json: _Json = False) -> None:
        """List teams, each below the one that it is part of."""
        teams = run_command(_teams(open_installation))
        if as_json:
            _write_json(teams)
        else:
            show_table("Teams", _TEAM_COLUMNS, [_team_row(team) for team in teams])

    del root, list_command  # The app holds them.
    return app


class TeamLine(msgspec.Struct, frozen=True):
    """A team, as a list shows it."""

    name: str
    display_name: str
    parent: str | None
    depth: int
    """How many teams stand above it."""
    people: int
    """Members of the team itself, without those of the teams below."""
    managed_by_file: bool


def _add_reading(app: typer.Typer, open_installation: OpenInstallation, clock: Clock, plugs: Plugs | None) -> None:
    @app.command("list")
    def list_command(
        kind: Annotated[PrincipalKind | None, typer.Option(help="Only this kind.")] = None,
        name: Annotated[str | None, typer.Option(help="Only names with this in it.")] = None,
        as_json: _Json = False,
    ) -> None:
        """List people, service accounts and agents, the newest first."""
        found = run_command(_list(open_installation, PrincipalFilter(kind, name)))
        if as_json:
            _write_json([_as_mapping(principal) for principal in found])
        else:
            show_table("People", _COLUMNS, [_as_row(principal) for principal in found])

    @app.command("show")
    def show_command(name: _Name, as_json: _Json = False) -> None:
        """Show one, with what would go with it if it were deleted."""
        principal, found = run_command(_show(open_installation, clock, plugs, name))
        if as_json:
            _write_json({**_as_mapping(principal), **_consequences(found)})
            return
        show_table("", ("setting", "value"), _as_lines(principal, found))

    del list_command, show_command  # The app holds them.


def _add_standing(app: typer.Typer, open_installation: OpenInstallation, clock: Clock, plugs: Plugs | None) -> None:
    @app.command("suspend")
    def suspend_command(name: _Name, as_json: _Json = False) -> None:
        """Refuse somebody's keys within a second, and end their sessions."""

        async def suspend() -> Principal:
            async with open_installation() as here:
                people = People(here.database, clock, plugs)
                return await people.suspend(here.organisation_id, name, COMMAND_LINE)

        _show_standing(run_command(suspend()), "Suspended", as_json)

    @app.command("reactivate")
    def reactivate_command(name: _Name, as_json: _Json = False) -> None:
        """Let somebody in again, with the keys that they had."""

        async def reactivate() -> Principal:
            async with open_installation() as here:
                people = People(here.database, clock, plugs)
                return await people.reactivate(here.organisation_id, name, COMMAND_LINE)

        _show_standing(run_command(reactivate()), "Reactivated", as_json)

    del suspend_command, reactivate_command  # The app holds them.


def _add_deletion(app: typer.Typer, open_installation: OpenInstallation, clock: Clock, plugs: Plugs | None) -> None:
    @app.command("delete")
    def delete_command(
        name: _Name,
        hand_over_to: Annotated[
            str | None, typer.Option(help="The user who joins the teams that would have nobody left.")
        ] = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Delete somebody with their keys, memberships and grants. Usage and audit are kept."""
        if not yes:
            _, found = run_command(_show(open_installation, clock, plugs, name))
            run_command(_confirm(name, found))

        async def delete() -> Consequences:
            async with open_installation() as here:
                people = People(here.database, clock, plugs)
                return await people.delete(here.organisation_id, name, COMMAND_LINE, hand_over_to=hand_over_to)

        found = run_command(delete())
        if as_json:
            _write_json({"name": name, **_consequences(found)})
        else:
            typer.echo(f"Deleted {name}{_with(found)}.")

    del delete_command  # The app holds it.


async def _list(open_installation: OpenInstallation, wanted: PrincipalFilter) -> list[Principal]:
    require_printable(wanted.name_contains or "", "--name")
    found: list[Principal] = []
    cursor: str | None = ""
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        while cursor is not None:
            request = PageRequest(LARGEST_PAGE_SIZE, decode_cursor(cursor) if cursor else None)
            page = await list_principals(connection, here.organisation_id, wanted, request)
            found.extend(page.items)
            cursor = page.next_cursor
    return found


async def _show(
    open_installation: OpenInstallation, clock: Clock, plugs: Plugs | None, name: str
) -> tuple[Principal, Consequences]:
    require_printable(name, "The name")
    async with open_installation() as here:
        people = People(here.database, clock, plugs)
        return (
            await people.get(here.organisation_id, name),
            await people.consequences(here.organisation_id, name),
        )


async def _confirm(name: str, found: Consequences) -> None:
    """Ask before a deletion. Without a terminal there is nobody to ask, so --yes is needed."""
    if not is_terminal():
        raise ConfirmationError(f"This deletes {name!r}{_with(found)}, so nothing was done. To go on, add --yes.")
    if not typer.confirm(f"Delete {name!r}{_with(found)}?"):
        raise ConfirmationError("Nothing was deleted.")


async def _teams(open_installation: OpenInstallation) -> list[TeamLine]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return await _read_teams(connection, here.organisation_id)


async def _read_teams(connection: AsyncConnection, organisation_id: OrganisationId) -> list[TeamLine]:
    teams = await TEAMS.read(connection, organisation_id)
    members = await count_members(connection, organisation_id)
    below: dict[str | None, list[str]] = {}
    for name, present in sorted(teams.items()):
        below.setdefault(present.entry.parent, []).append(name)
    lines: list[TeamLine] = []
    waiting = [(name, 0) for name in reversed(below.get(None, []))]
    while waiting:
        name, depth = waiting.pop()
        present = teams[name]
        entry = present.entry
        people = members.get(name, 0)
        lines.append(TeamLine(name, entry.display_name, entry.parent, depth, people, present.managed_by_file))
        waiting.extend((child, depth + 1) for child in reversed(below.get(name, [])))
    return lines


def _show_standing(principal: Principal, done: str, as_json: bool) -> None:
    if as_json:
        _write_json(_as_mapping(principal))
    else:
        typer.echo(f"{done}: {principal.kind.replace('_', ' ')} {principal.name}.")


def _team_row(team: TeamLine) -> tuple[str, ...]:
    return (f"{'  ' * team.depth}{team.name}", team.display_name, str(team.people))


def _with(found: Consequences) -> str:
    return f", and with it {', '.join(found.goes_with_it)}" if found.goes_with_it else ""


def _as_mapping(principal: Principal) -> dict[str, object]:
    return {
        "id": principal.id,
        "kind": principal.kind,
        "name": principal.name,
        "display_name": principal.display_name,
        "email": principal.email,
        "suspended_at": principal.suspended_at,
        "managed_by_file": principal.managed_by_file,
        "created_at": principal.created_at,
    }


def _consequences(found: Consequences) -> Mapping[str, object]:
    return {
        "keys": found.keys,
        "teams": found.teams,
        "groups": found.groups,
        "grants": found.grants,
        "left_alone": {team.name: team.answers_for for team in found.left_alone},
    }


def _as_row(principal: Principal) -> tuple[str, ...]:
    return (
        principal.name,
        principal.kind.replace("_", " "),
        principal.display_name,
        principal.email or "",
        "active" if principal.suspended_at is None else "suspended",
        "file" if principal.managed_by_file else "hand",
    )


def _as_lines(principal: Principal, found: Consequences) -> list[tuple[str, str]]:
    lines = [
        *zip(_COLUMNS, _as_row(principal), strict=True),
        ("id", str(principal.id)),
        ("since", _as_time(principal.created_at)),
        ("suspended", "no" if principal.suspended_at is None else f"since {_as_time(principal.suspended_at)}"),
        ("keys", str(found.keys)),
        ("teams", ", ".join(found.teams)),
        ("groups", ", ".join(found.groups)),
        ("grants", ", ".join(found.grants)),
    ]
    return lines + [
        (f"last in {team.name}", f"which answers for {', '.join(team.answers_for)}") for team in found.left_alone
    ]


def _as_time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _write_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
