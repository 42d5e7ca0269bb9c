"""Pieces of a stream that are like the one before but for their words: most are, and there is no need to look closer.

What such a piece says beside its words was read, and reported where it is lost, with the one before. Only a caller of
the vendor's own dialect is told it again, so for that one every piece is read whole.
"""

from collections.abc import Iterable

from msgspec import Struct

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import Began, Counted, Event, Frame, Grew


class Words(Struct):
    """A piece that holds words of one part."""

    text: str
    rest: tuple[Json, ...]
    """All else that it holds."""


class Repeats:
    """Remembers the last piece, where all that it told was more words."""

    def __init__(self) -> None:
        self._rest: tuple[Json, ...] | None = None
        self._grew = Grew(index=0, text="")

    def again(self, words: Words | None) -> Grew | None:
        """Return what a piece tells that is like the last one; None where it must be read."""
        if words is None or words.rest != self._rest:
            return None
        last = self._grew
        return Grew(at=last.at, index=last.index, text=words.text, paragraph=last.paragraph, shape=last.shape)

    def remember(self, words: Words | None, told: Iterable[Event]) -> None:
        """Take note of a piece that was read, and what it told."""
        self._rest = None
        match [event for event in told if not isinstance(event, Frame | Began | Counted)]:
            case [Grew() as grew] if words is not None and not grew.extras:
                self._rest, self._grew = words.rest, grew
            case _:
                pass
