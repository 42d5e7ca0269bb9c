"""The server: connections on listening sockets, each served by a task of its own, until it is told to stop."""

import asyncio
import contextlib
import logging
import resource
import socket
from collections.abc import Sequence
from typing import Final

from drawbridge.ingress.connection import Connection, Handler
from drawbridge.ingress.limits import IngressLimits
from drawbridge.ingress.listener import Listener
from drawbridge.ingress.reply_head import date_line
from drawbridge.ingress.shares import Shares, no_shares

_log = logging.getLogger(__name__)

_OTHER_FILES: Final = 64
_DRAIN_TICK_S: Final = 0.05


class Server:
    """Serves exchanges on sockets that are bound already, and are the server's from then on."""

    def __init__(
        self,
        handler: Handler,
        sockets: Sequence[socket.socket],
        limits: IngressLimits,
        shares: Shares | None = None,
    ) -> None:
        """`shares` is the table of all servers on these sockets; None: there is no other."""
        self.handler = handler
        self.limits = limits
        self.date = date_line()
        self.now = 0.0
        self.is_stopping = False
        self.started = asyncio.Event()
        """Set when callers are let in."""
        self.connections: set[Connection] = set()
        self._arriving = 0
        """Callers who have been let in, and whose connections have not begun."""
        self._sockets = sockets
        self._shares = shares or no_shares()
        self._listener: Listener | None = None
        self._told = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None

    async def serve(self) -> None:
        """Serve until `stop` is called and what was under way has ended, or its time is over."""
        self.now = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as self._group:
            try:
                self._listener = self._listen()
                self.started.set()
                await self._tick_until_told()
                await self._drain(self._listener)
            finally:
                self._end()

    def stop(self) -> None:
        """Let nobody in any more, and end when what is under way has ended."""
        self.is_stopping = True
        self._told.set()

    # What the connections tell.

    def opened(self, connection: Connection) -> None:
        self.connections.add(connection)

    def closed(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._count()

    # The server's own task.

    async def _tick_until_told(self) -> None:
        while not self.is_stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.limits.tick_s):
                    await self._told.wait()
            self._tick()

    async def _drain(self, listener: Listener) -> None:
        listener.close()
        for connection in list(self.connections):
            connection.stop()
        end = asyncio.get_running_loop().time() + self.limits.drain_timeout_s
        while self.connections and self.now < end:
            await asyncio.sleep(_DRAIN_TICK_S)
            self._tick()

    def _end(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for connection in list(self.connections):
            connection.cut()

    def _tick(self) -> None:
        self.now = asyncio.get_running_loop().time()
        self.date = date_line()
        for connection in list(self.connections):
            connection.look(self.now)

    def _listen(self) -> Listener:
        listener = Listener(
            self._sockets,
            self._shares,
            take=self._let_in,
            connections=lambda: len(self.connections) + self._arriving,
            most=_most_connections(self.limits.connections),
        )
        listener.open()
        return listener

    def _let_in(self, caller: socket.socket) -> None:
        assert self._group is not None
        self._arriving += 1
        self._group.create_task(self._serve(caller))

    async def _serve(self, caller: socket.socket) -> None:
        """Serve one connection from its begin to its end."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        try:
            _, connection = await loop.connect_accepted_socket(lambda: Connection(self, loop, task), caller)
        except OSError:
            # The caller is gone already.
            caller.close()
            return
        finally:
            self._arriving -= 1
            self._count()
        await _run(connection)

    def _count(self) -> None:
        if self._listener is not None:
            self._listener.changed()


async def _run(connection: Connection) -> None:
    try:
        await connection.run()
    except asyncio.CancelledError:
        connection.end()
        raise
    except Exception:
        # The edge of a connection: a fault in serving one must not end the others.
        _log.exception("a connection failed and was closed")
        connection.end()


def _most_connections(wanted: int) -> int:
    """Return how many connections there is room for: each may need a second file, for the vendor's side."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, (files - _OTHER_FILES) // 2))
