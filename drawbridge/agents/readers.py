"""Those who follow runs in this process, and how they hear of what any process has written.

What this process wrote itself is handed over from memory. What others wrote is read for all who follow here at once:
when the database notifies, and every few seconds in case it could not. Nobody hears of an event before it is on disk.
"""

import asyncio
import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from drawbridge.agents.records import RunEvent, RunId
from drawbridge.core.cancellation import end_if_cancelled

_log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 2.0
_MOST_AT_ONCE: Final = 2000
_MOST_WAITING: Final = 256


class Newer(Protocol):
    """Where the events of other processes are read."""

    async def newer(self, after: Mapping[RunId, int], most: int) -> dict[RunId, list[RunEvent]]:
        """Return the events of several runs, each behind its number, in order."""
        ...


class Follower:
    """One who follows a run."""

    def __init__(self) -> None:
        self._waiting: list[RunEvent] = []
        self._has_missed = False
        self._told = asyncio.Event()

    def tell(self, events: Sequence[RunEvent]) -> None:
        """Hand over events. One who is too slow misses some, and is to read them from the database."""
        if len(self._waiting) + len(events) > _MOST_WAITING:
            self._waiting.clear()
            self._has_missed = True
        if not self._has_missed:
            self._waiting += events
        self._told.set()

    async def next(self) -> list[RunEvent] | None:
        """Wait for events; None where some were missed. Some may have been had before."""
        await self._told.wait()
        self._told.clear()
        events, self._waiting = self._waiting, []
        if self._has_missed:
            self._has_missed = False
            return None
        return events


@dataclass(slots=True)
class _Followed:
    told: int
    """The number of the last event that its followers were told of."""
    followers: set[Follower] = field(default_factory=set[Follower])


class Readers:
    """Everyone who follows a run in this process."""

    def __init__(self, source: Newer, writer: str, *, look_every_s: float = _LOOK_EVERY_S) -> None:
        """`writer` is this process's own name among those who write: what it wrote was handed over already."""
        self._source = source
        self._writer = writer
        self._look_every_s = look_every_s
        self._followed: dict[RunId, _Followed] = {}
        self._behind: set[RunId] = set()
        self._woken = asyncio.Event()

    @contextmanager
    def follow(self, run_id: RunId, after: int) -> Generator[Follower]:
        """Be told of events behind a number, as far as they are not in the database already."""
        follower = Follower()
        followed = self._followed.setdefault(run_id, _Followed(after))
        followed.told = min(followed.told, after)
        followed.followers.add(follower)
        try:
            yield follower
        finally:
            followed.followers.discard(follower)
            if not followed.followers:
                self._followed.pop(run_id, None)

    def publish(self, run_id: RunId, events: Sequence[RunEvent]) -> None:
        """Hand over what was written to a run's journal, in order."""
        followed = self._followed.get(run_id)
        if followed is None or not events or events[-1].number <= followed.told:
            return
        followed.told = events[-1].number
        for follower in followed.followers:
            follower.tell(events)

    def hear(self, said: str) -> None:
        """Take what the database notified of: `writer run:number ...`. Nothing means that some may have been missed."""
        writer, *told = said.split(" ")
        if writer == self._writer:
            return
        if not said:
            self._behind.update(self._followed)
        # `cancel run` has no number, and is for who carries the run out.
        for run_id, _, number in (one.partition(":") for one in told if ":" in one):
            followed = self._followed.get(RunId(UUID(run_id)))
            if followed is not None and int(number) > followed.told:
                self._behind.add(RunId(UUID(run_id)))
        if self._behind:
            self._woken.set()

    async def run(self) -> None:
        """Read what others wrote, until cancelled."""
        while True:
            end_if_cancelled()
            try:
                async with asyncio.timeout(self._look_every_s):
                    await self._woken.wait()
            except TimeoutError:
                self._behind.update(self._followed)
            self._woken.clear()
            await self._read()

    async def _read(self) -> None:
        behind, self._behind = self._behind, set()
        after = {run_id: self._followed[run_id].told for run_id in behind if run_id in self._followed}
        while after:
            try:
                found = await self._source.newer(after, _MOST_AT_ONCE)
            except Exception as error:
                # The edge of a job: the database may raise anything, and comes back; the calls beside go on.
                _log.warning("who follows a run hears nothing for now: %s", error)
                return
            for run_id, events in found.items():
                self.publish(run_id, events)
            is_all = sum(map(len, found.values())) < _MOST_AT_ONCE
            after = {} if is_all else {run_id: max(number, _last(found, run_id)) for run_id, number in after.items()}


def _last(found: Mapping[RunId, Sequence[RunEvent]], run_id: RunId) -> int:
    events = found.get(run_id)
    return events[-1].number if events else 0
