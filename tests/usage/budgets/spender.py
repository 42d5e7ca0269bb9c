"""A process that spends from a budget as a worker does, until there is no more; to be killed or to end by itself.

Run as `spender.py OPTIONS`, a JSON object; with `cost` 0, what is held and spent is drawn at random. Each call
that was allowed is told on stdout as `c <attempt> <cost>` before it is made.
"""

import asyncio
import json
import os
import random
import sys
from pathlib import Path
from uuid import UUID

import msgspec

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import AttemptId, OrganisationId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.leases import Leases
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.budgets.windows import Window
from drawbridge.usage.delivery import Stores
from drawbridge.usage.drain import Drain
from drawbridge.usage.store import AuditedDenials, UsageStore
from drawbridge.usage.write_ahead import WriteAhead
from tests.usage.attempts import make_intent, make_settlement, price

_AT_ONCE = 8


async def spend(url: str, folder: Path, organisation: OrganisationId, window: Window, seed: int, cost: int) -> None:
    """Make calls until one is refused."""
    database = Database(url)
    record = WriteAhead(folder, clock=SystemClock())
    source = LeaseStore(database)
    stores = Stores(UsageStore(database).book, AuditedDenials(database).book, source.close)
    drain = Drain(record, folder, stores, price)
    leases = Leases(record.owner, source, SystemClock())
    chance = random.Random(seed)

    async def call_until_refused() -> None:
        while True:
            held = cost or chance.randint(50, 150)
            if await leases.hold([window], held, 3.0) is not None:
                return
            intent = msgspec.structs.replace(
                make_intent(AttemptId(uuid7())),
                organisation_id=organisation,
                held_nanousd=Nanousd(held),
                windows=(window.id,),
            )
            spent = cost or chance.randint(0, held)
            os.write(1, f"c {intent.attempt_id} {spent}\n".encode())
            record.append_intent(intent)
            await asyncio.sleep(chance.random() * 0.01)
            settled = msgspec.structs.replace(make_settlement(intent.attempt_id), cost_nanousd=spent)
            record.append_settlement(settled)
            leases.settle([window], held, spent)

    async with asyncio.TaskGroup() as group:
        background = [group.create_task(leases.run()), group.create_task(drain.run())]
        async with asyncio.TaskGroup() as calls:
            for _ in range(_AT_ONCE):
                calls.create_task(call_until_refused())
        for task in background:
            task.cancel()
    await drain.finish(20)
    await source.close(record.owner)
    record.close()
    await database.close()


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    asyncio.run(
        spend(
            options["url"],
            Path(options["folder"]),
            OrganisationId(UUID(options["organisation"])),
            msgspec.convert(options["window"], Window),
            options["seed"],
            options["cost"],
        )
    )
