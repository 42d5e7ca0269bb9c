"""Allowances against a real PostgreSQL: two workers, deaths, clock steps, changes of limits."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.windows import Unreachable
from drawbridge.usage.limits.allowances import Allowances, Taking
from drawbridge.usage.limits.buckets import Bucket, Exceeded, Need
from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from drawbridge.usage.limits.source import BucketSource, Exchanged, Granted, Returned, Short, UnreckonableError
from drawbridge.usage.limits.store import BucketStore, update_limit
from tests.parts.limits import TimedSource, make_limit, state_of
from tests.parts.organisations import make_organisation

pytestmark = pytest.mark.limits

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_SLOW = RateEntry(most=100, per="day")
"""So slow that nothing comes back while a test runs."""


@asynccontextmanager
async def working(source: BucketSource, lessee: str) -> AsyncGenerator[Allowances]:
    """Run a worker's allowances while the context lasts."""
    allowances = Allowances(lessee, source, SystemClock())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(allowances.run())
        yield allowances
        running.cancel()


async def _bucket(database: Database, entry: LimitEntry) -> Bucket:
    (bucket,) = await make_limit(database, await make_organisation(database), entry)
    return bucket


async def test_two_workers_together_allow_no_more_than_the_bucket_and_no_less(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(requests=_SLOW))
    source = BucketStore(database)

    async with working(source, "a") as one, working(source, "b") as other:
        tries = [each.take([Need(bucket, 1)]) for _ in range(60) for each in (one, other)]
        answers = await asyncio.gather(*tries)

    assert sum(isinstance(answer, Taking) for answer in answers) == 100
    refused = [answer for answer in answers if isinstance(answer, Exceeded)]
    assert len(refused) == 20
    assert all(800 < answer.wait_s < 900 for answer in refused)


async def test_all_needs_of_a_call_are_met_or_none(database: Database) -> None:
    organisation = await make_organisation(database)
    entry = LimitEntry(requests=_SLOW, tokens=RateEntry(most=50, per="day"))
    buckets = {bucket.measure: bucket for bucket in await make_limit(database, organisation, entry)}
    needs = [Need(buckets["requests"], 1), Need(buckets["tokens"], 60)]

    async with working(BucketStore(database), "a") as allowances:
        refused = await allowances.take(needs)
        await allowances.finish()

    assert isinstance(refused, Exceeded)
    assert refused.bucket.measure == "tokens"
    assert await state_of(database, buckets["requests"]) == (100, 0)


async def test_what_one_worker_has_and_does_not_need_reaches_another_that_waits(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(concurrency=3))
    source = BucketStore(database)

    async with working(source, "a") as one, working(source, "b") as other:
        ended = [await one.take([Need(bucket, 1)]) for _ in range(3)]
        for taking in ended:
            assert isinstance(taking, Taking)
            taking.settle(0)
        begun = [await other.take([Need(bucket, 1)]) for _ in range(3)]

    assert all(isinstance(taking, Taking) for taking in begun)


async def test_slots_of_a_dead_worker_are_free_when_it_is_closed_and_not_before(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(concurrency=2))
    source = BucketStore(database)
    async with working(source, "dead") as allowances:
        for _ in range(2):
            assert isinstance(await allowances.take([Need(bucket, 1)]), Taking)

    async with working(source, "next") as allowances:
        assert isinstance(await allowances.take([Need(bucket, 1)]), Exceeded)
        await source.close("dead")
        await source.close("dead")
        assert isinstance(await allowances.take([Need(bucket, 1)]), Taking)


async def test_what_a_dead_worker_had_comes_back_with_time_and_the_bucket_is_never_above_its_size(
    database: Database,
) -> None:
    bucket = await _bucket(database, LimitEntry(requests=RateEntry(most=100)))
    source = TimedSource(database, _NOON)
    await source.exchange("dead", 1, (), [[Need(bucket, 80)]])

    await source.close("dead")
    assert (await state_of(database, bucket)) == (20, 0)
    source.at += timedelta(minutes=10)
    answer = (await source.exchange("next", 1, (), [[Need(bucket, 101)]])).answers[0]

    assert isinstance(answer, Short)
    assert answer.left == 100


async def test_a_bucket_does_not_fill_above_what_workers_leave_of_it(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(requests=RateEntry(most=100)))
    source = TimedSource(database, _NOON)
    await source.exchange("keeps", 1, (), [[Need(bucket, 30)]])

    source.at += timedelta(seconds=50)
    answer = (await source.exchange("next", 1, (), [[Need(bucket, 71)]])).answers[0]

    assert isinstance(answer, Short)
    assert answer.left == 70


async def test_a_clock_that_goes_back_fills_nothing_and_stops_nothing(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(requests=RateEntry(most=60)))
    source = TimedSource(database, _NOON)
    await source.exchange("a", 1, (), [[Need(bucket, 60)]])

    source.at -= timedelta(hours=1)
    refused = (await source.exchange("a", 2, [Returned(bucket.id, 60, 0, 0)], [[Need(bucket, 1)]])).answers[0]
    source.at += timedelta(seconds=1)
    allowed = (await source.exchange("a", 3, (), [[Need(bucket, 1)]])).answers[0]

    assert isinstance(refused, Short)
    assert refused.wait_ms == 1_000
    assert isinstance(allowed, Granted)


async def test_a_worker_that_was_silent_for_long_has_nothing_left(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(concurrency=1))
    source = TimedSource(database, _NOON)
    await source.exchange("silent", 1, (), [[Need(bucket, 1)]])

    source.at += timedelta(minutes=3)
    granted = (await source.exchange("next", 1, (), [[Need(bucket, 1)]])).answers[0]
    back = await source.exchange("silent", 2, [Returned(bucket.id, 0, 1, 0)], [[Need(bucket, 1)]])

    assert isinstance(granted, Granted)
    assert back.lapsed
    assert isinstance(back.answers[0], Short)


async def test_a_limit_that_is_made_smaller_holds_at_once(database: Database) -> None:
    organisation = await make_organisation(database)
    (bucket,) = await make_limit(database, organisation, LimitEntry(requests=_SLOW))
    source = TimedSource(database, _NOON)
    await source.exchange("a", 1, (), [[Need(bucket, 30)]])

    async with database.change(organisation) as connection:
        smaller = LimitEntry(requests=RateEntry(most=40, per="hour"))
        await update_limit(connection, organisation, "all", smaller, managed_by_file=False)
    answer = (await source.exchange("b", 1, (), [[Need(bucket, 11)]])).answers[0]

    assert isinstance(answer, Short)
    assert answer.left == 10


async def test_who_calls_too_often_is_refused_without_asking_again(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(requests=RateEntry(most=1, per="day")))

    async with working(BucketStore(database), "a") as allowances:
        assert isinstance(await allowances.take([Need(bucket, 1)]), Taking)
        assert isinstance(await allowances.take([Need(bucket, 1)]), Exceeded)
        known = await _at_once(allowances, bucket)

    assert isinstance(known, Exceeded)
    assert 80_000 < known.wait_s < 90_000


async def _at_once(allowances: Allowances, bucket: Bucket) -> object:
    """Take, and fail where that waits for anything."""
    taking = allowances.take([Need(bucket, 1)])
    try:
        taking.send(None)
    except StopIteration as stopped:
        return stopped.value
    raise AssertionError("it asked again")


@pytest.mark.parametrize("tokens", [10**12, 10**30, -(10**30)])
async def test_whatever_a_vendor_says_was_used_the_limits_of_others_go_on(database: Database, tokens: int) -> None:
    organisation = await make_organisation(database)
    huge = RateEntry(most=10**6, per="day")
    (told,) = await make_limit(database, organisation, LimitEntry(tokens=huge), "told")
    (other,) = await make_limit(database, organisation, LimitEntry(requests=_SLOW), "other")

    async with working(BucketStore(database), "a") as allowances:
        taking = await allowances.take([Need(told, 10)])
        assert isinstance(taking, Taking)
        taking.settle(tokens)
        goes_on = await allowances.take([Need(other, 1)])
        await allowances.finish()

    assert isinstance(goes_on, Taking)
    level, _ = await state_of(database, told)
    # A little comes back while the test runs.
    assert level < -999_000 if tokens > 0 else level == huge.most


async def test_no_number_that_a_worker_tells_is_too_large_for_the_database(database: Database) -> None:
    bucket = await _bucket(database, LimitEntry(tokens=RateEntry(most=10**10, per="day")))
    source = BucketStore(database)
    await source.exchange("a", 1, (), [[Need(bucket, 1)]])

    told = await source.exchange("a", 2, [Returned(bucket.id, 10**30, 10**30, 10**30)], [[Need(bucket, 10**30)]])

    assert isinstance(told.answers[0], Short)
    assert (await state_of(database, bucket))[0] < -9_000_000_000


class _Picky:
    """A source that cannot work with one bucket."""

    def __init__(self, source: BucketSource, refused: Bucket) -> None:
        self._source = source
        self._refused = refused

    async def exchange(
        self, lessee: str, number: int, returned: Sequence[Returned], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        asked = {need.bucket.id for demand in wanted for need in demand}
        if self._refused.id in asked | {each.bucket_id for each in returned}:
            raise UnreckonableError("bigint out of range")
        return await self._source.exchange(lessee, number, returned, wanted)


async def test_what_cannot_be_reckoned_with_is_refused_and_nothing_else(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    organisation = await make_organisation(database)
    (refused,) = await make_limit(database, organisation, LimitEntry(requests=_SLOW), "refused")
    (other,) = await make_limit(database, organisation, LimitEntry(requests=_SLOW), "other")

    async with working(_Picky(BucketStore(database), refused), "a") as allowances:
        needs = [other, other, refused, other, refused, other]
        answers = await asyncio.gather(*(allowances.take([Need(bucket, 1)]) for bucket in needs))

    assert [isinstance(answer, Taking) for answer in answers] == [bucket is other for bucket in needs]
    assert isinstance(answers[2], Unreachable)
    assert "cannot reckon" in answers[2].reason
    assert "bigint out of range" in caplog.text
