"""One HTTP/1.1 connection: it writes a request, reads the reply into a `Reply`, and then waits for the next."""

import asyncio
import select
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from drawbridge.egress.alarm import Alarm
from drawbridge.egress.errors import EgressError
from drawbridge.egress.failures import broken_off, cut_off, no_answer, not_http, too_large
from drawbridge.egress.reply import Reply
from drawbridge.egress.wire import Wire

_HEAD_LIMIT_BYTES = 128 * 1024
_HEADERS_LIMIT = 256
_WRITTEN_AT_ONCE_BYTES = 64 * 1024
_SLICE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long an unused connection is kept, and how much of a reply is let in, at once and in all."""

    keep_alive_s: float
    high_water_bytes: int
    reply_limit_bytes: int


class Owner(Protocol):
    """Where a connection goes when its exchange is over."""

    def finished(self, connection: "Connection", *, can_serve_again: bool) -> None:
        """Take the connection back. One that cannot serve again is already closed."""
        ...

    def lost(self, connection: "Connection") -> None:
        """Forget a connection that ended while nobody used it."""
        ...


class Connection(Wire):
    """A connection, which serves one exchange at a time. The parser calls the methods named on_*."""

    def __init__(self, owner: Owner, limits: ConnectionLimits, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._limits = limits
        self._loop = loop
        self._alarm = Alarm(loop, self._deadline_passed)
        self._parser = httptools.HttpResponseParser(self)
        self._poll = select.poll()
        self._transport: asyncio.Transport | None = None
        self._reply: Reply | None = None
        self._unsent: memoryview | None = None
        self._is_writing_paused = False
        self._is_reading_paused = False
        self._start_over()

    def _start_over(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects_body = True
        self._is_whole = False
        self._can_serve_again = False
        self._has_stray_bytes = False
        self._bytes_without_body = 0
        self._left_bytes = self._limits.reply_limit_bytes

    # What the pool and the reply ask for.

    @property
    def is_open(self) -> bool:
        """Tell whether the connection stands, as far as the event loop knows."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """Tell whether it stands and nothing waits to be read: here that could only be its end, or a stray reply.

        The kernel is asked, because a busy event loop may not have read it yet.
        """
        return self.is_open and not self._poll.poll(0)

    def send(self, reply: Reply, head: bytes, body: bytes, *, expects_body: bool) -> None:
        """Write a request; what the other side does not take yet is written when it does."""
        assert self._transport is not None
        assert self._reply is None
        self._start_over()
        self._reply = reply
        self._expects_body = expects_body
        reply.line = self
        if len(body) <= _WRITTEN_AT_ONCE_BYTES:
            self._transport.write(head + body)
            return
        self._transport.write(head)
        self._unsent = memoryview(body)
        self._send_more()

    def ring_at(self, at: float) -> None:
        """Tell the reply at that time that a deadline has passed."""
        self._alarm.set(at)

    def go_on(self) -> None:
        """Read on, after the reply was held back."""
        if self._is_reading_paused and self.is_open and self._transport is not None:
            self._is_reading_paused = False
            self._transport.resume_reading()

    def break_off(self, error: EgressError | None) -> None:
        """Close the connection at once, and tell the reply why."""
        self.abort()
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.ends(error)
            self._owner.finished(self, can_serve_again=False)

    def close(self) -> None:
        """Close the connection at once, because nobody will need it any more."""
        self._ended(ConnectionAbortedError("Drawbridge is shutting down"))

    def abort(self) -> None:
        """Close the connection at once."""
        self._alarm.stop()
        self._unsent = None
        if self._transport is not None:
            # `close` would first flush what is unsent, or wait for the other side's TLS farewell.
            self._transport.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport has the methods of asyncio.Transport without being one.
        self._transport = cast("asyncio.Transport", transport)
        # uvloop and asyncio each have a socket-like object of their own here; both have this method.
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None:
            self._lost_while_idle()
            return
        self._bytes_without_body += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._misunderstood(str(error))
        except httptools.HttpParserUpgrade:
            self._misunderstood("it changed the protocol, which nobody asked for")
        if self._is_whole:
            self._finish()
        elif self._bytes_without_body > _HEAD_LIMIT_BYTES:
            self._misunderstood("its headers do not end")
        elif self._reply is not None:
            self._hand_over(self._reply)

    def eof_received(self) -> bool:
        self._ended(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended(exc)

    def pause_writing(self) -> None:
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        self._send_more()

    # What the parser tells. None of these may raise: the parser would tell it as a parser's error.

    def on_message_begin(self) -> None:
        self._has_stray_bytes = self._is_whole

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value.strip()))

    def on_headers_complete(self) -> None:
        if self._reply is None or self._is_whole:
            return
        headers, self._headers = self._headers, []
        status = self._parser.get_status_code()
        if status < 200:
            return
        if len(headers) > _HEADERS_LIMIT or self._is_head_too_long(headers):
            self._misunderstood("its headers are too many or too long")
            return
        self._reply.begins(status, tuple(headers))
        self._can_serve_again = self._parser.should_keep_alive()
        if not self._expects_body:
            self._is_whole = True
            # The old parser waits for the body that a reply to HEAD announces and does not have.
            self._next_parser()

    def on_body(self, body: bytes) -> None:
        if self._reply is None or self._is_whole:
            self._has_stray_bytes = True
            return
        self._bytes_without_body = 0
        self._left_bytes -= len(body)
        if self._left_bytes < 0:
            self.break_off(too_large(self._reply.authority))
            return
        self._reply.arrives(body)

    def on_message_complete(self) -> None:
        # An interim answer is a message of its own; the final one has begun the reply.
        if self._reply is not None and self._reply.has_begun:
            self._is_whole = True

    # How an exchange goes on and ends.

    def _next_parser(self) -> None:
        self._parser = httptools.HttpResponseParser(self)

    def _is_head_too_long(self, headers: list[tuple[bytes, bytes]]) -> bool:
        if self._bytes_without_body <= _HEAD_LIMIT_BYTES:
            return False
        return sum(len(name) + len(value) + 4 for name, value in headers) > _HEAD_LIMIT_BYTES

    def _hand_over(self, reply: Reply) -> None:
        if not reply.has_begun:
            return
        if reply.waiting_bytes > self._limits.high_water_bytes and not self._is_reading_paused:
            self._pause_reading()
        reply.wake()

    def _pause_reading(self) -> None:
        assert self._transport is not None
        self._is_reading_paused = True
        self._transport.pause_reading()

    def _finish(self) -> None:
        """End an exchange whose reply is whole."""
        reply, self._reply = self._reply, None
        if reply is None:
            return
        can_serve_again = self._can_serve_again and not self._has_stray_bytes and self._has_sent_all()
        if can_serve_again:
            self.go_on()
            self._alarm.set(self._loop.time() + self._limits.keep_alive_s)
        else:
            self.abort()
        reply.ends(None)
        self._owner.finished(self, can_serve_again=can_serve_again)

    def _has_sent_all(self) -> bool:
        # A reply may come before the request has left; the rest of it would be read as the next one.
        return self._unsent is None and self._transport is not None and self._transport.get_write_buffer_size() == 0

    def _ended(self, error: Exception | None) -> None:
        """End the exchange, if there is one, because the connection has ended."""
        reply = self._reply
        if reply is None:
            self._lost_while_idle()
        elif not reply.has_begun:
            tell = cut_off if self._bytes_without_body else no_answer
            self.break_off(tell(reply.authority, error))
        elif error is None and reply.has_no_length:
            self._is_whole = True
            self._finish()
        else:
            self.break_off(cut_off(reply.authority, error))

    def _lost_while_idle(self) -> None:
        self.abort()
        self._owner.lost(self)

    def _misunderstood(self, reason: str) -> None:
        """End the exchange because what arrived is not HTTP. After a whole reply it is merely stray."""
        reply = self._reply
        if reply is None or self._is_whole:
            self._has_stray_bytes = True
            return
        tell = broken_off if reply.has_begun else not_http
        self.break_off(tell(reply.authority, reason))

    def _deadline_passed(self) -> None:
        if self._reply is None:
            self._lost_while_idle()
        else:
            self.break_off(self._reply.timed_out())

    def _send_more(self) -> None:
        while self._unsent is not None and not self._is_writing_paused and self._transport is not None:
            piece, rest = self._unsent[:_SLICE_BYTES], self._unsent[_SLICE_BYTES:]
            self._unsent = rest if len(rest) else None
            self._transport.write(piece)
