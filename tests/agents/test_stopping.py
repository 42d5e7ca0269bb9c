"""Runs that do not go on to their end: cancelled, interrupted, or taken over by another process."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from drawbridge.agents import Finish, Run, RunEvent, RunId, RunRef
from drawbridge.agents.runner import Runner
from drawbridge.core.ids import uuid7
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway import Asked
from tests.parts.runs import WORDS, Author, Notebook, Speaker, Step, make_runner, read_all, running, said, words_of

_ENDLESS: Sequence[Step] = [*said("Well, ")[:-1], 3600.0]
_SPENT = {"input_tokens": 3, "output_tokens": 7}


async def _until_words(runner: Runner, ref: RunRef) -> None:
    async with asyncio.timeout(30):
        async for event in runner.runs.events(ref):
            if event.kind == "delta":
                return


async def test_a_run_that_is_cancelled_in_mid_answer_ends_its_call_and_keeps_the_words(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker(_ENDLESS)

    async with running(make_runner(database, database_url, speaker, lease_s=60), database_url) as runner:
        ref = await author.start(runner)
        await _until_words(runner, ref)
        await runner.runs.cancel(ref)
        events = await read_all(runner, ref)
        run = await runner.runs.get(ref)

    assert [event.kind for event in events] == ["run.started", "call.intended", "delta", "run.cancelled"]
    assert events[-1].data["call_id"] == events[1].data["call_id"]
    assert (events[-1].data["usage"], events[-1].data["cost_nanousd"]) == (_SPENT, 1000)
    assert await author.notes(ref.id) == [("cancelled", "Well, ", None)]
    assert speaker.was_left.is_set()
    assert run is not None
    assert (run.state, run.input_tokens, run.output_tokens, run.cost) == ("cancelled", 3, 7, 1000)


async def test_a_run_is_cancelled_from_another_process_and_without_a_notification(
    author: Author, database: Database, database_url: str
) -> None:
    async with running(make_runner(database, database_url, Speaker(_ENDLESS), lease_s=1), database_url) as runner:
        ref = await author.start(runner)
        await _until_words(runner, ref)
        async with database.organisation(author.organisation_id) as connection:
            await connection.execute(text("update run set cancel_asked_at = now()"))
        events = await read_all(runner, ref)

    assert events[-1].kind == "run.cancelled"


async def test_a_run_that_is_cancelled_before_anybody_takes_it_asks_no_model(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker()
    runner = make_runner(database, database_url, speaker)
    ref = await author.start(runner)
    await runner.runs.cancel(ref)

    async with running(runner, database_url):
        events = await read_all(runner, ref)

    assert [event.kind for event in events] == ["run.started", "run.cancelled"]
    assert await author.notes(ref.id) == [("cancelled", "", None)]
    assert speaker.asked == []


async def test_cancelling_what_has_ended_changes_nothing(author: Author, database: Database, database_url: str) -> None:
    async with running(make_runner(database, database_url, Speaker()), database_url) as runner:
        ref = await author.start(runner)
        before = await read_all(runner, ref)
        await runner.runs.cancel(ref)

        assert await read_all(runner, ref) == before
        assert await author.notes(ref.id) == [("completed", "".join(WORDS), None)]


async def test_a_process_that_ends_in_order_interrupts_what_it_has_begun(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker(_ENDLESS)

    async with running(make_runner(database, database_url, speaker, lease_s=60), database_url) as runner:
        ref = await author.start(runner)
        await _until_words(runner, ref)
        await runner.finish(10)
        events = await read_all(runner, ref)

    assert (events[-1].kind, events[-1].data["code"]) == ("run.failed", "interrupted")
    assert (events[-1].data["usage"], events[-1].data["cost_nanousd"]) == (_SPENT, 1000)
    assert await author.notes(ref.id) == [("failed", "Well, ", "interrupted")]
    assert speaker.was_left.is_set()


class _Slow(Notebook):
    """Takes its time to read what is to be asked."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def read(self, run: Run) -> Asked:
        self.begun.set()
        await self.go_on.wait()
        return await super().read(run)


async def test_a_process_that_ends_in_order_leaves_to_others_what_it_has_not_begun(
    author: Author, database: Database, database_url: str
) -> None:
    slow, first, second = _Slow(), Speaker(), Speaker()

    async with running(make_runner(database, database_url, first, turns=slow, lease_s=1), database_url) as leaving:
        ref = await author.start(leaving)
        await slow.begun.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(leaving.finish(10))
            await asyncio.sleep(0)
            slow.go_on.set()
    async with running(make_runner(database, database_url, second, lease_s=1), database_url) as staying:
        events = await read_all(staying, ref)

    assert events[-1].kind == "run.completed"
    assert (len(first.asked), len(second.asked)) == (0, 1)
    assert await author.notes(ref.id) == [("completed", "".join(WORDS), None)]


async def test_what_a_process_that_ends_has_not_begun_is_taken_by_another_at_once(
    author: Author, database: Database, database_url: str
) -> None:
    slow, speaker = _Slow(), Speaker()

    async with running(make_runner(database, database_url, Speaker(), turns=slow, lease_s=60), database_url) as leaving:
        ref = await author.start(leaving)
        await slow.begun.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(leaving.finish(10))
            await asyncio.sleep(0)
            slow.go_on.set()
    async with running(make_runner(database, database_url, speaker, lease_s=60), database_url) as staying:
        async with asyncio.timeout(20):
            events = await read_all(staying, ref)

    assert events[-1].kind == "run.completed"


async def test_a_process_that_is_about_to_end_goes_on_with_what_it_has_and_leaves_new_runs_to_others(
    author: Author, database: Database, database_url: str
) -> None:
    go_on = asyncio.Event()

    async def wait() -> None:
        await go_on.wait()

    first, *rest = said(*WORDS)
    old, new = Speaker([first, rest[0], wait, *rest[1:]]), Speaker()

    async with running(make_runner(database, database_url, old, lease_s=60), database_url) as leaving:
        under_way = await author.start(leaving)
        await _until_words(leaving, under_way)
        leaving.leave()
        later = await author.start(leaving)
        async with running(make_runner(database, database_url, new, lease_s=60), database_url):
            taken = await read_all(leaving, later)
        await leaving.rest(0)
        is_going_on = (await author.journal(under_way.id))[-1].kind == "delta"
        async with asyncio.TaskGroup() as group:
            resting = group.create_task(leaving.rest(60))
            await asyncio.sleep(0)
            go_on.set()
            await resting
            ended = await author.journal(under_way.id)

    assert is_going_on
    assert (taken[-1].kind, ended[-1].kind) == ("run.completed", "run.completed")
    assert (len(old.asked), len(new.asked)) == (1, 1)


async def test_who_has_lost_a_lease_ends_its_call_and_writes_nothing_more(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker([*said("Well, ")[:-1], *([0.05, *said("more ")[1:2]] * 400)])

    async with running(make_runner(database, database_url, speaker, lease_s=1), database_url) as runner:
        ref = await author.start(runner)
        await _until_words(runner, ref)
        await _steal(database, author, ref.id, uuid7())
        stolen = await author.journal(ref.id)
        async with asyncio.timeout(30):
            await speaker.was_left.wait()
        later = await author.journal(ref.id)

    assert later == stolen
    assert await author.notes(ref.id) == []


async def _steal(database: Database, author: Author, run_id: RunId, lease: UUID) -> None:
    given: Mapping[str, object] = {"id": run_id, "lease": lease}
    async with database.organisation(author.organisation_id) as connection:
        statement = "update run set lease = :lease, leased_until = now() + interval '1 hour' where id = :id"
        await connection.execute(text(statement), given)


async def test_what_a_silent_process_had_begun_is_ended_by_another(
    author: Author, database: Database, database_url: str
) -> None:
    first, second = Speaker(_ENDLESS), Speaker()

    async with running(make_runner(database, database_url, first, lease_s=1), database_url) as silent:
        ref = await author.start(silent)
        await _until_words(silent, ref)
    async with running(make_runner(database, database_url, second, lease_s=1), database_url) as runner:
        events = await read_all(runner, ref)

    assert (events[-1].kind, events[-1].data["code"]) == ("run.failed", "interrupted")
    assert words_of(events) == "Well, "
    assert await author.notes(ref.id) == [("failed", "Well, ", "interrupted")]
    assert second.asked == []


async def test_what_a_silent_process_had_not_begun_is_begun_by_another(
    author: Author, database: Database, database_url: str
) -> None:
    slow, first, second = _Slow(), Speaker(), Speaker()

    async with running(make_runner(database, database_url, first, turns=slow, lease_s=1), database_url) as silent:
        ref = await author.start(silent)
        await slow.begun.wait()
    async with running(make_runner(database, database_url, second, lease_s=1), database_url) as runner:
        events = await read_all(runner, ref)

    assert events[-1].kind == "run.completed"
    assert [event.kind for event in events].count("run.started") == 1
    assert (len(first.asked), len(second.asked)) == (0, 1)


async def test_a_run_whose_beginning_always_fails_its_process_is_given_up(
    author: Author, database: Database, database_url: str
) -> None:
    runner = make_runner(database, database_url, Speaker())
    ref = await author.start(runner)
    async with database.organisation(author.organisation_id) as connection:
        await connection.execute(text("update run set times_taken = 5"))

    async with running(runner, database_url):
        events: list[RunEvent] = await read_all(runner, ref)

    assert [(event.kind, event.data["code"]) for event in events] == [("run.failed", "gave_up")]
    assert await author.notes(ref.id) == [("failed", "", "gave_up")]


class _Wordless(Notebook):
    """Cannot take any words."""

    async def finish(self, connection: AsyncConnection, run: Run, finish: Finish) -> None:
        if finish.parts:
            raise ValueError(finish.parts)
        await super().finish(connection, run, finish)


async def test_a_product_that_never_takes_the_words_of_an_answer_is_told_at_last_that_it_ended(
    author: Author, database: Database, database_url: str
) -> None:
    first = make_runner(database, database_url, Speaker(_ENDLESS), turns=_Wordless(), lease_s=1)
    async with running(first, database_url):
        ref = await author.start(first)
        await _until_words(first, ref)
    async with database.organisation(author.organisation_id) as connection:
        await connection.execute(text("update run set times_taken = 10"))

    second = make_runner(database, database_url, Speaker(), turns=_Wordless(), lease_s=1)
    async with running(second, database_url):
        events = await read_all(second, ref)

    assert (events[-1].kind, events[-1].data["code"]) == ("run.failed", "interrupted")
    assert await author.notes(ref.id) == [("failed", "", "interrupted")]
