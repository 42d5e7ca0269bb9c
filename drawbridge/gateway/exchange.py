"""One HTTP exchange with a caller: its request in, its reply out, and word of when it leaves."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote_plus

from drawbridge.gateway.refusals import Refusal

# Any: what an ASGI scope or message holds depends on its type.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class CallerLeftError(Exception):
    """The caller closed the connection, or stopped reading, before its exchange was complete."""


class Exchange:
    """What passes between one caller and the gateway."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, timeout_s: float) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_query: bytes = scope["query_string"]
        self.header_list = [(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in scope["headers"]]
        self.headers = dict(self.header_list)
        self.started = False
        self.left = False
        self._receive = receive
        self._send = send
        self._timeout_s = timeout_s

    def query_items(self) -> list[tuple[str, str, bytes]]:
        """Return the query's parts: name, value, and the text as it was sent."""
        items: list[tuple[str, str, bytes]] = []
        for raw in self.raw_query.split(b"&"):
            name, _, value = raw.decode("latin-1").partition("=")
            if raw:
                items.append((unquote_plus(name), unquote_plus(value), raw))
        return items

    async def read_body(self, limit: int) -> bytes:
        """Return the whole request body. Raises Refusal beyond `limit` bytes, CallerLeftError if it breaks off."""
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise _too_large(limit)
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await self._next_piece()
            piece = message.get("body", b"")
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            pieces.append(piece)
            if not message.get("more_body", False):
                return b"".join(pieces) if len(pieces) > 1 else piece

    async def wait_until_left(self) -> None:
        """Return when the caller has closed the connection. Call it once the body is read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left = True

    async def reply(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Send a whole reply."""
        length = (b"content-length", str(len(body)).encode())
        await self.start(status, [*headers, length])
        await self.send(b"" if self.method == "HEAD" else body, last=True)

    async def start(self, status: int, headers: Headers) -> None:
        """Send the status and headers; a body follows by `send`."""
        self.started = True
        await self._out({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, piece: bytes, *, last: bool = False) -> None:
        """Send a piece of the body, waiting while the caller is slow to take it."""
        await self._out({"type": "http.response.body", "body": piece, "more_body": not last})

    async def _out(self, message: Message) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._send(message)
        except (OSError, RuntimeError):
            # It has stopped reading, or is gone, of which uvloop tells by a RuntimeError. To go on would hold a
            # vendor's connection for nobody.
            self.left = True
            raise CallerLeftError from None

    async def _next_piece(self) -> Message:
        try:
            async with asyncio.timeout(self._timeout_s):
                message = await self._receive()
        except TimeoutError:
            raise Refusal(
                "timed_out_waiting_for_caller",
                f"The rest of the request did not arrive within {self._timeout_s:g} s: send it again.",
                retry_after_s=1,
            ) from None
        if message["type"] == "http.disconnect":
            raise CallerLeftError
        return message


def _too_large(limit: int) -> Refusal:
    return Refusal(
        "too_large",
        f"The request is larger than the {limit} bytes allowed here. Send less, or ask the operator to raise "
        "DRAWBRIDGE_MAX_BODY_BYTES.",
    )
