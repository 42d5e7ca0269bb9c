"""How much a test does: the everyday counts, or the full ones of `make prove`."""

import os
from collections.abc import Sequence
from typing import TypeVar

_Count = TypeVar("_Count", int, float)
_Item = TypeVar("_Item")


def pick(everyday: _Count, *, full: _Count) -> _Count:
    """Return the count for this run, chosen by DRAWBRIDGE_TEST_SIZE."""
    return full if _is_full() else everyday


def shared_out(items: Sequence[_Item], turn: str, *turns: str) -> Sequence[_Item]:
    """Return a turn's share of what is tried in several turns: everything in `make prove`, else all turns together."""
    share = items[turns.index(turn) :: len(turns)]
    return items if _is_full() else share


def _is_full() -> bool:
    return os.environ.get("DRAWBRIDGE_TEST_SIZE") == "full"
