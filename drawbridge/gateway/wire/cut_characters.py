r"""Characters that a vendor has cut into two escaped halves, over two events of a stream, put together again.

A token may end within a character, and JSON in ASCII says it as two escapes (RFC 8259 section 7): "\ud83d" at the end
of one event's text, "\ude00" at the beginning of the next. Mended alone, each event would lose its half.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, elements, members

_MOST_HELD: Final = 32
_MOST_HELD_BYTES: Final = 1 << 20
_HALF: Final = re.compile("[\ud800-\udfff]")
_FIRST: Final = re.compile("[\ud800-\udbff]")
_SECOND: Final = re.compile("[\udc00-\udfff]")
_REPLACEMENT: Final = "\ufffd"
_TELLING: Final = (
    "index",
    "output_index",
    "content_index",
    "summary_index",
    "item_id",
    "jsonPath",
    "json_path",
    "thought",
)
"""Members that tell texts apart which stand at the same path of their events."""

_Key = tuple[object, ...]


class Payload(Struct):
    """One JSON value of a reply."""

    value: Json
    """UNREADABLE_JSON for what is no JSON: then `text` has it."""
    text: bytes
    name: str | None = None
    """The type on an event's `event:` line."""


class _Place(Struct):
    """Where a string of a payload stands, and which text of the stream it goes on with."""

    holder: Json
    step: str | int
    text: str
    key: _Key

    def write(self, text: str) -> None:
        self.holder[self.step] = text


class CutCharacters:
    """Holds back what ends within a character until its other half is there, or cannot come any more."""

    def __init__(self) -> None:
        self._held: list[Payload] = []
        self._held_bytes = 0
        self._open: dict[_Key, _Place] = {}
        """Strings that end in a first half, by the text that they are of."""

    def feed(self, payloads: list[Payload]) -> list[Payload]:
        """Return the payloads that are whole, in their order."""
        whole: list[Payload] = []
        for payload in payloads:
            whole += self._take(payload)
        return whole

    def close(self) -> list[Payload]:
        """Return what is held; halves that are alone have become replacement characters."""
        held, self._held, self._held_bytes = self._held, [], 0
        self._open.clear()
        return held

    def _take(self, payload: Payload) -> list[Payload]:
        halved = _with_halves(payload)
        if halved is None and not self._open:
            return [payload]
        if payload.value is UNREADABLE_JSON:
            return [*self.close(), payload]
        payload.value = payload.value if halved is None else halved
        for place in list(_strings(payload.value)):
            self._join(place)
        self._held.append(payload)
        self._held_bytes += len(payload.text)
        is_full = len(self._held) >= _MOST_HELD or self._held_bytes > _MOST_HELD_BYTES
        return [] if self._open and not is_full else self.close()

    def _join(self, place: _Place) -> None:
        """Give the text that a string goes on with its other half, and remember what is half of this one."""
        before = self._open.pop(place.key, None) if place.text else None
        if before is not None and _SECOND.match(place.text):
            character = (before.text[-1] + place.text[0]).encode("utf-16", "surrogatepass").decode("utf-16")
            before.write(_mended(before.text[:-1]) + character)
            place.text = place.text[1:]
        place.write(_mended(place.text))
        if _FIRST.match(place.text[-1:]):
            self._open[place.key] = place


def _with_halves(payload: Payload) -> Json | None:
    """Return a payload's value with halves of characters in it; None where it has none."""
    # A quick look first: most events have no escaped character at all.
    if (b"\\ud" not in payload.text and b"\\uD" not in payload.text) or payload.value is UNREADABLE_JSON:
        return None
    try:
        value: Json = json.loads(payload.text)
        # The names of members have no other half: their event is mended as it is.
        is_plain = all(_HALF.search(str(place.step)) is None for place in _strings(value))
    except (ValueError, RecursionError):
        return None
    return value if is_plain and any(_HALF.search(place.text) for place in _strings(value)) else None


def _strings(value: Json) -> Iterator[_Place]:
    """Walk the strings of a value in their order."""
    kind = members(value).get("type")
    waiting: list[tuple[Json, _Key]] = [(value, (kind if isinstance(kind, str) else None,))]
    while waiting:
        holder, key = waiting.pop()
        below: list[tuple[Json, _Key]] = []
        if isinstance(holder, dict):
            told = members(holder)
            key += tuple(scalar for name in _TELLING if isinstance(scalar := told.get(name), str | int))
        steps = members(holder).items() if isinstance(holder, dict) else enumerate(elements(holder))
        for step, inner in steps:
            name = step if isinstance(step, str) else ""
            if isinstance(inner, str):
                yield _Place(holder, step, inner, (*key, name))
            else:
                below.append((inner, (*key, name)))
        waiting += reversed(below)


def _mended(text: str) -> str:
    return _HALF.sub(_REPLACEMENT, text)
