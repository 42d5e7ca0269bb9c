"""An event stream on its way to the caller, passed on in whole events."""

from collections.abc import Callable
from typing import Final

from drawbridge.core.sse import Event, EventSplitter, EventTooLarge

_LIMIT_BYTES: Final = 8 << 20


class WholeEvents:
    """Relay a stream, each event as soon as it is whole, and as `write` gives it; otherwise byte for byte.

    A client acts on an event at its end, so nothing is late; and where a stream breaks off in the middle of an
    event, what is said behind the last whole one can be read. All that follows an event beyond 8 MiB is passed on
    as it comes.
    """

    def __init__(self, write: Callable[[Event], bytes] | None = None) -> None:
        self._write = write or _as_it_is
        self._splitter = EventSplitter(_LIMIT_BYTES)
        self._gave_up = False

    def feed(self, piece: bytes) -> bytes:
        """Return what to pass on of the stream so far."""
        if self._gave_up:
            return piece
        try:
            events = self._splitter.feed(piece)
        except EventTooLarge:
            self._gave_up = True
            return self.close() + piece
        return b"".join([self._write(event) for event in events])

    def close(self) -> bytes:
        """Return what was held back when the stream ended."""
        return b"".join([self._write(event) for event in self._splitter.close()])


def _as_it_is(event: Event) -> bytes:
    return event.raw
