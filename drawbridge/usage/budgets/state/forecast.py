"""What a budget's window will come to, if it goes on as it went so far."""

from datetime import datetime
from typing import Final

from drawbridge.core.money import Nanousd

_LEAST_PART: Final = 50
"""Before a fiftieth of the window has passed, nothing can be said: one large call would be taken for the habit."""


def forecast(spent: Nanousd, begins: datetime, ends: datetime | None, at: datetime) -> Nanousd | None:
    """Return what will be spent at the end, linear over what has passed of the window, in nano-dollars.

    None where it never ends, and where too little of it has passed. The window's end is not part of it.
    """
    if ends is None:
        return None
    if at >= ends:
        return spent
    whole, passed = ends - begins, at - begins
    if passed * _LEAST_PART < whole:
        return None
    # In whole microseconds, so that no digit is lost on the way.
    whole_us, passed_us = (
        part.days * 86_400_000_000 + part.seconds * 1_000_000 + part.microseconds for part in (whole, passed)
    )
    return Nanousd((spent * whole_us + passed_us // 2) // passed_us)
