"""Takes runs, keeps their leases, and looks after runs that nobody works on any more."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from drawbridge.agents.engine import Engine
from drawbridge.agents.errors import LeaseLost, NotTaken
from drawbridge.agents.held import Held
from drawbridge.agents.records import RunId, RunRef
from drawbridge.agents.store import RunStore, Taken
from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import DatabaseAway

_log = logging.getLogger(__name__)

LEASE_S: Final = 10.0
"""So long after its last sign of life a process is taken for dead."""
_BEATS: Final = 4
"""In the time of a lease."""
_MOST_AT_ONCE: Final = 500
_PLACE_S: Final = 5.0


class Carrier:
    """The runs that this process has."""

    def __init__(
        self, store: RunStore, engine: Engine, *, lease_s: float = LEASE_S, most_at_once: int = _MOST_AT_ONCE
    ) -> None:
        """Runs that others begin are taken until there are `most_at_once`."""
        self._store = store
        self._engine = engine
        self._lease_s = lease_s
        self._places = asyncio.Semaphore(most_at_once)
        self._held: dict[RunId, Held] = {}
        self._group: asyncio.TaskGroup | None = None
        self._leaving = False
        self._emptied = asyncio.Event()

    async def take(self, organisation_id: OrganisationId, about: Mapping[str, str]) -> None:
        """Do the queue's task: take a run, if nobody has it, and begin with it.

        Raises NotTaken where this process has no place for it, DatabaseAway.
        """
        ref = RunRef(organisation_id, RunId(UUID(about["run_id"])))
        await self._find_place(ref)
        taken: Taken | None = None
        try:
            taken = await self._store.take(ref, uuid7(), self._lease_s)
        finally:
            if taken is None:
                self._places.release()
        if taken is not None:
            assert self._group is not None
            held = Held(taken.run, taken.lease, taken.run.number)
            self._held[ref.id] = held
            if taken.run.is_cancelling:
                held.end("cancelled")
            if self._leaving:
                held.end("leaving")
            self._group.create_task(self._carry(taken, held))

    def hear(self, said: str) -> None:
        """Take what the database notified of: `cancel run` concerns us."""
        word, _, run_id = said.partition(" ")
        if word == "cancel" and (held := self._held.get(RunId(UUID(run_id)))) is not None:
            held.end("cancelled")

    async def run(self) -> None:
        """Carry runs out until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._beat())
            group.create_task(self._sweep())

    def leave(self) -> None:
        """Take no more: others do. What is under way goes on."""
        self._leaving = True

    async def rest(self, until: float) -> None:
        """Wait until nothing is under way, until a time of the loop's clock at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._until_empty()

    async def finish(self, patience_s: float) -> None:
        """Take no more, and end what is under way: what has not begun is left to others, the rest is interrupted."""
        self.leave()
        for held in self._held.values():
            held.end("leaving")
        try:
            async with asyncio.timeout(patience_s):
                await self._until_empty()
        except TimeoutError:
            _log.warning("%d runs are left to whoever finds them", len(self._held))

    async def _until_empty(self) -> None:
        while self._held:
            self._emptied.clear()
            await self._emptied.wait()

    async def _find_place(self, ref: RunRef) -> None:
        try:
            async with asyncio.timeout(_PLACE_S):
                await self._places.acquire()
        except TimeoutError:
            raise NotTaken(ref.id) from None
        # One that is here and is offered all the same was lost: its old holder ends first, since all go by its id.
        if self._leaving or self._group is None or ref.id in self._held:
            self._places.release()
            raise NotTaken(ref.id)

    async def _carry(self, taken: Taken, held: Held) -> None:
        try:
            if not await self._engine.carry_out(taken, held):
                await self._store.give_back(held.run, held.lease)
        except (LeaseLost, DatabaseAway) as error:
            _log.warning("run %s is left to others: %s", held.id, error.message)
        except Exception:
            # The edge of a job: whatever one run meets, the others go on. It is taken again when its lease is over.
            _log.exception("run %s could not be carried out", held.id)
        finally:
            self._held.pop(held.id, None)
            self._places.release()
            self._emptied.set()

    async def _beat(self) -> None:
        while True:
            end_if_cancelled()
            await asyncio.sleep(self._lease_s / _BEATS)
            held = dict(self._held)
            if not held:
                continue
            try:
                kept = await self._store.beat({run_id: one.lease for run_id, one in held.items()}, self._lease_s)
            except Exception as error:
                # The edge of a job, as below: the database may raise anything, and comes back; the calls beside go on.
                _log.warning("leases of runs are not kept for now: %s", error)
                continue
            for run_id, one in held.items():
                _follow(one, kept.get(run_id))

    async def _sweep(self) -> None:
        # Who has just come, or was cut off from the database, first lets the living keep their leases.
        pause_s, looked_at = self._lease_s, None
        while True:
            end_if_cancelled()
            await asyncio.sleep(pause_s)
            try:
                now = await self._store.now()
                latest = None if looked_at is None else looked_at + timedelta(seconds=pause_s + self._lease_s / 2)
                looked_at, pause_s = now, self._lease_s
                if latest is not None and now > latest:
                    # This machine slept, or the database's clock was set: so it may be for all who hold runs.
                    continue
                for run_id in await self._store.sweep(self._lease_s):
                    _log.warning("run %s is taken anew: who had it is silent", run_id)
                pause_s = self._lease_s / _BEATS
            except Exception as error:
                _log.warning("nobody looks for runs that are silent for now: %s", error)
                looked_at, pause_s = None, self._lease_s


def _follow(held: Held, is_cancelling: bool | None) -> None:
    """Heed what the database says of a run that is held; None: it is held no more."""
    if is_cancelling is None:
        held.end("lost")
    elif is_cancelling:
        held.end("cancelled")
