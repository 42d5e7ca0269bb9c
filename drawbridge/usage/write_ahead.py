"""The write-ahead file of usage: an intent before the first byte leaves, a settlement before the last goes back."""

import asyncio
import errno
import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import close as close_descriptor
from pathlib import Path
from typing import Final, NamedTuple

from drawbridge.core.clock import Clock
from drawbridge.usage.at_hand import Located
from drawbridge.usage.delivery import BATCH_EVENTS, Left, Stores, deliver
from drawbridge.usage.denials import DenialCount
from drawbridge.usage.errors import UnknownAttempt, WriteAheadError
from drawbridge.usage.events import Intent, Settlement
from drawbridge.usage.records import (
    DELIVERED,
    DENIALS,
    INTENT,
    SETTLEMENT,
    denials_bytes,
    intent_bytes,
    line_bound,
    pack_denials,
    pack_intent,
    settled_line,
    settlement_bound,
)
from drawbridge.usage.segments import (
    Segment,
    SegmentFile,
    create_owner,
    is_size_possible,
    read_part,
    remove_owner,
    sync,
    write_position,
)

SEGMENT_BYTES: Final = 8 << 20
SYNC_AFTER_S: Final = 0.03
"""With the time that the disk takes this stays below 50 ms."""

_RETRY_AFTER_S: Final = 1.0
_PART_RECORDS: Final = 2 * BATCH_EVENTS
_REMEMBERED_SETTLEMENTS: Final = 4096
_CARRIED_SHARE: Final = 8
_log = logging.getLogger(__name__)


class _Pending(NamedTuple):
    """An intent without settlement: its segment has `reserved` bytes of room for that."""

    segment: Segment
    intent: Intent
    packed: bytes
    reserved: int


class WriteAhead:
    """The write-ahead record of one process. Use it from the thread of one event loop; do not use it after a fork.

    What was appended survives the end of the process at once, and the end of power after about `sync_after_s`. Each
    attempt has room for its settlement in the segment of its intent from the start, so a full disk refuses new
    attempts and never loses one that was accepted. The folder must be on a local file system, not on NFS.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        segment_bytes: int = SEGMENT_BYTES,
        sync_after_s: float = SYNC_AFTER_S,
        sync_file: Callable[[Path], None] = sync,
    ) -> None:
        """Take a name in the folder. Raises WriteAheadError where the folder cannot be used."""
        if not is_size_possible(segment_bytes):
            raise ValueError(f"a segment of {segment_bytes} bytes is too small for a record")
        self._folder = folder
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._segments: list[Segment] = []
        self._opened = 0
        self._refusal: OSError | None = None
        self._refused_until = 0.0
        self._pending: dict[int, _Pending] = {}
        # By the number of an attempt's id: to hash the id itself costs several times as much.
        self._settled = _Recent(_REMEMBERED_SETTLEMENTS)
        self._draining = asyncio.Lock()
        try:
            self._owner, self._lock = create_owner(folder)
        except OSError as error:
            raise self._unavailable(error) from error
        self._sync = _GroupedSync(folder, sync_after_s, sync_file)

    @property
    def owner(self) -> str:
        """The name that this process has in the folder."""
        return self._owner

    @property
    def in_flight(self) -> int:
        """How many attempts have an intent and no settlement."""
        return len(self._pending)

    @property
    def waiting_bytes(self) -> int:
        """How much of this process's record is not in the database yet, attempts in flight included."""
        return sum(segment.end - segment.drained for segment in self._segments)

    @property
    def refusal(self) -> str | None:
        """Why no new attempt is taken at the moment; None where they are."""
        refused = self._refusal
        is_now = refused is not None and self._clock.monotonic() < self._refused_until
        return self._unavailable(refused).message if is_now and refused is not None else None

    def append_intent(self, intent: Intent) -> None:
        """Record an attempt that is about to be made. Raises WriteAheadError: then it must not be made."""
        attempt = intent.attempt_id.int
        if attempt in self._pending:
            raise ValueError(f"attempt {intent.attempt_id} has an intent already")
        self._append_intent(attempt, *pack_intent(intent))

    def append_settlement(self, settlement: Settlement) -> bool:
        """Record how an attempt ended; return False, and keep the first, if that is known already.

        Raises UnknownAttempt where there is no intent, WriteAheadError where the disk fails: then it may be tried
        again, and if it is not, the attempt will be booked as lost.
        """
        attempt = settlement.attempt_id.int
        pending = self._pending.get(attempt)
        if pending is None:
            if attempt in self._settled:
                return False
            raise UnknownAttempt(
                f"attempt {settlement.attempt_id} was settled without an intent: append its intent first"
            )
        line = settled_line(pending.intent, settlement, line_bound(pending.intent, pending.packed))
        try:
            pending.segment.append(SETTLEMENT, attempt, line)
        except OSError as error:
            raise self._unavailable(error) from error
        pending.segment.at_hand.add(Located(line, pending.segment.end))
        self._sync.after(pending.segment)
        self._settled.add(attempt)
        self._release(attempt)
        return True

    def append_denials(self, counted: DenialCount) -> None:
        """Record a count of denials. Raises WriteAheadError."""
        packed = pack_denials(counted)
        segment = self._segment_with_room(denials_bytes(packed))
        try:
            segment.append(DENIALS, counted.id.int, packed)
        except OSError as error:
            raise self._unavailable(error) from error
        segment.at_hand.add(Located(packed, segment.end, is_denials=True))
        self._sync.after(segment)

    async def drain_once(self, store: Stores) -> int:
        """Store what was settled until now, in batches; return the number of events, and remove what is done with.

        Raises what the store raises; everything from that batch on is kept and comes again.
        """
        async with self._draining:
            drained = 0
            for segment in list(self._segments):
                drained += await self._drain(segment, store)
            await self._remove_drained()
            return drained

    def close(self, *, is_closed: bool = True) -> None:
        """Bring everything to the disk and give up the name; blocks for as long as the disk takes.

        Unless `is_closed`, the name stays for the siblings to find, who close what it has leased.
        Call it when nothing is in flight and no drain runs. What is not drained is left to the siblings, who book
        attempts without settlement as lost.
        """
        self._sync.close()
        is_empty = not self._pending and all(_is_done(segment) for segment in self._segments)
        for segment in self._segments:
            segment.close()
            if is_empty:
                segment.file.path.unlink(missing_ok=True)
        if is_empty and is_closed:
            remove_owner(self._folder, self._owner)
        close_descriptor(self._lock)
        self._segments = []
        self._refusal = OSError(errno.ESHUTDOWN, "this process is stopping")
        self._refused_until = math.inf

    def _append_intent(self, attempt: int, intent: Intent, packed: bytes) -> None:
        reserved = settlement_bound(intent, packed)
        segment = self._segment_with_room(intent_bytes(packed) + reserved)
        try:
            segment.append(INTENT, attempt, packed)
        except OSError as error:
            raise self._unavailable(error) from error
        self._sync.after(segment)
        segment.reserved += reserved
        segment.attempts.add(attempt)
        self._pending[attempt] = _Pending(segment, intent, packed, reserved)

    def _release(self, attempt: int) -> None:
        pending = self._pending.pop(attempt)
        segment = pending.segment
        segment.reserved -= pending.reserved
        segment.attempts.discard(attempt)
        if not segment.attempts and segment is not self._segments[-1]:
            segment.close()

    def _segment_with_room(self, size: int) -> Segment:
        if self._segments and self._segments[-1].has_room(size):
            return self._segments[-1]
        # Asking a full disk again for every call would hold up the calls that are in flight.
        if self._refusal and self._clock.monotonic() < self._refused_until:
            raise self._unavailable(self._refusal)
        file = SegmentFile(self._owner, self._opened + 1, self._folder)
        try:
            segment = Segment(file, self._segment_bytes)
        except OSError as error:
            self._refusal = error
            self._refused_until = self._clock.monotonic() + _RETRY_AFTER_S
            raise self._unavailable(error) from error
        self._opened += 1
        if self._segments and not self._segments[-1].attempts:
            self._segments[-1].close()
        if len(self._segments) > 1:
            # The drain lags behind: what it is to store must not pile up in memory too.
            self._segments[-2].at_hand.forget()
        self._segments.append(segment)
        return segment

    def _unavailable(self, error: OSError) -> WriteAheadError:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                advice = f"its disk is full: free at least {self._segment_bytes} bytes there"
            case errno.ESHUTDOWN:
                advice = "this process is stopping: try again"
            case _:
                advice = f"{error.strerror or error}: make the folder writable for the user that runs Drawbridge"
        message = f"The use of this call cannot be recorded in {self._folder}, so it is not made; {advice}."
        return WriteAheadError(message, retry_after_s=_RETRY_AFTER_S)

    async def _drain(self, segment: Segment, store: Stores) -> int:
        async def on_done(offset: int) -> None:
            segment.drained = offset
            await asyncio.to_thread(write_position, segment.file, offset)

        end = segment.end
        drained = 0
        while segment.drained < end:
            events = segment.at_hand.take(segment.drained)
            if events is None:
                stretch = await asyncio.to_thread(_read_stretch, segment.file, segment.drained, end)
            else:
                stretch = _Stretch(events, segment.end, is_damaged=False)
            if stretch.is_damaged and not segment.is_damaged:
                segment.is_damaged = True
                # Which attempts are missing can only be told when no more are in flight: recovery does that.
                _log.error("%s is damaged; it is kept until this process ends, then recovered", segment.file.path)
            await deliver(stretch.events, store, Left(self._folder, self._owner), on_done)
            segment.drained = stretch.next
            drained += len(stretch.events)
        return drained

    async def _remove_drained(self) -> None:
        """Remove what is drained, oldest first, so that an intent that was carried on never outlives its settlement."""
        for segment in self._segments[:-1]:
            if segment.drained < segment.end or segment.is_damaged:
                continue
            if segment.attempts:
                if not self._carry_on(segment):
                    continue
                # What was carried on must be safe in its new place before it is gone from the old one. It is at most
                # a quarter of a segment, so it began in the last one but one.
                for newer in self._segments[-2:]:
                    await asyncio.to_thread(sync, newer.file.path)
            segment.close()
            await asyncio.to_thread(segment.file.path.unlink, missing_ok=True)
            self._segments.remove(segment)

    def _carry_on(self, segment: Segment) -> bool:
        """Move the few attempts that keep an old segment from being removed to the newest; tell whether all moved.

        Where they are many, the segment stays: so what is kept is bounded by what is in flight, and so is the copying.
        """
        is_old = segment.file.number < self._segments[-1].file.number - 1
        if not is_old or segment.reserved > segment.size // _CARRIED_SHARE:
            return False
        for attempt in list(segment.attempts):
            pending = self._pending[attempt]
            try:
                self._append_intent(attempt, pending.intent, pending.packed)
            except WriteAheadError:
                return False
            segment.reserved -= pending.reserved
            segment.attempts.discard(attempt)
        return True


def _is_done(segment: Segment) -> bool:
    return segment.drained >= segment.end and not segment.is_damaged


@dataclass(frozen=True, slots=True)
class _Stretch:
    events: Sequence[Located]
    next: int
    is_damaged: bool


def _read_stretch(file: SegmentFile, start: int, end: int) -> _Stretch:
    part = read_part(file, start, end, _PART_RECORDS)
    events = [
        Located(record.packed, record.end, record.kind == DENIALS)
        for record in part.records
        if record.kind in DELIVERED
    ]
    return _Stretch(events, part.next, bool(part.gaps))


class _Recent:
    """The last few attempts that were settled, to tell a second settlement from one without intent."""

    def __init__(self, limit: int) -> None:
        self._order: deque[int] = deque()
        self._known: set[int] = set()
        self._limit = limit

    def __contains__(self, attempt: int) -> bool:
        return attempt in self._known

    def add(self, attempt: int) -> None:
        self._order.append(attempt)
        self._known.add(attempt)
        if len(self._order) > self._limit:
            self._known.discard(self._order.popleft())


class _GroupedSync:
    """Brings what was written to the disk from a thread of its own, many writes at a time."""

    def __init__(self, folder: Path, after_s: float, sync_file: Callable[[Path], None]) -> None:
        self._folder = folder
        self._after_s = after_s
        self._sync_file = sync_file
        self._lock = threading.Lock()
        self._changed: set[SegmentFile] = set()
        self._noted: SegmentFile | None = None
        self._named: set[SegmentFile] = set()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usage-sync", daemon=True)
        self._thread.start()

    def after(self, segment: Segment) -> None:
        if segment.file is self._noted:
            # What was just written is seen by the sync that will take this note away.
            return
        with self._lock:
            self._changed.add(segment.file)
            self._noted = segment.file
        self._wake.set()

    def close(self) -> None:
        self._closed.set()
        self._wake.set()
        self._thread.join()
        self._sync_changed()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wake.wait()
            self._closed.wait(self._after_s)
            self._wake.clear()
            self._sync_changed()

    def _sync_changed(self) -> None:
        with self._lock:
            changed, self._changed = self._changed, set()
            self._noted = None
        named: set[SegmentFile] = set()
        for file in changed:
            try:
                self._sync_file(file.path)
                if file not in self._named:
                    # A new file's name is safe only when its folder is.
                    self._sync_file(self._folder)
                named.add(file)
            except OSError:
                _log.exception("usage in %s could not be brought to the disk; loss of power would lose it", file.path)
        self._named = named
