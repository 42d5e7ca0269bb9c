"""The laws of the journal: what is told is there once, in order, for whoever reads from wherever."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime

import pytest

from drawbridge.agents import RunEvent, RunRef, Runs
from drawbridge.agents.engine import Engine
from drawbridge.agents.held import Held
from drawbridge.agents.journal import Journal, Piece
from drawbridge.agents.readers import Follower, Readers
from drawbridge.agents.records import RunId, new_event
from drawbridge.agents.runs import next_in_turn
from drawbridge.agents.store import CHANNEL, Addition, Appended, RunStore
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import uuid7
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.db.migrate import driver_url
from drawbridge.db.wake import listen
from drawbridge.gateway import Ended, Grew, PartBegan, Text
from tests.parts.runs import (
    WORDS,
    Author,
    Notebook,
    Speaker,
    Step,
    make_runner,
    read_all,
    running,
    said,
    words_of,
)


def _slowly(words: Sequence[str], pause_s: float) -> list[Step]:
    steps: list[Step] = [PartBegan(index=0, part=Text(text=""))]
    for word in words:
        steps += [Grew(index=0, text=word), pause_s]
    return [*steps, Ended(reason="end")]


@asynccontextmanager
async def _elsewhere(database: Database, url: str, *, hears: bool = True) -> AsyncGenerator[Runs]:
    """A process that carries nothing out, and only follows."""
    store = RunStore(database)
    readers = Readers(store, str(uuid7()), look_every_s=0.2)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(readers.run())]
        if hears:
            tasks.append(group.create_task(listen(driver_url(url), {CHANNEL: readers.hear})))
        yield Runs(store, readers)
        for task in tasks:
            task.cancel()


async def _read(runs: Runs, ref: RunRef, after: int, pause_s: float = 0) -> list[RunEvent]:
    found: list[RunEvent] = []
    async with asyncio.timeout(60), aclosing(runs.events(ref, after)) as events:
        async for event in events:
            found.append(event)
            await asyncio.sleep(pause_s)
    return found


@pytest.mark.parametrize("hears", [True, False], ids=["notified", "not notified"])
async def test_readers_that_come_whenever_and_wherever_see_the_same(
    author: Author, database: Database, database_url: str, hears: bool
) -> None:
    chance = random.Random(20261123)
    speaker = Speaker(_slowly([f"{number} " for number in range(80)], 0.02))

    async def come(runs: Runs, ref: RunRef) -> tuple[int, list[RunEvent]]:
        await asyncio.sleep(chance.uniform(0, 2.5))
        after = chance.choice([0, 0, 1, 2, 5, 10])
        return after, await _read(runs, ref, after, pause_s=chance.choice([0, 0, 0.01]))

    async with (
        running(make_runner(database, database_url, speaker), database_url) as runner,
        _elsewhere(database, database_url, hears=hears) as elsewhere,
    ):
        ref = await author.start(runner)
        seen = await asyncio.gather(*(come(runs, ref) for runs in [runner.runs, elsewhere] * 12))

    journal = await author.journal(ref.id)
    assert [event.number for event in journal] == list(range(1, len(journal) + 1))
    assert words_of(journal) == "".join(f"{number} " for number in range(80))
    for after, events in seen:
        assert events == journal[after:]


async def test_a_reader_who_asks_for_what_is_not_there_yet_hides_nothing_from_others(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker(_slowly(WORDS, 0.1))

    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        ref = await author.start(runner)
        early, whole = await asyncio.gather(_read(runner.runs, ref, 5), _read(runner.runs, ref, 0))

    journal = await author.journal(ref.id)
    assert whole == journal
    assert early == journal[5:]


async def test_a_reader_who_is_too_slow_to_be_told_all_reads_the_rest(
    author: Author, database: Database, database_url: str
) -> None:
    # Each a part of its own, and so an event.
    steps = [PartBegan(index=index, part=Text(text=f"{index} ")) for index in range(800)]
    speaker = Speaker([*steps, Ended(reason="end")])

    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        ref = await author.start(runner)
        seen = await _read(runner.runs, ref, 0, pause_s=0.001)

    assert len(seen) > 800
    assert seen == await author.journal(ref.id)


async def test_words_that_come_together_become_one_event(author: Author, database: Database, database_url: str) -> None:
    speaker = Speaker(said(*(["word "] * 300)))

    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        events = await read_all(runner, await author.start(runner))

    assert words_of(events) == "word " * 300
    assert sum(event.kind == "delta" for event in events) <= 3


async def test_what_the_database_cannot_hold_is_told_to_all_in_the_same_way(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker(said("nul \x00, half \ud800, not nul \\u0000, ", "\N{BRIDGE AT NIGHT}"))

    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        ref = await author.start(runner)
        events = await read_all(runner, ref)

    assert words_of(events) == "nul \N{REPLACEMENT CHARACTER}, half ?, not nul \\u0000, \N{BRIDGE AT NIGHT}"
    assert events == await author.journal(ref.id)


class _Forgetful(RunStore):
    """Appends, and then the answer is lost on the way, every second time."""

    lost = 0

    async def append(self, additions: Sequence[Addition], writer: str, told_at: datetime) -> dict[RunId, Appended]:
        done = await super().append(additions, writer, told_at)
        self.lost += 1
        if self.lost % 2:
            raise DatabaseAway(OSError("the line broke"))
        return done


async def test_what_is_sent_again_after_a_lost_answer_is_there_once(author: Author, database: Database) -> None:
    store = _Forgetful(database)
    held = await _take(author, store)
    readers = Readers(store, "here")
    journal = Journal(store, readers, SystemClock(), writer="here")

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(journal.run())
        await journal.write(held, new_event("run.started", {}))
        for word in WORDS:
            await journal.tell(held, Piece(0, "text", word))
            await journal.flush(held)
        writing.cancel()

    written = await author.journal(held.id)
    assert store.lost > len(WORDS)
    assert [event.number for event in written] == list(range(1, len(written) + 1))
    assert [event.data["text"] for event in written[1:]] == list(WORDS)


async def _take(author: Author, store: RunStore) -> Held:
    """Start a run, and take it as a worker would."""
    runs = Runs(store, Readers(store, "nobody"))
    async with author.database.organisation(author.organisation_id) as connection:
        run_id = await runs.start(connection, author.what())
    taken = await store.take(RunRef(author.organisation_id, run_id), uuid7(), 60)
    assert taken is not None
    return Held(taken.run, taken.lease, taken.run.number)


async def test_a_run_resumed_at_any_point_of_its_journal_ends_the_same(
    author: Author, database: Database, database_url: str
) -> None:
    store = RunStore(database)
    speaker = Speaker(_slowly(WORDS, 0.1))
    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        whole = await read_all(runner, await author.start(runner))

    for length in range(len(whole) - 1):
        again = Speaker()
        ended = await _resumed(author, store, again, whole[:length])

        kinds = [event.kind for event in whole[:length]]
        assert [(event.kind, event.data) for event in ended[:length]] == [(e.kind, e.data) for e in whole[:length]]
        assert [event.number for event in ended] == list(range(1, len(ended) + 1))
        if "call.intended" in kinds:
            assert again.asked == []
            assert [(event.kind, event.data.get("code")) for event in ended[length:]] == [("run.failed", "interrupted")]
            assert words_of(ended) == words_of(whole[:length])
        else:
            assert len(again.asked) == 1
            assert [event.kind for event in ended if event.kind != "delta"] == [
                event.kind for event in whole if event.kind != "delta"
            ]
            assert words_of(ended) == words_of(whole)


async def _resumed(author: Author, store: RunStore, speaker: Speaker, told: Sequence[RunEvent]) -> list[RunEvent]:
    """Let a run be told as far as this, then let another process have it to its end."""
    held = await _take(author, store)
    events = [new_event(event.kind, event.data) for event in told]
    if events:
        await store.append([Addition(held.id, held.lease, 0, events)], "gone", told[0].at)
    await store.give_back(held.run, held.lease)
    readers = Readers(store, "here")
    journal = Journal(store, readers, SystemClock(), writer="here")
    engine = Engine(store, journal, SystemClock(), speaks=speaker, turns={"notebook": Notebook()})
    taken = await store.take(held.run.ref, uuid7(), 60)
    assert taken is not None
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(journal.run())
        assert await engine.carry_out(taken, Held(taken.run, taken.lease, taken.run.number))
        writing.cancel()
    [note] = await author.notes(held.id)
    written = await author.journal(held.id)
    assert note[1] == words_of(written)
    return written


async def test_a_follower_who_was_told_too_much_is_told_to_look_for_itself() -> None:
    follower = Follower()
    event = RunEvent(1, "delta", {}, SystemClock().now())

    follower.tell([event] * 200)
    follower.tell([event] * 200)

    assert await follower.next() is None


async def test_a_reader_who_is_told_of_a_later_event_first_reads_those_between(
    author: Author, database: Database
) -> None:
    store = RunStore(database)
    readers = Readers(store, "here")
    held = await _take(author, store)
    ref = held.run.ref
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def read() -> None:
        async for event in Runs(store, readers).events(ref):
            seen.put_nowait(event.number)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        reading = group.create_task(read())
        await store.append(_added(held, 0, 1), "elsewhere", SystemClock().now())
        readers.hear("")
        group_reading = group.create_task(readers.run())
        assert await seen.get() == 1
        await store.append(_added(held, 1, 3), "elsewhere", SystemClock().now())
        last = (await author.journal(ref.id))[-1]
        readers.publish(ref.id, [last])
        assert [await seen.get() for _ in range(3)] == [2, 3, 4]
        reading.cancel()
        group_reading.cancel()


def _added(held: Held, after: int, count: int) -> list[Addition]:
    return [Addition(held.id, held.lease, after, [new_event("delta", {"text": "word"})] * count)]


async def test_events_that_are_told_twice_before_a_reader_comes_to_them_are_read_once() -> None:
    told = [RunEvent(number, "delta", {}, SystemClock().now()) for number in range(1, 6)]
    follower = Follower()
    follower.tell(told[:3])
    follower.tell(told[1:])

    events = await next_in_turn(follower, 0)

    assert events == told


async def test_a_reader_that_was_not_told_something_in_between_reads_it_from_the_journal() -> None:
    told = [RunEvent(number, "delta", {}, SystemClock().now()) for number in range(1, 6)]
    follower = Follower()
    follower.tell(told[:2])
    follower.tell(told[3:])

    assert await next_in_turn(follower, 0) is None
