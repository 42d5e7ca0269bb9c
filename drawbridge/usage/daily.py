"""What is done at the start and every day, by one process of the installation."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.errors import DrawbridgeError

_DAY_S: Final = 86_400.0
_AGAIN_S: Final = 60.0
_log = logging.getLogger(__name__)


async def do_daily(
    jobs: Sequence[Callable[[], Awaitable[object]]], *, every_s: float = _DAY_S, again_s: float = _AGAIN_S
) -> None:
    """Do jobs now and every day until cancelled; where one fails, all are done again after a minute."""
    while True:
        end_if_cancelled()
        is_done = True
        for job in jobs:
            is_done = await _did(job) and is_done
        await asyncio.sleep(every_s if is_done else again_s)


async def _did(job: Callable[[], Awaitable[object]]) -> bool:
    try:
        await job()
    except DrawbridgeError as error:
        _log.warning("daily work waits for a minute: %s", error.message)
        return False
    except Exception:
        # The edge of a job: the database may raise anything, and comes back.
        _log.warning("daily work failed, next try in a minute", exc_info=True)
        return False
    return True
