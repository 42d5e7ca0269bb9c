"""Work on a large request, done beside the event loop: a worker serves everybody else from that one thread."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

_MOST_BYTES: Final = 256 << 10
_MOST_OBJECTS: Final = 500
"""Some 10 ms: saying an object of a request in another dialect takes 10 to 30 us (measured 2026-11)."""

Result = TypeVar("Result")


async def work_on(body: bytes, work: Callable[[], Result]) -> Result:
    """Return what comes of work on a body: in a thread where it is large. The work must share nothing that changes."""
    return await asyncio.to_thread(work) if is_large(body) else work()


def is_large(body: bytes) -> bool:
    """Tell whether a body has so many bytes, or objects, that work on each would hold everybody else up."""
    return len(body) > _MOST_BYTES or body.count(b"{") > _MOST_OBJECTS
