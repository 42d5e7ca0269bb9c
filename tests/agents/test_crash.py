"""Processes are killed at every point of a run: each run ends, with one answer and at most one call."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from drawbridge.agents import RunEvent, RunRef
from drawbridge.agents.readers import Readers
from drawbridge.agents.runs import Runs
from drawbridge.agents.store import CHANNEL, RunStore
from drawbridge.core.ids import uuid7
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url
from drawbridge.db.wake import listen
from tests.parts.runs import WORDS, Author, words_of
from tests.parts.runs_process import AFTER_THE_END, BEFORE_THE_CALL, LEASE_S, POINTS
from tests.parts.size import pick

pytestmark = [pytest.mark.crash, pytest.mark.journal]

_TRIALS = pick(1, full=5)
_NOWHERE = "nowhere"


@pytest.mark.parametrize("trial", range(_TRIALS))
@pytest.mark.parametrize("point", POINTS)
async def test_a_run_whose_process_is_killed_ends_with_one_answer_and_one_bill(
    author: Author, database: Database, database_url: str, point: str, trial: int
) -> None:
    async with _following(database, database_url) as runs:
        async with database.organisation(author.organisation_id) as connection:
            ref = RunRef(author.organisation_id, await runs.start(connection, author.what()))
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_read(runs, ref))
            await _die(database_url, point)
            left = await author.journal(ref.id)
            async with _living(database_url):
                events = await reading

    written = await author.journal(ref.id)
    assert events == written
    assert events[: len(left)] == left
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.is_last for event in events] == [False] * (len(events) - 1) + [True]
    calls = await author.bill()
    intended = [event.data["call_id"] for event in events if event.kind == "call.intended"]
    assert len(intended) == 1
    [note] = await author.notes(ref.id)
    if point in BEFORE_THE_CALL | AFTER_THE_END:
        assert calls == intended
        assert note == ("completed", "".join(WORDS), None)
        assert words_of(events) == "".join(WORDS)
    else:
        assert calls in ([], intended)
        assert (events[-1].kind, events[-1].data["code"]) == ("run.failed", "interrupted")
        assert note == ("failed", words_of(left), "interrupted")


async def test_a_run_whose_processes_are_killed_again_and_again_ends_once_one_lives(
    author: Author, database: Database, database_url: str
) -> None:
    async with _following(database, database_url) as runs:
        async with database.organisation(author.organisation_id) as connection:
            ref = RunRef(author.organisation_id, await runs.start(connection, author.what()))
        for point in ("before run.started", "while the question is read", "before call.intended"):
            await _die(database_url, point)
        async with _living(database_url):
            events = await _read(runs, ref)

    assert [event.kind for event in events if event.kind != "delta"] == [
        "run.started",
        "call.intended",
        "message.completed",
        "run.completed",
    ]
    assert await author.notes(ref.id) == [("completed", "".join(WORDS), None)]
    assert len(await author.bill()) == 1


@asynccontextmanager
async def _following(database: Database, url: str) -> AsyncGenerator[Runs]:
    """A process that follows runs, and outlives those that carry them out."""
    store = RunStore(database)
    readers = Readers(store, str(uuid7()), look_every_s=0.2)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(readers.run()),
            group.create_task(listen(driver_url(url), {CHANNEL: readers.hear})),
        ]
        yield Runs(store, readers, lease_s=LEASE_S)
        for task in tasks:
            task.cancel()


async def _read(runs: Runs, ref: RunRef) -> Sequence[RunEvent]:
    async with asyncio.timeout(90):
        return [event async for event in runs.events(ref)]


async def _die(url: str, point: str) -> None:
    """Let a process carry runs out until it kills itself."""
    process = await _start(url, point)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


@asynccontextmanager
async def _living(url: str) -> AsyncGenerator[None]:
    """Let a process carry runs out that does not die by itself."""
    process = await _start(url, _NOWHERE)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def _start(url: str, point: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.parts.runs_process", url, point)
