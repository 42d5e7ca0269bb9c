"""Processes die and the database goes away, under load: each attempt that reached the vendor is booked just once."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from drawbridge.db.embedded import EmbeddedDatabase
from tests.parts.answers import usage_of
from tests.parts.installation import Installation, free_port
from tests.parts.load import Load
from tests.parts.size import pick
from tests.parts.vendor_process import VendorProcess

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash")]

_ROUNDS = pick(20, full=200)
_AWAY_S = 30
_LOCKED_S = 6
_CALLERS = 12


@pytest.fixture
async def vendor() -> AsyncIterator[VendorProcess]:
    async with VendorProcess(pause_s=0.01) as vendor:
        yield vendor


async def test_kill_9_of_workers_parent_and_database_loses_and_doubles_nothing(
    tmp_path: Path, vendor: VendorProcess
) -> None:
    chance = random.Random(20261122)
    killed: Counter[str] = Counter()

    async with Installation(tmp_path / "data", free_port(), vendor.url, workers=2) as installation:
        async with Load(installation.url, installation.key, callers=_CALLERS) as load:
            for _ in range(_ROUNDS):
                await load.until_more_complete(10)
                await asyncio.sleep(chance.uniform(0.0, 0.6))
                victim = chance.choice(["worker", "worker", "parent", "database"])
                await _kill(installation, victim, chance)
                killed[victim] += 1
        await installation.settle()
        await _check(installation, vendor, load)

    print(f"\nkilled: {dict(killed)}; {load.summary()}")
    assert set(killed) == {"worker", "parent", "database"}


async def test_calls_go_on_while_the_database_is_away_and_all_are_booked_when_it_is_back(
    tmp_path: Path, vendor: VendorProcess
) -> None:
    server = EmbeddedDatabase(tmp_path / "server")
    server.start()
    environment = {"DRAWBRIDGE_DATABASE_URL": server.url}
    installation = Installation(tmp_path / "data", free_port(), vendor.url, workers=2, environment=environment)

    try:
        async with installation:
            async with Load(installation.url, installation.key, callers=_CALLERS) as load:
                await load.until_more_complete(50)
                await asyncio.to_thread(server.stop)
                before = load.complete
                await asyncio.sleep(_AWAY_S)
                during = load.complete - before
                await asyncio.to_thread(server.start)
                await load.until_more_complete(50)
            await installation.settle()
            await _check(installation, vendor, load)
    finally:
        server.stop()

    assert during > 100
    assert not load.broken


async def test_calls_that_the_database_does_not_take_for_a_while_are_booked_late_and_whole(
    tmp_path: Path, vendor: VendorProcess, database_url: str, superuser: psycopg.Connection[Any]
) -> None:
    environment = {"DRAWBRIDGE_DATABASE_URL": database_url}

    async with Installation(tmp_path / "data", free_port(), vendor.url, 2, environment) as installation:
        async with Load(installation.url, installation.key, callers=_CALLERS) as load:
            await load.until_more_complete(50)
            was_early = await _settles_while_locked(installation, load, superuser)
        await installation.settle()
        await _check(installation, vendor, load)

    assert not was_early
    assert not load.broken


async def _settles_while_locked(installation: Installation, load: Load, superuser: psycopg.Connection[Any]) -> bool:
    """Let nothing be booked for a while, and tell whether that is taken for the end."""
    async with asyncio.TaskGroup() as group:
        with superuser.transaction():
            # What is booked can be read all the while, and stays the same for longer than a glance.
            superuser.execute("lock table usage_event in exclusive mode")
            await load.until_more_complete(50)
            settling = group.create_task(installation.settle())
            await asyncio.wait([settling], timeout=_LOCKED_S)
            was_early = settling.done()
            settling.cancel()
    return was_early


async def _kill(installation: Installation, victim: str, chance: random.Random) -> None:
    match victim:
        case "worker":
            chance.choice(installation.workers_alive()).kill()
        case "database":
            _kill_if_alive(installation.postmaster())
        case _:
            installation.process.send_signal(signal.SIGKILL)
            await installation.process.wait()
            await installation.start()


def _kill_if_alive(process: psutil.Process | None) -> None:
    if process is not None:
        process.kill()


async def _check(installation: Installation, vendor: VendorProcess, load: Load) -> None:
    """Hold the vendor's log and the callers' own record against what was booked."""
    reached = await vendor.requests_by_session()
    booked = await installation.usage_by_session()
    doubled = {session: len(events) for session, events in booked.items() if len(events) > 1}
    lost = reached.keys() - booked.keys()
    assert not doubled
    assert not lost
    assert load.complete >= _ROUNDS
    for session in load.complete_sessions:
        [event] = booked[session]
        expected = usage_of(reached[session])
        counted = (event["input_tokens"], event["input_cached_tokens"], event["output_tokens"])
        assert (event["estimated"], event["outcome"]) == (False, "ok"), event
        if event["operation"] == "embeddings":
            assert counted == (expected.input, 0, 0), event
        else:
            assert counted == (expected.input, expected.cached, expected.output), event
    for session in reached.keys() - load.complete_sessions:
        [event] = booked[session]
        if not event["estimated"]:
            expected = usage_of(reached[session])
            assert event["input_tokens"] == expected.input, event
