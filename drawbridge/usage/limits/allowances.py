"""What this process has taken of buckets, so that most calls pass without a round trip to the database.

A bucket is never more than full: what is in it and what workers have of it come to its size at most, so no worker can
use what another was given, and what fills in while a worker keeps its share is not lost but late. A share is told as
spent when the next one is asked for, when others find too little, or when it was not used for a while.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.clock import Clock
from drawbridge.usage.budgets.windows import Unreachable
from drawbridge.usage.limits.buckets import Bucket, Exceeded, Left, Need
from drawbridge.usage.limits.purses import Purse
from drawbridge.usage.limits.source import BucketSource, Exchanged, Granted, Returned, Short, UnreckonableError

PATIENCE_S: Final = 0.6
"""How long a call waits for what other workers have of a bucket and may give back."""

_ANSWER_WITHIN_S: Final = 2.0
_TEND_EVERY_S: Final = 0.1
_LOOK_EVERY_S: Final = 0.2
_IDLE_AFTER_S: Final = 30.0
_RETRY_S: Final = 0.1
_STALE_AFTER_S: Final = 50.0
"""Less than the minute after which the database takes what a silent worker has leased for gone."""
_EMPTY_FOR_S: Final = 1.0
"""How long it is not asked again whether an empty bucket has filled: others may have given back before."""
_AT_ONCE: Final = 500
_CUT_OFF: Final = "this worker was cut off from the database"
_UNRECKONABLE: Final = "a limit cannot reckon with what it needs"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Taking:
    """What one call has taken of its buckets. It ends once, by whichever method is called first."""

    allowances: "Allowances"
    needs: Sequence[Need]
    era: int
    is_over: bool = False

    def settle(self, tokens: int) -> None:
        """End a call that used so many tokens: its slots are free, and the tokens that it did not need are back."""
        if not self.is_over:
            self.is_over = True
            self.allowances.settle(self, tokens)

    def release(self) -> None:
        """Put all of it back: the call is not made."""
        if not self.is_over:
            self.is_over = True
            self.allowances.put_back(self)


@dataclass(slots=True, eq=False)
class _Demand:
    """A call that waits: what it has got from the purses, and the answer."""

    needs: Sequence[Need]
    era: int
    taken: dict[UUID, int] = field(default_factory=dict[UUID, int])
    answer: "asyncio.Future[Short | Unreachable | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Allowances:
    """Takes of buckets for calls. Use it from the thread of one event loop; `run` must be running."""

    def __init__(self, lessee: str, source: BucketSource, clock: Clock) -> None:
        self.lessee = lessee
        self._source = source
        self._clock = clock
        self._purses: dict[UUID, Purse] = {}
        self._era = 0
        self._number = 0
        self._demands: list[_Demand] = []
        self._due: dict[UUID, bool] = {}
        """What to tell of at the next exchange, and whether to give back all of it."""
        self._used: set[UUID] = set()
        self._used_before: set[UUID] = set()
        self._swept_at = clock.monotonic()
        self._heard_at = clock.monotonic()
        self._wake = asyncio.Event()
        self._freed = asyncio.Event()

    def try_take(self, needs: Sequence[Need]) -> bool:
        """Take all that a call needs from what is at hand; False where it does not suffice."""
        found: list[Purse] = []
        for need in needs:
            purse = self._purses.get(need.bucket.id)
            if purse is None or purse.free < need.amount:
                return False
            found.append(purse)
        if self._clock.monotonic() - self._heard_at > _STALE_AFTER_S:
            return False
        for purse, need in zip(found, needs, strict=True):
            purse.take(need.amount)
            self._used.add(need.bucket.id)
        return True

    async def take(self, needs: Sequence[Need]) -> Taking | Exceeded | Unreachable:
        """Take all that a call needs, or say of which bucket there is too little."""
        if self.try_take(needs):
            return Taking(self, needs, self._era)
        known = self._known_empty(needs)
        if known is not None:
            return known
        deadline = self._clock.monotonic() + PATIENCE_S
        while True:
            self._freed.clear()
            era, answer = await self._demand(needs)
            if answer is None:
                return Taking(self, needs, era)
            if isinstance(answer, Unreachable):
                return answer
            if self.try_take(needs):
                # Others who asked at the same time left it over.
                return Taking(self, needs, self._era)
            need = next(need for need in needs if need.bucket.id == answer.bucket_id)
            may_come_back = answer.elsewhere > 0 and answer.left + answer.elsewhere >= need.amount
            left_s = deadline - self._clock.monotonic()
            if not may_come_back or left_s <= 0:
                return self._exceeded(need, answer)
            await _wait(self._freed, min(_RETRY_S, left_s))

    def settle(self, taking: Taking, tokens: int) -> None:
        """Put back what a call did not use."""
        for need in taking.needs:
            used = tokens if need.bucket.measure == "tokens" else need.amount
            self._settle(need.bucket, need.amount, used, taking.era)

    def put_back(self, taking: Taking) -> None:
        """Put back all that a call has taken."""
        for need in taking.needs:
            self._settle(need.bucket, need.amount, 0, taking.era)

    def left(self, bucket: Bucket) -> Left:
        """Return what is left in a bucket, as far as this process knows."""
        purse = self._purses.get(bucket.id) or Purse(bucket)
        return purse.what_is_left(self._clock.monotonic())

    async def run(self) -> None:
        """Take and give back, until cancelled."""
        while True:
            end_if_cancelled()
            await _wait(self._wake, _TEND_EVERY_S)
            self._sweep()
            is_look_due = self._clock.monotonic() - self._heard_at >= _LOOK_EVERY_S
            if self._demands or self._due or (is_look_due and self._purses):
                await self._exchange()

    async def finish(self) -> None:
        """Tell everything and give back all that is free, at the end of the process. Raises what the source raises."""
        returned = [purse.tell(everything=True) for purse in self._purses.values()]
        if any(each != Returned(each.bucket_id, 0, 0, 0) for each in returned):
            self._number += 1
            await self._source.exchange(self.lessee, self._number, returned, ())

    def _settle(self, bucket: Bucket, taken: int, used: int, era: int) -> None:
        if era != self._era:
            # What it was taken from is gone, and so is what would come back.
            return
        purse = self._purses.get(bucket.id)
        if purse is None:
            purse = self._purses[bucket.id] = Purse(bucket, heard_at=self._clock.monotonic())
        purse.settle(taken, used)
        self._used.add(bucket.id)
        if purse.is_fat or purse.beside:
            self._due.setdefault(bucket.id, False)
        self._freed.set()

    def _known_empty(self, needs: Sequence[Need]) -> Exceeded | None:
        """Refuse what was refused a moment ago, without asking: who calls too often costs nobody else anything."""
        now = self._clock.monotonic()
        for need in needs:
            purse = self._purses.get(need.bucket.id)
            if purse is None or now >= purse.empty_until or need.amount < purse.empty_for:
                continue
            if purse.free < need.amount:
                wait_s = max(purse.wait_s(need.amount, now), purse.empty_until - now)
                return Exceeded(need.bucket, need.amount, purse.what_is_left(now).amount, wait_s)
        return None

    def _exceeded(self, need: Need, short: Short) -> Exceeded:
        now = self._clock.monotonic()
        wait_s = short.wait_ms / 1_000
        bucket = need.bucket
        purse = self._purses.get(bucket.id)
        if purse is None:
            purse = self._purses[bucket.id] = Purse(bucket)
        purse.left, purse.heard_at = short.left, now
        self._used.add(bucket.id)
        if not bucket.is_slots:
            purse.empty_until = now + min(wait_s, _EMPTY_FOR_S)
            purse.empty_for = need.amount
        return Exceeded(bucket, need.amount, short.left + purse.free, wait_s)

    async def _demand(self, needs: Sequence[Need]) -> tuple[int, Short | Unreachable | None]:
        demand = _Demand(needs, self._era)
        for need in needs:
            purse = self._purses.get(need.bucket.id)
            taken = 0 if purse is None else min(purse.free, need.amount)
            if purse is not None and taken:
                purse.take(taken)
            demand.taken[need.bucket.id] = taken
        self._demands.append(demand)
        self._wake.set()
        answer: Short | Unreachable | None = Unreachable("the database does not answer")
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                answer = await demand.answer
        except TimeoutError:
            pass
        finally:
            if answer is not None:
                self._let_go(demand)
        return demand.era, answer

    def _let_go(self, demand: _Demand) -> None:
        """Put back what a demand has, though it may have got all of it at the moment its caller left."""
        if demand in self._demands:
            self._demands.remove(demand)
        answer = demand.answer
        has_all = answer.done() and not answer.cancelled() and answer.result() is None
        for need in demand.needs:
            held = need.amount if has_all else demand.taken[need.bucket.id]
            if held:
                self._settle(need.bucket, held, 0, demand.era)

    async def _exchange(self) -> None:
        """Tell what is due and ask for what is wanted."""
        demands, self._demands = self._demands[:_AT_ONCE], self._demands[_AT_ONCE:]
        returned = self._returned(demands)
        if self._demands or self._due:
            self._wake.set()
        await self._tell_and_ask(returned, demands)

    async def _tell_and_ask(self, returned: Sequence[Returned], demands: Sequence[_Demand]) -> None:
        """Send it, in smaller parts where it cannot be done: only what cannot be reckoned with is given up."""
        try:
            exchanged = await self._answered(returned, demands)
        except UnreckonableError as error:
            if len(returned) + len(demands) == 1:
                self._give_up(returned, demands, error)
                return
            for some_returned, some_demands in _halves(returned, demands):
                await self._tell_and_ask(some_returned, some_demands)
            return
        if exchanged.lapsed:
            self._begin_anew()
        for demand, answer in zip(demands, exchanged.answers, strict=True):
            self._take(demand, answer)
        self._give_what_is_missed(exchanged)

    async def _answered(self, returned: Sequence[Returned], demands: Sequence[_Demand]) -> Exchanged:
        """Send one request, again and again until it is answered: nobody else can know whether it was done."""
        wanted = [
            [Need(need.bucket, need.amount - demand.taken[need.bucket.id]) for need in demand.needs]
            for demand in demands
        ]
        self._number += 1
        while True:
            asked_at = self._clock.monotonic()
            try:
                exchanged = await self._source.exchange(self.lessee, self._number, returned, wanted)
            except UnreckonableError:
                raise
            except Exception:
                # The edge of a job: a source may raise anything, and comes back.
                _log.warning("limits cannot be reached; calls that need them are refused", exc_info=True)
                await asyncio.sleep(_RETRY_S)
            else:
                self._heard_at = asked_at
                return exchanged

    def _give_up(self, returned: Sequence[Returned], demands: Sequence[_Demand], error: UnreckonableError) -> None:
        _log.error("limits cannot reckon with %s: %s", [*returned, *(demand.needs for demand in demands)], error)
        for demand in demands:
            if not demand.answer.done():
                demand.answer.set_result(Unreachable(_UNRECKONABLE))

    def _returned(self, demands: Sequence[_Demand]) -> list[Returned]:
        """Tell of what is due, and of what more is asked for."""
        due = dict(list(self._due.items())[:_AT_ONCE])
        for bucket_id in due:
            del self._due[bucket_id]
        for demand in demands:
            for need in demand.needs:
                due.setdefault(need.bucket.id, False)
        returned: list[Returned] = []
        for bucket_id, everything in due.items():
            purse = self._purses.get(bucket_id)
            if purse is None or purse.is_blank:
                continue
            returned.append(purse.tell(everything=everything))
        return returned

    def _take(self, demand: _Demand, answer: Granted | Short) -> None:
        is_awaited = not demand.answer.done()
        if isinstance(answer, Short):
            if is_awaited:
                demand.answer.set_result(answer)
            return
        now = self._clock.monotonic()
        # What it had got before is gone with what was leased: the rest alone is too little.
        has_lost = demand.era != self._era and any(demand.taken.values())
        for need in demand.needs:
            lacking = need.amount - demand.taken[need.bucket.id]
            purse = self._purses.setdefault(need.bucket.id, Purse(need.bucket))
            # A limit that was deleted meanwhile grants nothing and refuses nothing.
            granted, left = answer.amounts.get(need.bucket.id, (lacking, need.bucket.size))
            purse.bucket = need.bucket
            purse.free += granted
            purse.left, purse.heard_at, purse.empty_until = left, now, 0.0
            self._used.add(need.bucket.id)
            if is_awaited and not has_lost:
                purse.take(lacking)
        if is_awaited and not has_lost:
            demand.era = self._era
        if is_awaited:
            demand.answer.set_result(Unreachable(_CUT_OFF) if has_lost else None)

    def _begin_anew(self) -> None:
        """Forget what was leased: the database gave it up when nothing was heard of this process for too long."""
        if self._purses:
            _log.warning("nothing was heard of this process for so long that what it had taken of limits is gone")
        self._era += 1
        self._purses.clear()
        self._due.clear()

    def _give_what_is_missed(self, exchanged: Exchanged) -> None:
        for bucket_id in exchanged.missed:
            purse = self._purses.get(bucket_id)
            if purse is not None and not purse.is_blank:
                self._due[bucket_id] = True
                self._wake.set()

    def _sweep(self) -> None:
        """Have what was not used for a while given back, and forget the purses of it."""
        now = self._clock.monotonic()
        if now - self._swept_at < _IDLE_AFTER_S:
            return
        self._swept_at = now
        for bucket_id in self._used_before - self._used:
            purse = self._purses.get(bucket_id)
            if purse is not None and purse.is_blank:
                del self._purses[bucket_id]
            elif purse is not None and not (purse.busy and not purse.free):
                self._due[bucket_id] = True
                # To be looked at again, and then forgotten.
                self._used.add(bucket_id)
        self._used_before, self._used = self._used, set()


def _halves(
    returned: Sequence[Returned], demands: Sequence[_Demand]
) -> Sequence[tuple[Sequence[Returned], Sequence[_Demand]]]:
    if returned and demands:
        return ((returned, ()), ((), demands))
    told, asked = len(returned) // 2, len(demands) // 2
    return ((returned[:told], demands[:asked]), (returned[told:], demands[asked:]))


async def _wait(event: asyncio.Event, longest_s: float) -> None:
    try:
        async with asyncio.timeout(longest_s):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
