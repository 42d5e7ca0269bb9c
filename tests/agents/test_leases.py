"""Leases of runs while a machine or the database stands still: the living keep what they have, and each has it once."""

import asyncio
import time
from typing import Literal

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from drawbridge.agents import Run, RunRef
from drawbridge.agents.runner import Runner
from drawbridge.agents.store import RunStore, task_of
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url
from drawbridge.gateway import Asked
from drawbridge.work import enqueue
from tests.parts.runs import WORDS, Author, Notebook, Speaker, make_runner, read_all, running, said

_LEASE_S = 1.0


async def test_a_machine_that_slept_for_longer_than_a_lease_breaks_off_no_answer(
    author: Author, database: Database, database_url: str
) -> None:
    async def sleep() -> None:
        time.sleep(3 * _LEASE_S)  # noqa: ASYNC251 - all of its processes stand still.

    first, word, *rest = said(*WORDS)
    speaker = Speaker([first, word, 3 * _LEASE_S, sleep, 2 * _LEASE_S, *rest])
    holder, *siblings = [make_runner(database, database_url, speaker, lease_s=_LEASE_S) for _ in range(3)]

    async with (
        running(holder, database_url),
        running(siblings[0], database_url),
        running(siblings[1], database_url),
    ):
        ref = await author.start(holder)
        events = await read_all(holder, ref)

    assert events[-1].kind == "run.completed"
    assert len(speaker.asked) == 1
    assert await author.notes(ref.id) == [("completed", "".join(WORDS), None)]


class _Slow(Notebook):
    """Takes its time to read what is to be asked, the first time."""

    def __init__(self) -> None:
        self.times = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def read(self, run: Run) -> Asked:
        self.times += 1
        self.begun.set()
        await self.go_on.wait()
        return await super().read(run)


async def test_a_run_that_a_process_has_lost_is_taken_by_the_same_process_only_when_its_first_try_has_ended(
    author: Author, database: Database, database_url: str
) -> None:
    slow, speaker = _Slow(), Speaker()

    async with running(make_runner(database, database_url, speaker, turns=slow, lease_s=60), database_url) as runner:
        ref = await author.start(runner)
        await slow.begun.wait()
        async with database.organisation(author.organisation_id) as connection:
            await connection.execute(text("update run set lease = null"))
            await enqueue(connection, task_of("notebook"), {"run_id": str(ref.id)})
        await _until_offered_again(slow, database_url)
        slow.go_on.set()
        async with asyncio.timeout(30):
            events = await read_all(runner, ref)

    assert events[-1].kind == "run.completed"
    assert [event.kind for event in events].count("call.intended") == 1
    assert len(speaker.asked) == 1


async def _until_offered_again(slow: _Slow, database_url: str) -> None:
    """Wait until the second task of the run was tried: it was begun, or is to be tried again."""
    refused = "select exists (select from work.procrastinate_jobs where attempts > 0 and status = 'todo')"
    async with asyncio.timeout(30), await psycopg.AsyncConnection.connect(driver_url(database_url)) as connection:
        await connection.execute("set role drawbridge_system")
        while slow.times < 2 and await (await connection.execute(refused)).fetchone() == (False,):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_run_goes_on_when_the_database_took_no_changes_for_a_while(
    author: Author, database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, word, *rest = said(*WORDS)
    go_on = asyncio.Event()

    async def wait() -> None:
        await go_on.wait()

    speaker = Speaker([first, word, wait, *rest])

    async with running(make_runner(database, database_url, speaker, lease_s=_LEASE_S), database_url) as runner:
        ref = await author.start(runner)
        await _until_told(runner, ref)
        await _take_changes(database_url, "off")
        async with asyncio.timeout(30):
            while "leases of runs are not kept" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        go_on.set()
        await _take_changes(database_url, "on")
        events = await read_all(runner, ref)

    assert events[-1].kind == "run.completed"
    assert await author.notes(ref.id) == [("completed", "".join(WORDS), None)]


async def _until_told(runner: Runner, ref: RunRef) -> None:
    async for event in runner.runs.events(ref):
        if event.kind == "delta":
            return


async def _take_changes(database_url: str, does: Literal["on", "off"]) -> None:
    """Make the database one that takes changes, or none, as the standby that a failover has found too early."""
    name = sql.Identifier(str(conninfo_to_dict(driver_url(database_url))["dbname"]))
    is_read_only = sql.Literal("off" if does == "on" else "on")
    change = sql.SQL("alter role current_user in database {} set default_transaction_read_only = {}")
    async with await psycopg.AsyncConnection.connect(driver_url(database_url), autocommit=True) as connection:
        await connection.execute("set default_transaction_read_only = off")
        await connection.execute(change.format(name, is_read_only))
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and usename = current_user"
        )


async def test_a_process_whose_connections_are_all_taken_keeps_its_leases(
    author: Author, database: Database, database_url: str
) -> None:
    first, word, *rest = said(*WORDS)
    go_on, busy = asyncio.Event(), Database(database_url, pool_size=1)

    async def wait() -> None:
        await go_on.wait()

    async def take_a_connection() -> None:
        async with busy.organisation(author.organisation_id):
            await wait()

    for_leases = Database(database_url, pool_size=1, spare=0)
    store = RunStore(busy, for_leases)
    holder = make_runner(store, database_url, Speaker([first, word, wait, *rest]), lease_s=_LEASE_S)
    sibling = make_runner(database, database_url, Speaker(), lease_s=_LEASE_S)
    async with running(holder, database_url):
        ref = await author.start(holder)
        await _until_told(holder, ref)
        async with running(sibling, database_url), asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(take_a_connection())
            await asyncio.sleep(4 * _LEASE_S)
            go_on.set()
            events = await read_all(sibling, ref)
    await busy.close()
    await for_leases.close()

    assert events[-1].kind == "run.completed"
