"""A deadline that costs next to nothing to move, because most deadlines are moved and never pass."""

import asyncio
from collections.abc import Callable
from math import inf


class Alarm:
    """Calls back once, when a moment has passed; the moment is a time of the event loop's clock.

    The timer is left where it is while the moment moves later: when it goes off too early, it is set again.
    """

    __slots__ = ("_at", "_loop", "_ring", "_timer", "_timer_at")

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._at = inf
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def set(self, at: float) -> None:
        """Ring at that moment, instead of any earlier set."""
        self._at = at
        if at < self._timer_at:
            self._start_timer()

    def stop(self) -> None:
        """Never ring again."""
        self._at = inf
        self._timer_at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._at
        self._timer = self._loop.call_at(self._at, self._went_off)

    def _went_off(self) -> None:
        self._timer = None
        self._timer_at = inf
        if self._loop.time() < self._at:
            self._start_timer()
        else:
            self._at = inf
            self._ring()
