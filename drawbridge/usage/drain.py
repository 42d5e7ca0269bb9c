"""Keeps the write-ahead files flowing into the database: this process's own, and those of siblings that died."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.errors import DrawbridgeError
from drawbridge.usage.delivery import Stores
from drawbridge.usage.recovery import Price, recover
from drawbridge.usage.write_ahead import WriteAhead

_DRAIN_EVERY_S: Final = 0.2
_RECOVER_EVERY_S: Final = 1.0
_LONGEST_WAIT_S: Final = 5.0
_log = logging.getLogger(__name__)


class Drain:
    """Drains and recovers until cancelled. Cancel it, then call `finish`, then close the write-ahead file."""

    def __init__(self, write_ahead: WriteAhead, folder: Path, stores: Stores, price: Price) -> None:
        self._write_ahead = write_ahead
        self._folder = folder
        self._stores = stores
        self._price = price

    async def run(self) -> None:
        """Store what is settled soon after it is; while the store is away, wait and try again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_keep(self._drain, _DRAIN_EVERY_S))
            tasks.create_task(_keep(self._recover, _RECOVER_EVERY_S))

    async def finish(self, within_s: float) -> bool:
        """Store the last events at the end of the process; False if that failed and they are left to a sibling."""
        try:
            async with asyncio.timeout(within_s):
                await self._drain()
        except DrawbridgeError as error:
            _log.warning("usage could not be stored before the end; it is kept in %s: %s", self._folder, error.message)
            return False
        except Exception:
            # The edge of a job: a store may raise anything, and nothing is lost by it.
            _log.warning("usage could not be stored before the end; it is kept in %s", self._folder, exc_info=True)
            return False
        return True

    async def _drain(self) -> None:
        await self._write_ahead.drain_once(self._stores)

    async def _recover(self) -> None:
        await recover(self._folder, self._stores, self._price)


async def _keep(job: Callable[[], Awaitable[None]], every_s: float) -> None:
    wait_s = every_s
    while True:
        end_if_cancelled()
        try:
            await job()
            wait_s = every_s
        except DrawbridgeError as error:
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            _log.warning("usage waits on the disk; next try in %.1f s: %s", wait_s, error.message)
        except Exception:
            # The edge of a job: a store may raise anything, and comes back.
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            _log.warning("usage cannot be stored and waits on the disk; next try in %.1f s", wait_s, exc_info=True)
        await asyncio.sleep(wait_s)
