"""A clock that stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta


class HeldClock:
    def __init__(self, now: datetime | None = None) -> None:
        # The database's own clock stamps created_at, so a test's time starts near the real one.
        self._now = datetime.now(UTC) if now is None else now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, length: timedelta) -> None:
        self._now += length
        self._monotonic += length.total_seconds()
