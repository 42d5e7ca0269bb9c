"""Runs over the real gateway, to a vendor that keeps count, in processes that are killed: each call is billed once."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from drawbridge.agents import RunRef
from drawbridge.agents.readers import Readers
from drawbridge.agents.runs import Runs
from drawbridge.agents.store import RunStore, start
from drawbridge.db.engine import Database
from drawbridge.identity.store import create_principal
from tests.parts.answers import paced
from tests.parts.booked import Booked
from tests.parts.gateway import VENDOR_KEY, RunningGateway, running_gateway
from tests.parts.runs import Author, make_notebook, make_runner, read_all, running, words_of
from tests.parts.runs_process import LEASE_S
from tests.parts.size import pick
from tests.parts.vendor import ScriptedVendor

pytestmark = [pytest.mark.crash, pytest.mark.journal]

_TRIALS = pick(1, full=5)
_SLOWLY_S = 0.3


@pytest.fixture
async def vendor() -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(paced(0.02)) as vendor:
        yield vendor


@pytest.fixture
async def gateway(tmp_path: Path, database_url: str, vendor: ScriptedVendor) -> AsyncIterator[RunningGateway]:
    await make_notebook(database_url)
    async with running_gateway(tmp_path / "data", database_url, vendor.url) as gateway:
        yield gateway


@dataclass(frozen=True, slots=True)
class _Site:
    """An installation that no process serves for now."""

    data: Path
    url: str
    """Of its database."""
    author: Author
    booked: Booked


@pytest.fixture
async def site(tmp_path: Path, database: Database, database_url: str, vendor: ScriptedVendor) -> _Site:
    data = tmp_path / "data"
    await make_notebook(database_url)
    async with running_gateway(data, database_url, vendor.url) as gateway:
        author = await _author(gateway, database)
    vendor.script = paced(0.1)
    return _Site(data, database_url, author, Booked.all_of(replace(gateway, database=database)))


async def _author(gateway: RunningGateway, database: Database) -> Author:
    async with gateway.database.change(gateway.organisation_id) as connection:
        principal_id = await create_principal(connection, gateway.organisation_id, "user", "bo")
    return Author(database, gateway.organisation_id, principal_id)


async def test_a_run_is_told_what_the_vendor_says_and_booked_under_the_call_that_it_intended(
    gateway: RunningGateway, database: Database, database_url: str, vendor: ScriptedVendor
) -> None:
    author = await _author(gateway, database)

    async with running(make_runner(database, database_url, gateway.inner), database_url) as runner:
        ref = await author.start(runner)
        events = await read_all(runner, ref)

    event = await Booked.all_of(gateway).event()
    assert len(vendor.requests) == 1
    assert words_of(events).startswith("Grüße from the script")
    assert events[-1].kind == "run.completed"
    assert str(event.call_id) == events[1].data["call_id"]
    assert event.principal_id == author.principal_id
    assert event.session_id == "a-session"
    assert events[-1].data["usage"] == {"input_tokens": event.input_tokens, "output_tokens": event.output_tokens}
    assert await author.notes(ref.id) == [("completed", words_of(events), None)]


async def test_a_cancelled_run_ends_its_vendors_stream_and_is_booked_once(
    gateway: RunningGateway, database: Database, database_url: str, vendor: ScriptedVendor
) -> None:
    author = await _author(gateway, database)
    vendor.script = paced(_SLOWLY_S)

    async with running(make_runner(database, database_url, gateway.inner), database_url) as runner:
        ref = await author.start(runner)
        async for told in runner.runs.events(ref):
            if told.kind == "delta":
                break
        await runner.runs.cancel(ref)
        events = await read_all(runner, ref)

    event = await Booked.all_of(gateway).event()
    assert events[-1].kind == "run.cancelled"
    assert (event.outcome, str(event.call_id)) == ("cut_by_caller", events[-1].data["call_id"])
    assert events[-1].data["usage"] == {"input_tokens": event.input_tokens, "output_tokens": event.output_tokens}
    assert (events[-1].data["cost_nanousd"], events[-1].data["estimated"]) == (event.cost_nanousd, True)


async def test_a_run_whose_process_ends_in_order_is_booked_as_cut_by_us(
    gateway: RunningGateway, database: Database, database_url: str, vendor: ScriptedVendor
) -> None:
    author = await _author(gateway, database)
    vendor.script = paced(_SLOWLY_S)

    async with running(make_runner(database, database_url, gateway.inner), database_url) as runner:
        ref = await author.start(runner)
        async for told in runner.runs.events(ref):
            if told.kind == "delta":
                break
        await runner.finish(10)
        events = await read_all(runner, ref)

    event = await Booked.all_of(gateway).event()
    assert (events[-1].kind, events[-1].data["code"]) == ("run.failed", "interrupted")
    assert (event.outcome, str(event.call_id)) == ("cut_by_us", events[-1].data["call_id"])
    assert (events[-1].data["cost_nanousd"], events[-1].data["estimated"]) == (event.cost_nanousd, True)


@pytest.mark.parametrize("trial", range(_TRIALS))
@pytest.mark.parametrize(
    ("point", "calls"),
    [
        ("before call.intended", 1),
        ("after call.intended", 0),
        ("after words", 1),
        ("while the product takes the answer", 1),
        ("after the end is written", 1),
    ],
)
async def test_a_run_whose_process_is_killed_has_one_bill_at_the_vendor_and_in_the_books(
    site: _Site, vendor: ScriptedVendor, point: str, calls: int, trial: int
) -> None:
    author, database = site.author, site.author.database
    async with database.organisation(author.organisation_id) as connection:
        ref = RunRef(author.organisation_id, await start(connection, author.what(), LEASE_S))

    async with _server(site, point) as killed, asyncio.timeout(60):
        assert await killed.wait() == -signal.SIGKILL
    async with _server(site, "nowhere"):
        await _until_ended(database, ref)
        await site.booked.events(calls)
        await asyncio.sleep(1)  # In which a second one would be booked.
        booked = await site.booked.events(calls)

    events = await author.journal(ref.id)
    assert len(vendor.requests) == calls
    [intended] = [event.data["call_id"] for event in events if event.kind == "call.intended"]
    assert [str(event.call_id) for event in booked] == [intended] * calls
    assert len(await author.notes(ref.id)) == 1
    assert [event.is_last for event in events] == [False] * (len(events) - 1) + [True]


async def _until_ended(database: Database, ref: RunRef) -> None:
    store = RunStore(database)
    readers = Readers(store, "nobody", look_every_s=0.2)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        reading = group.create_task(readers.run())
        async for _ in Runs(store, readers).events(ref):
            pass
        reading.cancel()


@asynccontextmanager
async def _server(site: _Site, point: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    environment = {**os.environ, "DRAWBRIDGE_DATA": str(site.data), "VENDOR_KEY": VENDOR_KEY}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.parts.runs_server", site.url, point, env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
