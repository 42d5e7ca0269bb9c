"""Be told of changes: PostgreSQL's notifications, on a connection of their own."""

import asyncio
import logging
from typing import Final

import psycopg

from drawbridge.core.cancellation import end_if_cancelled

_log = logging.getLogger(__name__)

_CHANNEL: Final = "drawbridge_revision"
_CONNECT_TIMEOUT_S: Final = 5
_PAUSE_S: Final = 2.0
_QUIET_S: Final = 60.0


async def wake_on_change(url: str, told: asyncio.Event) -> None:
    """Set `told` at every change, until cancelled. `url` is one that libpq reads, without a pooler between.

    Only a help: whoever waits for `told` also looks by itself from time to time, since a notification that comes
    while the connection is down is lost.
    """
    while True:
        end_if_cancelled()
        try:
            await _listen(url, told)
        except (psycopg.Error, OSError) as error:
            _log.debug("no notifications for now: %s", error)
        await asyncio.sleep(_PAUSE_S)


async def _listen(url: str, told: asyncio.Event) -> None:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S)
    async with connection:
        await connection.execute(f"listen {_CHANNEL}")
        told.set()
        while True:
            end_if_cancelled()
            async for _ in connection.notifies(timeout=_QUIET_S):
                told.set()
            # A connection that died in silence shows here at the latest.
            await connection.execute("select 1")
