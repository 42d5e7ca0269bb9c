"""What this process has taken of budgets, to hold calls against without a round trip to the database.

For each window, what was leased is what is free here, plus what is held for calls that are being made, plus what is
settled and not yet booked. Booking turns the last into what is spent, in the same transaction as the event.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.clock import Clock
from drawbridge.core.money import Nanousd
from drawbridge.usage.budgets.windows import Shortage, Unreachable, Window

PATIENCE_S: Final = 1.0
"""How long a call waits for headroom that others hold and may give back."""

_TEND_EVERY_S: Final = 0.25
_IDLE_AFTER_S: Final = 2.0
_TIGHT_FOR_S: Final = 2.0
_RETRY_S: Final = 0.1
_LONGEST_RETRY_S: Final = 1.0
_LOOK_EVERY_S: Final = 0.5
_REPORT_EVERY_S: Final = 60.0
"""Also without anything to ask: whoever is silent for long is taken for dead."""
_GONE: Final = "this worker was taken for dead: restart it"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Need:
    """What is wanted of one window, in nano-dollars; 0 where the window only has to be there."""

    window: Window
    amount: int


@dataclass(frozen=True, slots=True)
class Granted:
    """What was leased of each window."""

    amounts: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Short:
    """A window of which there was not enough. Nothing was leased."""

    window_id: UUID
    limit: int
    headroom: int
    unspent: int
    elsewhere: int
    """What other processes hold of it."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The answer to a request: one for each demand in turn, and the windows of which others lack something."""

    answers: Sequence[Granted | Short]
    missed: frozenset[UUID]


class LeasesGone(Exception):
    """The database took this process for dead, and gave back all that it had leased: it must hold nothing more."""


class LeasesRefused(Exception):
    """The database cannot do what was asked, whenever it is asked again: nothing of it was done."""


class LeaseSource(Protocol):
    """Where headroom comes from."""

    async def exchange(
        self, lessee: str, number: int, given: Mapping[UUID, int], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        """Give back and take, in one transaction, once for each number.

        Raises LeasesGone, LeasesRefused; anything else: ask again.
        """
        ...


@dataclass(slots=True)
class _Purse:
    """What is at hand of one window."""

    free: int = 0
    pending: int = 0
    owed: int = 0
    """What is held here and not leased, since the budget was no longer hard when it was asked."""
    used_at: float = 0.0
    tight_until: float = 0.0

    def put(self, amount: int) -> None:
        """Put in what a call gives back: first in place of what was never leased."""
        repaid = min(amount, self.owed)
        self.owed -= repaid
        self.free += amount - repaid


@dataclass(slots=True, eq=False)
class _Demand:
    """A call that waits for headroom: what it has got from the purses, and what it lacks."""

    windows: Sequence[Window]
    bound: int
    taken: dict[UUID, int] = field(default_factory=dict[UUID, int])
    answer: "asyncio.Future[Short | Unreachable | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Leases:
    """Holds calls against windows. Use it from the thread of one event loop; `run` must be running."""

    def __init__(self, lessee: str, source: LeaseSource, clock: Clock) -> None:
        self.lessee = lessee
        self._source = source
        self._clock = clock
        self._purses: dict[UUID, _Purse] = {}
        self._demands: list[_Demand] = []
        self._wake = asyncio.Event()
        self._freed = asyncio.Event()
        self._number = 0
        self._gone = False
        self._asked_at = 0.0

    def try_hold(self, windows: Sequence[Window], bound: int) -> bool:
        """Hold a call's bound on every window at once, from what is at hand; False where it does not suffice."""
        purses = self._purses
        found: list[_Purse] = []
        for window in windows:
            purse = purses.get(window.id)
            if purse is None or (window.is_hard and purse.free < bound):
                return False
            if window.is_hard:
                found.append(purse)
        now = self._clock.monotonic()
        for purse in found:
            purse.free -= bound
            purse.pending += bound
            purse.used_at = now
        return not self._gone

    async def hold(
        self, windows: Sequence[Window], bound: int, patience_s: float = PATIENCE_S
    ) -> Shortage | Unreachable | None:
        """Hold a call's bound on every window, and wait a moment for what others may give back.

        None where it is held: then it must be settled or released.
        """
        if self.try_hold(windows, bound):
            return None
        deadline = self._clock.monotonic() + patience_s
        while True:
            self._freed.clear()
            short = await self._demand(windows, bound, deadline)
            if not isinstance(short, Short):
                return short
            left_s = deadline - self._clock.monotonic()
            if left_s <= 0 or not self._may_come_back(short, bound):
                return self._shortage(windows, short, bound)
            await _wait(self._freed, min(_RETRY_S, left_s))

    def settle(self, windows: Sequence[Window], held: int, cost: int | None) -> None:
        """Free what a call did not cost. To be called when its settlement is safe, and only then.

        Where the cost is not known (None), all that was held stays taken.
        """
        back = 0 if cost is None else held - min(max(cost, 0), held)
        now = self._clock.monotonic()
        for window in windows:
            # Where nothing was held, the purse may be gone.
            purse = self._purses.get(window.id) if window.is_hard else None
            if purse is not None:
                purse.pending -= held
                purse.put(back)
                purse.used_at = now
                if back and now < purse.tight_until:
                    self._wake.set()
        if back:
            self._freed.set()

    def release(self, windows: Sequence[Window], held: int) -> None:
        """Free what was held for a call that is not made."""
        self.settle(windows, held, 0)

    async def run(self) -> None:
        """Take and give back headroom, until cancelled."""
        while True:
            end_if_cancelled()
            await _wait(self._wake, _TEND_EVERY_S)
            given = self._spare()
            if self._demands or given or self._is_look_due():
                await self._exchange(given)

    async def give_back(self) -> None:
        """Give back what is free, at the end of the process. Raises what the source raises."""
        given = self._spare(everything=True)
        if given:
            self._number += 1
            await self._source.exchange(self.lessee, self._number, given, ())

    async def _demand(self, windows: Sequence[Window], bound: int, deadline: float) -> Short | Unreachable | None:
        if self._gone:
            return Unreachable(_GONE)
        demand = _Demand(windows, bound)
        for window in windows:
            if window.is_hard:
                purse = self._purses.get(window.id)
                taken = min(purse.free, bound) if purse is not None else 0
                demand.taken[window.id] = taken
                if purse is not None:
                    purse.free -= taken
        self._demands.append(demand)
        self._wake.set()
        answer: Short | Unreachable | None = Unreachable("the database does not answer")
        try:
            async with asyncio.timeout(max(deadline - self._clock.monotonic(), _RETRY_S)):
                answer = await demand.answer
        except TimeoutError:
            pass
        finally:
            if answer is not None:
                self._let_go(demand)
        return answer

    def _let_go(self, demand: _Demand) -> None:
        """Put back what a demand had taken, though it may have become a hold at the moment its caller left."""
        if demand in self._demands:
            self._demands.remove(demand)
        elif demand.answer.done() and not demand.answer.cancelled() and demand.answer.result() is None:
            self.release(demand.windows, demand.bound)
            return
        for window_id, taken in demand.taken.items():
            if taken:
                # Emptied by the demand, the purse may have been taken for idle.
                self._purses.setdefault(window_id, _Purse()).free += taken
        demand.taken.clear()

    async def _exchange(self, given: Mapping[UUID, int]) -> None:
        """Ask for all that is wanted now."""
        demands, self._demands = self._demands, []
        await self._ask(given, demands)

    async def _ask(self, given: Mapping[UUID, int], demands: Sequence[_Demand]) -> None:
        """Send one request, again and again until it is answered: nobody else can know whether it was done."""
        wanted = [
            [Need(window, demand.bound - demand.taken[window.id] if window.is_hard else 0) for window in demand.windows]
            for demand in demands
        ]
        self._number += 1
        try:
            exchanged = await self._answered(given, wanted)
        except LeasesRefused as refusal:
            await self._ask_apart(given, demands, refusal)
            return
        if exchanged is None:
            self._give_up(demands)
            return
        self._asked_at = self._clock.monotonic()
        for demand, answer in zip(demands, exchanged.answers, strict=True):
            self._take(demand, answer)
        for window_id in exchanged.missed:
            self._purses.setdefault(window_id, _Purse()).tight_until = self._asked_at + _TIGHT_FOR_S

    async def _ask_apart(self, given: Mapping[UUID, int], demands: Sequence[_Demand], refusal: LeasesRefused) -> None:
        """Find out what the database refuses: that alone is given up, and nobody else has to wait for it."""
        if given and demands:
            await self._ask(given, ())
            await self._ask({}, demands)
        elif len(demands) > 1:
            middle = len(demands) // 2
            await self._ask({}, demands[:middle])
            await self._ask({}, demands[middle:])
        elif not demands:
            _log.error("budgets refuse what is given back to them; it stays held until this process ends: %s", refusal)
        else:
            _log.error("budgets refuse to hold a call: %s", refusal)
            if not demands[0].answer.done():
                demands[0].answer.set_result(Unreachable("the database refuses such an amount"))

    async def _answered(self, given: Mapping[UUID, int], wanted: Sequence[Sequence[Need]]) -> Exchanged | None:
        """Ask until there is an answer; None where this process was taken for dead."""
        failures = 0
        while True:
            try:
                return await self._source.exchange(self.lessee, self._number, given, wanted)
            except LeasesGone:
                return None
            except LeasesRefused:
                raise
            except Exception as error:
                # The edge of a job: a source may raise anything, and comes back.
                failures += 1
                if failures == 1:
                    _log.warning("budgets cannot be reached; calls that need more of them are refused: %s", error)
                await asyncio.sleep(min(_RETRY_S * failures, _LONGEST_RETRY_S))

    def _give_up(self, demands: Sequence[_Demand]) -> None:
        _log.critical("this process was taken for dead: it holds no further calls against budgets")
        self._gone = True
        for demand in demands:
            if not demand.answer.done():
                demand.answer.set_result(Unreachable(_GONE))

    def _take(self, demand: _Demand, answer: Granted | Short) -> None:
        now = self._clock.monotonic()
        is_awaited = not demand.answer.done()
        if isinstance(answer, Short):
            if is_awaited:
                demand.answer.set_result(answer)
            return
        for window in demand.windows:
            purse = self._purses.setdefault(window.id, _Purse())
            purse.used_at = now
            if not window.is_hard:
                continue
            purse.free += answer.amounts.get(window.id, 0)
            if is_awaited:
                lacked = demand.bound - demand.taken[window.id]
                purse.owed += max(lacked - purse.free, 0)
                purse.free = max(purse.free - lacked, 0)
                purse.pending += demand.bound
        if is_awaited:
            demand.answer.set_result(None)

    def _shortage(self, windows: Sequence[Window], short: Short, bound: int) -> Shortage:
        window = next(window for window in windows if window.id == short.window_id)
        purse = self._purses.get(window.id)
        headroom = short.headroom + (0 if purse is None else purse.free)
        return Shortage(window, Nanousd(short.limit), Nanousd(headroom), Nanousd(short.unspent), Nanousd(bound))

    def _may_come_back(self, short: Short, bound: int) -> bool:
        purse = self._purses.get(short.window_id)
        is_held = short.elsewhere > 0 or (purse is not None and purse.pending > 0)
        return is_held and short.unspent > 0 and short.limit >= bound

    def _is_look_due(self) -> bool:
        """Tell whether to ask what others lack of what is free here, or to report what is held."""
        silent_s = self._clock.monotonic() - self._asked_at
        if silent_s >= _REPORT_EVERY_S:
            return bool(self._purses)
        return silent_s >= _LOOK_EVERY_S and any(purse.free for purse in self._purses.values())

    def _spare(self, *, everything: bool = False) -> dict[UUID, int]:
        """Take out of the purses what is to be given back: what was not used lately, and what others lack."""
        now = self._clock.monotonic()
        given: dict[UUID, int] = {}
        for window_id, purse in list(self._purses.items()):
            is_idle = now - purse.used_at > _IDLE_AFTER_S
            if purse.free and (everything or is_idle or now < purse.tight_until):
                given[window_id] = purse.free
                purse.free = 0
            elif is_idle and not purse.free and not purse.pending:
                del self._purses[window_id]
        return given


async def _wait(event: asyncio.Event, longest_s: float) -> None:
    try:
        async with asyncio.timeout(longest_s):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
