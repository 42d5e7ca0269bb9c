"""A process that holds and settles calls against one budget, with leases or with a transaction for each.

Run as `python -m bench.ledger.spender OPTIONS`, a JSON object. It says `ready`, waits for a line on stdin, makes its
calls, says `made` when the last is settled, and `booked` when all of them are in the database.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import psycopg

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url
from drawbridge.usage.budgets.leases import Leases
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.budgets.windows import Window
from drawbridge.usage.delivery import Stores
from drawbridge.usage.drain import Drain
from drawbridge.usage.store import AuditedDenials, UsageStore
from drawbridge.usage.write_ahead import WriteAhead
from tests.usage.attempts import make_intent, make_settlement, price

BOUND: Final = 2_000_000
COST: Final = 500_000
SPEND_AT_ONCE: Final = (
    "with taken as (update bench.budget set posted = posted + %s where id = 1 and posted + %s <= most returning id)"
    " insert into bench.entry (attempt, budget, amount) select %s, id, %s from taken"
)
"""Everything in one statement, and no more than a budget needs: no event, no account of its own, no index but one."""

_AT_ONCE: Final = 8
_LAST_DRAIN_S: Final = 120.0


class Options(msgspec.Struct, frozen=True):
    """What a process is told."""

    url: str
    folder: str
    organisation: UUID
    window: Window
    calls: int
    with_leases: bool


class Said(msgspec.Struct, frozen=True):
    """What a process tells, at a time of the clock that all processes share."""

    what: str
    at: float


def say(what: str) -> None:
    """Tell the parent how far this process is."""
    print(msgspec.json.encode(Said(what, time.monotonic())).decode(), flush=True)


async def wait_for_start() -> None:
    """Be ready, and begin with all the others."""
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)


async def spend_with_leases(options: Options) -> None:
    """Hold and settle as a worker of the gateway does, and book all of it."""
    database = Database(options.url)
    record = WriteAhead(Path(options.folder), clock=SystemClock())
    source = LeaseStore(database)
    stores = Stores(UsageStore(database).book, AuditedDenials(database).book, source.close)
    drain = Drain(record, Path(options.folder), stores, price)
    leases = Leases(record.owner, source, SystemClock())
    window = options.window

    async def make(calls: int) -> None:
        for _ in range(calls):
            if not leases.try_hold([window], BOUND):
                assert await leases.hold([window], BOUND, 30.0) is None
            intent = msgspec.structs.replace(
                make_intent(session_id=None),
                organisation_id=OrganisationId(options.organisation),
                held_nanousd=Nanousd(BOUND),
                windows=(window.id,),
            )
            record.append_intent(intent)
            # As a call takes a while, in which others are made.
            await asyncio.sleep(0)
            record.append_settlement(msgspec.structs.replace(make_settlement(intent.attempt_id), cost_nanousd=COST))
            leases.settle([window], BOUND, COST)

    await wait_for_start()
    async with asyncio.TaskGroup() as group:
        background = [group.create_task(leases.run()), group.create_task(drain.run())]
        async with asyncio.TaskGroup() as calls:
            for number in range(_AT_ONCE):
                calls.create_task(make(len(range(number, options.calls, _AT_ONCE))))
        say("made")
        for task in background:
            task.cancel()
    assert await drain.finish(_LAST_DRAIN_S)
    say("booked")
    await source.close(record.owner)
    record.close()
    await database.close()


async def spend_at_once(options: Options) -> None:
    """Make a transaction for each call: the budget's row and an entry, and nothing else.

    On one connection: with more of them, a process only waits for its own transactions too, since all change one row.
    """
    connection = await psycopg.AsyncConnection.connect(driver_url(options.url), autocommit=True, prepare_threshold=0)
    async with connection:
        await connection.execute("select 1")
        await wait_for_start()
        for _ in range(options.calls):
            made = await connection.execute(SPEND_AT_ONCE, (COST, COST, uuid7(), COST))
            assert made.rowcount == 1
        say("made")
        say("booked")


if __name__ == "__main__":
    told = msgspec.json.decode(sys.argv[1], type=Options)
    asyncio.run((spend_with_leases if told.with_leases else spend_at_once)(told))
