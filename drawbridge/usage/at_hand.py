"""The last events of a segment, kept in memory so that its owner need not read them from the file again."""

from collections.abc import Sequence
from typing import NamedTuple


class Located(NamedTuple):
    """An event as it goes to the database, and the offset behind it in its segment."""

    line: bytes
    end: int
    is_denials: bool = False
    """Whether it is a count of denials, packed, and no usage event."""


class AtHand:
    """Every event behind some offset of a segment. That goes up while the database is away: memory is bounded."""

    def __init__(self, start: int, limit: int) -> None:
        self._start = start
        self._limit = limit
        self._events: list[Located] = []

    def add(self, event: Located) -> None:
        """Keep the next event; where there are too many, forget those before it."""
        if len(self._events) == self._limit:
            self.forget()
        self._events.append(event)

    def forget(self) -> None:
        """Leave what there is to the file."""
        self._take_all()

    def take(self, start: int) -> Sequence[Located] | None:
        """Give all events behind an offset away; None where some of them are in the file only."""
        if start < self._start:
            return None
        # Some may have been read from the file meanwhile.
        return [event for event in self._take_all() if event.end > start]

    def _take_all(self) -> list[Located]:
        events, self._events = self._events, []
        if events:
            self._start = events[-1].end
        return events
