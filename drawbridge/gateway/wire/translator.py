"""A vendor's reply in one dialect, told to a caller in another, as it comes."""

from collections.abc import Sequence
from typing import Protocol

from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import Dialect, ReplyHead, ReplyReader
from drawbridge.gateway.wire.events import Began, Event
from drawbridge.gateway.wire.losses import Losses


class ReplyTranslation(Protocol):
    """Takes the bytes of one reply, and gives those for the caller: `begin`, then `feed`, and `close` at the end."""

    @property
    def losses(self) -> Losses:
        """What of the reply the caller could not be told so far."""
        ...

    @property
    def status(self) -> int:
        """The HTTP status for the caller: known once something was fed, or all is closed."""
        ...

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What to tell of the bytes beside the vendor's own headers: their content type, at least."""
        ...

    def begin(self, head: ReplyHead) -> None:
        """Take the head of the reply."""
        ...

    def feed(self, piece: bytes) -> bytes:
        """Return what this piece tells the caller."""
        ...

    def close(self) -> bytes:
        """Return the end of the reply."""
        ...


class ReplyTranslator:
    """Takes the bytes of one reply, and gives those that the caller understands. Call `begin` first."""

    def __init__(self, spoken: Dialect, told: Dialect, request: Request, *, now_s: int) -> None:
        """`spoken` is the vendor's dialect, `told` the caller's; `now_s` is Unix time, for vendors that tell none."""
        self._spoken = spoken
        self._request = request
        self._now_s = now_s
        self._writer = told.write_reply(request)
        self._reader: ReplyReader | None = None
        self._is_closed = False

    @property
    def losses(self) -> Losses:
        """What of the reply the caller could not be told so far."""
        return self._writer.losses

    @property
    def status(self) -> int:
        """The HTTP status for the caller: known once something was fed, or all is closed."""
        return self._writer.status

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the bytes are."""
        return [(b"content-type", self._writer.content_type.encode())]

    def begin(self, head: ReplyHead) -> None:
        """Take the head of the reply."""
        self._reader = self._spoken.read_reply(head, self._request)

    def feed(self, piece: bytes) -> bytes:
        """Return what this piece tells the caller: nothing yet, of a reply that is told whole."""
        assert self._reader is not None
        return b"" if self._is_closed else self._write(self._reader.feed(piece))

    def close(self) -> bytes:
        """Return the end of the reply. A stream that stopped too early ends in a failure of the caller's dialect."""
        if self._is_closed:
            return b""
        self._is_closed = True
        assert self._reader is not None
        return self._write(self._reader.close()) + self._writer.close()

    def _write(self, events: Sequence[Event]) -> bytes:
        for event in events:
            if isinstance(event, Began) and event.created_at is None:
                event.created_at = self._now_s
        return self._writer.feed([*events]) if events else b""
