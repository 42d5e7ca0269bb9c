"""How many calls a second eight processes hold and settle on one budget, beside one transaction for each call."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import msgspec
import psycopg

from bench.figures import Measured
from bench.ledger.spender import COST, Options, Said
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.core.money import Nanousd, written_usd
from drawbridge.db.embedded import EmbeddedDatabase
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url, migrate
from drawbridge.db.tenancy import create_organisation
from drawbridge.policy.rules import EVERYONE
from drawbridge.usage.budgets.book import Spender
from drawbridge.usage.budgets.entries import BudgetEntry, PeriodEntry
from drawbridge.usage.budgets.store import create_budget, load_budgets
from drawbridge.usage.budgets.windows import Window

_PROCESSES: Final = 8
_ROUNDS: Final = 5
_QUICK_ROUNDS: Final = 2
_CALLS: Final = 4_000
_CALLS_AT_ONCE: Final = 400
"""Of each process. Both sides take some seconds."""
_END_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Calls a second, of one round."""

    settled: float
    booked: float
    """Until everything is in the database."""
    at_once: float


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    return _measure(_ROUNDS)


def measure_quickly() -> Iterator[Measured]:
    """Yield the same figures, of fewer rounds."""
    return _measure(_QUICK_ROUNDS)


def _measure(rounds: int) -> Iterator[Measured]:
    with tempfile.TemporaryDirectory(prefix="drawbridge-bench-") as folder:
        server = EmbeddedDatabase(Path(folder) / "database")
        server.start()
        try:
            migrate(server.url)
            rates = [_round(server, Path(folder) / f"usage-{number}") for number in range(rounds)]
        finally:
            server.stop()
    settled = [each.settled / each.at_once for each in rates]
    booked = [each.booked / each.at_once for each in rates]
    yield Measured(
        "cycles a second, against a transaction a call", statistics.median(settled), _spread(rates, settled, "settled")
    )
    yield Measured(
        "the same until booked, against a transaction a call",
        statistics.median(booked),
        _spread(rates, booked, "booked"),
    )


def _spread(rates: list[Rates], ratios: list[float], which: str) -> str:
    ours = statistics.median(getattr(each, which) for each in rates)
    theirs = statistics.median(each.at_once for each in rates)
    return f"{ours:,.0f} a second against {theirs:,.0f}; {min(ratios):.1f} to {max(ratios):.1f}"


def _round(server: EmbeddedDatabase, folder: Path) -> Rates:
    """Let both sides make their calls, each on a budget of its own, of which ours leaves a half."""
    folder.mkdir()
    organisation, window = asyncio.run(_make_budget(server.url, _PROCESSES * _CALLS * COST * 2))
    options = Options(server.url, str(folder), organisation, window, _CALLS, with_leases=True)
    settled_s, booked_s = _run(options)
    _check_posted(server, window)
    _make_plain_budget(server)
    at_once_s, _ = _run(msgspec.structs.replace(options, calls=_CALLS_AT_ONCE, with_leases=False))
    total = _PROCESSES * _CALLS
    return Rates(total / settled_s, total / booked_s, _PROCESSES * _CALLS_AT_ONCE / at_once_s)


def _run(options: Options) -> tuple[float, float]:
    """Run all processes together; return after how long all calls were settled, and all booked, in seconds."""
    command = [sys.executable, "-m", "bench.ledger.spender", msgspec.json.encode(options).decode()]
    with ExitStack() as running:
        processes: list[subprocess.Popen[str]] = []
        for _ in range(_PROCESSES):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            processes.append(running.enter_context(process))
            running.callback(process.kill)
        began = max(_hear(process, "ready") for process in processes)
        for process in processes:
            _pipe(process.stdin).write("go\n")
        made = max(_hear(process, "made") for process in processes)
        booked = max(_hear(process, "booked") for process in processes)
        for process in processes:
            process.wait(_END_TIMEOUT_S)
    return made - began, booked - began


def _hear(process: subprocess.Popen[str], what: str) -> float:
    line = _pipe(process.stdout).readline()
    if not line:
        raise RuntimeError(f"a spender ended with {process.wait()} before it was {what}")
    said = msgspec.json.decode(line, type=Said)
    assert said.what == what, said
    return said.at


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


async def _make_budget(url: str, limit: int) -> tuple[OrganisationId, Window]:
    database = Database(url)
    organisation = OrganisationId(uuid7())
    async with database.organisation(organisation) as connection:
        await create_organisation(connection, organisation, str(organisation))
    entry = BudgetEntry(limit_usd=written_usd(Nanousd(limit)), period=PeriodEntry(every="total"))
    async with database.change(organisation) as connection:
        await create_budget(connection, organisation, "bench", entry, managed_by_file=False)
        book = await load_budgets(connection, organisation)
    await database.close()
    spender = Spender(organisation, organisation)
    (window,) = book.windows(frozenset({EVERYONE}), spender, ("fast",), "api", datetime.now(UTC))
    return organisation, window


def _make_plain_budget(server: EmbeddedDatabase) -> None:
    with psycopg.connect(driver_url(server.superuser_url), autocommit=True) as connection:
        connection.execute(
            "drop schema if exists bench cascade; create schema bench; grant usage on schema bench to drawbridge;"
            " create table bench.budget (id integer primary key, posted bigint not null, most bigint not null,"
            " check (posted <= most));"
            " create table bench.entry (attempt uuid primary key, budget integer not null, amount bigint not null);"
            " insert into bench.budget values (1, 0, 9000000000000000000);"
            " grant select, insert, update on bench.budget, bench.entry to drawbridge"
        )


def _check_posted(server: EmbeddedDatabase, window: Window) -> None:
    """Make sure that everything that was counted was booked."""
    with psycopg.connect(driver_url(server.superuser_url), autocommit=True) as connection:
        row = connection.execute("select posted_nanousd from budget_window where id = %s", (window.id,)).fetchone()
    assert row is not None
    assert row[0] == _PROCESSES * _CALLS * COST, row
