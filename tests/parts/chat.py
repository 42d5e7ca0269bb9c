"""A workspace whose answers a test writes by hand, in the place of runs and models."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drawbridge.agents import ENDS, EventKind, Finish, Run, RunEvent, RunId, RunRef, Start
from drawbridge.chat.answers import Answers
from drawbridge.chat.http import ChatPlugs
from drawbridge.chat.runs import ChatRuns
from drawbridge.chat.titling import Titling
from drawbridge.core.clock import Clock
from drawbridge.core.ids import CallId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway import Asker, Ending, Loss, Offer, Part, Text, Thinking
from drawbridge.usage.events import Tokens

# Any: JSON.
Told = tuple[EventKind, Mapping[str, Any]]

_LOSS = Loss("settings.top_k", "is not known there")
_AT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(slots=True)
class HandWrittenRuns:
    """Runs whose events a test tells."""

    started: dict[UUID, Start] = field(default_factory=dict[UUID, Start])
    told: dict[UUID, list[Told]] = field(default_factory=dict[UUID, list[Told]])
    cancelled: list[UUID] = field(default_factory=list[UUID])
    forgotten: list[UUID] = field(default_factory=list[UUID])
    followed: list[UUID] = field(default_factory=list[UUID])
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def start(self, connection: AsyncConnection, what: Start) -> RunId:
        run_id = RunId(uuid7())
        self.started[run_id] = what
        self.told[run_id] = [("run.started", {"model": what.model, "product": what.product})]
        return run_id

    async def cancel(self, ref: RunRef) -> None:
        self.cancelled.append(ref.id)

    async def forget(self, connection: AsyncConnection, run_ids: Collection[UUID]) -> None:
        self.forgotten += run_ids

    async def events(self, ref: RunRef, after: int = 0) -> AsyncIterator[RunEvent]:
        told = self.told[ref.id]
        async with self._more:
            self.followed.append(ref.id)
            self._more.notify_all()
        for number in itertools.count(after + 1):
            while len(told) < number:
                async with self._more:
                    await self._more.wait()
            kind, data = told[number - 1]
            yield RunEvent(number, kind, data, _AT)
            if kind in ENDS:
                return

    async def tell(self, run_id: UUID, *events: Told) -> None:
        """Tell what happened next in a run."""
        async with self._more:
            self.told[run_id] += events
            self._more.notify_all()

    async def wait_for_reader(self, run_id: UUID) -> None:
        """Wait until somebody follows a run."""
        async with self._more:
            await self._more.wait_for(lambda: run_id in self.followed)

    def run(self, run_id: UUID) -> Run:
        """Return a run as its product gets to see it."""
        what = self.started[run_id]
        return Run(
            organisation_id=what.organisation_id,
            id=RunId(run_id),
            principal_id=what.principal_id,
            project_id=what.project_id,
            product=what.product,
            model=what.model,
            session_id=what.session_id,
            input=what.input,
            state="running",
            number=1,
            created_at=_AT,
            ended_at=None,
            is_cancelling=False,
            failure=None,
            input_tokens=None,
            output_tokens=None,
            cost=None,
        )


@dataclass(frozen=True, slots=True)
class HandWrittenOffers:
    """The models that everybody may use."""

    names: Sequence[str] = ("large", "small")

    async def models_for(self, who: Asker) -> list[Offer]:
        return [_offer(name) for name in self.names]


def hand_written() -> ChatPlugs:
    """Return a workspace's plugs, of which nothing ever answers by itself."""
    return ChatPlugs(HandWrittenRuns(), HandWrittenOffers())


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers, as runs do."""

    database: Database
    clock: Clock
    runs: HandWrittenRuns
    most_bytes: int = 64 * 1024 * 1024

    @property
    def product(self) -> ChatRuns:
        """What runs ask and give back to."""
        titling = Titling(self.database, self.clock, HandWrittenOffers(), self.runs.start)
        return ChatRuns(Answers(self.database, self.clock, self.most_bytes), titling)

    async def answer(self, run_id: str, text: str, *, reasoning: str = "", cost: int = 5) -> None:
        """Let a run end with an answer."""
        thought: list[Part] = [Thinking(paragraphs=[reasoning])] if reasoning else []
        end = ending(cost)
        finish = Finish("completed", [*thought, Text(text=text)], end.call_id, end, "end")
        await self.finish(run_id, finish)
        kinds = (("reasoning", reasoning), ("text", text)) if reasoning else (("text", text),)
        grown: list[Told] = [
            ("delta", {"part": place, "kind": kind, "text": words}) for place, (kind, words) in enumerate(kinds)
        ]
        spent: dict[str, object] = {"usage": {"input_tokens": 12, "output_tokens": 34}, "cost_nanousd": cost}
        completed: Told = ("message.completed", {"stop_reason": "end", "deployment": "main", **spent})
        await self.runs.tell(UUID(run_id), *grown, completed, ("run.completed", spent))

    async def fail(self, run_id: str, code: str, message: str, text: str = "") -> None:
        """Let a run end without an answer, or with some of one."""
        parts = [Text(text=text)] if text else []
        await self.finish(run_id, Finish("failed", parts, code=code, message=message))
        await self.runs.tell(UUID(run_id), ("run.failed", {"code": code, "message": message}))

    async def finish(self, run_id: str, finish: Finish) -> None:
        """Let the workspace keep what became of a run."""
        run = self.runs.run(UUID(run_id))
        async with self.database.organisation(run.organisation_id) as connection:
            await self.product.finish(connection, run, finish)


def ending(cost: int) -> Ending:
    """Return how a call ended that went well."""
    return Ending(
        call_id=CallId(uuid7()),
        model="small",
        called_instead=False,
        deployment="main",
        provider="vendor",
        upstream_model="small-1",
        outcome="ok",
        tokens=Tokens(input=12, output=34),
        estimated=False,
        cost_nanousd=Nanousd(cost),
        time_to_first_byte_ms=1,
        duration_ms=2,
        losses=(_LOSS,),
        clamped_output_tokens=None,
        limits=(),
    )


def _offer(name: str) -> Offer:
    return Offer(
        model=name,
        vendors=("openai",),
        input_usd_per_million="0.15",
        output_usd_per_million=None,
        context_tokens=8192,
        max_output_tokens=None,
        tools=True,
        images=None if name == "large" else False,
        documents=None,
        audio=None,
        video=None,
        thinks=False,
        takes_temperature=name == "small",
        efforts=("low", "high") if name == "large" else (),
    )
