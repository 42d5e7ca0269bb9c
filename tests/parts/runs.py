"""A scripted speaker, a product that keeps what it is given, and the runner between them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg
from sqlalchemy import text

from drawbridge.agents import Finish, Run, RunEvent, RunId, RunRef, Start
from drawbridge.agents.runner import Runner
from drawbridge.agents.store import CHANNEL, RunStore
from drawbridge.agents.turns import Speaks, Turns
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import CallId, OrganisationId, PrincipalId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.db.migrate import driver_url
from drawbridge.db.wake import listen
from drawbridge.gateway import (
    Asked,
    Asker,
    Began,
    Ended,
    Ending,
    Failed,
    Grew,
    Marked,
    Message,
    PartBegan,
    Telling,
    Text,
    Told,
)
from drawbridge.identity.store import create_principal
from drawbridge.usage.events import Tokens
from tests.parts.organisations import make_organisation

WORDS = ("Seven ", "bridges ", "were ", "drawn.")

Step = Began | PartBegan | Grew | Marked | Ended | Failed | float | Exception | Callable[[], Awaitable[None]]
"""What a script says: something told, a pause in seconds, an error to raise, or whatever is to happen then."""


def said(*words: str) -> list[Step]:
    """Return the script of an answer in these words."""
    return [PartBegan(index=0, part=Text(text="")), *(Grew(index=0, text=word) for word in words), Ended(reason="end")]


def ending(call_id: CallId) -> Ending:
    """Return what the gateway says at the end of a scripted call."""
    return Ending(
        call_id=call_id,
        model="small",
        called_instead=False,
        deployment="small-1",
        provider="vendor",
        upstream_model="small-1",
        outcome="ok",
        tokens=Tokens(input=3, output=7),
        estimated=False,
        cost_nanousd=Nanousd(1000),
        time_to_first_byte_ms=1,
        duration_ms=2,
        losses=(),
        clamped_output_tokens=None,
        limits=(),
    )


@dataclass(slots=True)
class Speaker:
    """Answers from a script, and keeps what it was asked."""

    script: Sequence[Step] = field(default_factory=lambda: said(*WORDS))
    asked: list[tuple[Asker, Asked, CallId]] = field(default_factory=list[tuple[Asker, Asked, CallId]])
    was_left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a call was left before its end."""

    def ask(self, who: Asker, asked: Asked, call_id: CallId | None = None) -> AbstractAsyncContextManager[Telling]:
        assert call_id is not None
        self.asked.append((who, asked, call_id))
        return _Answer(self, call_id)

    async def tell(self, call_id: CallId) -> AsyncGenerator[Told]:
        for step in self.script:
            match step:
                case float() | int():
                    await asyncio.sleep(step)
                case Exception():
                    raise step
                case Began() | PartBegan() | Grew() | Ended() | Failed() | Marked():
                    yield step
                case _:
                    await step()
        yield ending(call_id)


class _Answer:
    """A call while it is made. Not made by contextlib, which cannot pass on a Refusal: its traceback is frozen."""

    def __init__(self, speaker: Speaker, call_id: CallId) -> None:
        self.ending: Ending | None = None
        self._speaker = speaker
        self._call_id = call_id
        self._told = speaker.tell(call_id)
        self._is_given_up = False

    def give_up(self) -> None:
        self._is_given_up = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Told:
        told = await anext(self._told)
        self.ending = told if isinstance(told, Ending) else None
        return told

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is asyncio.CancelledError:
            self._speaker.was_left.set()
            self.ending = ending(self._call_id)
        await self._told.aclose()


class Notebook:
    """A product that keeps the runs that ended in a table, in the transaction that it is given."""

    async def read(self, run: Run) -> Asked:
        return Asked(run.model, [Message(role="user", parts=[Text(text=run.input["words"])])])

    async def finish(self, connection: AsyncConnection, run: Run, finish: Finish) -> None:
        words = "".join(part.text for part in finish.parts if isinstance(part, Text))
        note = {"run_id": run.id, "state": finish.state, "words": words, "code": finish.code}
        await connection.execute(
            text("insert into notebook (run_id, state, words, code) values (:run_id, :state, :words, :code)"), note
        )


async def make_notebook(database_url: str) -> None:
    """Make the tables of `Notebook`, and of a vendor that notes its calls, in a test's database."""
    async with await psycopg.AsyncConnection.connect(driver_url(database_url), autocommit=True) as connection:
        await connection.execute("set role drawbridge_owner")
        await connection.execute("create table notebook (run_id uuid primary key, state text, words text, code text)")
        await connection.execute("create table bill (call_id uuid primary key)")
        await connection.execute("grant select, insert on notebook, bill to drawbridge_app")


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody whose runs they are."""

    database: Database
    organisation_id: OrganisationId
    principal_id: PrincipalId

    def what(self, words: str = "How many?", product: str = "notebook") -> Start:
        """Return what starts a run."""
        return Start(self.organisation_id, self.principal_id, product, "small", "a-session", {"words": words})

    async def start(self, runner: Runner, words: str = "How many?", product: str = "notebook") -> RunRef:
        """Start a run."""
        async with self.database.organisation(self.organisation_id) as connection:
            run_id = await runner.runs.start(connection, self.what(words, product))
        return RunRef(self.organisation_id, run_id)

    async def notes(self, run_id: RunId) -> list[tuple[str, str, str | None]]:
        """Return what the notebook has of a run: state, words, code."""
        async with self.database.organisation(self.organisation_id) as connection:
            rows = await connection.execute(
                text("select state, words, code from notebook where run_id = :id"), {"id": run_id}
            )
            return [(row.state, row.words, row.code) for row in rows]

    async def bill(self) -> list[str]:
        """Return the calls that a vendor noted."""
        async with self.database.organisation(self.organisation_id) as connection:
            return [str(row.call_id) for row in await connection.execute(text("select call_id from bill"))]

    async def journal(self, run_id: UUID) -> list[RunEvent]:
        """Return a run's journal as it stands in the database."""
        async with self.database.organisation(self.organisation_id) as connection:
            rows = await connection.execute(
                text("select number, kind, data, at from run_event where run_id = :id order by number"), {"id": run_id}
            )
            return [RunEvent(row.number, row.kind, row.data, row.at) for row in rows]


async def make_author(database: Database, name: str = "default") -> Author:
    """Make an organisation with somebody in it."""
    organisation_id = await make_organisation(database, name)
    async with database.change(organisation_id) as connection:
        principal_id = await create_principal(connection, organisation_id, "user", "ana")
    return Author(database, organisation_id, principal_id)


def make_runner(
    store: Database | RunStore,
    database_url: str,
    speaks: Speaks,
    *,
    turns: Turns | None = None,
    product: str = "notebook",
    lease_s: float = 2.0,
) -> Runner:
    """Make what carries runs out, with short leases."""
    return Runner(
        store if isinstance(store, RunStore) else RunStore(store),
        driver_url(database_url),
        SystemClock(),
        name=str(uuid7()),
        speaks=speaks,
        turns={product: turns or Notebook()},
        lease_s=lease_s,
    )


@asynccontextmanager
async def running(runner: Runner, database_url: str) -> AsyncGenerator[Runner]:
    """Let it run, as a worker process does."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(runner.run()),
            group.create_task(listen(driver_url(database_url), {CHANNEL: runner.hear})),
        ]
        yield runner
        for task in tasks:
            task.cancel()


async def read_all(runner: Runner, ref: RunRef, after: int = 0) -> list[RunEvent]:
    """Follow a run to its end."""
    async with asyncio.timeout(60):
        return [event async for event in runner.runs.events(ref, after)]


def words_of(events: Sequence[RunEvent]) -> str:
    """Return the words that a journal tells."""
    return "".join(event.data["text"] for event in events if event.kind == "delta")
