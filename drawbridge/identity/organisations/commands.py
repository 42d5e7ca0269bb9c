"""The commands for organisations, for whoever runs the installation."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Protocol

import msgspec
import typer

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.config.errors import ConfirmationError
from drawbridge.config.terminal import OpenInstallation, ResultT, is_terminal, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.identity.organisations.organisations import NewOrganisation, OrganisationPlugs, Organisations
from drawbridge.identity.organisations.store import Organisation

_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_Name = Annotated[str, typer.Argument(metavar="NAME")]
_COLUMNS = ("name", "display name", "state", "people", "since")


class _Work(Protocol):
    """Does something with the organisations of an installation that it opens."""

    def __call__(self, step: Callable[[Organisations], Awaitable[ResultT]], /) -> Coroutine[None, None, ResultT]:
        """Do it."""
        ...


def organisations_app(
    open_installation: OpenInstallation, clock: Clock, plugs: OrganisationPlugs, address: str
) -> typer.Typer:
    """Make the command group `organisations`; `address` is where the pages are."""
    app = typer.Typer(help="The organisations of this installation.", no_args_is_help=True)

    async def work(step: Callable[[Organisations], Awaitable[ResultT]]) -> ResultT:
        async with open_installation() as here:
            return await step(Organisations(here.database, clock, plugs))

    @app.command("list")
    def list_command(as_json: _Json = False) -> None:
        """List all organisations."""
        found = run_command(work(lambda organisations: organisations.list()))
        if as_json:
            _write_json([_as_mapping(organisation) for organisation in found])
        else:
            show_table("Organisations", _COLUMNS, [_as_row(organisation) for organisation in found])

    @app.command("create")
    def create_command(
        name: _Name,
        display_name: Annotated[str, typer.Option(help="How people see the name.")] = "",
        invite: Annotated[
            str | None, typer.Option(metavar="EMAIL", help="Invite the first administrator, instead of making a key.")
        ] = None,
        as_json: _Json = False,
    ) -> None:
        """Create an organisation. What lets its first administrator in is shown this once."""
        created = run_command(
            work(
                lambda organisations: organisations.create(name, COMMAND_LINE, display_name=display_name, invite=invite)
            )
        )
        _show_created(created, address, as_json)

    @app.command("suspend")
    def suspend_command(name: _Name, as_json: _Json = False) -> None:
        """Refuse all keys of an organisation within a second, and end its sessions."""
        found = run_command(work(lambda organisations: organisations.suspend(name, COMMAND_LINE)))
        _show_standing(found, "Suspended", as_json)

    @app.command("reactivate")
    def reactivate_command(name: _Name, as_json: _Json = False) -> None:
        """Let an organisation in again."""
        found = run_command(work(lambda organisations: organisations.reactivate(name, COMMAND_LINE)))
        _show_standing(found, "Reactivated", as_json)

    _add_deletion(app, work)
    del list_command, create_command, suspend_command, reactivate_command  # The app holds them.
    return app


def _add_deletion(app: typer.Typer, work: _Work) -> None:
    @app.command("delete")
    def delete_command(
        name: _Name,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Close an organisation for good: keys and sessions end, secrets go. Usage, audit and the name are kept."""
        if not yes:
            run_command(_confirm(run_command(work(lambda organisations: organisations.get(name)))))
        _show_standing(
            run_command(work(lambda organisations: organisations.delete(name, COMMAND_LINE))), "Deleted", as_json
        )

    del delete_command  # The app holds it.


async def _confirm(found: Organisation) -> None:
    """Ask before a deletion. Without a terminal there is nobody to ask, so --yes is needed."""
    what = f"the organisation {found.name!r} with {found.people} people, for good"
    if not is_terminal():
        raise ConfirmationError(f"This deletes {what}, so nothing was done. To go on, add --yes.")
    if not typer.confirm(f"Delete {what}?"):
        raise ConfirmationError("Nothing was deleted.")


def _show_created(created: NewOrganisation, address: str, as_json: bool) -> None:
    """Write the key or link alone on standard output, so that it can be piped, the rest on standard error."""
    link = None if created.invitation is None else f"{address}/invitation#{created.invitation}"
    if as_json:
        _write_json({**_as_mapping(created.organisation), "admin_key": created.admin_key, "invitation": link})
        return
    what = "Its admin key" if link is None else "The link for its first administrator"
    typer.echo(f"New organisation {created.organisation.name}. {what}, shown this once:", err=True)
    typer.echo(created.admin_key if link is None else link)


def _show_standing(organisation: Organisation, done: str, as_json: bool) -> None:
    if as_json:
        _write_json(_as_mapping(organisation))
    else:
        typer.echo(f"{done}: organisation {organisation.name}.")


def _as_mapping(organisation: Organisation) -> dict[str, object]:
    return {
        "id": organisation.id,
        "name": organisation.name,
        "display_name": organisation.display_name,
        "suspended_at": organisation.suspended_at,
        "created_at": organisation.created_at,
        "people": organisation.people,
    }


def _as_row(organisation: Organisation) -> tuple[str, ...]:
    return (
        organisation.name,
        organisation.display_name,
        "active" if organisation.suspended_at is None else "suspended",
        str(organisation.people),
        organisation.created_at.strftime("%Y-%m-%d"),
    )


def _write_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
