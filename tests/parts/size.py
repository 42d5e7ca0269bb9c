"""How much a test does: the everyday counts, or the full ones of `make prove`."""

import os
from typing import TypeVar

_Count = TypeVar("_Count", int, float)


def pick(everyday: _Count, *, full: _Count) -> _Count:
    """Return the count for this run, chosen by DRAWBRIDGE_TEST_SIZE."""
    return full if os.environ.get("DRAWBRIDGE_TEST_SIZE") == "full" else everyday
