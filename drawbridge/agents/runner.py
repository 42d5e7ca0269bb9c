"""Everything of a process that has to do with runs, put together."""

import asyncio
from collections.abc import Mapping

from drawbridge.agents.carrier import LEASE_S, Carrier
from drawbridge.agents.engine import Engine
from drawbridge.agents.journal import Journal
from drawbridge.agents.readers import Readers
from drawbridge.agents.runs import Runs
from drawbridge.agents.store import RunStore, task_of
from drawbridge.agents.turns import Speaks, Turns
from drawbridge.core.clock import Clock
from drawbridge.work import Queue


class Runner:
    """Carries runs out, and has them followed."""

    def __init__(
        self,
        store: RunStore,
        direct_url: str,
        clock: Clock,
        *,
        name: str,
        speaks: Speaks,
        turns: Mapping[str, Turns],
        lease_s: float = LEASE_S,
    ) -> None:
        """`name` is this process's among all that write, without spaces; the URL is one that libpq reads.

        Runs are taken of the products in `turns` only.
        """
        self._readers = Readers(store, name)
        self._journal = Journal(store, self._readers, clock, writer=name)
        engine = Engine(store, self._journal, clock, speaks=speaks, turns=turns)
        self._carrier = Carrier(store, engine, lease_s=lease_s)
        self._queue = Queue(direct_url, dict.fromkeys(map(task_of, turns), self._carrier.take))
        self._taking: asyncio.Task[None] | None = None
        self._left_at: float | None = None
        self.runs = Runs(store, self._readers, lease_s=lease_s)

    def hear(self, said: str) -> None:
        """Take what the database says on `store.CHANNEL`; nothing where some may have been missed."""
        self._readers.hear(said)
        self._carrier.hear(said)

    async def run(self) -> None:
        """Carry runs out until cancelled."""
        async with asyncio.TaskGroup() as group:
            for part in (self._readers, self._journal, self._carrier):
                group.create_task(part.run())
            self._taking = group.create_task(self._queue.run())

    def leave(self) -> None:
        """Take no more runs: what this process has goes on, and all else is for others."""
        self._carrier.leave()
        self._left_at = self._left_at or asyncio.get_running_loop().time()
        if self._taking is not None:
            self._taking.cancel()

    async def rest(self, patience_s: float) -> None:
        """Let what is under way come to its end, for so long after `leave` at most."""
        self.leave()
        assert self._left_at is not None
        await self._carrier.rest(self._left_at + patience_s)

    async def finish(self, patience_s: float) -> None:
        """End what is under way, before `run` is cancelled."""
        self.leave()
        await self._carrier.finish(patience_s)
