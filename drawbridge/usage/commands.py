"""The command for usage: what was used, by whom or what, and what it cost."""

from datetime import UTC
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from drawbridge.config.terminal import OpenInstallation, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.money import Nanousd, format_usd
from drawbridge.core.paging import PageRequest
from drawbridge.core.text import require_printable
from drawbridge.identity.keyring import parse_lifetime
from drawbridge.usage.report import CallLosses, GroupBy, UsageFilter, UsageRow, UsageTotal
from drawbridge.usage.store import list_usage, total_usage

_EVENT_COLUMNS = ("time", "model", "deployment", "outcome", "input", "cached", "output", "cost", "first byte", "took")
_LOST_COLUMNS = ("of the", "path", "reason", "can change")
_TOTAL_COLUMNS = ("calls", "input", "cached", "output", "cost", "notes")


def add_usage_command(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    """Add `usage` to a command line."""

    @app.command("usage")
    def usage_command(
        by: Annotated[GroupBy | None, typer.Option(help="Add up by this; single calls if left out.")] = None,
        since: Annotated[str, typer.Option(help="How far back, such as 7d or 12h.")] = "30d",
        model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
        session: Annotated[str | None, typer.Option(help="Only this session.")] = None,
        call: Annotated[
            UUID | None, typer.Option(help="Only this call, named by the header x-drawbridge-call of its reply.")
        ] = None,
        limit: Annotated[int, typer.Option(min=1, max=500, help="Most calls to show.")] = 20,
        as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    ) -> None:
        """Show what was used and what it cost."""
        require_printable(model or "", "--model")
        require_printable(session or "", "--session")
        wanted = UsageFilter(
            # Whoever names a call does not mean one of the last days only.
            since=clock.now() - parse_lifetime(since) if call is None else None,
            model=model,
            session_id=session,
            call_id=call,
        )
        if by is None:
            events = run_command(_events(open_installation, wanted, limit))
            _show(events, "Latest calls", _EVENT_COLUMNS, [_event_row(event) for event in events], as_json)
            if call is not None and not as_json:
                for event in events:
                    _show_losses(event.lost)
        else:
            totals = run_command(_totals(open_installation, wanted, by))
            _show(totals, f"Usage by {by}", (by, *_TOTAL_COLUMNS), [_total_row(total) for total in totals], as_json)

    del usage_command  # The app holds it.


async def _events(open_installation: OpenInstallation, wanted: UsageFilter, limit: int) -> tuple[UsageRow, ...]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return (await list_usage(connection, here.organisation_id, wanted, PageRequest(limit))).items


async def _totals(open_installation: OpenInstallation, wanted: UsageFilter, by: GroupBy) -> list[UsageTotal]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return await total_usage(connection, here.organisation_id, wanted, by)


def _show(rows: object, title: str, columns: tuple[str, ...], cells: list[tuple[str, ...]], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(rows)).decode())
    else:
        show_table(title, columns, cells)


def _event_row(event: UsageRow) -> tuple[str, ...]:
    mark = "~" if event.estimated else ""
    return (
        event.started_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
        event.model,
        event.deployment,
        event.outcome if event.status is None else f"{event.outcome} {event.status}",
        f"{mark}{event.input_tokens}",
        str(event.input_cached_tokens),
        f"{mark}{event.output_tokens}",
        _cost(event.cost_nanousd, mark),
        "-" if event.time_to_first_byte_ms is None else f"{event.time_to_first_byte_ms} ms",
        f"{event.duration_ms} ms",
    )


def _show_losses(lost: CallLosses | None) -> None:
    if lost is None:
        typer.echo("The call went to the vendor in the caller's own dialect: nothing was translated.")
        return
    rows = [("request", leaf.path, leaf.reason, leaf.effect) for leaf in lost.request]
    rows += [("reply", leaf.path, leaf.reason, leaf.effect) for leaf in lost.reply]
    if not rows and not lost.unlisted:
        typer.echo("Nothing was lost in translation.")
        return
    show_table("Lost in translation", _LOST_COLUMNS, rows)
    if lost.unlisted:
        typer.echo(f"and {lost.unlisted} more, which are not kept")


def _total_row(total: UsageTotal) -> tuple[str, ...]:
    notes = [f"{total.estimated} estimated"] if total.estimated else []
    notes += [f"{total.unpriced} without a price"] if total.unpriced else []
    return (
        total.name or "-",
        str(total.attempts),
        str(total.input_tokens),
        str(total.input_cached_tokens),
        str(total.output_tokens),
        "no price" if total.unpriced == total.attempts else format_usd(Nanousd(total.cost_nanousd)),
        ", ".join(notes),
    )


def _cost(cost_nanousd: int | None, mark: str) -> str:
    return "no price" if cost_nanousd is None else mark + format_usd(Nanousd(cost_nanousd))
