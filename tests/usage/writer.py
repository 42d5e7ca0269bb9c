"""A process to be killed: writes attempts under load and reports on stdout what was acknowledged.

Lines: `i <id>` intent acknowledged, `s <id>` settlement acknowledged, `b <id> <outcome>` booked.
Run as `writer.py load FOLDER` or `writer.py recover FOLDER`.
"""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from drawbridge.core.ids import AttemptId
from drawbridge.usage.recovery import recover
from drawbridge.usage.rows import attempt_of
from tests.usage.attempts import columns_of, make_intent, make_settlement, only_usage, open_write_ahead, price


async def _store(events: Sequence[bytes], _owner: str) -> None:
    lines = [f"b {attempt_of(event)} {columns_of(event)['outcome']}\n" for event in events]
    # Small writes to a pipe are whole or not there at all, as a transaction is.
    for line in lines:
        os.write(1, line.encode())
    await asyncio.sleep(0.001)


async def _load(folder: Path) -> None:
    write_ahead = open_write_ahead(folder, segment_bytes=64 << 10)
    chance = random.Random(os.getpid())
    in_flight: list[AttemptId] = []

    async def drain() -> None:
        while True:
            await write_ahead.drain_once(only_usage(_store))
            await asyncio.sleep(0.005)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(drain())
        while True:
            intent = make_intent()
            write_ahead.append_intent(intent)
            os.write(1, f"i {intent.attempt_id}\n".encode())
            in_flight.append(intent.attempt_id)
            if len(in_flight) > 20:
                attempt_id = in_flight.pop(chance.randrange(len(in_flight)))
                write_ahead.append_settlement(make_settlement(attempt_id))
                os.write(1, f"s {attempt_id}\n".encode())
            await asyncio.sleep(0)


async def _recover(folder: Path) -> None:
    await recover(folder, only_usage(_store), price)


if __name__ == "__main__":
    job = {"load": _load, "recover": _recover}[sys.argv[1]]
    asyncio.run(job(Path(sys.argv[2])))
