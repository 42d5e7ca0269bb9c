"""Server-sent events taken out of a stream of bytes, whatever the cuts (WHATWG HTML section 9.2, 2026-11)."""

import re
from dataclasses import dataclass
from typing import Final

from drawbridge.core.errors import DrawbridgeError

_BOM: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"\r\n?|\n")
_DATA_LINE: Final = re.compile(rb"(?:\A|(?<=[\r\n]))data(?:: ?([^\r\n]*)|(?=[\r\n]|\Z))")
# Two line ends in a row, the first perhaps only by its second half: the end of an event.
_BLANK_LINE: Final = re.compile(rb"\n\n|\n\r\n?|\r\r\n?")


class EventTooLarge(DrawbridgeError):
    """An event grew beyond the limit before it ended. `close` still gives what is held of it."""

    code = "event_too_large"
    status = 502
    fault = "provider"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `raw` is all of it, the blank line that ends it included."""

    raw: bytes

    @property
    def data(self) -> bytes | None:
        """What the event carries: its `data` lines joined by line feeds, None where it has none."""
        raw = self.raw
        if raw.startswith(b"data: ") and raw.find(b"\n") == len(raw) - 2 and b"\r" not in raw:
            return raw[6:-2]
        span = self.data_span
        if span is not None:
            return raw[span[0] : span[1]]
        values = self._values(b"data")
        return b"\n".join(values) if values else None

    @property
    def name(self) -> str | None:
        """The event's type as its last `event` line has it; None where it has none."""
        if b"event" not in self.raw:
            return None
        values = self._values(b"event")
        return values[-1].decode("utf-8", "replace") if values else None

    @property
    def data_span(self) -> tuple[int, int] | None:
        """Where `data` stands in `raw`; None unless it is one `data:` line."""
        lines = _DATA_LINE.finditer(self.raw)
        first = next(lines, None)
        if first is None or first.start(1) < 0 or next(lines, None) is not None:
            return None
        return first.span(1)

    def _values(self, field: bytes) -> list[bytes]:
        values: list[bytes] = []
        for line in _LINE_END.split(self.raw.removeprefix(_BOM)):
            name, _, value = line.partition(b":")
            if name == field:
                values.append(value.removeprefix(b" "))
        return values


class EventSplitter:
    """Cut a stream into events. The raws of all events, those of `close` included, make up the stream again.

    A blank line that nothing precedes is an event without data. Where a piece ends in a carriage return, the event
    waits for the next byte: a line feed would still belong to it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._has_carriage_returns = False

    def feed(self, piece: bytes) -> list[Event]:
        """Return the events that this piece ends.

        Raises EventTooLarge, without taking the piece in, where more than `limit` bytes are held already.
        """
        self._has_carriage_returns = self._has_carriage_returns or b"\r" in piece
        if self._held:
            if len(self._held) > self._limit:
                raise EventTooLarge(f"A streamed event is larger than {self._limit} bytes. Ask for a smaller answer.")
            searched = max(0, len(self._held) - 3)
            self._held += piece
            if self._end(self._held, 0, searched) < 0:
                return []
            piece = bytes(self._held)
            self._held.clear()
        events: list[Event] = []
        start = 0
        while (end := self._end(piece, start, start)) >= 0:
            events.append(Event(piece[start:end]))
            start = end
        self._held += piece[start:]
        return events

    def close(self) -> list[Event]:
        """Return what is left: nothing, or one event that the end of the stream cut short."""
        rest = bytes(self._held)
        self._held.clear()
        return [Event(rest)] if rest else []

    def _end(self, text: bytes | bytearray, start: int, searched: int) -> int:
        """Return where the event that begins at `start` ends; -1 where its end is not there yet."""
        if not self._has_carriage_returns:
            if text.startswith(b"\n", start):
                return start + 1
            found = text.find(b"\n\n", searched)
            return -1 if found < 0 else found + 2
        ending = _LINE_END.match(text, start) or _BLANK_LINE.search(text, searched)
        if ending is None or (ending.end() == len(text) and text.endswith(b"\r")):
            return -1
        return ending.end()
