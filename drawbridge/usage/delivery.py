"""Hands events over to a store, and sets aside those that it can never take."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from drawbridge.usage.at_hand import Located
from drawbridge.usage.denials import DenialCount
from drawbridge.usage.errors import EventsRefused
from drawbridge.usage.records import decode_denials
from drawbridge.usage.rows import attempt_of
from drawbridge.usage.segments import append_private

Store = Callable[[Sequence[bytes], str], Awaitable[None]]
"""Book events, given as lines (see `usage.rows`), each at most once by its attempt id however often it comes.

The second is the owner of the file that they come from, whose leases they are paid from.

Raises EventsRefused where trying again cannot help (at least one of them is to blame), anything else where it can.
"""

DenialStore = Callable[[Sequence[DenialCount]], Awaitable[None]]
"""Put counts of denials on record, each at most once by its id however often it comes. Raises as `Store` does."""


Close = Callable[[str], Awaitable[None]]
"""Give back what an owner has leased of budgets, when all that it left is booked. Once or often is the same."""


class Stores(NamedTuple):
    """Where what is in the write-ahead files goes."""

    usage: Store
    denials: DenialStore
    close: Close


class Left(NamedTuple):
    """Whose file a batch comes from."""

    folder: Path
    owner: str

    @property
    def rejected(self) -> Path:
        """Where events go that no store takes."""
        return self.folder / f"{self.owner}.rejected"


BATCH_EVENTS: Final = 2000
_STORE_TIMEOUT_S: Final = 30.0
_log = logging.getLogger(__name__)


async def deliver(
    batch: Sequence[Located],
    stores: Stores,
    left: Left,
    on_done: Callable[[int], Awaitable[None]],
) -> None:
    """Store a batch in order, telling `on_done` after each step up to which offset it is settled.

    A refused batch is halved until the event to blame is alone, which is set aside. Raises what the
    store raises otherwise; then the rest is to be delivered again.
    """
    pieces = [[*run] for _, run in groupby(batch, key=_is_denials)][::-1]
    while pieces:
        piece = pieces.pop()
        try:
            async with asyncio.timeout(_STORE_TIMEOUT_S):
                await _store(piece, stores, left.owner)
        except EventsRefused as refusal:
            if len(piece) > 1:
                middle = len(piece) // 2
                pieces += [piece[middle:], piece[:middle]]
                continue
            await _set_aside(piece[0], refusal, left.rejected)
        await on_done(piece[-1].end)


def _is_denials(located: Located) -> bool:
    return located.is_denials


async def _store(piece: Sequence[Located], stores: Stores, owner: str) -> None:
    if piece[0].is_denials:
        await stores.denials([_read_denials(located.line) for located in piece])
    else:
        await stores.usage([located.line for located in piece], owner)


def _read_denials(packed: bytes) -> DenialCount:
    try:
        return decode_denials(packed)
    except msgspec.DecodeError as error:
        raise EventsRefused(f"A count of denials cannot be read: {error}") from error


async def _set_aside(located: Located, refusal: EventsRefused, rejected: Path) -> None:
    if located.is_denials:
        rejected = rejected.with_name(f"{rejected.name}-denials")
        what = "a count of denials was refused by the database and is NOT in the audit record"
        kept = _as_text(located.line) + b"\n"
    else:
        what = f"usage of attempt {attempt_of(located.line)} was refused by the database and is NOT booked"
        kept = located.line
    await asyncio.to_thread(append_private, rejected, kept)
    _log.error("%s; it is kept in %s: %s", what, rejected, refusal)


def _as_text(packed: bytes) -> bytes:
    try:
        return msgspec.json.encode(msgspec.to_builtins(decode_denials(packed)))
    except msgspec.DecodeError:
        return packed.hex().encode()
