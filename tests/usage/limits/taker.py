"""A process that takes of a bucket as a worker does, until it is refused so often; to be killed or to end by itself.

Run as `taker.py OPTIONS`, a JSON object. Each call that was allowed is told on stdout as `c` before it is made.
"""

import asyncio
import json
import os
import sys

import msgspec

from drawbridge.core.clock import SystemClock
from drawbridge.db.engine import Database
from drawbridge.usage.limits.allowances import Allowances, Taking
from drawbridge.usage.limits.buckets import Bucket, Need
from drawbridge.usage.limits.store import BucketStore

_AT_ONCE = 4


async def take(url: str, bucket: Bucket, lessee: str, refusals: int) -> None:
    """Make calls until so many are refused."""
    database = Database(url)
    source = BucketStore(database)
    allowances = Allowances(lessee, source, SystemClock())

    async def call_until_refused() -> None:
        refused = 0
        while refused < refusals:
            taking = await allowances.take([Need(bucket, 1)])
            if isinstance(taking, Taking):
                os.write(1, b"c\n")
                await asyncio.sleep(0.002)
                taking.settle(0)
            else:
                refused += 1
                await asyncio.sleep(0.3)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(allowances.run())
        async with asyncio.TaskGroup() as calls:
            for _ in range(_AT_ONCE):
                calls.create_task(call_until_refused())
        running.cancel()
    await allowances.finish()
    await source.close(lessee)
    await database.close()


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    asyncio.run(
        take(options["url"], msgspec.convert(options["bucket"], Bucket), options["lessee"], options["refusals"])
    )
