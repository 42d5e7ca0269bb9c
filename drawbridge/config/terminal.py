"""What every command of the control plane needs: the installation it works on, errors, tables for people."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import TypeVar

import typer

from drawbridge.config.errors import OutputError
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import OrganisationId
from drawbridge.core.text import escape_unprintable
from drawbridge.db.engine import Database

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Installation:
    """What a command works on."""

    database: Database
    organisation_id: OrganisationId


OpenInstallation = Callable[[], AbstractAsyncContextManager[Installation]]
"""Opens the installation for one command, and closes it."""


def run_command(work: Coroutine[None, None, ResultT]) -> ResultT:
    """Run a command's work; an error of ours becomes its message and exit code 1, without a stack trace."""
    try:
        return asyncio.run(work)
    except DrawbridgeError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error


def write_out(content: bytes, *, last: bool = False) -> None:
    """Write to standard output; `last`: nothing comes after it. Raises OutputError."""
    try:
        sys.stdout.buffer.write(content)
        if last:
            sys.stdout.buffer.flush()
    except OSError as error:
        _give_up_standard_output()
        raise OutputError(f"The output could not be written whole: {error.strerror}. Do not use it.") from error


def _give_up_standard_output() -> None:
    """Let what is still to be written go nowhere: the interpreter tries it again at its end, and would complain."""
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe, 2026-11-23. Only where it is a file of the process.
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def is_terminal() -> bool:
    """Tell whether a person reads the output and can answer."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows as a table for a person, or as tab-separated lines for a program."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            typer.echo("\t".join(escape_unprintable(cell) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        # The first column is what other commands are given: it must never be cut.
        table.add_column(column, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(escape_unprintable(cell)) for cell in row))  # Text: a name such as [red] is no markup.
    Console().print(table)
