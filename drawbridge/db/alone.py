"""Work that one process of the installation does and no other: whoever holds a lock in the database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import psycopg

from drawbridge.core.cancellation import end_if_cancelled

_log = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S: Final = 5
_ANSWER_TIMEOUT_S: Final = 10.0

# Any: rows of whatever columns.
_Connection = psycopg.AsyncConnection[Any]


async def work_alone(url: str, lock: int, work: Callable[[], Awaitable[None]], *, look_every_s: float = 5.0) -> None:
    """Do work for as long as this process holds an advisory lock, until cancelled.

    `url` is one that libpq reads, without a pooler between: the lock belongs to the connection. Where that breaks, the
    work is cancelled, and begun again when the lock is had again; another process may have begun it meanwhile.
    """
    while True:
        end_if_cancelled()
        try:
            await _hold(url, lock, work, look_every_s)
        except (psycopg.Error, OSError) as error:  # A TimeoutError is an OSError.
            _log.debug("the connection that holds lock %#x broke: %s", lock, error)
        await asyncio.sleep(look_every_s)


async def _hold(url: str, lock: int, work: Callable[[], Awaitable[None]], look_every_s: float) -> None:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S)
    async with connection:
        if not await _answer(connection, "select pg_try_advisory_lock(%s)", lock):
            return  # Without the connection: each that waited would keep one from the others.
        async with asyncio.TaskGroup() as group:
            working = group.create_task(_run(work))
            try:
                await _watch(connection, working, look_every_s)
            finally:
                working.cancel()


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _watch(connection: _Connection, working: asyncio.Task[None], look_every_s: float) -> None:
    """Wait until the work is done, or the lock may be lost."""
    while not (await asyncio.wait([working], timeout=look_every_s))[0]:
        end_if_cancelled()
        try:
            await _answer(connection, "select 1")
        except (psycopg.Error, OSError) as error:
            _log.warning("work that only one process may do goes on elsewhere, its connection broke: %s", error)
            return


async def _answer(connection: _Connection, statement: str, *arguments: int) -> object:
    async with asyncio.timeout(_ANSWER_TIMEOUT_S):
        row = await (await connection.execute(statement.encode(), arguments or None)).fetchone()
    return None if row is None else row[0]
