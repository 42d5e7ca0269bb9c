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
from drawbridge.ingress.reply_head import date_line

_log = logging.getLogger(__name__)

_BACKLOG: Final = 2048
_OTHER_FILES: Final = 64
_DRAIN_TICK_S: Final = 0.05


class Server:
    """Serves exchanges on sockets that are bound already, and are the server's from then on."""

    def __init__(self, handler: Handler, sockets: Sequence[socket.socket], limits: IngressLimits) -> None:
        self.handler = handler
        self.limits = limits
        self.date = date_line()
        self.now = 0.0
        self.is_stopping = False
        self.started = asyncio.Event()
        """Set when callers are let in."""
        self.connections: set[Connection] = set()
        self._sockets = sockets
        self._most = _most_connections(limits.connections)
        self._listening: list[asyncio.Server] = []
        self._told = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None

    async def serve(self) -> None:
        """Serve until `stop` is called and what was under way has ended, or its time is over."""
        self.now = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as self._group:
            try:
                await self._listen()
                self.started.set()
                await self._tick_until_told()
                await self._drain()
            finally:
                self._end()

    def stop(self) -> None:
        """Let nobody in any more, and end when what is under way has ended."""
        self.is_stopping = True
        self._told.set()

    # What the connections tell.

    def opened(self, connection: Connection) -> asyncio.Task[None]:
        """Start a connection's task. The server stops to listen when it was the last one that it has room for."""
        assert self._group is not None
        self.connections.add(connection)
        if len(self.connections) >= self._most:
            self._listen_no_more()
        return self._group.create_task(_run(connection))

    def closed(self, connection: Connection) -> None:
        self.connections.discard(connection)

    # The server's own task.

    async def _tick_until_told(self) -> None:
        while not self.is_stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.limits.tick_s):
                    await self._told.wait()
            self._tick()
            if not self._listening and not self.is_stopping and len(self.connections) < self._most:
                await self._listen()

    async def _drain(self) -> None:
        self._let_nobody_in()
        for connection in list(self.connections):
            connection.stop()
        end = asyncio.get_running_loop().time() + self.limits.drain_timeout_s
        while self.connections and self.now < end:
            await asyncio.sleep(_DRAIN_TICK_S)
            self._tick()

    def _let_nobody_in(self) -> None:
        self._listen_no_more()
        for bound in self._sockets:
            # Who connects now is to be refused by the kernel, not left waiting.
            bound.close()

    def _end(self) -> None:
        self._let_nobody_in()
        for connection in list(self.connections):
            connection.cut()

    def _tick(self) -> None:
        self.now = asyncio.get_running_loop().time()
        self.date = date_line()
        for connection in list(self.connections):
            connection.look(self.now)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for bound in self._sockets:
            # A copy, which can be closed while there is no room, and callers wait in the kernel's queue.
            server = await loop.create_server(lambda: Connection(self, loop), sock=bound.dup(), backlog=_BACKLOG)
            self._listening.append(server)

    def _listen_no_more(self) -> None:
        for server in self._listening:
            server.close()
        self._listening.clear()


async def _run(connection: Connection) -> None:
    try:
        await connection.run()
    except Exception:
        # The edge of a connection: a fault in serving one must not end the others.
        _log.exception("a connection failed and was closed")
        connection.cut()


def _most_connections(wanted: int) -> int:
    """Return how many connections there is room for: each may need a second file, for the vendor's side."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, (files - _OTHER_FILES) // 2))
