"""A reply's bytes cut into JSON values, whatever its form: a stream of events, Gemini's array, or one object."""

from typing import Final

from drawbridge.core.sse import Event, EventSplitter, EventTooLarge
from drawbridge.gateway.wire.cut_characters import CutCharacters, Payload
from drawbridge.gateway.wire.dialect import EVENT_LIMIT_BYTES
from drawbridge.gateway.wire.json_array import ArrayElements
from drawbridge.gateway.wire.json_text import decode

_BOM: Final = b"\xef\xbb\xbf"


class Framing:
    """Cuts a reply into its JSON values. Never raises; `fault` tells what cannot be read any further."""

    def __init__(self, *, streamed: bool) -> None:
        """`streamed` is whether events may come; a reply that was not asked for as a stream is one value."""
        self._streamed = streamed
        self._form: _Events | _Array | _Whole | None = None
        self._first = b""
        self.fault: str | None = None

    @property
    def is_whole(self) -> bool:
        """The reply is one JSON value, or nothing was fed yet."""
        return self._form is None or isinstance(self._form, _Whole)

    def feed(self, piece: bytes) -> list[Payload]:
        """Return the values that this piece ends."""
        if self.fault is not None:
            return []
        if self._form is None:
            self._first += piece
            piece = self._first
            self._form = self._recognise(piece)
            if self._form is None:
                return []
            self._first = b""
        try:
            return self._form.feed(piece)
        except (EventTooLarge, OverflowError):
            self.fault = f"a piece of the reply is larger than {EVENT_LIMIT_BYTES} bytes"
            return []

    def close(self) -> list[Payload]:
        """Return what is left: of a whole reply all of it."""
        if self.fault is not None:
            return []
        return [] if self._form is None else self._form.close()

    def _recognise(self, start: bytes) -> "_Events | _Array | _Whole | None":
        if not self._streamed:
            return _Whole()
        match start.removeprefix(_BOM).lstrip()[:1]:
            case b"":
                return None
            case b"[":
                return _Array()
            case b"{" | b"<":
                return _Whole()
            case _:
                return _Events()


class _Events:
    def __init__(self) -> None:
        self._splitter = EventSplitter(EVENT_LIMIT_BYTES)
        self._characters = CutCharacters()

    def feed(self, piece: bytes) -> list[Payload]:
        return self._characters.feed(_payloads(self._splitter.feed(piece)))

    def close(self) -> list[Payload]:
        # Some vendors end without the last blank line: what is whole JSON counts all the same.
        return [*self._characters.feed(_payloads(self._splitter.close())), *self._characters.close()]


class _Array:
    def __init__(self) -> None:
        self._elements = ArrayElements(EVENT_LIMIT_BYTES)
        self._characters = CutCharacters()

    def feed(self, piece: bytes) -> list[Payload]:
        return self._characters.feed([Payload(decode(element), element) for element in self._elements.feed(piece)])

    def close(self) -> list[Payload]:
        return self._characters.close()


class _Whole:
    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, piece: bytes) -> list[Payload]:
        self._body += piece
        if len(self._body) > EVENT_LIMIT_BYTES:
            raise OverflowError("the reply is too large")
        return []

    def close(self) -> list[Payload]:
        text = bytes(self._body)
        return [Payload(decode(text), text)] if text.strip() else []


def _payloads(events: list[Event]) -> list[Payload]:
    return [Payload(decode(data), data, event.name) for event in events if (data := event.data)]
