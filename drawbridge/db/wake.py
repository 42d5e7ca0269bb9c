"""Be told of what happens elsewhere: PostgreSQL's notifications, on a connection of their own."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

import psycopg
from psycopg import sql

from drawbridge.core.cancellation import end_if_cancelled

_log = logging.getLogger(__name__)

REVISIONS: Final = "drawbridge_revision"
"""The channel of changes to what the hot path decides from."""

Tell = Callable[[str], None]
"""Takes what a notification says; an empty text where some may have been missed."""

_CONNECT_TIMEOUT_S: Final = 5
_PAUSE_S: Final = 2.0
_QUIET_S: Final = 60.0


async def listen(url: str, channels: Mapping[str, Tell]) -> None:
    """Pass on notifications by channel, until cancelled. `url` is one that libpq reads, without a pooler between.

    Only a help: whoever is told also looks by itself from time to time, since a notification that comes while the
    connection is down is lost.
    """
    while True:
        end_if_cancelled()
        try:
            await _listen(url, channels)
        except (psycopg.Error, OSError) as error:
            _log.debug("no notifications for now: %s", error)
        await asyncio.sleep(_PAUSE_S)


async def _listen(url: str, channels: Mapping[str, Tell]) -> None:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S)
    async with connection:
        for channel in channels:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        for tell in channels.values():
            tell("")
        while True:
            end_if_cancelled()
            async for notification in connection.notifies(timeout=_QUIET_S):
                channels[notification.channel](notification.payload)
            # A connection that died in silence shows here at the latest.
            await connection.execute("select 1")
