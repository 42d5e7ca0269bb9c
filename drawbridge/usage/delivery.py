"""Hands events over to a store, and sets aside those that it can never take."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from drawbridge.usage.at_hand import Located
from drawbridge.usage.errors import EventsRefused
from drawbridge.usage.rows import attempt_of
from drawbridge.usage.segments import append_private

Store = Callable[[Sequence[bytes]], Awaitable[None]]
"""Book events, given as lines (see `usage.rows`), each at most once by its attempt id however often it comes.

Raises EventsRefused where trying again cannot help (at least one of them is to blame), anything else where it can.
"""

BATCH_EVENTS: Final = 2000
_STORE_TIMEOUT_S: Final = 30.0
_log = logging.getLogger(__name__)


async def deliver(
    batch: Sequence[Located],
    store: Store,
    rejected: Path,
    on_done: Callable[[int], Awaitable[None]],
) -> None:
    """Store a batch in order, telling `on_done` after each step up to which offset it is settled.

    A refused batch is halved until the event to blame is alone, which goes to the file `rejected`. Raises what the
    store raises otherwise; then the rest is to be delivered again.
    """
    pieces = [batch] if batch else []
    while pieces:
        piece = pieces.pop()
        try:
            async with asyncio.timeout(_STORE_TIMEOUT_S):
                await store([located.line for located in piece])
        except EventsRefused as refusal:
            if len(piece) > 1:
                middle = len(piece) // 2
                pieces += [piece[middle:], piece[:middle]]
                continue
            await _set_aside(piece[0].line, refusal, rejected)
        await on_done(piece[-1].end)


async def _set_aside(line: bytes, refusal: EventsRefused, rejected: Path) -> None:
    await asyncio.to_thread(append_private, rejected, line)
    _log.error(
        "usage of attempt %s was refused by the database and is NOT booked; it is kept in %s: %s",
        attempt_of(line),
        rejected,
        refusal,
    )
