"""The commands for accounts, for whoever runs the installation."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
import typer

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.config.errors import ConfirmationError
from drawbridge.config.terminal import OpenInstallation, ResultT, is_terminal, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.paging import LARGEST_PAGE_SIZE, PageRequest, decode_cursor
from drawbridge.identity.administration import StillAdministered
from drawbridge.identity.signin.addresses import fold_email
from drawbridge.identity.signin.lifecycle.accounts import Accounts, in_words
from drawbridge.identity.signin.lifecycle.store import SeenAccount

_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_Email = Annotated[str, typer.Argument(metavar="EMAIL")]
_COLUMNS = ("e-mail", "name", "state", "administers", "organisations", "since")


def accounts_app(
    open_installation: OpenInstallation, clock: Clock, still_administered: StillAdministered
) -> typer.Typer:
    """Make the command group `accounts`."""
    app = typer.Typer(help="What people sign in with.", no_args_is_help=True)

    async def work(step: Callable[[Accounts], Awaitable[ResultT]]) -> ResultT:
        async with open_installation() as here:
            return await step(Accounts(here.database, clock, still_administered))

    @app.command("list")
    def list_command(as_json: _Json = False) -> None:
        """List all accounts, the newest first."""
        found = run_command(work(_all))
        if as_json:
            _write_json([_as_mapping(one) for one in found])
        else:
            show_table("Accounts", _COLUMNS, [_as_row(one) for one in found])

    @app.command("suspend")
    def suspend_command(email: _Email, as_json: _Json = False) -> None:
        """Let somebody sign in no more, and end the sessions. Keys of the users in organisations stay."""
        found = run_command(work(lambda accounts: accounts.suspend(fold_email(email), COMMAND_LINE)))
        _show(found, "Suspended", as_json)

    @app.command("reactivate")
    def reactivate_command(email: _Email, as_json: _Json = False) -> None:
        """Let somebody sign in again."""
        found = run_command(work(lambda accounts: accounts.reactivate(fold_email(email), COMMAND_LINE)))
        _show(found, "Reactivated", as_json)

    @app.command("delete")
    def delete_command(
        email: _Email,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Delete an account. Its users stay in their organisations, suspended; usage and audit are kept."""
        if not yes:
            found = run_command(work(lambda accounts: accounts.get(fold_email(email))))
            run_command(_confirm(found))
        _show(run_command(work(lambda accounts: accounts.delete(fold_email(email), COMMAND_LINE))), "Deleted", as_json)

    del list_command, suspend_command, reactivate_command, delete_command  # The app holds them.
    return app


async def _all(accounts: Accounts) -> list[SeenAccount]:
    found: list[SeenAccount] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await accounts.list(PageRequest(LARGEST_PAGE_SIZE, decode_cursor(cursor) if cursor else None))
        found.extend(page.items)
        cursor = page.next_cursor
    return found


async def _confirm(found: SeenAccount) -> None:
    """Ask before a deletion. Without a terminal there is nobody to ask, so --yes is needed."""
    email, left = found.account.email, in_words(found.organisations)
    if not is_terminal():
        raise ConfirmationError(f"This deletes the account {email}; {left}. Nothing was done: to go on, add --yes.")
    if not typer.confirm(f"Delete the account {email}? ({left})"):
        raise ConfirmationError("Nothing was deleted.")


def _show(found: SeenAccount, done: str, as_json: bool) -> None:
    if as_json:
        _write_json(_as_mapping(found))
    else:
        typer.echo(f"{done}: account {found.account.email}.")


def _as_mapping(seen: SeenAccount) -> dict[str, object]:
    account = seen.account
    return {
        "id": account.id,
        "email": account.email,
        "display_name": account.display_name,
        "platform_administrator": account.platform_administrator,
        "suspended_at": account.suspended_at,
        "created_at": account.created_at,
        "organisations": seen.organisations,
    }


def _as_row(seen: SeenAccount) -> tuple[str, ...]:
    account = seen.account
    return (
        account.email,
        account.display_name,
        "active" if account.suspended_at is None else "suspended",
        "platform" if account.platform_administrator else "",
        ", ".join(seen.organisations),
        account.created_at.strftime("%Y-%m-%d"),
    )


def _write_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
