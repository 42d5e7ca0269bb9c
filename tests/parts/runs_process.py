"""A process that carries runs out, and kills itself at one point of that.

    python -m tests.parts.runs_process DATABASE_URL POINT

Each call that it begins is noted in the table `bill`, as a vendor would.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg

from drawbridge.agents import Finish, Run, RunId, RunRef
from drawbridge.agents.store import Addition, Appended, RunStore, Taken
from drawbridge.core.ids import CallId, OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.db.migrate import driver_url
from drawbridge.gateway import Asked, Told
from tests.parts.runs import WORDS, Notebook, Speaker, Step, make_runner, running, said

POINTS: Final = (
    "before it is taken",
    "after it is taken",
    "before run.started",
    "after run.started",
    "while the question is read",
    "before call.intended",
    "after call.intended",
    "when the call is begun",
    "before the first words are written",
    "after the first words are written",
    "between words",
    "when the call is over",
    "before the last words are written",
    "before the end is written",
    "while the product takes the answer",
    "when the end is all but committed",
    "after the end is written",
)
"""In the order in which a run passes them."""

BEFORE_THE_CALL: Final = frozenset(POINTS[: POINTS.index("after call.intended")])
AFTER_THE_END: Final = frozenset({"after the end is written"})

LEASE_S: Final = 1.0


class Fate:
    """Where this process dies."""

    def __init__(self, point: str) -> None:
        self._point = point

    def meet(self, point: str) -> None:
        """Pass a point, or die there."""
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)

    def at(self, point: str) -> Callable[[], Awaitable[None]]:
        """Return a step of a script that passes a point."""

        async def step() -> None:
            self.meet(point)

        return step


class MortalStore(RunStore):
    """The real store, in a process that may die at each of its transactions."""

    def __init__(self, database: Database, fate: Fate) -> None:
        super().__init__(database)
        self.fate = fate

    async def take(self, ref: RunRef, lease: UUID, lease_s: float) -> Taken | None:
        self.fate.meet("before it is taken")
        taken = await super().take(ref, lease, lease_s)
        self.fate.meet("after it is taken")
        return taken

    async def append(self, additions: Sequence[Addition], writer: str, told_at: datetime) -> dict[RunId, Appended]:
        what = _what(additions)
        self.fate.meet(f"before {what}")
        done = await super().append(additions, writer, told_at)
        self.fate.meet(f"after {what}")
        return done

    @asynccontextmanager
    async def within(self, organisation_id: OrganisationId) -> AsyncGenerator[AsyncConnection]:
        self.fate.meet("before the end is written")
        async with super().within(organisation_id) as connection:
            yield connection
            self.fate.meet("when the end is all but committed")
        self.fate.meet("after the end is written")


def _what(additions: Sequence[Addition]) -> str:
    event = additions[0].events[0]
    if event.kind != "delta":
        return event.kind
    if event.data["text"].startswith(WORDS[0]):
        return "the first words are written"
    return "the last words are written" if event.data["text"].endswith(WORDS[-1]) else "words"


class MortalNotebook(Notebook):
    """The product, in a process that may die while it is at work."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate

    async def read(self, run: Run) -> Asked:
        self._fate.meet("while the question is read")
        return await super().read(run)

    async def finish(self, connection: AsyncConnection, run: Run, finish: Finish) -> None:
        await super().finish(connection, run, finish)
        self._fate.meet("while the product takes the answer")


class BilledSpeaker(Speaker):
    """Notes each call before it says a word."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(_script(fate))
        self._url = url

    async def tell(self, call_id: CallId) -> AsyncGenerator[Told]:
        async with await psycopg.AsyncConnection.connect(driver_url(self._url), autocommit=True) as connection:
            await connection.execute("set role drawbridge_app")
            await connection.execute("insert into bill (call_id) values (%s)", [call_id])
        async for told in super().tell(call_id):
            yield told


def _script(fate: Fate) -> list[Step]:
    begun, *words, ended = said(*WORDS)
    steps: list[Step] = [fate.at("when the call is begun"), begun, words[0], 0.2]
    steps += [*words[1:-1], 0.2, fate.at("between words"), words[-1], fate.at("when the call is over"), ended]
    return steps


async def main(url: str, point: str) -> None:
    """Carry runs out until killed."""
    fate = Fate(point)
    store = MortalStore(Database(url), fate)
    runner = make_runner(store, url, BilledSpeaker(url, fate), turns=MortalNotebook(fate), lease_s=LEASE_S)
    async with running(runner, url):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
