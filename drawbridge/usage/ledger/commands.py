"""The commands for the ledger: balances, months, corrections and bills."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.config.terminal import OpenInstallation, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.money import Nanousd, format_usd
from drawbridge.core.text import require_printable
from drawbridge.policy.notation import parse_usd
from drawbridge.usage.errors import BillError
from drawbridge.usage.ledger.bills import Bill, parse_bill
from drawbridge.usage.ledger.corrections import Corrections, Entered
from drawbridge.usage.ledger.periods import Periods, State, parse_month
from drawbridge.usage.ledger.store import Balance, Period, read_balances, read_periods

_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_Source = Annotated[str, typer.Option(help="Which bill says so, such as 'openai 2026-10': once for each call.")]
_Reason = Annotated[str, typer.Option(help="Why, for whoever reads the ledger later.")]
_Month = Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-10.")]


def ledger_app(open_installation: OpenInstallation, clock: Clock) -> typer.Typer:
    """Make the command group `ledger`."""
    app = typer.Typer(help="What was booked: balances by account and month, corrections, bills.")
    _add_reading(app, open_installation)
    _add_closing(app, open_installation, clock)
    _add_correcting(app, open_installation)
    return app


def _add_reading(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.callback(invoke_without_command=True)
    def ledger_command(
        context: typer.Context,
        month: Annotated[str | None, typer.Option(help="Only this month, such as 2026-10.")] = None,
        as_json: _Json = False,
    ) -> None:
        """Show what stands on each account in each month."""
        if context.invoked_subcommand is not None:
            return
        months, balances = run_command(_read(open_installation, month))
        if as_json:
            typer.echo(msgspec.json.format(msgspec.json.encode({"periods": months, "balances": balances})).decode())
            return
        states = {one.month: one.state for one in months}
        cells = [
            (
                f"{one.month:%Y-%m}",
                states[one.month],
                one.account,
                one.name or "-",
                format_usd(Nanousd(one.amount_nanousd)),
            )
            for one in balances
        ]
        show_table("Ledger", ("month", "state", "account", "of", "amount"), cells)

    del ledger_command  # The app holds it.


def _add_closing(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    @app.command("close")
    def close_command(
        month: _Month,
        for_good: Annotated[
            bool, typer.Option("--for-good", help="Nothing is booked in it any more; it must be closing.")
        ] = False,
    ) -> None:
        """Let a month be closing, while what is late may still come; with --for-good, close it."""
        state: State = "closed" if for_good else "closing"
        run_command(_change(open_installation, clock, month, state))
        typer.echo(f"{month} is {state}.")

    @app.command("reopen")
    def reopen_command(month: _Month) -> None:
        """Open a month again that is closing."""
        run_command(_change(open_installation, clock, month, "open"))
        typer.echo(f"{month} is open.")

    del close_command, reopen_command  # The app holds them.


def _add_correcting(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.command("correct")
    def correct_command(
        attempt: Annotated[UUID, typer.Argument(metavar="ATTEMPT")],
        cost_usd: Annotated[str, typer.Argument(metavar="USD", help="What it really cost, such as 0.0123.")],
        source: _Source,
        reason: _Reason = "",
    ) -> None:
        """Enter what one attempt really cost."""
        _show(run_command(_correct(open_installation, attempt, cost_usd, (source, reason))))

    @app.command("bill")
    def bill_command(
        file: Annotated[
            Path, typer.Argument(help="CSV with the columns cost_usd, and attempt_id or provider_request_id.")
        ],
        provider: Annotated[str, typer.Option(help="Whose bill it is.")],
        source: _Source,
        reason: _Reason = "",
    ) -> None:
        """Enter a vendor's bill: what it says of calls that are known, and of others into suspense."""
        _show(run_command(_enter(open_installation, file, provider, (source, reason))))

    del correct_command, bill_command  # The app holds them.


async def _read(open_installation: OpenInstallation, month: str | None) -> tuple[list[Period], list[Balance]]:
    wanted = None if month is None else parse_month(month)
    async with (
        open_installation() as here,
        here.database.organisation(here.organisation_id, steady=True) as connection,
    ):
        months = await read_periods(connection, here.organisation_id)
        return months, await read_balances(connection, here.organisation_id, wanted)


async def _change(open_installation: OpenInstallation, clock: Clock, month: str, state: State) -> None:
    wanted = parse_month(month)
    async with open_installation() as here:
        await Periods(here.database, clock).change(here.organisation_id, COMMAND_LINE, wanted, state)


async def _correct(open_installation: OpenInstallation, attempt: UUID, cost_usd: str, told: tuple[str, str]) -> Entered:
    source, reason = map(require_printable, told, ("--source", "--reason"))
    cost = parse_usd(cost_usd)
    async with open_installation() as here:
        return await Corrections(here.database).correct(
            here.organisation_id, COMMAND_LINE, attempt, cost, source=source, reason=reason
        )


async def _enter(open_installation: OpenInstallation, file: Path, provider: str, told: tuple[str, str]) -> Entered:
    source, reason = map(require_printable, told, ("--source", "--reason"))
    try:
        lines = parse_bill(await asyncio.to_thread(file.read_text, encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BillError(f"The bill {file} cannot be read: {error}") from error
    async with open_installation() as here:
        bill = Bill(provider, source, lines, reason)
        return await Corrections(here.database).enter(here.organisation_id, COMMAND_LINE, bill)


def _show(entered: Entered) -> None:
    differing = f" ({entered.differing} with another amount, which stays)" if entered.differing else ""
    typer.echo(
        f"{entered.corrected} corrected, {entered.confirmed} confirmed, {entered.unknown} unknown (in suspense),"
        f" {entered.repeated} entered before{differing}; the difference is {format_usd(Nanousd(entered.difference))}."
    )
