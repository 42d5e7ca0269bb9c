"""The exchange of a call that comes from within: what its caller says stands in memory, and so does the reply."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.ingress import CallerLeftError, Headers

_MOST_WAITING: Final = 32
"""Pieces of a reply that wait for a slow reader; then its vendor waits too."""


class Hearing:
    """A dialogue with a product in this process, as `gateway.dialogue` describes one."""

    def __init__(self, session_id: str | None) -> None:
        self.headers: Mapping[str, str] = {} if session_id is None else {"x-session-id": session_id}
        self.header_list: Iterable[tuple[str, str]] = ()
        """Only what the vendor's dialect needs: nothing of the session goes up."""
        self.raw_query = b""
        self.started = False
        self.finished = False
        self.left = False
        """Whether it was who asked that left, and not this process that gave the call up."""
        self.status = 0
        """Of the reply; 0 until it has started."""
        self.reply_headers: tuple[tuple[str, str], ...] = ()
        self._query: tuple[tuple[str, str], ...] = ()
        self._is_over = False
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING)

    def say(self, wire: WireRequest) -> None:
        """Take over what stands around the body of a request in its vendor's dialect."""
        self.header_list = wire.headers
        self._query = wire.query
        self.raw_query = b"&".join(self._raw(name, value) for name, value in wire.query)

    def query_items(self) -> list[tuple[str, str, bytes]]:
        """Return the query's parts."""
        return [(name, value, self._raw(name, value)) for name, value in self._query]

    async def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Take a whole reply."""
        await self.start(status, headers)
        await self.send(body, last=True)

    async def start(self, status: int, headers: Headers) -> None:
        """Take the head of a reply."""
        if self.left:
            raise CallerLeftError
        if self._is_over:
            return
        self.started = True
        self.status = status
        self.reply_headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)

    async def send(self, piece: bytes, *, last: bool = False) -> None:
        """Take a piece of a reply, once there is room for it."""
        if self.left:
            raise CallerLeftError
        self.finished = last
        # Nobody takes pieces any more: whoever waited for room would wait for ever.
        if piece and not self._is_over:
            await self._pieces.put(piece)

    def leave(self, *, by_caller: bool) -> None:
        """Hear nothing more."""
        self.left = by_caller
        self._is_over = True

    async def close(self) -> None:
        """Let `next` tell that nothing follows."""
        await self._pieces.put(None)

    async def next(self) -> bytes | None:
        """Return the next piece of the reply, as soon as it is there; None at the end."""
        return await self._pieces.get()

    @staticmethod
    def _raw(name: str, value: str) -> bytes:
        return f"{quote(name)}={quote(value)}".encode("ascii")
