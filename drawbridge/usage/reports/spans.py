"""A span of time cut into what is added up already, days and hours in UTC, and the rest at its ends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST: Final = datetime(1000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment on, up to another that is not included; None where it has no such end."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pieces:
    """Spans that do not overlap, and make up a whole together."""

    days: tuple[Span, ...] = ()
    hours: tuple[Span, ...] = ()
    rest: tuple[Span, ...] = ()
    """What is in no whole hour: to be added up event by event."""


def cut(whole: Span, *, into_days: bool) -> Pieces:
    """Cut a span into whole days, whole hours beside them, and the rest; without days into hours and the rest."""
    # Nothing happens there, and the hour before or after it may have no name.
    if any(not _FIRST <= end <= _LAST for end in (whole.since, whole.until) if end is not None):
        return Pieces(rest=(whole,))
    hours, rest = _inner(whole, _HOUR)
    if hours is None or not into_days:
        return Pieces(hours=() if hours is None else (hours,), rest=rest)
    days, beside = _inner(hours, _DAY)
    return Pieces(() if days is None else (days,), beside, rest)


def _inner(whole: Span, step: timedelta) -> tuple[Span | None, tuple[Span, ...]]:
    """Return what of a span is made of whole steps, and what is left at its ends."""
    begins = None if whole.since is None else whole.since + (_ORIGIN - whole.since) % step
    ends = None if whole.until is None else whole.until - (whole.until - _ORIGIN) % step
    if begins is not None and ends is not None and begins >= ends:
        return None, (whole,)
    left = (Span(whole.since, begins), Span(ends, whole.until))
    return Span(begins, ends), tuple(span for span in left if span.since != span.until)
