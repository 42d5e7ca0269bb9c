"""One exchange as its caller sees it: the reply, its waits and their deadlines."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol, Self

from drawbridge.egress.door import Deadlines, RawHeaders
from drawbridge.egress.errors import EgressError, Stage
from drawbridge.egress.failures import timed_out

_FRAMING_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


class Line(Protocol):
    """What a reply needs of the connection that it arrives on."""

    def ring_at(self, at: float) -> None:
        """Tell the reply at that time that a deadline has passed."""
        ...

    def go_on(self) -> None:
        """Read on, after the reply was held back."""
        ...

    def break_off(self, error: EgressError | None) -> None:
        """Close the connection at once."""
        ...


class Reply:
    """An `IncomingReply`; it belongs to one task, and outlives its connection's interest in it.

    A connection fills it with `begins`, `arrives` and `ends`; `line` is None before it is sent and after it ends.
    """

    __slots__ = (
        "_deadlines",
        "_ends_at",
        "_error",
        "_loop",
        "_pieces",
        "_stage",
        "_waiter",
        "authority",
        "has_begun",
        "line",
        "raw_headers",
        "status",
        "waiting_bytes",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, deadlines: Deadlines, authority: str) -> None:
        self.authority = authority
        self.status = 0
        self.has_begun = False
        self.raw_headers: RawHeaders = ()
        self.waiting_bytes = 0
        self.line: Line | None = None
        self._loop = loop
        self._deadlines = deadlines
        self._ends_at = loop.time() + deadlines.total_s
        self._stage: Stage = "total"
        self._pieces: list[bytes] = []
        self._error: EgressError | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Names and values; see `IncomingReply.headers`."""
        return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.raw_headers])

    @property
    def has_no_length(self) -> bool:
        """Tell whether the end of the connection is the end of the body (RFC 9112 section 6.3)."""
        return not any(name in _FRAMING_HEADERS for name, _ in self.raw_headers)

    @property
    def ends_at(self) -> float:
        """When the whole exchange has to be over."""
        return self._ends_at

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; see `IncomingReply.pieces`."""
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while True:
            if self._pieces:
                return self._take()
            if self._error is not None:
                raise self._error
            if self.line is None:
                raise StopAsyncIteration
            await self._wait(self.line, "between_bytes", self._deadlines.between_bytes_s)

    async def head(self) -> None:
        """Wait for the head of the reply."""
        if self.line is not None and not self.has_begun:
            await self._wait(self.line, "first_byte", self._deadlines.first_byte_s)
        if self._error is not None and not self.has_begun:
            raise self._error

    def leave(self) -> None:
        """Close the connection if the reply is not complete."""
        if self.line is not None:
            self.line.break_off(None)

    def begins(self, status: int, headers: RawHeaders) -> None:
        """Take the head."""
        self.has_begun = True
        self.status = status
        self.raw_headers = headers

    def arrives(self, piece: bytes) -> None:
        """Take a piece of the body; `wake` follows when all pieces of a packet are there."""
        self._pieces.append(piece)
        self.waiting_bytes += len(piece)

    def ends(self, error: EgressError | None) -> None:
        """Take the end: what is waiting stays readable, then comes the error, if any."""
        self.line = None
        self._error = error
        self.wake()

    def wake(self) -> None:
        """Let the caller go on if it waits."""
        if self._waiter is None or self._waiter.done():
            return
        self._waiter.set_result(None)
        # The wait is over now, not only when a busy event loop lets the caller run.
        self._stage = "total"
        if self.line is not None:
            self.line.ring_at(self._ends_at)

    def timed_out(self) -> EgressError:
        """Return the error for the deadline that has just passed."""
        which: Stage = self._stage if self._loop.time() < self._ends_at else "total"
        return timed_out(self.authority, which, self._deadlines.seconds(which), did_send=True)

    async def _wait(self, line: Line, stage: Stage, seconds: float) -> None:
        """Wait until something of the reply arrives or it ends."""
        self._stage = stage
        line.ring_at(min(self._loop.time() + seconds, self._ends_at))
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        self.waiting_bytes = 0
        if self.line is not None:
            self.line.go_on()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
