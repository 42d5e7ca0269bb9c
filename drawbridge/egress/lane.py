"""The connections to one destination: a bound on how many, a fair queue for them, and those that wait unused."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drawbridge.egress.connection import Connection, ConnectionLimits
from drawbridge.egress.dial import Destination, Dialler


@dataclass(frozen=True, slots=True)
class Load:
    """How many connections carry a reply, how many are kept for later, and how many requests wait for one."""

    active: int = 0
    idle: int = 0
    waiting: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(self.active + other.active, self.idle + other.idle, self.waiting + other.waiting)


class Lane:
    """Gives each exchange a place, and a connection with it. A kept connection is only there while places are free.

    So there are never more connections than `places`: one is made only when none is kept.
    """

    def __init__(
        self,
        destination: Destination,
        *,
        dialler: Dialler,
        limits: ConnectionLimits,
        places: int,
        emptied: Callable[[Destination], None],
    ) -> None:
        self._destination = destination
        self._dialler = dialler
        self._limits = limits
        self._emptied = emptied
        self._free_places = places
        self._places = places
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def load(self) -> Load:
        """Return what there is now."""
        waiting = sum(not turn.done() for turn in self._queue)
        return Load(self._places - self._free_places, len(self._idle), waiting)

    def idle_connection(self) -> Connection | None:
        """Take a place and a kept connection, where both are there at once and nobody waits in the queue."""
        if not self._idle or self._queue or not self._free_places:
            return None
        connection = self._quiet_connection()
        if connection is not None:
            self._free_places -= 1
        return connection

    async def place(self, ends_at: float) -> None:
        """Take a place, first come first served; raises TimeoutError. `connection` or `give_place` must follow."""
        if self._free_places and not self._queue:
            self._free_places -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout_at(ends_at):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give_place()
            elif turn in self._queue:
                self._queue.remove(turn)
            raise

    async def connection(self, ends_at: float) -> Connection:
        """Return a connection for a place that was taken; when this raises, the place is free again."""
        kept = self._quiet_connection()
        if kept is not None:
            return kept
        loop = asyncio.get_running_loop()
        try:
            connection = await self._dialler.connect(
                lambda: Connection(self, self._limits, loop), self._destination, ends_at
            )
        except BaseException:
            self.give_place()
            raise
        self._open.add(connection)
        return connection

    def give_place(self) -> None:
        """Give a place to the next in the queue, or back."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free_places += 1
        self._tell_if_empty()

    def finished(self, connection: Connection, *, can_serve_again: bool) -> None:
        """Take a connection back after its exchange."""
        if can_serve_again:
            self._idle.append(connection)
        else:
            self._open.discard(connection)
        self.give_place()

    def lost(self, connection: Connection) -> None:
        """Forget a kept connection that has ended."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
            self._tell_if_empty()

    def close(self) -> None:
        """Close every connection; exchanges under way are broken off."""
        for connection in list(self._open):
            connection.close()

    def _quiet_connection(self) -> Connection | None:
        # The one used last first: those that are not needed grow old and are closed.
        while self._idle:
            connection = self._idle.pop()
            if connection.is_quiet:
                return connection
            self._open.discard(connection)
            connection.abort()
        return None

    def _tell_if_empty(self) -> None:
        if self._free_places == self._places and not self._idle:
            self._emptied(self._destination)
