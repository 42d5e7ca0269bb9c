"""How many connections each of several servers on the same sockets has, in memory that they all see."""

import mmap
import os
import sys
import tempfile
from typing import IO, Final

_ROW_BYTES: Final = 8
_AWAY: Final = -1
_AWAY_ROW: Final = _AWAY.to_bytes(_ROW_BYTES, sys.byteorder, signed=True)


class Shares:
    """The table as one of the servers uses it: it writes a row of its own, and reads the others'."""

    def __init__(self, memory: mmap.mmap, index: int) -> None:
        """`memory` holds a table as `shares_file` makes it; `index` tells which row is this server's."""
        self._rows = memoryview(memory).cast("q")
        self._index = index
        self._others = [row for row in range(len(self._rows)) if row != index]

    def tell(self, connections: int) -> None:
        """Tell the others how many connections this server has."""
        self._rows[self._index] = connections

    def leave(self) -> None:
        """Tell the others that this server takes no callers: who comes now is theirs."""
        self._rows[self._index] = _AWAY

    def is_due(self, connections: int) -> bool:
        """Tell whether a server with so many connections is to take another one.

        One that has a few more than another leaves it to that one: few enough for an even share of many, and enough for
        all to take several at once.
        """
        rows = self._rows
        least = min((rows[row] for row in self._others if rows[row] != _AWAY), default=connections)
        return connections <= least + 1 + least // 8


def no_shares() -> Shares:
    """Return the table of a server that shares its sockets with nobody."""
    return Shares(mmap.mmap(-1, _ROW_BYTES), 0)


def shares_file(servers: int) -> IO[bytes]:
    """Return a file without a name that holds the table of so many servers, of which none takes callers yet."""
    file = os.fdopen(_unnamed(), "w+b")
    file.write(_AWAY_ROW * servers)
    file.flush()
    return file


def mark_away(file: IO[bytes], index: int) -> None:
    """Tell the others that a server has ended, for one that could not."""
    os.pwrite(file.fileno(), _AWAY_ROW, index * _ROW_BYTES)


def _unnamed() -> int:
    if sys.platform == "linux":
        # On a disk, the table would now and then be held up by its own way there.
        return os.memfd_create("shares")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
