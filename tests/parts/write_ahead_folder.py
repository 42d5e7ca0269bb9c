"""What the write-ahead files of an installation hold that is not booked yet, read from outside while it runs."""

from collections.abc import Iterator
from pathlib import Path

from drawbridge.usage.records import DELIVERED, INTENT, Record
from drawbridge.usage.segments import (
    FIRST_OFFSET,
    SegmentFile,
    find_end,
    list_owners,
    list_segments,
    read_part,
    read_position,
)

_PART_RECORDS = 4000


def waiting_records(folder: Path) -> int:
    """Count what is to be booked still: what is settled and not stored, and attempts whose end is not known."""
    while True:
        try:
            return sum(_waiting(list_segments(folder, owner)) for owner in list_owners(folder))
        except FileNotFoundError:
            # Booked, and removed, while it was read.
            continue


def _waiting(segments: list[SegmentFile]) -> int:
    unsettled: set[bytes] = set()
    settled = 0
    for file in segments:
        # The position first: it only grows, so what is stored meanwhile is counted rather twice than never.
        stored = read_position(file)
        for record in _records(file):
            if record.kind == INTENT:
                unsettled.add(record.key)
            elif record.kind in DELIVERED:
                unsettled.discard(record.key)
                settled += record.end > stored
    return settled + len(unsettled)


def _records(file: SegmentFile) -> Iterator[Record]:
    at, (end, _) = FIRST_OFFSET, find_end(file)
    while at < end:
        part = read_part(file, at, end, _PART_RECORDS)
        yield from part.records
        at = part.next
