"""What limits cost a call where 10,000 principals have one each, held against one principal who makes all the calls."""

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import psutil

from bench.figures import Measured
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.embedded import EmbeddedDatabase
from drawbridge.db.engine import Database
from drawbridge.db.migrate import migrate
from drawbridge.db.tenancy import create_organisation
from drawbridge.policy.rules import EVERYONE
from drawbridge.usage.limits.allowances import Allowances, Taking
from drawbridge.usage.limits.book import LimitBook, Who
from drawbridge.usage.limits.buckets import Need
from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from drawbridge.usage.limits.store import BucketStore, create_limit, load_limits

PRINCIPALS: Final = 10_000
_CALLS: Final = 100_000
_ROUNDS: Final = 5
_QUICK_ROUNDS: Final = 2
_AT_ONCE: Final = 100
_LIMIT: Final = LimitEntry(each="principal", requests=RateEntry(most=10**9, per="day"), concurrency=10**6)


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    yield asyncio.run(_measure(_ROUNDS))


def measure_quickly() -> Iterator[Measured]:
    """Yield the same figures, of fewer rounds."""
    yield asyncio.run(_measure(_QUICK_ROUNDS))


async def _measure(rounds: int) -> Measured:
    """Time calls of many and of one in turn, the CPU of PostgreSQL included, each after a round that is not counted."""
    many = [uuid7() for _ in range(PRINCIPALS)]
    async with _database() as (database, server):
        book = await _limits(database)
        async with _allowances(database) as allowances:
            both = (many[:1], many)
            for callers in both:
                await _cpu_per_call(allowances, book, callers, server)
            taken = [
                [await _cpu_per_call(allowances, book, callers, server) for callers in both] for _ in range(rounds)
            ]
    one, all_of_them = (statistics.median(each) for each in zip(*taken, strict=True))
    detail = f"{all_of_them:.2f} us a call of {PRINCIPALS}, {one:.2f} us of one"
    return Measured("CPU per call of 10,000 principals, as a share of one's", all_of_them / one, detail)


async def _cpu_per_call(allowances: Allowances, book: LimitBook, callers: Sequence[UUID], server: int) -> float:
    calls = [callers[number % len(callers)] for number in range(_CALLS)]
    gc.collect()
    began = _cpu_s(server)
    async with asyncio.TaskGroup() as group:
        for start in range(_AT_ONCE):
            group.create_task(_call(allowances, book, calls[start::_AT_ONCE]))
    return (_cpu_s(server) - began) / _CALLS * 1e6


async def _call(allowances: Allowances, book: LimitBook, callers: Sequence[UUID]) -> None:
    for caller in callers:
        buckets = book.buckets((EVERYONE, caller), Who(caller, caller, None, None), ("gpt-5",), "api")
        taking = await allowances.take([Need(bucket, 1) for bucket in buckets])
        assert isinstance(taking, Taking), taking
        # As a call that is made takes a while, so that the rest of the process goes on.
        await asyncio.sleep(0)
        taking.settle(0)


def _cpu_s(server: int) -> float:
    process = psutil.Process(server)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return time.process_time() + sum(each.user + each.system + each.children_user for each in times)


async def _limits(database: Database) -> LimitBook:
    organisation = OrganisationId(uuid7())
    async with database.organisation(organisation) as connection:
        await create_organisation(connection, organisation, "bench")
    async with database.change(organisation) as connection:
        await create_limit(connection, organisation, "each", _LIMIT, managed_by_file=False)
        return await load_limits(connection, organisation)


@asynccontextmanager
async def _allowances(database: Database) -> AsyncGenerator[Allowances]:
    allowances = Allowances("bench", BucketStore(database), SystemClock())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(allowances.run())
        yield allowances
        running.cancel()


@asynccontextmanager
async def _database() -> AsyncGenerator[tuple[Database, int]]:
    """Give a database and its server's process."""
    with tempfile.TemporaryDirectory(prefix="drawbridge-bench-") as folder:
        server = EmbeddedDatabase(Path(folder))
        server.start()
        try:
            migrate(server.url)
            database = Database(server.url)
            yield database, server.pid
            await database.close()
        finally:
            server.stop()
