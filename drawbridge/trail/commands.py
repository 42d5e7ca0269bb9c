"""The commands for the audit record: verify, roots, export, streams."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.audit.events import PLATFORM, written_time
from drawbridge.audit.filters import EventFilter
from drawbridge.audit.lines import UnreadableLineError, lines_of, read_root, root_line
from drawbridge.audit.roots import Root
from drawbridge.audit.store import entered, read_roots, stored_span
from drawbridge.config.terminal import OpenInstallation, run_command, show_table, write_out
from drawbridge.trail.checking import Finding, check_database, check_lines
from drawbridge.trail.errors import BadTimeError, EmptyFileError, RootFileError, TamperedError
from drawbridge.trail.export import Export, Format, exported_lines
from drawbridge.trail.store import Stream, list_streams

_Platform = Annotated[bool, typer.Option("--platform", help="The platform's own record instead of the organisation's.")]


def audit_app(open_installation: OpenInstallation) -> typer.Typer:
    """Make the command group `audit`."""
    app = typer.Typer(help="Who did what, and the proof of it.", no_args_is_help=True)
    _add_verify(app, open_installation)
    _add_roots(app, open_installation)
    _add_export(app, open_installation)
    _add_streams(app, open_installation)
    return app


def _add_verify(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.command("verify")
    def verify_command(
        root: Annotated[
            Path | None, typer.Option(help="Roots that were exported before: they show what was cut off or rewritten.")
        ] = None,
        file: Annotated[
            Path | None, typer.Option(help="An export as JSON Lines, verified by itself, without any installation.")
        ] = None,
        after_number: Annotated[
            int, typer.Option(min=0, help="The file begins after this event, as it was exported.")
        ] = 0,
        key: Annotated[
            list[str] | None, typer.Option(help="With --file: the only ids of keys whose roots are believed.")
        ] = None,
        platform: _Platform = False,
        empty: Annotated[bool, typer.Option("--empty", help="With --file: it may hold no event.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Write what was found as JSON.")] = False,
    ) -> None:
        """Find out whether the record is as it was recorded. Exits with 1 and says where it is not."""
        wanted = _Verification(root, file, after_number, key, platform=platform, may_be_empty=empty)
        finding, exported = run_command(_verify(open_installation, wanted))
        if as_json:
            _write_json(_as_mapping(finding, exported))
            raise typer.Exit(0 if finding.fault is None else 1)
        run_command(_tell(finding, exported))

    del verify_command  # The app holds it.


def _add_roots(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.command("roots")
    def roots_command(
        export: Annotated[
            Path | None, typer.Option(help="Write them to this file, to be kept where nobody here can change it.")
        ] = None,
    ) -> None:
        """Show the signed ends of the organisation's record and of the platform's."""
        roots = run_command(_roots(open_installation))
        if export is not None:
            run_command(_write(export, roots))
            typer.echo(f"Wrote {len(roots)} roots. Keep the file elsewhere.", err=True)
            return
        cells = [
            (str(root.number), written_time(root.at), root.hash.hex(), root.key_id, _whose(root)) for root in roots
        ]
        show_table("Roots", ("events", "signed", "hash", "key", "of"), cells)

    del roots_command  # The app holds it.


def _add_export(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.command("export")
    def export_command(
        form: Annotated[Format, typer.Option("--format", help="jsonl can be verified.")] = "jsonl",
        since: Annotated[str | None, typer.Option(help="Only from this time on, such as 2026-11-23T08:00:00Z.")] = None,
        until: Annotated[str | None, typer.Option(help="Only before this time.")] = None,
        after_number: Annotated[int, typer.Option(min=0, help="Only what comes after this event.")] = 0,
        platform: _Platform = False,
    ) -> None:
        """Write events, the oldest first, one a line. The export itself is recorded."""
        run_command(_export(open_installation, form, (since, until), after_number, platform=platform))

    del export_command  # The app holds it.


def _add_streams(app: typer.Typer, open_installation: OpenInstallation) -> None:
    @app.command("streams")
    def streams_command(as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
        """Show where the record is sent, how far each receiver has it, and why one has not."""
        end, streams = run_command(_streams(open_installation))
        if as_json:
            _write_json(streams)
            return
        cells = [
            (stream.name, stream.entry.receiver, stream.entry.format, _behind(stream, end), _state(stream))
            for stream in streams
        ]
        show_table("Streams", ("stream", "to", "format", "still to send", "state"), cells)

    del streams_command  # The app holds it.


async def _streams(open_installation: OpenInstallation) -> tuple[int, list[Stream]]:
    async with open_installation() as here, here.database.organisation(here.organisation_id) as connection:
        span = await stored_span(connection, here.organisation_id)
        return span.last, await list_streams(connection, here.organisation_id)


def _behind(stream: Stream, end: int) -> str:
    return str(max(0, end - stream.confirmed_number))


def _state(stream: Stream) -> str:
    if not stream.failures:
        return "works" if stream.confirmed_at else "nothing sent yet"
    when = "" if stream.next_try_at is None else f", next try {stream.next_try_at:%H:%M:%SZ}"
    return f"failed {stream.failures} times{when}: {stream.problem}"


@dataclass(frozen=True, slots=True)
class _Verification:
    """What is to be verified, and against what."""

    root: Path | None
    file: Path | None
    after_number: int
    keys: list[str] | None
    platform: bool
    may_be_empty: bool


async def _verify(open_installation: OpenInstallation, wanted: _Verification) -> tuple[Finding, Sequence[Root] | None]:
    exported = None if wanted.root is None else _read_roots(wanted.root)
    if wanted.file is None:
        async with open_installation() as here:
            chain = PLATFORM if wanted.platform else here.organisation_id
            return await check_database(here.database, chain, exported), exported
    with _opened(wanted.file) as opened:
        found = check_lines(lines_of(opened), after_number=wanted.after_number, exported=exported, keys=wanted.keys)
    if found.chain is None and found.fault is None and not wanted.may_be_empty:
        raise EmptyFileError(
            f"{wanted.file} holds no event, so nothing was verified: was the export cut off? If it should be empty, say"
            " so by --empty."
        )
    return found, exported


async def _tell(finding: Finding, exported: Sequence[Root] | None) -> None:
    if finding.fault is not None:
        raise TamperedError(f"Event {finding.fault.number} is the first that is wrong. {finding.fault.words}")
    if finding.chain is None:
        typer.echo("There is no event in this file, as you said.")
        return
    typer.echo(f"As it was recorded: {finding.head.number} events, the last of hash {finding.head.hash.hex()}.")
    typer.echo(f"Held against {finding.roots_met} signed roots.")
    if exported is None:
        typer.echo("Without --root, an end that was cut off together with its roots would not show.", err=True)
    else:
        typer.echo(f"Keys that signed: {', '.join(_signers(exported))}. Are they yours?")


def _as_mapping(finding: Finding, exported: Sequence[Root] | None) -> dict[str, object]:
    fault = finding.fault
    return {
        "as_recorded": fault is None,
        "first_wrong": None if fault is None else {"number": fault.number, "message": fault.words},
        "last_number": finding.head.number,
        "last_hash": finding.head.hash.hex(),
        "roots_met": finding.roots_met,
        "keys": None if exported is None else _signers(exported),
    }


def _signers(exported: Sequence[Root]) -> list[str]:
    return sorted({root.key_id for root in exported})


def _write_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


async def _roots(open_installation: OpenInstallation) -> list[Root]:
    found: list[Root] = []
    async with open_installation() as here:
        for chain in (here.organisation_id, PLATFORM):
            async with entered(here.database, chain) as connection:
                found += await read_roots(connection, chain)
    return found


async def _write(path: Path, roots: Sequence[Root]) -> None:
    content = b"".join(root_line(root) + b"\n" for root in roots)
    try:
        await asyncio.to_thread(path.write_bytes, content)
    except OSError as error:
        raise RootFileError(f"{path} cannot be written: {error.strerror}.") from error


async def _export(
    open_installation: OpenInstallation,
    form: Format,
    span: tuple[str | None, str | None],
    after_number: int,
    *,
    platform: bool,
) -> None:
    wanted = Export(form, EventFilter(since=_time(span[0]), until=_time(span[1])), after_number)
    async with open_installation() as here:
        chain = PLATFORM if platform else here.organisation_id
        async for line in exported_lines(here.database, chain, wanted, COMMAND_LINE):
            write_out(line)
    write_out(b"", last=True)


def _read_roots(path: Path) -> list[Root]:
    with _opened(path) as file:
        try:
            return [read_root(line) for line in lines_of(file)]
        except UnreadableLineError as error:
            raise RootFileError(f"{path} is no file of roots: a line {error}.") from error


@contextmanager
def _opened(path: Path) -> Generator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise RootFileError(f"{path} cannot be read: {error.strerror}.") from error


def _time(written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        read = datetime.fromisoformat(written)
    except ValueError as error:
        raise BadTimeError(f"{written!r} is no time: write it as 2026-11-23T08:00:00Z.") from error
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _whose(root: Root) -> str:
    return "the platform" if root.chain == PLATFORM else str(root.chain)
