"""Writes what is told of runs: many runs' events in one insert, within a moment of being told.

A delta is told and forgotten: pieces of the same part that are told between two inserts become one event. An event that
something depends on is waited for. What was sent without an answer is sent again just as it was, so that the database
can tell that it is there already.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from drawbridge.agents.errors import LeaseLost
from drawbridge.agents.held import Held
from drawbridge.agents.readers import Readers
from drawbridge.agents.records import NewEvent, RunEvent, RunId, new_event
from drawbridge.agents.store import Addition, Appended
from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.clock import Clock
from drawbridge.db.engine import DatabaseAway

_log = logging.getLogger(__name__)

_APART_S: Final = 0.03
"""Between the beginnings of two inserts, as far as nothing is urgent. It adds to what readers see between two words."""
_FULL: Final = 2048
"""So many characters of one run are not kept waiting."""
_MOST: Final = 256 * 1024
"""So many of one run are kept at all, before whoever tells them must wait."""
_AGAIN_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Piece:
    """What a part of an answer grew by."""

    part: int
    kind: str
    text: str


class Appends(Protocol):
    """Where journals are."""

    async def append(self, additions: Sequence[Addition], writer: str, told_at: datetime) -> dict[RunId, Appended]:
        """Append to the journals of several runs. Raises DatabaseAway."""
        ...


@dataclass(slots=True)
class _Waiting:
    """What one run has told, and nobody has written yet."""

    held: Held
    events: list[NewEvent] = field(default_factory=list[NewEvent])
    pieces: list[Piece] = field(default_factory=list[Piece])
    size: int = 0
    written: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is in the journal, or never will be: then the lease is lost."""

    def add(self, piece: Piece) -> None:
        """Take a piece, to become one event with its neighbours of the same part."""
        if self.pieces and (self.pieces[0].part, self.pieces[0].kind) != (piece.part, piece.kind):
            self.close()
        self.pieces.append(piece)
        self.size += len(piece.text)

    def close(self) -> None:
        """Make one event of the pieces."""
        if self.pieces:
            first = self.pieces[0]
            text = "".join(piece.text for piece in self.pieces)
            self.events.append(new_event("delta", {"part": first.part, "kind": first.kind, "text": text}))
            self.pieces = []


class Journal:
    """The one writer of this process, for all of its runs."""

    def __init__(
        self, store: Appends, readers: Readers, clock: Clock, *, writer: str, apart_s: float = _APART_S
    ) -> None:
        """`writer` is this process's own name, `apart_s` how long a piece waits for others at most."""
        self._store = store
        self._readers = readers
        self._clock = clock
        self.writer = writer
        self._apart_s = apart_s
        self._next_at = 0.0
        """When an insert may begin, on the loop's clock."""
        self._waiting: dict[RunId, _Waiting] = {}
        self._writing: dict[RunId, _Waiting] = {}
        self._told = asyncio.Event()
        self._urgent = asyncio.Event()

    async def tell(self, held: Held, piece: Piece) -> None:
        """Note what a part of an answer grew by. Waits only where far too much is unwritten.

        Raises LeaseLost where the run is known to be in other hands.
        """
        waiting = self._waiting_of(held)
        waiting.add(piece)
        self._told.set()
        if waiting.size >= _FULL:
            self._urgent.set()
        if waiting.size >= _MOST:
            await self._until_written(waiting)

    async def write(self, held: Held, *events: NewEvent) -> None:
        """Write events behind all that was told before, and return when they are in the journal.

        Raises LeaseLost where they never will be.
        """
        waiting = self._waiting_of(held)
        waiting.close()
        waiting.events += events
        self._told.set()
        await self._until_written(waiting)

    async def flush(self, held: Held) -> None:
        """Return when all that was told of a run is in its journal. Raises LeaseLost where it never will be."""
        for group in (self._writing, self._waiting):
            if (waiting := group.get(held.id)) is not None:
                await self._until_written(waiting)
        if held.stop == "lost":
            raise LeaseLost(held.id)

    def note_written(self, held: Held, events: Sequence[NewEvent], told_at: datetime) -> None:
        """Tell those who follow here what is in the journal now."""
        numbered = [
            RunEvent(number, event.kind, event.data, told_at) for number, event in enumerate(events, held.number + 1)
        ]
        held.number += len(events)
        self._readers.publish(held.id, numbered)

    async def run(self) -> None:
        """Write what is told, until cancelled."""
        while True:
            end_if_cancelled()
            await self._told.wait()
            await self._gather()
            self._next_at = asyncio.get_running_loop().time() + self._apart_s
            self._told.clear()
            self._urgent.clear()
            self._writing, self._waiting = self._waiting, {}
            await self._write(list(self._writing.values()))
            self._writing = {}

    def _waiting_of(self, held: Held) -> _Waiting:
        if held.stop == "lost":
            raise LeaseLost(held.id)
        return self._waiting.setdefault(held.id, _Waiting(held))

    async def _until_written(self, waiting: _Waiting) -> None:
        self._urgent.set()
        await waiting.written.wait()
        if waiting.held.stop == "lost":
            raise LeaseLost(waiting.held.id)

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout_at(self._next_at):
                await self._urgent.wait()
        except TimeoutError:
            return

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        told_at = self._clock.now()
        for waiting in batch:
            waiting.close()
        additions = [
            Addition(waiting.held.id, waiting.held.lease, waiting.held.number, waiting.events) for waiting in batch
        ]
        results = await self._append(additions, told_at)
        for waiting in batch:
            if results.get(waiting.held.id, "lost") == "lost":
                waiting.held.end("lost")
            else:
                self.note_written(waiting.held, waiting.events, told_at)
            waiting.written.set()

    async def _append(self, additions: Sequence[Addition], told_at: datetime) -> dict[RunId, Appended]:
        while True:
            end_if_cancelled()
            try:
                return await self._store.append(additions, self.writer, told_at)
            except DatabaseAway as error:
                _log.warning("what runs tell is kept until it can be written: %s", error.message)
            except Exception:
                # The edge of a job: what the database never takes of one run must not hold up all others.
                if len(additions) == 1:
                    _log.exception("what run %s told cannot be written", additions[0].run_id)
                    return {additions[0].run_id: "lost"}
                return {
                    run_id: result
                    for addition in additions
                    for run_id, result in (await self._append([addition], told_at)).items()
                }
            await asyncio.sleep(_AGAIN_S)
