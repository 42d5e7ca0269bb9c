"""What the process that reads a file takes away from itself before it looks at it."""

import contextlib
import ctypes
import resource
import signal
from typing import Final

MOST_MEMORY_BYTES: Final = 1024 * 1024 * 1024
MOST_CPU_S: Final = 25
DEADLINE_S: Final = 45.0
"""By the clock: on a busy machine it takes longer than the work."""

_NEW_USER: Final = 0x10000000
_NEW_NETWORK: Final = 0x40000000


def confine() -> None:
    """Set limits of memory and time, and give up the network and all writing, where the system lets one.

    The alarm ends a process whose parent was killed.
    """
    _limit(resource.RLIMIT_AS, MOST_MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, MOST_CPU_S)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    signal.alarm(int(DEADLINE_S) + 5)
    # Linux alone; where it is refused, as in some containers, the other limits hold.
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK)


def _limit(what: int, most: int) -> None:
    # A system without this limit, or with a lower one.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most))
