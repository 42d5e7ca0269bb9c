"""The command for usage: what was used, by whom or what, and what it cost."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Annotated, Final
from uuid import UUID

import msgspec
import typer

from drawbridge.config.terminal import OpenInstallation, run_command, show_table
from drawbridge.core.clock import Clock
from drawbridge.core.money import Nanousd, format_usd
from drawbridge.core.paging import LARGEST_PAGE_SIZE, PageRequest
from drawbridge.core.text import escape_unprintable, require_printable
from drawbridge.identity.keyring import parse_lifetime
from drawbridge.usage.errors import UnknownConditionError
from drawbridge.usage.report import (
    DIMENSIONS,
    CallLosses,
    Dimension,
    GroupBy,
    UsageFilter,
    UsageRow,
    UsageTotal,
    UsageTotals,
    dimensions_of,
)
from drawbridge.usage.reports.spreadsheet import events_head, events_lines, totals_lines
from drawbridge.usage.reports.store import total_usage
from drawbridge.usage.store import list_usage

_EVENT_COLUMNS = ("time", "model", "deployment", "outcome", "input", "cached", "output", "cost", "first byte", "took")
_LOST_COLUMNS = ("of the", "path", "reason", "can change")
_TOTAL_COLUMNS = ("calls", "input", "cached", "output", "cost", "notes")
_MOST_EVENTS: Final = 20
_MOST_TOTALS: Final = 1_000
_CONDITIONS: Final = (
    "principal",
    "team",
    "project",
    "product",
    "model",
    "deployment",
    "provider",
    "vendor",
    "client",
    "outcome",
)


def add_usage_command(app: typer.Typer, open_installation: OpenInstallation, clock: Clock) -> None:
    """Add `usage` to a command line."""

    @app.command("usage")
    def usage_command(
        by: Annotated[
            list[str] | None,
            typer.Option(help=f"Add up by {', '.join(DIMENSIONS)}, or by several of them; single calls if left out."),
        ] = None,
        since: Annotated[str, typer.Option(help="How far back, such as 7d or 12h.")] = "30d",
        model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
        session: Annotated[str | None, typer.Option(help="Only this session.")] = None,
        call: Annotated[
            UUID | None, typer.Option(help="Only this call, named by the header x-drawbridge-call of its reply.")
        ] = None,
        only: Annotated[
            list[str] | None, typer.Option(help="Only what has this, such as team=research or vendor=openai.")
        ] = None,
        limit: Annotated[
            int | None, typer.Option(min=1, max=100_000, help="Most lines to show: 20 calls, or 1,000 totals.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, of single calls all there are.")] = False,
    ) -> None:
        """Show what was used and what it cost."""
        require_printable(model or "", "--model")
        require_printable(session or "", "--session")
        wanted = replace(
            _only(only or ()),
            # Whoever names a call does not mean one of the last days only.
            since=clock.now() - parse_lifetime(since) if call is None else None,
            session_id=session,
            call_id=call,
        )
        wanted = wanted if model is None else replace(wanted, model=model)
        if by:
            totals = run_command(_totals(open_installation, wanted, _dimensions(by), limit or _MOST_TOTALS))
            _show_totals(totals, as_json, as_csv)
        elif as_csv:
            run_command(_write_events(open_installation, wanted, limit))
        else:
            events = run_command(_events(open_installation, wanted, min(limit or _MOST_EVENTS, LARGEST_PAGE_SIZE)))
            _show(events, "Latest calls", _EVENT_COLUMNS, [_event_row(event) for event in events], as_json)
            if call is not None and not as_json:
                for event in events:
                    _show_losses(event.lost)

    del usage_command  # The app holds it.


def _dimensions(names: Iterable[str]) -> tuple[Dimension, ...]:
    """Read dimensions, with commas between them or one each. Raises UnknownConditionError."""
    named = [name.strip() for some in names for name in some.split(",")]
    try:
        return dimensions_of(msgspec.convert(named, list[GroupBy]))
    except msgspec.ValidationError as error:
        raise UnknownConditionError(
            f"--by {escape_unprintable(','.join(named))!r}: there is {', '.join(DIMENSIONS)}, and nothing else."
        ) from error


def _only(conditions: Iterable[str]) -> UsageFilter:
    """Read conditions of the form `team=research`. Raises UnknownConditionError."""
    wanted: dict[str, str] = {}
    for condition in conditions:
        name, _, value = condition.partition("=")
        name = "principal" if name == "person" else name
        if name not in _CONDITIONS or not value:
            raise UnknownConditionError(
                f"--only {escape_unprintable(condition)!r} is no condition: write NAME=VALUE,"
                f" with one of {', '.join(_CONDITIONS)} for NAME."
            )
        wanted[name] = require_printable(value, f"--only {name}")
    try:
        return msgspec.convert(wanted, UsageFilter)
    except msgspec.ValidationError as error:
        raise UnknownConditionError(f"--only cannot be understood: {error}.") from error


async def _events(open_installation: OpenInstallation, wanted: UsageFilter, limit: int) -> tuple[UsageRow, ...]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        return (await list_usage(connection, here.organisation_id, wanted, PageRequest(limit))).items


async def _write_events(open_installation: OpenInstallation, wanted: UsageFilter, limit: int | None) -> None:
    """Write events as CSV, at most so many, in pages with a short transaction each."""
    page, left = PageRequest(LARGEST_PAGE_SIZE), limit
    _write(events_head())
    async with open_installation() as here:
        while True:
            async with here.database.organisation(here.organisation_id) as connection:
                found = await list_usage(connection, here.organisation_id, wanted, page)
            _write(events_lines(found.items[:left]))
            left = None if left is None else left - len(found.items)
            if found.next_cursor is None or (left is not None and left <= 0):
                return
            page = PageRequest(LARGEST_PAGE_SIZE, found.items[-1].attempt_id)


async def _totals(
    open_installation: OpenInstallation, wanted: UsageFilter, by: Sequence[Dimension], limit: int
) -> UsageTotals:
    async with (
        open_installation() as here,
        here.database.organisation(here.organisation_id, steady=True) as connection,
    ):
        return await total_usage(connection, here.organisation_id, wanted, by, limit)


def _show_totals(found: UsageTotals, as_json: bool, as_csv: bool) -> None:
    if as_csv:
        for lines in totals_lines(found):
            _write(lines)
    elif as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        rows = [_total_row(total) for total in found.totals]
        show_table(f"Usage by {' and '.join(found.by)}", (*found.by, *_TOTAL_COLUMNS), rows)
    if not found.is_complete:
        typer.echo("There is more than this: ask for more with --limit, or for less with --since and --only.", err=True)


def _write(lines: bytes) -> None:
    typer.echo(lines, nl=False)


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
        *(name or "-" for name in total.group.values()),
        str(total.attempts),
        str(total.input_tokens),
        str(total.input_cached_tokens),
        str(total.output_tokens),
        "no price" if total.unpriced == total.attempts else format_usd(Nanousd(total.cost_nanousd)),
        ", ".join(notes),
    )


def _cost(cost_nanousd: int | None, mark: str) -> str:
    return "no price" if cost_nanousd is None else mark + format_usd(Nanousd(cost_nanousd))
