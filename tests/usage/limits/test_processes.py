"""Several processes that take of one bucket: never more than it has, whoever is killed or begins anew."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from drawbridge.db.engine import Database
from drawbridge.usage.limits.buckets import Bucket
from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from drawbridge.usage.limits.store import BucketStore
from tests.parts.limits import make_limit, state_of
from tests.parts.organisations import make_organisation

pytestmark = pytest.mark.limits

_PROCESSES = 4
_SIZE = 600
_ROOT = Path(__file__).parents[3]
_SCRIPT = Path(__file__).with_name("taker.py")


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ended whatever happens."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        process.kill()
        process.wait()


def _start(url: str, bucket: Bucket, lessee: str) -> subprocess.Popen[str]:
    options = {"url": url, "bucket": msgspec.to_builtins(bucket), "lessee": lessee, "refusals": 4}
    command = [sys.executable, str(_SCRIPT), json.dumps(options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(_ROOT)})


@pytest.mark.parametrize("is_killed", [False, True], ids=["in peace", "with kill -9 and others in their place"])
async def test_processes_together_never_take_more_than_the_bucket_has(
    database: Database, database_url: str, processes: list[subprocess.Popen[str]], is_killed: bool
) -> None:
    organisation = await make_organisation(database)
    (bucket,) = await make_limit(database, organisation, LimitEntry(requests=RateEntry(most=_SIZE, per="day")))
    chance = random.Random(7)
    began = time.monotonic()

    processes += [_start(database_url, bucket, f"{number}") for number in range(_PROCESSES)]
    for number, victim in enumerate(processes[:2]) if is_killed else ():
        await asyncio.sleep(0.6 + chance.random())
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        await BucketStore(database).close(f"{number}")
        processes.append(_start(database_url, bucket, f"in place of {number}"))
    calls = sum(process.communicate(timeout=120)[0].count("c\n") for process in processes)

    came_back = _SIZE * (time.monotonic() - began) / 86_400 + 1
    assert calls <= _SIZE + came_back
    left, leased = await state_of(database, bucket)
    assert leased == 0
    if not is_killed:
        assert calls >= _SIZE
        assert left <= came_back
