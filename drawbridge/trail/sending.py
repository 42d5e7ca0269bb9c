"""Sends the record to the streams' receivers while it grows, by one process of the installation at a time.

Where a stream stands is noted only after its receiver has confirmed, so each event arrives at least once; its number
and id tell a second time. Each stream has a task of its own: one that fails or hangs holds up no other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from drawbridge.audit.events import Link
from drawbridge.audit.store import read_links
from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.trail.receivers import Batch, Receiver
from drawbridge.trail.store import Stream, confirm, due_streams, put_off

SENDING_LOCK: Final = 0x647262_73656E
"""The advisory lock of whoever sends. Any number does, as long as every version uses the same one."""

_LOOK_EVERY_S: Final = 1.0
_MOST_AT_ONCE: Final = 64
_EVENTS_IN_A_BATCH: Final = 100
_BATCHES_IN_A_TURN: Final = 50
_LONGEST_WAIT_S: Final = 600.0
_log = logging.getLogger(__name__)

FindReceiver = Callable[[Stream], Awaitable[Receiver]]
"""Returns where a stream goes; raises DrawbridgeError where its secret cannot be had."""


class Sender:
    """Sends what is due until cancelled."""

    def __init__(self, database: Database, find_receiver: FindReceiver, *, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._database = database
        self._find_receiver = find_receiver
        self._look_every_s = look_every_s
        self._busy: set[UUID] = set()

    async def run(self) -> None:
        """Look every second which streams have something to send, and let each of them send it."""
        self._busy.clear()
        async with asyncio.TaskGroup() as group:
            while True:
                end_if_cancelled()
                await self._begin_turns(group)
                await asyncio.sleep(self._look_every_s)

    async def _begin_turns(self, group: asyncio.TaskGroup) -> None:
        for stream in await self._due():
            if stream.id not in self._busy and len(self._busy) < _MOST_AT_ONCE:
                self._busy.add(stream.id)
                group.create_task(self._take_turn(stream))

    async def _due(self) -> list[Stream]:
        try:
            async with self._database.system("audit") as connection:
                # More than may run: those that hang now are among them.
                return await due_streams(connection, 2 * _MOST_AT_ONCE)
        except DatabaseAway as error:
            _log.warning("the streams of the audit record cannot be read for now: %s", error.message)
            return []
        except Exception:
            # The edge of a job: the database may raise anything, and comes back.
            _log.warning("the streams of the audit record could not be read, next try soon", exc_info=True)
            return []

    async def _take_turn(self, stream: Stream) -> None:
        try:
            await self._send(stream)
        except DrawbridgeError as error:
            await self._put_off(stream, error.message)
        except Exception:
            # The edge of a job: whatever one stream meets, the others go on.
            _log.exception("stream %r of the audit record failed", stream.name)
            await self._put_off(stream, "Drawbridge itself failed: see its log.")
        finally:
            self._busy.discard(stream.id)

    async def _send(self, stream: Stream) -> None:
        number = stream.confirmed_number
        for _ in range(_BATCHES_IN_A_TURN):
            links = await self._read(stream, number)
            if not links:
                return
            # After the events: a secret that was changed before one of them signs it.
            receiver = await self._find_receiver(stream)
            await receiver.take(Batch(stream.name, links))
            number = links[-1].event.number
            async with self._database.organisation(stream.organisation_id) as connection:
                await confirm(connection, stream, number)

    async def _read(self, stream: Stream, after: int) -> list[Link]:
        async with self._database.organisation(stream.organisation_id) as connection:
            return await read_links(connection, stream.organisation_id, after, limit=_EVENTS_IN_A_BATCH)

    async def _put_off(self, stream: Stream, problem: str) -> None:
        wait_s = min(2.0 ** min(stream.failures, 20), _LONGEST_WAIT_S)
        _log.warning("stream %r of the audit record waits %g s: %s", stream.name, wait_s, problem)
        try:
            async with self._database.organisation(stream.organisation_id) as connection:
                await put_off(connection, stream, problem, wait_s)
        except DatabaseAway as error:
            _log.warning("that could not be noted: %s", error.message)
        except Exception:
            # The edge of a job: it is tried again all the same, only sooner.
            _log.warning("that could not be noted", exc_info=True)
