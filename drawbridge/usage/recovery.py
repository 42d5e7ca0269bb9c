"""Books what dead processes left in the folder of the write-ahead files."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from drawbridge.core.money import Nanousd
from drawbridge.usage.at_hand import Located
from drawbridge.usage.delivery import BATCH_EVENTS, Left, Stores, deliver
from drawbridge.usage.events import Intent, Settlement, Tokens
from drawbridge.usage.records import DELIVERED, DENIALS, INTENT, Record, decode_intent, line_bound, settled_line
from drawbridge.usage.segments import (
    FIRST_OFFSET,
    Gap,
    SegmentFile,
    claim_owner,
    find_end,
    list_owners,
    list_segments,
    read_part,
    read_position,
    remove_owner,
    set_aside_damaged,
    write_position,
)

Price = Callable[[Intent, Tokens], tuple[Nanousd | None, str | None]]
"""Return the cost of these tokens and the price's id. Must give the same for the same intent, and never raise."""

_PART_RECORDS = 2 * BATCH_EVENTS
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was booked: events that were settled, and attempts whose end nobody saw. And the files set aside."""

    settled: int = 0
    lost: int = 0
    damaged: int = 0

    def __add__(self, other: "Recovered") -> "Recovered":
        return Recovered(self.settled + other.settled, self.lost + other.lost, self.damaged + other.damaged)


async def recover(folder: Path, store: Stores, price: Price) -> Recovered:
    """Store the events of every dead owner, each attempt without outcome as one lost event; remove what is done.

    Any number of processes may do this at once, and each may end at any point: what comes again is the same. Raises
    what the store raises, after trying all owners where it is an OSError; what was not stored stays.
    """
    recovered = Recovered()
    failure: OSError | None = None
    for owner in await asyncio.to_thread(list_owners, folder):
        # Not in a thread: if this task were cancelled meanwhile, nobody would hold the lock's descriptor.
        lock = claim_owner(folder, owner)
        if lock is None:
            continue
        try:
            recovered += await _recover_owner(folder, owner, store, price)
        except OSError as error:
            failure = error
        finally:
            os.close(lock)
    if failure:
        raise failure
    return recovered


@dataclass(slots=True)
class _Found:
    """What is known of an owner's attempts while its segments are read, oldest first."""

    unsettled: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    settled: int = 0
    damaged: set[SegmentFile] = field(default_factory=set[SegmentFile])


async def _recover_owner(folder: Path, owner: str, store: Stores, price: Price) -> Recovered:
    segments = await asyncio.to_thread(list_segments, folder, owner)
    left = Left(folder, owner)
    found = _Found()
    for file in segments:
        await _deliver_settled(file, found, store, left)
    lost = await asyncio.to_thread(_lost_events, found, price)
    for start in range(0, len(lost), BATCH_EVENTS):
        await deliver(lost[start : start + BATCH_EVENTS], store, left, _no_position)
    # Before the files are gone: whoever finds them again finds the rest of the leases, too.
    await store.close(owner)
    await asyncio.to_thread(_remove, folder, owner, segments, found.damaged)
    if lost:
        _log.warning("%d calls of a process that died were booked with estimated usage", len(lost))
    return Recovered(found.settled, len(lost), len(found.damaged))


async def _deliver_settled(file: SegmentFile, found: _Found, store: Stores, left: Left) -> None:
    stored = await asyncio.to_thread(read_position, file)
    end, is_whole = await asyncio.to_thread(find_end, file)

    async def on_done(offset: int) -> None:
        await asyncio.to_thread(write_position, file, offset)

    at = FIRST_OFFSET
    while at < end:
        part = await asyncio.to_thread(read_part, file, at, end, _PART_RECORDS)
        events = await asyncio.to_thread(_take, part.records, stored, file, found)
        if any(_is_damage(gap, end, is_whole=is_whole) for gap in part.gaps):
            found.damaged.add(file)
        await deliver(events, store, left, on_done)
        found.settled += sum(not event.is_denials for event in events)
        at = part.next


def _is_damage(gap: Gap, end: int, *, is_whole: bool) -> bool:
    """Tell damage from a last record that was cut short when its process died."""
    return gap.end < end or is_whole


def _take(records: Iterable[Record], stored: int, file: SegmentFile, found: _Found) -> list[Located]:
    """Note which attempts begin and end here; return the events that are not stored yet."""
    events: list[Located] = []
    for record in records:
        if record.kind == INTENT:
            found.unsettled[record.key] = record.packed
        elif record.kind in DELIVERED:
            found.unsettled.pop(record.key, None)
            if record.end > stored:
                events.append(Located(record.packed, record.end, record.kind == DENIALS))
        else:
            found.damaged.add(file)
    return events


def _lost_events(found: _Found, price: Price) -> list[Located]:
    events: list[Located] = []
    for packed in found.unsettled.values():
        try:
            intent = decode_intent(packed)
        except msgspec.DecodeError:
            _log.exception("an intent of a process that died cannot be read: its usage is NOT booked")
            continue
        events.append(Located(settled_line(intent, _lost(intent, price), line_bound(intent, packed)), 0))
    return events


def _lost(intent: Intent, price: Price) -> Settlement:
    cost, price_id = price(intent, intent.estimate)
    above = (intent.held_nanousd or 0) - (cost or 0)
    return Settlement(
        attempt_id=intent.attempt_id,
        outcome="lost",
        status=None,
        tokens=intent.estimate,
        estimated=True,
        cost_nanousd=cost,
        price_id=price_id,
        time_to_first_byte_ms=None,
        duration_ms=0,
        provider_request_id=None,
        suspense_nanousd=Nanousd(above) if above > 0 else None,
    )


async def _no_position(_offset: int) -> None:
    """Lost events have no place of their own in the file: they are all stored before anything is removed."""


def _remove(folder: Path, owner: str, segments: Sequence[SegmentFile], damaged: set[SegmentFile]) -> None:
    # Oldest first: an intent that was carried on to a newer segment must not be left without its settlement.
    for file in segments:
        if file in damaged:
            kept = set_aside_damaged(file)
            _log.error("%s was damaged: what could be read is booked, the file is kept as %s", file.path, kept)
        else:
            file.path.unlink(missing_ok=True)
    remove_owner(folder, owner)
