"""Attempts to record, and a ledger that stores them the way the database does."""

import asyncio
import csv
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import AttemptId, CallId, KeyId, OrganisationId, PrincipalId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.usage.delivery import Store, Stores
from drawbridge.usage.denials import DenialCount
from drawbridge.usage.errors import EventsRefused
from drawbridge.usage.events import Intent, Settlement, Tokens
from drawbridge.usage.rows import COLUMNS, attempt_of, copy_line
from drawbridge.usage.write_ahead import WriteAhead

SMALL_SEGMENT = 24 << 10
"""Holds a handful of attempts, so that a test goes through several segments."""

TIMES = 10 if os.environ.get("DRAWBRIDGE_TEST_SIZE") == "full" else 1
"""How many times as many cases as usual the tests by chance go through."""

_STARTED = datetime(2025, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
_SOMEBODY = UUID(int=7)


def make_intent(attempt_id: AttemptId | None = None, session_id: str | None = "session-1") -> Intent:
    attempt_id = attempt_id or AttemptId(uuid7())
    return Intent(
        attempt_id=attempt_id,
        call_id=CallId(attempt_id),
        organisation_id=OrganisationId(_SOMEBODY),
        principal_id=PrincipalId(_SOMEBODY),
        key_id=KeyId(_SOMEBODY),
        product="api",
        operation="chat.completions",
        dialect="openai-chat",
        model="fast",
        deployment="fast-eu",
        provider="openai",
        upstream_model="gpt-4o-mini-2024-07-18",
        pricing_id="openai",
        session_id=session_id,
        client="openai-python/1.66",
        streamed=True,
        started_at=_STARTED,
        estimate=Tokens(input=1200, output=attempt_id.int % 1000),
    )


def make_settlement(attempt_id: AttemptId, provider_request_id: str | None = "req_1") -> Settlement:
    return Settlement(
        attempt_id=attempt_id,
        outcome="ok",
        status=200,
        tokens=Tokens(input=900, input_cached=512, output=attempt_id.int % 777, output_reasoning=3),
        estimated=False,
        cost_nanousd=Nanousd(attempt_id.int % 999_983),
        price_id="genai-prices@0.2.1/openai/gpt-4o-mini",
        time_to_first_byte_ms=230,
        duration_ms=1840,
        provider_request_id=provider_request_id,
    )


def settled_event(attempt_id: AttemptId) -> bytes:
    return copy_line(make_intent(attempt_id), make_settlement(attempt_id))


def columns_of(line: bytes) -> dict[str, str]:
    """Return a line's columns by name, as they are written."""
    (values,) = csv.reader([line.decode().removesuffix("\n")], escapechar="\\", doublequote=False, strict=True)
    return dict(zip(COLUMNS, values, strict=True))


def price(_intent: Intent, tokens: Tokens) -> tuple[Nanousd | None, str | None]:
    return Nanousd(tokens.input * 150 + tokens.output * 600), "list"


def open_write_ahead(folder: Path, segment_bytes: int = SMALL_SEGMENT) -> WriteAhead:
    return WriteAhead(folder, clock=SystemClock(), segment_bytes=segment_bytes)


def only_usage(store: Store) -> Stores:
    """Return where usage goes, for a record without denials."""

    async def refuse(counts: Sequence[DenialCount]) -> None:
        raise AssertionError(f"nobody was denied anything: {counts}")

    async def leave(owner: str) -> None:
        """Nothing was leased."""

    return Stores(store, refuse, leave)


class HeldClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return _STARTED

    def monotonic(self) -> float:
        return self.seconds


class Ledger:
    """Books every event once by its attempt id; what comes again is not booked, and must be the same if `is_strict`.

    `answers` says what becomes of each hand-over in turn: "ok", "away" (nothing is booked), "hang" or "unsure" (all is
    booked, but the answer is lost); "ok" after its end. `poison` is never booked, nor denials of `unwanted` names.
    """

    def __init__(
        self,
        answers: Sequence[str] = (),
        poison: frozenset[AttemptId] = frozenset(),
        is_strict: bool = True,
        unwanted: frozenset[str] = frozenset(),
    ) -> None:
        self.denials: dict[UUID, DenialCount] = {}
        self.closed: list[str] = []
        self._unwanted = unwanted
        self.events: dict[AttemptId, bytes] = {}
        self.largest_batch = 0
        self._booked = asyncio.Condition()
        self._answers: Iterator[str] = iter(answers)
        self._poison = poison
        self._is_strict = is_strict

    def answer(self, answers: Sequence[str]) -> None:
        """Say what becomes of the next hand-overs."""
        self._answers = iter(answers)

    @property
    def store(self) -> Stores:
        """What the write-ahead files are drained to."""
        return Stores(self._book, self._put_on_record, self._close)

    async def _put_on_record(self, counts: Sequence[DenialCount]) -> None:
        answer = next(self._answers, "ok")
        if answer == "away":
            raise ConnectionError("the database is away")
        if any(counted.name in self._unwanted for counted in counts):
            raise EventsRefused("the organisation is gone")
        for counted in counts:
            assert self.denials.setdefault(counted.id, counted) == counted, "a count came again with other content"
        if answer == "unsure":
            raise ConnectionError("the database left before it answered")

    async def _close(self, owner: str) -> None:
        if next(self._answers, "ok") == "away":
            raise ConnectionError("the database is away")
        self.closed.append(owner)

    async def _book(self, lines: Sequence[bytes], owner: str) -> None:
        del owner
        events = {AttemptId(UUID(attempt_of(line))): line for line in lines}
        assert len(events) == len(lines)
        self.largest_batch = max(self.largest_batch, len(lines))
        answer = next(self._answers, "ok")
        if answer == "hang":
            await asyncio.sleep(60)
        if answer == "away":
            raise ConnectionError("the database is away")
        if self._poison & events.keys():
            raise EventsRefused("a text holds what the database cannot store")
        for attempt_id, line in events.items():
            known = self.events.setdefault(attempt_id, line)
            assert known == line or not self._is_strict, "an event came again with other content"
        async with self._booked:
            self._booked.notify_all()
        if answer == "unsure":
            raise ConnectionError("the database left before it answered")

    async def wait_for(self, count: int) -> None:
        """Return when so many events are booked."""
        async with self._booked:
            await self._booked.wait_for(lambda: len(self.events) >= count)

    def outcomes(self) -> dict[AttemptId, str]:
        return {attempt_id: columns_of(line)["outcome"] for attempt_id, line in self.events.items()}


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [path.name for path in folder.iterdir()]
