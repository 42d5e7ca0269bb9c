"""The files of the write-ahead record: their names, owners, room and positions.

    <owner>.lock             held with flock by the process that owns the name, for its life
    <owner>-<number>.wal     a segment: position (12 bytes), then records, then the zeros of the room reserved
    <owner>-<number>.damaged a segment with bytes that could not be read, kept for a person to look at
    <owner>.rejected         events that the store refused, as lines of COPY

An owner is alive as long as its lock is held: process ids are reused, locks are not. flock is not reliable on NFS, so
the folder must be on a local file system.
"""

import fcntl
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from errno import EBADF, EINVAL, ENOSPC, ENOSYS, EOPNOTSUPP
from mmap import mmap
from pathlib import Path
from struct import Struct
from typing import Final
from zlib import crc32

from drawbridge.core.ids import uuid7
from drawbridge.usage.at_hand import AtHand
from drawbridge.usage.records import (
    END_MARK,
    MAX_INTENT_RECORD_BYTES,
    MAX_RECORD_BYTES,
    Gap,
    Kind,
    Record,
    find_records,
    make_record,
)

FIRST_OFFSET: Final = 64
"""Where records begin; the position stands before them."""

_AT_HAND: Final = 2000
"""One batch of events, some 1.5 MB."""
_POSITION: Final = Struct("<QI")
_PIECE_BYTES: Final = 1 << 20
_PRIVATE: Final = 0o600
_SEGMENT_NAME: Final = re.compile(r"([0-9a-f]{32})-([0-9]{8})\.wal")
_LOCK_NAME: Final = re.compile(r"([0-9a-f]{32})\.lock")


@dataclass(frozen=True, slots=True, order=True)
class SegmentFile:
    """Where a segment is, whoever owns it."""

    owner: str
    number: int
    folder: Path = field(compare=False)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.owner}-{self.number:08d}.wal"

    @property
    def salt(self) -> int:
        return crc32(self.path.name.encode())


@dataclass(frozen=True, slots=True)
class Part:
    """What a stretch of a segment holds; `next` is the offset to read on from."""

    records: Sequence[Record]
    gaps: Sequence[Gap]
    next: int


class Segment:
    """A segment that its owner writes. It has room kept for the settlement of every intent that it took."""

    def __init__(self, file: SegmentFile, size: int) -> None:
        """Open a new segment with all of its room. Raises OSError, and leaves nothing behind, where there is none."""
        self.file = file
        self.size = size
        self.end = FIRST_OFFSET
        self.drained = FIRST_OFFSET
        self.reserved = 0
        self.attempts: set[int] = set()
        self.is_damaged = False
        self.at_hand = AtHand(FIRST_OFFSET, _AT_HAND)
        self._salt = file.salt
        self._mapped = _create(file.path, size)

    def has_room(self, size: int) -> bool:
        return self.end + self.reserved + size <= self.size

    def append(self, kind: Kind, attempt: int, packed: bytes) -> None:
        """Write a record: from here on it is the system's to keep. Raises OSError after `close`."""
        if self._mapped.closed:
            raise OSError(EBADF, os.strerror(EBADF), str(self.file.path))
        record = make_record(self._salt, self.end, kind, attempt, packed)
        end = self.end + len(record)
        mark = end - len(END_MARK)
        self._mapped[self.end : mark] = record[: -len(END_MARK)]
        # By itself and last: a copy that the end of the process cuts short may have begun with its end.
        self._mapped[mark:end] = END_MARK
        self.end = end

    def close(self) -> None:
        """Write no more; idempotent."""
        self._mapped.close()


def create_owner(folder: Path) -> tuple[str, int]:
    """Take a name that no process ever had; return it with the lock, to be closed at the end.

    The lock is not inherited by programs that this process starts; a plain fork must not use it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        owner = uuid7().hex
        # Between creating and locking, a sibling may take the new file for one of a dead process: then try another.
        lock = _lock(folder / f"{owner}.lock")
        if lock is not None:
            return owner, lock


def claim_owner(folder: Path, owner: str) -> int | None:
    """Take the lock of a dead owner; None if it lives or is being recovered."""
    lock = _lock(folder / f"{owner}.lock")
    if lock is None:
        return None
    is_dead = False
    try:
        segments = list_segments(folder, owner)
        # Something may have cleaned away the lock file of a living owner: the segment that it writes is locked too.
        is_dead = not segments or _is_free(segments[-1].path)
    finally:
        if not is_dead:
            os.close(lock)
    return lock if is_dead else None


def list_owners(folder: Path) -> list[str]:
    """Return the owners who left something in the folder, oldest first."""
    if not folder.is_dir():
        return []
    names = [entry.name for entry in os.scandir(folder)]
    found = (_SEGMENT_NAME.fullmatch(name) or _LOCK_NAME.fullmatch(name) for name in names)
    return sorted({match[1] for match in found if match})


def list_segments(folder: Path, owner: str) -> list[SegmentFile]:
    """Return an owner's segments in the order in which they were opened."""
    found = (_SEGMENT_NAME.fullmatch(entry.name) for entry in os.scandir(folder))
    return sorted(SegmentFile(owner, int(match[2]), folder) for match in found if match and match[1] == owner)


def remove_owner(folder: Path, owner: str) -> None:
    """Remove the lock of an owner of whom nothing else is left. Call it while holding the lock."""
    (folder / f"{owner}.lock").unlink(missing_ok=True)


def read_part(file: SegmentFile, start: int, end: int, limit: int) -> Part:
    """Read at most `limit` records between two offsets; blocks."""
    wanted = min(end - start, _PIECE_BYTES)
    data = _read(file.path, start, wanted)
    is_last = start + len(data) >= end or len(data) < wanted
    records: list[Record] = []
    gaps: list[Gap] = []
    position = start
    for found in find_records(data, start, file.salt, is_last=is_last):
        position = found.end
        if isinstance(found, Gap):
            gaps.append(found)
            continue
        records.append(found)
        if len(records) >= limit:
            return Part(records, gaps, position)
    # A file that is shorter than it was must not keep its reader waiting for the rest.
    return Part(records, gaps, max(position, end) if is_last else position)


def find_end(file: SegmentFile) -> tuple[int, bool]:
    """Return the offset behind the last byte that was written, and whether a record ends there; blocks."""
    end = file.path.stat().st_size
    while end > FIRST_OFFSET:
        start = max(FIRST_OFFSET, end - _PIECE_BYTES)
        written = _read(file.path, start, end - start).rstrip(b"\0")
        if written:
            last = start + len(written)
            return last, _read(file.path, last - len(END_MARK), len(END_MARK)) == END_MARK
        end = start
    return FIRST_OFFSET, True


def read_position(file: SegmentFile) -> int:
    """Return the offset up to which events are stored; the first one where that is not known."""
    head = _read(file.path, 0, _POSITION.size)
    if len(head) < _POSITION.size:
        return FIRST_OFFSET
    position, check = _POSITION.unpack(head)
    return position if check == _position_check(file, position) else FIRST_OFFSET


def write_position(file: SegmentFile, position: int) -> None:
    """Remember the offset up to which events are stored; blocks."""
    descriptor = os.open(file.path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, _POSITION.pack(position, _position_check(file, position)), 0)
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """Bring the content of a file to the disk; blocks. Does nothing if the file is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor) if path.is_dir() else _fdatasync(descriptor)
    finally:
        os.close(descriptor)


def set_aside_damaged(file: SegmentFile) -> Path:
    """Keep a segment out of the way of everything; return where it is now."""
    kept = file.path.with_suffix(".damaged")
    file.path.rename(kept)
    return kept


def append_private(path: Path, data: bytes) -> None:
    """Append to a file that only its owner may read, down to the disk; blocks."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    try:
        if os.write(descriptor, data) != len(data):
            raise OSError(ENOSPC, os.strerror(ENOSPC), str(path))
        _fdatasync(descriptor)
    finally:
        os.close(descriptor)


def write_zeros(descriptor: int, size: int) -> None:
    """Take room on the disk where posix_fallocate cannot. Raises OSError where there is none."""
    zeros = bytes(1 << 16)
    for offset in range(0, size, len(zeros)):
        piece = zeros[: size - offset]
        if os.pwrite(descriptor, piece, offset) != len(piece):
            raise OSError(ENOSPC, os.strerror(ENOSPC))


def is_size_possible(size: int) -> bool:
    """Tell whether a segment of this size can hold at least the largest intent and its settlement."""
    return size >= FIRST_OFFSET + MAX_INTENT_RECORD_BYTES + MAX_RECORD_BYTES


def _create(path: Path, size: int) -> mmap:
    """Make the file and map it, locked for as long as it is mapped."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _allocate(descriptor, size)
        return mmap(descriptor, size)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        # The map has a copy of its own, which keeps the lock.
        os.close(descriptor)


def _allocate(descriptor: int, size: int) -> None:
    try:
        os.posix_fallocate(descriptor, 0, size)
    except AttributeError:
        write_zeros(descriptor, size)
    except OSError as error:
        if error.errno not in {EINVAL, ENOSYS, EOPNOTSUPP}:
            raise
        write_zeros(descriptor, size)


def _fdatasync(descriptor: int) -> None:
    # macOS has no fdatasync.
    getattr(os, "fdatasync", os.fsync)(descriptor)


def _lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    # Whoever held the lock before may have removed the file: then this lock is on nothing.
    if not _is_linked(descriptor, path):
        os.close(descriptor)
        return None
    return descriptor


def _is_linked(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _is_free(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def _read(path: Path, start: int, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(descriptor, size, start)
    finally:
        os.close(descriptor)


def _position_check(file: SegmentFile, position: int) -> int:
    return crc32(position.to_bytes(8, "little"), file.salt)
