"""One HTTP exchange with a caller: its request in, its reply out."""

import asyncio
from typing import Final, Protocol
from urllib.parse import unquote_plus

from drawbridge.ingress.errors import CallerLeftError, IngressError, TooLarge
from drawbridge.ingress.reply_head import CHUNKED, CLOSE, CONTINUE, LAST_CHUNK, Headers, has_body, write_head
from drawbridge.ingress.request_head import RequestHead

_SLICE_BYTES: Final = 256 * 1024
"""A reply is handed to the socket in pieces of this size, so that a slow caller is seen to take it."""


_SMALL_BYTES: Final = 4096


class Line(Protocol):
    """What an exchange needs of the connection that it takes place on."""

    is_stuck: bool
    """Whether the caller is slow to take what was written."""

    @property
    def date(self) -> bytes:
        """The date header of this second, as a whole line."""
        ...

    @property
    def caller_address(self) -> str:
        """The address at the other end; empty where there is none."""
        ...

    def stays_open(self, exchange: "Exchange") -> bool:
        """Tell whether the connection can serve another exchange after this one."""
        ...

    def write(self, data: bytes) -> None: ...

    async def drained(self) -> None:
        """Return when the caller has taken what was written."""
        ...

    def go_on(self) -> None:
        """Read on, if reading was held back for this exchange."""
        ...


class Exchange:
    """What passes between one caller and the handler of its request.

    When the caller leaves, the handler is cancelled, and `left` is set.
    """

    __slots__ = (
        "_body",
        "_body_limit",
        "_error",
        "_is_chunked",
        "_left_bytes",
        "_line",
        "_reader",
        "_sends_body",
        "body_is_whole",
        "body_size",
        "finished",
        "head",
        "header_list",
        "headers",
        "keeps_alive",
        "left",
        "method",
        "path",
        "raw_query",
        "started",
    )

    def __init__(self, line: Line, head: RequestHead, *, keeps_alive: bool) -> None:
        self.head = head
        self.method = head.method
        self.path = head.path
        self.raw_query = head.raw_query
        self.header_list = head.header_list
        self.headers = head.headers
        self.keeps_alive = keeps_alive
        """Whether the caller wants the connection to go on, and nothing has gone wrong on it."""
        self.started = False
        """Whether any of the reply has been written."""
        self.finished = False
        """Whether all of the reply has been written."""
        self.left = False
        self.body_is_whole = False
        self.body_size = 0
        """How much of the body is here, in bytes."""
        self._line = line
        self._body: list[bytes | bytearray] = []
        self._body_limit: int | None = None
        self._reader: asyncio.Future[None] | None = None
        self._error: IngressError | None = None
        self._is_chunked = False
        self._sends_body = True
        self._left_bytes: int | None = None

    # What a handler asks for.

    @property
    def caller_address(self) -> str:
        """The address at the other end of the connection; empty where there is none."""
        return self._line.caller_address

    def query_items(self) -> list[tuple[str, str, bytes]]:
        """Return the query's parts: name, value, and the text as it was sent."""
        items: list[tuple[str, str, bytes]] = []
        for raw in self.raw_query.split(b"&") if self.raw_query else ():
            name, _, value = raw.decode("latin-1").partition("=")
            if raw:
                items.append((unquote_plus(name), unquote_plus(value), raw))
        return items

    async def read_body(self, limit: int) -> bytes:
        """Return the whole request body, once. Raises TooLarge beyond `limit` bytes, or another IngressError."""
        if (self.head.body_bytes or 0) > limit:
            raise TooLarge(limit)
        if not self.body_is_whole:
            await self._read_on(limit)
        if self.body_size > limit:
            raise TooLarge(limit)
        if self._error is not None:
            raise self._error
        body = self._body
        self._body = []
        return bytes(body[0]) if len(body) == 1 else b"".join(body)

    async def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole reply."""
        if not has_body(status):
            length = body = b""
        else:
            length = b"content-length: %d\r\n" % len(body)
            if self.method == "HEAD":
                body = b""
        whole = self._begin(status, headers, length) + body
        position = 0
        while len(whole) - position > _SLICE_BYTES:
            await self._out(whole[position : position + _SLICE_BYTES])
            position += _SLICE_BYTES
        self.finished = True
        self._line.write(whole[position:] if position else whole)

    async def start(self, status: int, headers: Headers) -> None:
        """Send the status and headers; a body follows by `send`. Without a content-length it may have any length."""
        self._sends_body = has_body(status) and self.method != "HEAD"
        length = next((int(value) for name, value in headers if name == b"content-length"), None)
        if length is not None or not has_body(status):
            self._left_bytes = length or 0
            framing = b""
        elif self.head.is_http_1_0:
            self.keeps_alive = False
            framing = b""
        else:
            self._is_chunked = self._sends_body
            framing = CHUNKED
        await self._out(self._begin(status, headers, framing))

    async def send(self, piece: bytes, *, last: bool = False) -> None:
        """Send a piece of the body, waiting while the caller is slow to take it."""
        if self.left:
            raise CallerLeftError
        if not self._sends_body:
            piece = b""
        elif self._left_bytes is not None:
            self._count(len(piece), last=last)
        elif self._is_chunked and piece:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        self.finished = last
        if last and self._is_chunked:
            piece += LAST_CHUNK
        if piece:
            self._line.write(piece)
            if self._line.is_stuck and not last:
                await self._line.drained()

    # What the connection tells.

    @property
    def awaits_body(self) -> bool:
        """Tell whether the handler waits for more of the body."""
        return self._reader is not None

    @property
    def holds_back(self) -> bool:
        """Tell whether nobody takes the body: its reader has not come yet, and may still come."""
        return self._body_limit is None and not self.finished

    @property
    def is_chunked_stream(self) -> bool:
        """Tell whether a chunked reply is under way."""
        return self._is_chunked and self.started and not self.finished

    def arrives(self, piece: bytes) -> None:
        """Take a piece of the body. After the reply, nobody needs it."""
        if self.finished:
            return
        self.body_size += len(piece)
        if self._body_limit is None or self.body_size <= self._body_limit:
            self._gather(piece)
        else:
            self._wake()

    def ends(self, error: IngressError | None = None) -> None:
        """Take word that the body is whole, or, with an error, that it never will be."""
        self.body_is_whole = error is None
        self._error = error
        self._wake()

    def _gather(self, piece: bytes) -> None:
        """Keep a piece of the body. Small ones go together: each by itself would take many times its size."""
        last = self._body[-1] if self._body else None
        if last is None or len(piece) >= _SMALL_BYTES:
            self._body.append(piece)
        elif isinstance(last, bytearray):
            last += piece
        else:
            self._body.append(bytearray(piece))

    def _wake(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None and not reader.done():
            reader.set_result(None)

    async def _read_on(self, limit: int) -> None:
        self._body_limit = limit
        if self._error is not None or self.body_size > limit:
            return
        if self.headers.get("expect", "").lower() == "100-continue" and not self.head.is_http_1_0:
            self._line.write(CONTINUE)
        self._line.go_on()
        if self.body_is_whole:
            return
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def _begin(self, status: int, headers: Headers, framing: bytes) -> bytes:
        if self.left:
            raise CallerLeftError
        assert not self.started
        if not self._line.stays_open(self):
            self.keeps_alive = False
            framing += CLOSE
        head = write_head(status, headers, self._line.date + framing)
        self.started = True
        return head

    async def _out(self, data: bytes) -> None:
        self._line.write(data)
        if self._line.is_stuck:
            await self._line.drained()

    def _count(self, size: int, *, last: bool) -> None:
        assert self._left_bytes is not None
        self._left_bytes -= size
        if self._left_bytes < 0 or (last and self._left_bytes):
            raise ValueError("a reply is not as long as its content-length")
