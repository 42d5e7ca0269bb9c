"""How a vendor's own count is read: whatever it sends, nothing here raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

import msgspec

from drawbridge.gateway.surrogates import without_lone_surrogates
from drawbridge.usage.events import Tokens

_Read = TypeVar("_Read")

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What a decoder raises at bytes that are not what it expects."""

MOST_TOKENS: Final = 1 << 40
"""A count beyond this is no count of tokens."""


@dataclass(slots=True)
class Seen:
    """What has been seen of a reply so far."""

    complete: bool = False
    """The dialect's proper end was there."""
    ended: bool = False
    """Nothing that matters can follow any more."""
    failed: bool = False
    """The vendor reported an error in the reply."""
    counted_all: bool = True
    """False while the vendor's count is of a part of the reply only."""
    output_bytes: int = 0
    model: str | None = None
    service_tier: str | None = None
    reply_id: str | None = None
    web_searches: int = 0
    """Searches of the web that the vendor made and charges for."""
    images: int = 0
    audio_ms: int = 0
    """Sound that was put into text, where the vendor counts that instead of tokens."""

    def identify(self, reply_id: object, model: object, service_tier: object = None) -> None:
        """Keep what a reply calls itself: its first id and model, its latest tier."""
        self.reply_id = self.reply_id or _text(reply_id)
        self.model = self.model or _text(model)
        self.service_tier = _text(service_tier) or self.service_tier

    def end_whole(self, error: object) -> None:
        """Note that a whole reply was read, and the error in it, if any."""
        self.failed = bool(error)
        self.complete = not self.failed
        self.ended = True


def read(decode: Callable[[bytes], _Read], data: bytes) -> _Read | None:
    """Decode JSON; None where it is broken or not what the decoder expects."""
    try:
        return decode(data)
    except UNREADABLE:
        mended = without_lone_surrogates(data)
    try:
        return None if mended is None else decode(mended)
    except UNREADABLE:
        return None


class UsageReader(Protocol):
    """A dialect's way of telling what was used. Neither method raises on anything a vendor sends."""

    seen: Seen

    def reply(self, body: bytes) -> None:
        """Read a whole reply."""
        ...

    def event(self, data: bytes) -> None:
        """Read one event of a streamed reply."""
        ...

    def tokens(self) -> Tokens | None:
        """Return the vendor's count as last seen; None where none was."""
        ...


class Counts:
    """A JSON object with counts in it, read without trust: what is no sensible count is not there."""

    __slots__ = ("members",)

    def __init__(self, members: Mapping[str, object]) -> None:
        self.members = members

    def number(self, *names: str) -> int | None:
        """Return the first of these that is a count; None where none is."""
        for name in names:
            value = self.members.get(name)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS:
                return value
        return None

    def part(self, *names: str) -> "Counts":
        """Return the first of these that is an object, an empty one where none is."""
        return next((Counts(found) for name in names if (found := as_object(self.members.get(name)))), _NO_COUNTS)

    def parts(self, *names: str) -> "list[Counts]":
        """Return the objects in the first of these that is a list with objects in it."""
        for name in names:
            if elements := _as_list(self.members.get(name)):
                return [Counts(found) for element in elements if (found := as_object(element))]
        return []

    def text(self, name: str) -> str | None:
        """Return a string, None where it is absent, empty or something else."""
        return _text(self.members.get(name))

    def updated(self, other: "Counts") -> "Counts":
        """Return these with all that the other has and that is not null."""
        return Counts({**self.members, **{k: v for k, v in other.members.items() if v is not None}})


_NO_COUNTS: Final = Counts({})


def as_object(value: object) -> Mapping[str, object]:
    """Return a decoded JSON object as a mapping, an empty one for anything else."""
    # cast: the keys of a JSON object are strings.
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def covering(total: int | None, *parts: int) -> int:
    """Return a total with its parts in it: parts that exceed it were counted apart by the vendor."""
    inside = sum(parts)
    stated = total or 0
    return stated if stated >= inside else stated + inside


def text_bytes(value: object) -> int:
    """Count the UTF-8 bytes of a piece of output: a string, or parts that hold `text` or `thinking`."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if elements := _as_list(value):
        return sum(text_bytes(element) for element in elements)
    found = as_object(value)
    return text_bytes(found.get("text") or found.get("thinking")) if found else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _as_list(value: object) -> list[object]:
    # cast: nothing is known of the elements, which is what `object` says.
    return cast("list[object]", value) if isinstance(value, list) else []
