"""A caller's connection: bytes to exchanges and back, one exchange after the other.

The parser is httptools; it calls the methods named on_*. The task of a connection runs `run`.
"""

import asyncio
import contextlib
import logging
import select
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, cast

import httptools

from drawbridge.ingress.errors import BadRequest, CallerLeftError, CallerTimeout, HeadTooLarge, IngressError
from drawbridge.ingress.exchange import Exchange
from drawbridge.ingress.limits import IngressLimits
from drawbridge.ingress.reply_head import CONTINUE, write_refusal
from drawbridge.ingress.request_head import read_head

_log = logging.getLogger(__name__)

Handler = Callable[[Exchange], Awaitable[None]]

_STEP_BYTES: Final = 4096
"""What is parsed at once, but for bodies of a known length: limits are looked at in between."""
_FRAME_LIMIT_BYTES: Final = 16 * 1024
"""The longest chunk extension or trailers."""
_DISCARDED_BYTES: Final = 256 * 1024
"""So much of a body that nobody wants is read, to be able to go on with the connection."""
_FIRST_LOOK_S: Final = 0.02
_JSON: Final = [(b"content-type", b"application/json")]
_FAULT: Final = b'{"error": {"type": "internal_error", "message": "Drawbridge failed at this request: see its log."}}'


class Owner(Protocol):
    """What a connection needs of the server that it belongs to."""

    handler: Handler
    limits: IngressLimits
    date: bytes
    now: float
    """The event loop's time, as of the last tick: reading the clock for each request costs more than it tells."""
    is_stopping: bool

    def opened(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """A connection; its owner looks at its deadlines once a tick."""

    def __init__(self, owner: Owner, loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
        """`task` is the one that will run the connection."""
        self.is_stuck = False
        self._task = task
        self._owner = owner
        self._loop = loop
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Exchange | IngressError] = deque()
        """Requests, in order, that have not been begun; an error ends the connection."""
        self._current: Exchange | None = None
        self._arriving: Exchange | None = None
        """Whose body the parser reads."""
        self._wakeup: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._unparsed = b""
        self._target = b""
        self._names: list[bytes] = []
        self._values: list[bytes] = []
        self._body_left = 0
        self._bytes_without_body = 0
        self._is_in_head = False
        self._is_after_upgrade = False
        self._is_deaf = False
        self._is_reading_paused = False
        self._has_caller_ended = False
        self._since = owner.now
        """When the caller's part began that is waited for: a head, more of a body, a request at all, its leaving."""
        self._bytes_since = 0
        self._stuck_since = 0.0
        self._is_closing = False
        self._is_lost = False
        self._poll = select.poll()
        self._probed: Exchange | None = None

    @property
    def waiting_requests(self) -> int:
        """How many requests wait behind the one that is answered."""
        return len(self._waiting)

    @property
    def held_bytes(self) -> int:
        """How much of what the caller sent is held, but for a body that is whole and whose request is answered."""
        arriving = self._arriving
        begun = 0 if arriving is None or arriving is not self._current else arriving.body_size
        return len(self._unparsed) + begun + self._waiting_bytes()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport has the methods of asyncio.Transport without being one.
        self._transport = cast("asyncio.Transport", transport)
        if self._owner.is_stopping:
            # Accepted in the very round of the stop: nobody would tell it.
            self._is_lost = True
            self._transport.abort()
            return
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._unparsed:
            self._unparsed += data
        elif len(data) <= _STEP_BYTES:
            self._parse_step(data)
        else:
            self._parse(data)
        if self._waiting or self._arriving is not None:
            self._notice()

    def eof_received(self) -> bool:
        """Keep the way out open for what was asked for; a request that is not whole was not asked for."""
        self._has_caller_ended = True
        if self._arriving is not None and self._arriving in self._waiting:
            self._waiting.remove(self._arriving)
            self._arriving = None
        if self._is_closing or self._arriving is not None or not (self._current or self._waiting):
            return False
        self._is_deaf = True
        self._poll.register(self._transport.get_extra_info("socket").fileno(), 0)
        self._look_for_caller()
        self._loop.call_later(_FIRST_LOOK_S, self._look_for_caller)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        was_cut, self._is_lost = self._is_lost, True
        self._owner.closed(self)
        self.resume_writing()
        if was_cut:
            return
        exchange = self._current
        if exchange is None:
            self._task.cancel()
        elif not exchange.finished:
            exchange.left = True
            self._task.cancel()

    def pause_writing(self) -> None:
        self.is_stuck = True
        self._stuck_since = self._owner.now

    def resume_writing(self) -> None:
        self.is_stuck = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    # What the parser tells.

    def on_message_begin(self) -> None:
        if self._is_after_upgrade:
            return
        self._is_in_head = True
        self._target = b""
        self._names = []
        self._values = []
        self._bytes_without_body = 0
        self._since = self._owner.now

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_in_head:
            self._names.append(name)
            self._values.append(value)

    def on_headers_complete(self) -> None:
        if self._is_after_upgrade:
            return
        self._is_in_head = False
        parser = self._parser
        if len(self._names) > self._owner.limits.headers:
            raise HeadTooLarge("The request has too many headers: send fewer.", in_target=False)
        head = read_head(parser.get_method(), self._target, self._names, self._values, parser.get_http_version())
        exchange = Exchange(self, head, keeps_alive=parser.should_keep_alive() and not head.is_http_1_0)
        self._arriving = exchange
        self._body_left = head.body_bytes or 0
        self._waiting.append(exchange)

    def on_body(self, body: bytes) -> None:
        assert self._arriving is not None
        self._bytes_without_body = 0
        self._body_left -= len(body)
        self._bytes_since += len(body)
        if self._bytes_since > _STEP_BYTES:
            # Not for every byte: a caller that sends one a minute would never be late.
            self._bytes_since = 0
            self._since = self._owner.now
        self._arriving.arrives(body)

    def on_message_complete(self) -> None:
        exchange = self._arriving
        assert exchange is not None
        if self._parser.should_upgrade() and not self._is_after_upgrade and exchange.head.body_bytes != 0:
            return
        self._is_after_upgrade = False
        self._arriving = None
        if not exchange.keeps_alive:
            self._is_deaf = True
        exchange.ends()

    # What the exchange asks for.

    @property
    def date(self) -> bytes:
        return self._owner.date

    @property
    def caller_address(self) -> str:
        return (self._transport.get_extra_info("peername") or ("",))[0]

    def stays_open(self, exchange: Exchange) -> bool:
        is_last = self._has_caller_ended and not self._waiting
        if not exchange.keeps_alive or self._owner.is_stopping or is_last:
            return False
        if exchange.body_is_whole:
            return True
        return 0 < self._body_left <= _DISCARDED_BYTES and "expect" not in exchange.headers

    def write(self, data: bytes) -> None:
        if self._transport.is_closing():
            raise CallerLeftError
        self._transport.write(data)

    async def drained(self) -> None:
        self._drained = self._loop.create_future()
        await self._drained

    def go_on(self) -> None:
        if not self._is_in_head:
            self._since = self._owner.now
        while self._unparsed and not self._is_full():
            data, self._unparsed = self._unparsed, b""
            self._parse(data)
        if self._is_reading_paused and not self._is_full():
            self._is_reading_paused = False
            self._transport.resume_reading()

    # One exchange after the other.

    async def run(self) -> None:
        """Serve the connection until it ends."""
        while True:
            while not self._waiting:
                if self._has_caller_ended or self._is_closing or self._is_lost:
                    self.close()
                    return
                self._wakeup = self._loop.create_future()
                await self._wakeup
            asked = self._waiting.popleft()
            if isinstance(asked, IngressError):
                self._transport.write(write_refusal(asked, self._owner.date))
                self.close()
                return
            self._current = asked
            await self._answer(asked)
            if self.is_stuck and not self._is_lost:
                await self.drained()
            self._current = None
            if self._is_lost:
                # What was asked for behind this would be for nobody.
                return
            if not (asked.finished and asked.keeps_alive) or self._owner.is_stopping:
                self.close()
                return
            if not self._is_in_head:
                self._since = self._owner.now
            if self._is_reading_paused:
                self.go_on()

    async def _answer(self, exchange: Exchange) -> None:
        try:
            await self._owner.handler(exchange)
        except CallerLeftError:
            return
        except Exception:
            _log.exception("%s %r failed", exchange.method, exchange.path)
        if exchange.finished:
            return
        exchange.keeps_alive = False
        if exchange.started:
            # Only a broken connection tells the caller that there was to be more.
            self._transport.abort()
        else:
            with contextlib.suppress(CallerLeftError):
                await exchange.reply(500, _JSON, _FAULT)

    # Deadlines and the end.

    def look(self, now: float) -> None:
        """Act on what has lasted too long."""
        limits = self._owner.limits
        if self.is_stuck:
            if now - self._stuck_since > limits.caller_timeout_s:
                self._transport.abort()
        elif self._is_closing:
            if now - self._since > limits.linger_s:
                self._transport.abort()
        elif self._has_caller_ended:
            self._look_for_caller()
        else:
            self._look_at_request(now - self._since, limits)

    def _look_at_request(self, waited_s: float, limits: IngressLimits) -> None:
        if self._current is not None:
            if self._current.awaits_body and waited_s > limits.caller_timeout_s:
                self._fail(CallerTimeout(limits.caller_timeout_s))
        elif self._is_in_head:
            if waited_s > limits.head_timeout_s:
                self._fail(CallerTimeout(limits.head_timeout_s))
        elif waited_s > limits.keep_alive_s:
            self.close()

    def stop(self) -> None:
        """End the connection as soon as nothing is under way on it."""
        if not (self._current or self._waiting or self._is_in_head):
            self.close()

    def cut(self) -> None:
        """Cancel whatever is under way; that is not to say that the caller has left. `end` follows."""
        self._is_lost = True
        self._task.cancel()

    def end(self) -> None:
        """End the connection for good: a handler that was cut may have written some last words."""
        if self.is_stuck:
            self._transport.abort()
        else:
            self._transport.close()

    def close(self) -> None:
        """Close the connection, once what was written has gone out."""
        if self._is_lost or self._is_closing:
            return
        self._is_closing = True
        self._since = self._owner.now
        is_expecting_more = self._arriving is not None or self._is_in_head or self._waiting or self._is_deaf
        if is_expecting_more and not self._has_caller_ended:
            # To close with bytes unread makes the kernel tell the caller of a reset, which may overtake the reply.
            self._is_deaf = True
            self._resume_reading()
            # asyncio's own loop raises where the caller has reset the connection meanwhile.
            with contextlib.suppress(OSError):
                self._transport.write_eof()
        else:
            self._transport.close()

    # Parsing.

    def _parse(self, data: bytes) -> None:
        """Parse more than one step's worth."""
        rest = memoryview(data)
        while rest and not self._is_deaf:
            if self._is_full():
                self._unparsed = bytes(rest)
                return
            step = max(_STEP_BYTES, self._body_left)
            self._parse_step(rest[:step])
            rest = rest[step:]

    def _parse_step(self, data: bytes | memoryview) -> None:
        if self._is_deaf:
            return
        self._bytes_without_body += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nobody is upgraded here: what follows is read as HTTP/1.1, which the caller has to reckon with.
            self._read_on_after_upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError as error:
            # After the last request that the caller announced, whatever else it sends is no fault.
            if not self._is_deaf:
                self._fail(_explain(error, data))
            return
        if self._is_in_head:
            self._check_head()
        elif self._arriving is not None and self._bytes_without_body > _FRAME_LIMIT_BYTES:
            self._fail(BadRequest("The request's chunks are framed by too many bytes: send plain chunks."))

    def _read_on_after_upgrade(self, rest: bytes | memoryview) -> None:
        exchange = self._arriving
        if exchange is not None:
            # The parser leaves out the body of a request that offers an upgrade: the next one is told only of the body.
            self._is_after_upgrade = True
            self._parser = httptools.HttpRequestParser(self)
            length = exchange.head.body_bytes
            framing = b"Transfer-Encoding: chunked" if length is None else b"Content-Length: %d" % length
            self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing)
        if rest:
            self._parse_step(rest)

    def _check_head(self) -> None:
        limit = self._owner.limits.head_bytes
        if self._bytes_without_body > limit:
            what = "headers are" if self._names else "target is"
            message = f"The request's {what} longer than {limit} bytes: send less there."
            self._fail(HeadTooLarge(message, in_target=not self._names))

    def _fail(self, error: IngressError) -> None:
        """Read no further: what is asked for already is answered, then the caller is told."""
        self._is_deaf = True
        self._unparsed = b""
        exchange = self._arriving
        if exchange is None:
            self._waiting.append(error)
            self._notice()
        elif exchange.finished and exchange is not self._current:
            self.close()
        else:
            exchange.keeps_alive = False
            exchange.ends(error)

    def _notice(self) -> None:
        """Begin what can begin, and hold the caller back if that is too little."""
        if self._wakeup is not None and self._waiting:
            wakeup, self._wakeup = self._wakeup, None
            wakeup.set_result(None)
        if not self._is_reading_paused and self._is_full():
            self._is_reading_paused = True
            self._transport.pause_reading()

    def _is_full(self) -> bool:
        limits = self._owner.limits
        if len(self._waiting) > limits.pipelined:
            return True
        arriving = self._arriving
        if arriving is not None and arriving.holds_back and arriving.body_size > limits.unread_bytes:
            return True
        return len(self._waiting) > 1 and self._waiting_bytes() > limits.unread_bytes

    def _waiting_bytes(self) -> int:
        return sum(asked.body_size for asked in self._waiting if isinstance(asked, Exchange))

    def _resume_reading(self) -> None:
        if self._is_reading_paused:
            self._is_reading_paused = False
            self._transport.resume_reading()

    def _look_for_caller(self) -> None:
        """Find out whether a caller that sends no more is gone, or waits for its answer.

        Only what its side makes of bytes of ours tells: a closed socket resets the connection.
        """
        if self._transport.is_closing():
            return
        if self._poll.poll(0):
            self._transport.abort()
        elif self._current is not None and self._current is not self._probed:
            self._probed = self._current
            self._transport.write(_probe(self._current))


def _probe(exchange: Exchange) -> bytes:
    """Return bytes that mean nothing to a caller that still listens."""
    if exchange.head.is_http_1_0:
        return b""
    if not exchange.started:
        return CONTINUE
    # The first digit of the next chunk's length, which may begin with zeros (RFC 9112, section 7.1).
    return b"0" if exchange.is_chunked_stream else b""


def _explain(error: httptools.HttpParserError, data: bytes | memoryview) -> IngressError:
    cause = error.__context__
    if isinstance(cause, IngressError):
        return cause
    if bytes(data[:2]) == b"\x16\x03":
        return BadRequest("This port speaks plain HTTP: use http:// here, or put a proxy with TLS in front.")
    return BadRequest(f"This is no HTTP/1.1 request: {error}. Check what stands between you and this server.")
