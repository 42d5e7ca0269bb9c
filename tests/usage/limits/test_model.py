"""Limits of several workers against a reference token bucket, with a clock that the test holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawbridge.core.ids import uuid7
from drawbridge.db.engine import Database
from drawbridge.usage.limits.buckets import Bucket, Need
from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from drawbridge.usage.limits.purses import Purse
from drawbridge.usage.limits.source import Granted
from tests.parts.limits import TimedSource, TokenBucket, make_limit
from tests.parts.organisations import make_organisation
from tests.usage.attempts import TIMES

pytestmark = pytest.mark.limits

_WORKERS = 3
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_ANY = settings(max_examples=15 * TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True, slots=True)
class _Step:
    do: Literal["call", "settle", "tell", "die", "wait"]
    worker: int
    amount: int
    """How much a call takes, or is found to have used."""


@dataclass(slots=True)
class _Worker:
    """A worker as `Allowances` is one, without waiting."""

    source: TimedSource
    bucket: Bucket
    lessee: str = field(default_factory=lambda: str(uuid7()))
    number: int = 0
    purse: Purse = field(init=False)
    pending: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.purse = Purse(self.bucket)

    async def call(self, amount: int) -> bool:
        if self.purse.free < amount and not await self._lease(amount - self.purse.free):
            return False
        self.purse.take(amount)
        self.pending.append(amount)
        return True

    async def tell(self, *, everything: bool) -> None:
        self.number += 1
        exchanged = await self.source.exchange(self.lessee, self.number, [self.purse.tell(everything=everything)], ())
        self._follow(lapsed=exchanged.lapsed)

    async def _lease(self, lacking: int) -> bool:
        self.number += 1
        free = self.purse.free
        self.purse.free = 0
        told = self.purse.tell(everything=False)
        self.purse.free = free
        wanted = [[Need(self.bucket, lacking)]]
        exchanged = await self.source.exchange(self.lessee, self.number, [told], wanted)
        again = await self.source.exchange(self.lessee, self.number, [told], wanted)
        assert again == exchanged, "a request that is sent again is answered as before"
        self._follow(lapsed=exchanged.lapsed)
        answer = exchanged.answers[0]
        if not isinstance(answer, Granted):
            return False
        self.purse.free += answer.amounts[self.bucket.id][0]
        return not exchanged.lapsed

    def _follow(self, *, lapsed: bool) -> None:
        if lapsed:
            self.purse = Purse(self.bucket)
            self.pending.clear()


_STEPS = st.lists(
    st.builds(
        _Step,
        st.sampled_from(["call", "call", "call", "settle", "tell", "die", "wait"]),
        st.integers(0, _WORKERS - 1),
        st.integers(1, 60),
    ),
    min_size=10,
    max_size=60,
)
_WAITS = st.lists(st.integers(-20_000, 40_000), min_size=60, max_size=60)


@_ANY
@given(steps=_STEPS, waits=_WAITS, size=st.integers(1, 120))
async def test_whatever_workers_do_a_token_bucket_would_have_allowed_it(
    database: Database, steps: list[_Step], waits: list[int], size: int
) -> None:
    source = TimedSource(database, _NOON)
    organisation = await make_organisation(database, str(uuid7()))
    (bucket,) = await make_limit(database, organisation, LimitEntry(tokens=RateEntry(most=size)))
    workers = [_Worker(source, bucket) for _ in range(_WORKERS)]
    reference = TokenBucket(size, 60_000, _NOON)
    pause = iter(waits)

    for step in steps:
        worker = workers[step.worker]
        match step.do:
            case "call":
                if await worker.call(step.amount):
                    reference.take(step.amount)
                    assert reference.level >= -1e-6
            case "settle" if worker.pending:
                taken = worker.pending.pop()
                used = min(step.amount, taken)
                worker.purse.settle(taken, used)
                reference.put_back(taken - used)
            case "tell":
                await worker.tell(everything=step.amount % 2 == 0)
            case "die":
                await source.close(worker.lessee)
                workers[step.worker] = _Worker(source, bucket)
            case "wait":
                source.at += timedelta(milliseconds=next(pause))
                reference.fill(source.at)
            case _:
                pass


@_ANY
@given(amounts=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30_000)), max_size=40), size=st.integers(30, 120))
async def test_one_worker_that_tells_at_once_allows_what_a_token_bucket_allows_and_no_less(
    database: Database, amounts: list[tuple[int, int]], size: int
) -> None:
    source = TimedSource(database, _NOON)
    organisation = await make_organisation(database, str(uuid7()))
    (bucket,) = await make_limit(database, organisation, LimitEntry(requests=RateEntry(most=size)))
    worker = _Worker(source, bucket)
    reference = TokenBucket(size, 60_000, _NOON)

    for amount, pause_ms in amounts:
        was_allowed = await worker.call(amount)
        await worker.tell(everything=True)
        assert was_allowed == (reference.level >= amount - 1e-6)
        if was_allowed:
            reference.take(amount)
        source.at += timedelta(milliseconds=pause_ms)
        reference.fill(source.at)


@_ANY
@given(steps=_STEPS, size=st.integers(1, 12))
async def test_slots_are_never_more_than_there_are_and_none_is_lost_with_a_dead_worker(
    database: Database, steps: list[_Step], size: int
) -> None:
    source = TimedSource(database, _NOON)
    organisation = await make_organisation(database, str(uuid7()))
    (bucket,) = await make_limit(database, organisation, LimitEntry(concurrency=size))
    workers = [_Worker(source, bucket) for _ in range(_WORKERS)]

    for step in steps:
        worker = workers[step.worker]
        match step.do:
            case "call" | "wait":
                at_hand_elsewhere = sum(each.purse.free for each in workers if each is not worker)
                in_use = sum(len(each.pending) for each in workers)
                was_allowed = await worker.call(1)
                assert was_allowed == (in_use + at_hand_elsewhere < size)
            case "settle" if worker.pending:
                worker.purse.settle(worker.pending.pop(), 1)
            case "tell":
                await worker.tell(everything=True)
            case "die":
                await source.close(worker.lessee)
                workers[step.worker] = _Worker(source, bucket)
            case _:
                pass
        assert sum(len(each.pending) for each in workers) <= size
