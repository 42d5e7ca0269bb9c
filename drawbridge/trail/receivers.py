"""Receivers of streams: a webhook, and syslog."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from drawbridge.audit.events import Link, written_time
from drawbridge.core.clock import Clock
from drawbridge.egress import Deadlines, Door, LineDoor, OutgoingRequest, OutgoingText
from drawbridge.trail.errors import NotConfirmedError
from drawbridge.trail.export import WRITERS, Format

_DEADLINES: Final = Deadlines(connect_s=10.0, first_byte_s=20.0, between_bytes_s=10.0, total_s=30.0)
_FAREWELL_S: Final = 5.0
_LONGEST_ANSWER_BYTES: Final = 64 * 1024

_LOG_AUDIT: Final = 13
"""The facility of syslog (RFC 5424 section 6.2.1)."""
_NOTICE: Final = 5
_WARNING: Final = 4
_LONGEST_MSGID: Final = 32
_LARGEST_SEQUENCE: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one chain that follow one another, at least one."""

    stream: str
    links: Sequence[Link]


class Receiver(Protocol):
    """Where a stream goes."""

    async def take(self, batch: Batch) -> None:
        """Return when the receiver has confirmed the batch, the whole of it.

        Raises EgressError, NotConfirmedError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """Sends batches by POST, signed; any answer of 200 to 299 confirms."""

    door: Door
    clock: Clock
    url: str
    secret: str = field(repr=False)
    form: Format
    allow_private: bool

    async def take(self, batch: Batch) -> None:
        """Send a batch, one event a line."""
        write = WRITERS[self.form]
        body = b"".join(write(link) + b"\n" for link in batch.links)
        request = OutgoingRequest("POST", self.url, self._headers(batch, body), body, _DEADLINES, self.allow_private)
        async with self.door.stream(request) as reply:
            if not 200 <= reply.status <= 299:
                raise NotConfirmedError(f"The receiver answered {reply.status}: it takes a batch with 200 to 299.")
            length = 0
            async for piece in reply.pieces():
                # Read to its end, so that the connection can serve again; a long one is not worth it.
                length += len(piece)
                if length > _LONGEST_ANSWER_BYTES:
                    return

    def _headers(self, batch: Batch, body: bytes) -> tuple[tuple[str, str], ...]:
        first, last = batch.links[0].event, batch.links[-1].event
        return (
            ("content-type", "application/x-ndjson"),
            ("user-agent", "drawbridge"),
            ("x-drawbridge-stream", batch.stream),
            ("x-drawbridge-chain", str(first.chain)),
            ("x-drawbridge-events", f"{first.number}-{last.number}"),
            ("x-drawbridge-signature", signature(self.secret, int(self.clock.now().timestamp()), body)),
        )


def signature(secret: str, time_s: int, body: bytes) -> str:
    """Return what proves that a body comes from who has the secret, and when it was sent."""
    digest = hmac.new(secret.encode(), f"{time_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={time_s},v1={digest}"


@dataclass(frozen=True, slots=True)
class Syslog:
    """Sends messages of RFC 5424 over TCP or TLS, counted in octets (RFC 6587 section 3.4.1, RFC 5425)."""

    door: LineDoor
    host: str
    port: int
    is_secure: bool
    form: Format
    allow_private: bool
    hostname: str
    """Of this machine, as the messages name it."""

    async def take(self, batch: Batch) -> None:
        """Send a batch, one event a message, on a connection of its own."""
        content = b"".join(framed(message(link, self.hostname, WRITERS[self.form])) for link in batch.links)
        await self.door.send(
            OutgoingText(
                host=self.host,
                port=self.port,
                is_secure=self.is_secure,
                content=content,
                connect_s=_DEADLINES.connect_s,
                total_s=_DEADLINES.total_s,
                farewell_s=_FAREWELL_S,
                allow_private=self.allow_private,
            )
        )


def message(link: Link, hostname: str, write: Callable[[Link], bytes]) -> bytes:
    """Write an event as a message of syslog: the JSON stands in its text, without a byte order mark."""
    event = link.event
    priority = _LOG_AUDIT * 8 + (_NOTICE if event.outcome == "done" else _WARNING)
    sequence = (event.number - 1) % _LARGEST_SEQUENCE + 1
    head = (
        f"<{priority}>1 {written_time(event.at)} {_header(hostname, 255)} drawbridge -"
        f' {_header(event.action, _LONGEST_MSGID)} [meta sequenceId="{sequence}"] '
    )
    return head.encode() + write(link)


def framed(content: bytes) -> bytes:
    """Put a message's length in front of it."""
    return b"%d %b" % (len(content), content)


def _header(text: str, longest: int) -> str:
    """Return text as a field of the header takes it: printable ASCII without spaces, `-` for nothing."""
    return "".join(mark if "!" <= mark <= "~" else "_" for mark in text[:longest]) or "-"
