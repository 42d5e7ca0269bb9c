"""The database goes away in the middle of an answer, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drawbridge.db.embedded import EmbeddedDatabase
from drawbridge.db.engine import Database
from drawbridge.db.migrate import migrate
from drawbridge.gateway import Ended, Grew, PartBegan, Text
from tests.parts.runs import Speaker, Step, make_author, make_notebook, make_runner, read_all, running, words_of

pytestmark = [pytest.mark.crash, pytest.mark.journal]

_WORDS = [f"{number} " for number in range(60)]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedDatabase]:
    server = EmbeddedDatabase(tmp_path / "server")
    await asyncio.to_thread(server.start)
    yield server
    await asyncio.to_thread(server.stop)


async def test_an_answer_goes_on_while_the_database_is_away_and_is_whole_when_it_is_back(
    server: EmbeddedDatabase,
) -> None:
    migrate(server.url)
    await make_notebook(server.url)
    database = Database(server.url)
    author = await make_author(database)
    is_away = asyncio.Event()

    async def go_away() -> None:
        is_away.set()

    steps: list[Step] = [PartBegan(index=0, part=Text(text=""))]
    for word in _WORDS:
        steps += [Grew(index=0, text=word), 0.05]
    speaker = Speaker([*steps[:20], go_away, *steps[20:], Ended(reason="end")])

    async with running(make_runner(database, server.url, speaker, lease_s=60), server.url) as runner:
        ref = await author.start(runner)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(read_all(runner, ref))
            await is_away.wait()
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(1)
            await asyncio.to_thread(server.start)
        events = reading.result()
        written = await author.journal(ref.id)
        notes = await author.notes(ref.id)
        next_one = await read_all(runner, await author.start(runner))
    await database.close()

    assert events == written
    assert words_of(events) == "".join(_WORDS)
    assert notes == [("completed", "".join(_WORDS), None)]
    assert len(speaker.asked) == 2
    assert next_one[-1].kind == "run.completed"
