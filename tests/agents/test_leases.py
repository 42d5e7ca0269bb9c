"""Leases of runs while a machine or the database stands still: the living keep what they have, and each has it once."""

import time

from drawbridge.db.engine import Database
from tests.parts.runs import WORDS, Author, Speaker, make_runner, read_all, running, said

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
