"""Tasks are done at least once, for whom they were asked for, whatever is killed or fails meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url
from drawbridge.work import Handler, Queue, enqueue
from drawbridge.work.store import forget_failed
from tests.parts.organisations import make_organisation

_PATIENCE_S = 30
_STEPS_OF_A_START = 1000


class Doer:
    """Keeps what it was given to do; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.done: list[tuple[OrganisationId, Mapping[str, str]]] = []
        self.did = asyncio.Event()
        self.tries = 0
        self._failures = failures

    async def do(self, organisation_id: OrganisationId, about: Mapping[str, str]) -> None:
        self.tries += 1
        if self.tries <= self._failures:
            raise RuntimeError("not this time")
        self.done.append((organisation_id, about))
        self.did.set()


@asynccontextmanager
async def _working(
    url: str, handler: Handler, *, task: str = "sweep", silent_after_s: float = 20
) -> AsyncGenerator[None]:
    queue = Queue(driver_url(url), {task: handler}, silent_after_s=silent_after_s)
    async with asyncio.timeout(_PATIENCE_S), asyncio.TaskGroup() as group:
        working = group.create_task(queue.run())
        yield
        working.cancel()


async def _ask(database: Database, organisation_id: OrganisationId, number: int = 1, once: str | None = None) -> None:
    async with database.organisation(organisation_id) as connection:
        await enqueue(connection, "sweep", {"number": str(number)}, once=once)


async def test_a_task_is_done_for_the_organisation_that_asked(database: Database, database_url: str) -> None:
    organisation_id, doer = await make_organisation(database), Doer()

    async with _working(database_url, doer.do):
        await _ask(database, organisation_id)
        await doer.did.wait()

    assert doer.done == [(organisation_id, {"number": "1"})]


async def test_a_task_is_done_that_was_asked_for_while_nobody_worked(database: Database, database_url: str) -> None:
    organisation_id, doer = await make_organisation(database), Doer()
    await _ask(database, organisation_id)

    async with _working(database_url, doer.do):
        await doer.did.wait()

    assert len(doer.done) == 1


async def test_a_task_that_is_to_be_tried_again_later_is_tried_now_where_it_is_asked_for_again(
    database: Database, database_url: str
) -> None:
    organisation_id, doer = await make_organisation(database), Doer(failures=1)
    later = text("update work.procrastinate_jobs set scheduled_at = now() + interval '1 hour' where attempts = 1")

    async with _working(database_url, doer.do):
        await _ask(database, organisation_id, once="one")
        is_put_off = False
        while not is_put_off:
            async with database.system("runs") as connection:
                is_put_off = (await connection.execute(later)).rowcount == 1
        await _ask(database, organisation_id, once="one")
        await doer.did.wait()

    assert doer.tries == 2


async def test_what_is_asked_for_in_a_transaction_that_fails_is_not_done(database: Database, database_url: str) -> None:
    organisation_id, doer = await make_organisation(database), Doer()
    with pytest.raises(ZeroDivisionError):
        async with database.organisation(organisation_id) as connection:
            await enqueue(connection, "sweep", {"number": "1"})
            raise ZeroDivisionError

    async with _working(database_url, doer.do):
        await _ask(database, organisation_id, 2)
        await doer.did.wait()

    assert [about["number"] for _, about in doer.done] == ["2"]


async def test_what_is_asked_for_twice_under_the_same_words_is_done_once(database: Database, database_url: str) -> None:
    organisation_id, doer = await make_organisation(database), Doer()
    await _ask(database, organisation_id, 1, once="the floor")
    await _ask(database, organisation_id, 2, once="the floor")
    await _ask(database, organisation_id, 3)

    async with _working(database_url, doer.do):
        while len(doer.done) < 2:
            doer.did.clear()
            await doer.did.wait()

    assert sorted(about["number"] for _, about in doer.done) == ["1", "3"]


async def test_a_task_that_fails_is_tried_again(database: Database, database_url: str) -> None:
    organisation_id, doer = await make_organisation(database), Doer(failures=1)

    async with _working(database_url, doer.do):
        await _ask(database, organisation_id)
        await doer.did.wait()

    assert doer.tries == 2


async def test_what_a_silent_worker_had_begun_is_done_by_another(database: Database, database_url: str) -> None:
    organisation_id, doer = await make_organisation(database), Doer()
    await _ask(database, organisation_id)
    await _as_system(database, "insert into work.procrastinate_workers (last_heartbeat) values ('2026-01-01')")
    await _as_system(
        database,
        "update work.procrastinate_jobs set status = 'doing', worker_id = (select id from work.procrastinate_workers)",
    )

    async with _working(database_url, doer.do, silent_after_s=1):
        await doer.did.wait()

    assert len(doer.done) == 1


async def test_a_task_that_nobody_here_knows_waits_for_those_who_do(database: Database, database_url: str) -> None:
    organisation_id, older, newer = await make_organisation(database), Doer(), Doer()

    async with _working(database_url, older.do, task="polish"), _working(database_url, newer.do):
        await _ask(database, organisation_id)
        await newer.did.wait()

    assert older.tries == 0


async def test_tasks_are_taken_again_after_the_connections_have_broken(database: Database, database_url: str) -> None:
    organisation_id, doer = await make_organisation(database), Doer()

    async with _working(database_url, doer.do):
        await _ask(database, organisation_id, 1)
        await doer.did.wait()
        doer.did.clear()
        await _until_none_is_left(database)
        await _break_connections(database)
        await _ask(database, organisation_id, 2)
        await doer.did.wait()

    assert [about["number"] for _, about in doer.done] == ["1", "2"]


async def test_it_ends_when_stopped_at_any_moment_of_its_start(database_url: str) -> None:
    queue = Queue(driver_url(database_url), {"sweep": Doer().do})

    for steps in range(_STEPS_OF_A_START):
        async with asyncio.TaskGroup() as group:
            working = group.create_task(queue.run())
            for _ in range(steps):
                await asyncio.sleep(0)
            working.cancel()
            ended, _ = await asyncio.wait({working}, timeout=_PATIENCE_S)

            assert ended, f"after {steps} steps of the event loop"


async def test_an_organisation_sees_nothing_of_the_queue_and_asks_for_nobody_else(database: Database) -> None:
    ours, theirs = await make_organisation(database, "ours"), await make_organisation(database, "theirs")
    for statement in ("select * from work.procrastinate_jobs", f"select work.enqueue_for('{theirs}', 'x', '{{}}', '')"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.organisation(ours) as connection:
                await connection.execute(text(statement))

    async with database.organisation(ours) as connection:
        await enqueue(connection, "sweep", {"organisation_id": str(theirs)})

    async with database.system("sweeper") as connection:
        asked = (await connection.execute(text("select args from work.procrastinate_jobs"))).scalar_one()
    assert asked == {"organisation_id": str(ours)}


async def test_what_was_given_up_is_forgotten_after_a_week(database: Database) -> None:
    organisation_id = await make_organisation(database)
    for number in (1, 2):
        await _ask(database, organisation_id, number)
    await _as_system(database, "update work.procrastinate_jobs set status = 'failed'")
    await _as_system(database, "update work.procrastinate_events set at = now() - interval '8 days' where job_id = 1")

    await forget_failed(database)

    async with database.system("sweeper") as connection:
        left = await connection.execute(text("select args ->> 'number' from work.procrastinate_jobs"))
        assert left.scalars().all() == ["2"]


async def _as_system(database: Database, statement: str) -> None:
    async with database.system("sweeper") as connection:
        await connection.execute(text(statement))


async def _until_none_is_left(database: Database) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if await _count(database) == 0:
                return
            await asyncio.sleep(0.01)


async def _count(database: Database) -> int:
    async with database.system("sweeper") as connection:
        return (await connection.execute(text("select count(*) from work.procrastinate_jobs"))).scalar_one()


async def _break_connections(database: Database) -> None:
    ends = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where pid <> pg_backend_pid() and datname = current_database() and usename = session_user"
    )
    async with database.system("sweeper") as connection:
        await connection.execute(text("reset role"))
        await connection.execute(text(ends))
