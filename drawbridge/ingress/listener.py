"""Takes callers from listening sockets, so that several servers on the same ones get even shares of them.

What asyncio and uvloop listen with takes whoever waits, all at once: when hundreds of callers come together, the server
that wakes first gets most of them, and has them for as long as their connections last.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Final

from drawbridge.ingress.shares import Shares

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 16
_WAIT_S: Final = 0.001
"""How long callers are left to another server before this one looks again."""
_PATIENCE_S: Final = 0.02
"""How long they are left to it, before some are taken all the same: it may be held up."""
_NO_ROOM_PAUSE_S: Final = 1.0


class Listener:
    """Calls `take` with each caller's socket while there are less than `most` connections."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        shares: Shares,
        *,
        take: Callable[[socket.socket], None],
        connections: Callable[[], int],
        most: int,
    ) -> None:
        self._sockets = sockets
        self._shares = shares
        self._take = take
        self._connections = connections
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._is_open = False
        self._is_full = False
        self._left_since: float | None = None
        """Since when callers have been left to another server."""
        self._pause: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begin."""
        self._is_open = True
        for bound in self._sockets:
            bound.setblocking(False)
        self._read()
        self.changed()

    def close(self) -> None:
        """Take nobody any more. Who connects now is refused by the kernel once all servers have closed."""
        self._shares.leave()
        if self._pause is not None:
            self._pause.cancel()
        if self._is_open:
            self._read_no_more()
        self._is_open = False
        for bound in self._sockets:
            bound.close()

    def changed(self) -> None:
        """Take note that there are more connections or fewer."""
        if not self._is_open:
            return
        connections = self._connections()
        is_full = connections >= self._most
        if is_full:
            self._shares.leave()
        else:
            self._shares.tell(connections)
        if self._is_full and not is_full and self._pause is None:
            self._read()
        self._is_full = is_full

    def _accept(self, bound: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            if self._is_full:
                # They wait in the kernel's queue, or go to another server.
                self._read_no_more()
                return
            if not self._is_due():
                self._pause_for(_WAIT_S)
                return
            try:
                caller, _ = bound.accept()
            except BlockingIOError:
                self._left_since = None
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                _log.warning("no more callers can be let in for the moment: %s", error)
                self._pause_for(_NO_ROOM_PAUSE_S)
                return
            self._take(caller)
            self.changed()
        self._left_since = None

    def _is_due(self) -> bool:
        if self._shares.is_due(self._connections()):
            self._left_since = None
            return True
        now = self._loop.time()
        if self._left_since is None:
            self._left_since = now
        return now - self._left_since > _PATIENCE_S

    def _pause_for(self, seconds: float) -> None:
        self._read_no_more()
        self._pause = self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._pause = None
        self._read()

    def _read(self) -> None:
        for bound in self._sockets:
            self._loop.add_reader(bound, self._accept, bound)

    def _read_no_more(self) -> None:
        for bound in self._sockets:
            self._loop.remove_reader(bound)
