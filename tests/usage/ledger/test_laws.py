"""The laws of the ledger, held against a reference model by chance: what is held, spent, billed and in balance.

The real functions of the database and the real leases; callers, deaths, deliveries and bills come in any order.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from drawbridge.audit.acts import SYSTEM
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import AttemptId, OrganisationId, uuid7
from drawbridge.core.money import Nanousd, written_usd
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.leases import Exchanged, Leases, Need
from drawbridge.usage.budgets.store import LeaseStore, update_budget
from drawbridge.usage.budgets.windows import Window
from drawbridge.usage.ledger.corrections import Corrections
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.parts.budgets import make_budget, state_of
from tests.parts.ledger import balances, bill_of
from tests.parts.organisations import make_organisation
from tests.usage.attempts import TIMES, make_intent, make_settlement
from tests.usage.ledger.model import Made, Model

pytestmark = [pytest.mark.ledger_laws, pytest.mark.xdist_group("ledger laws")]

_LEVELS = ((9_000, True), (3_000, True), (700, False))
"""Limits of the budgets of an organisation, a team and a person, and whether they are hard."""

_WINDOWS = st.sets(st.integers(0, len(_LEVELS) - 1), min_size=1)
_AMOUNTS = st.integers(0, 900)
_SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)
_SOME = st.integers(0, 1_000_000)


@dataclass(slots=True, eq=False)
class _Call:
    windows: Sequence[Window]
    held: int
    attempt: AttemptId = field(default_factory=lambda: AttemptId(uuid7()))

    def ended(self, organisation: OrganisationId, cost: int, *, is_lost: bool, unsure: int = 0) -> "_Ended":
        unsure = max(self.held - cost, 0) if is_lost else max(min(unsure, self.held - cost), 0)
        intent = msgspec.structs.replace(
            make_intent(self.attempt),
            organisation_id=organisation,
            held_nanousd=Nanousd(self.held),
            windows=tuple(window.id for window in self.windows),
        )
        settlement = msgspec.structs.replace(
            make_settlement(self.attempt),
            cost_nanousd=Nanousd(cost),
            outcome="lost" if is_lost else "cut_by_caller" if unsure else "ok",
            suspense_nanousd=Nanousd(unsure) if unsure else None,
        )
        made = Made(self.held, cost, is_lost, unsure, frozenset(window.id for window in self.windows))
        return _Ended(self.attempt, copy_line(intent, settlement), made)


@dataclass(frozen=True, slots=True)
class _Ended:
    attempt: UUID
    line: bytes
    made: Made

    def taken(self, window: Window) -> int:
        """Return what stays taken of a window until this is booked."""
        is_of_it = window.is_hard and window.id in self.made.windows
        return min(self.made.cost + self.made.unsure, self.made.held) if is_of_it else 0


@dataclass(slots=True)
class _Source:
    """The database as a source of headroom, which tells when nobody is asking it."""

    store: LeaseStore
    asking: int = 0
    quiet: asyncio.Event = field(default_factory=asyncio.Event)

    async def exchange(
        self, lessee: str, number: int, given: Mapping[UUID, int], wanted: Sequence[Sequence[Need]]
    ) -> Exchanged:
        """Ask the database."""
        self.asking += 1
        self.quiet.clear()
        try:
            return await self.store.exchange(lessee, number, given, wanted)
        finally:
            self.asking -= 1
            if not self.asking:
                self.quiet.set()


@dataclass(slots=True, eq=False)
class _Worker:
    """A process: its leases, the calls it makes, and what it settled that is not booked."""

    leases: Leases
    source: _Source
    running: asyncio.Task[None]
    calls: list[_Call] = field(default_factory=list[_Call])
    settled: list[_Ended] = field(default_factory=list[_Ended])

    def needs(self, window: Window) -> int:
        """Return what must stay leased of a window: for calls that are made, and for those that are not booked."""
        held = sum(call.held for call in self.calls if window.is_hard and window in call.windows)
        return held + sum(ended.taken(window) for ended in self.settled)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands in the database: posted, held and overage of windows, leases, and balances that are not zero."""

    windows: Mapping[UUID, tuple[int, int, int]]
    leases: Mapping[tuple[str, UUID], int]
    balances: Mapping[str, int]


class LedgerMachine(RuleBasedStateMachine):
    """Some workers, the budgets of one organisation, and the database."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._run = self._runner.run
        self._database = Database(self.url)
        self._organisation, self._windows = self._run(self._make_budgets())
        self._limits = {window.id: limit for window, (limit, _) in zip(self._windows, _LEVELS, strict=True)}
        self._model = Model({window.id: window.is_hard for window in self._windows})
        self._workers: list[_Worker] = []
        self._dead: list[_Worker] = []

    async def _make_budgets(self) -> tuple[OrganisationId, list[Window]]:
        organisation = await make_organisation(self._database, str(uuid7()))
        windows = [
            await make_budget(self._database, organisation, limit, is_hard=is_hard) for limit, is_hard in _LEVELS
        ]
        await LeaseStore(self._database).exchange(str(uuid7()), 1, {}, [[Need(window, 0) for window in windows]])
        return organisation, windows

    @precondition(lambda self: len(self._workers) < 3)
    @rule()
    def start_a_worker(self) -> None:
        async def start() -> _Worker:
            source = _Source(LeaseStore(self._database))
            leases = Leases(str(uuid7()), source, SystemClock())
            return _Worker(leases, source, asyncio.get_running_loop().create_task(leases.run()))

        self._workers.append(self._run(start()))

    @precondition(lambda self: self._workers)
    @rule(which=_SOME, levels=_WINDOWS, bound=_AMOUNTS)
    def begin_a_call(self, which: int, levels: set[int], bound: int) -> None:
        worker = self._workers[which % len(self._workers)]
        windows = [self._windows[level] for level in levels]
        held = bound if any(window.is_hard for window in windows) else 0
        if self._run(worker.leases.hold(windows, held, 0)) is None:
            worker.calls.append(_Call(windows, held))

    @precondition(lambda self: self._workers)
    @rule(which=_SOME, levels=_WINDOWS, bound=_AMOUNTS, cost=_AMOUNTS)
    def make_a_call(self, which: int, levels: set[int], bound: int, cost: int) -> None:
        before = sum(len(worker.calls) for worker in self._workers)
        self.begin_a_call(which, levels, bound)
        if sum(len(worker.calls) for worker in self._workers) > before:
            self.settle_a_call(which, cost, unsure=0)

    @precondition(lambda self: any(worker.calls for worker in self._workers))
    @rule(which=_SOME, cost=_AMOUNTS, unsure=st.just(0) | _AMOUNTS)
    def settle_a_call(self, which: int, cost: int, unsure: int) -> None:
        worker, call = self._take_call(which)
        ended = call.ended(self._organisation, cost, is_lost=False, unsure=unsure)
        worker.settled.append(ended)
        worker.leases.settle(call.windows, call.held, cost + ended.made.unsure)

    @precondition(lambda self: any(worker.calls for worker in self._workers))
    @rule(which=_SOME)
    def give_up_a_call(self, which: int) -> None:
        worker, call = self._take_call(which)
        worker.leases.release(call.windows, call.held)

    @precondition(lambda self: self._workers)
    @rule(which=_SOME, chance=st.randoms(use_true_random=False), count=st.integers(1, 5))
    def book(self, which: int, chance: Random, count: int) -> None:
        worker = self._workers[which % len(self._workers)]
        chance.shuffle(worker.settled)
        fresh, worker.settled = worker.settled[:count], worker.settled[count:]
        self._run(self._deliver(worker, fresh))
        self._run(self._deliver(worker, fresh[::-1]))

    @precondition(lambda self: self._workers)
    @rule(which=_SOME)
    def kill_a_worker(self, which: int) -> None:
        worker = self._workers.pop(which % len(self._workers))
        worker.running.cancel()
        self._run(self._quiet(worker))
        self._dead.append(worker)

    @precondition(lambda self: self._dead)
    @rule(estimate=_AMOUNTS)
    def book_what_a_dead_worker_left(self, estimate: int) -> None:
        worker = self._dead.pop()
        lost = [call.ended(self._organisation, estimate, is_lost=True) for call in worker.calls]
        left = [*lost, *worker.settled]
        self._run(self._deliver(worker, left[::2]))
        self._run(self._deliver(worker, left))
        for _ in range(2):
            self._run(LeaseStore(self._database).close(worker.leases.lessee))

    @precondition(lambda self: self._model.booked)
    @rule(which=_SOME, cost=_AMOUNTS, source=st.sampled_from(["october", "november"]))
    def enter_a_bill(self, which: int, cost: int, source: str) -> None:
        attempt = sorted(self._model.booked)[which % len(self._model.booked)]
        line = b'"%b"' % str(attempt).encode()
        self._run(Corrections(self._database).enter(self._organisation, SYSTEM, bill_of({line: cost}, source)))
        self._model.bill(attempt, source, cost)

    @rule(level=st.sampled_from([0, 1]), limit=st.integers(500, 9_000))
    def change_a_limit(self, level: int, limit: int) -> None:
        window = self._windows[level]
        self._run(self._change(window, limit))
        self._limits[window.id] = max(self._limits[window.id], limit)

    @precondition(lambda self: self._workers)
    @rule(which=_SOME)
    def give_back_what_is_free(self, which: int) -> None:
        worker = self._workers[which % len(self._workers)]
        self._run(self._quiet(worker))
        self._run(worker.leases.give_back())
        leases = self._run(self._look()).leases
        for window in self._windows:
            assert leases.get((worker.leases.lessee, window.id), 0) == worker.needs(window)

    @invariant()
    def the_laws_hold(self) -> None:
        seen = self._run(self._look())
        for window in self._windows:
            posted, held, overage = seen.windows[window.id]
            assert held == sum(amount for (_, leased), amount in seen.leases.items() if leased == window.id)
            for worker in self._workers:
                assert seen.leases.get((worker.leases.lessee, window.id), 0) >= worker.needs(window)
            assert posted + overage == self._model.spent(window.id)
            assert min(posted, held, overage) >= 0
            assert not window.is_hard or posted + held <= self._limits[window.id]
        assert seen.balances == self._model.balances()
        assert sum(seen.balances.values()) == 0

    def teardown(self) -> None:
        """Let nobody live, so that nothing is held, and enter the bill of everything."""
        try:
            while self._workers:
                self.give_back_what_is_free(0)
                self.kill_a_worker(0)
            while self._dead:
                self.book_what_a_dead_worker_left(100)
            self.the_laws_hold()
            self._run(self._enter_all())
            self.the_laws_hold()
            assert [held for _, held, _ in self._run(self._look()).windows.values()] == [0] * len(_LEVELS)
        finally:
            self._run(self._database.close())
            self._runner.close()

    def _take_call(self, which: int) -> tuple[_Worker, _Call]:
        at_it = [(worker, call) for worker in self._workers for call in worker.calls]
        worker, call = at_it[which % len(at_it)]
        worker.calls.remove(call)
        return worker, call

    async def _quiet(self, worker: _Worker) -> None:
        """Wait until a worker asks the database for nothing."""
        if worker.source.asking:
            await worker.source.quiet.wait()

    async def _deliver(self, worker: _Worker, ended: Sequence[_Ended]) -> None:
        if ended:
            await UsageStore(self._database).book([one.line for one in ended], worker.leases.lessee)
        for one in ended:
            self._model.booked.setdefault(one.attempt, one.made)

    async def _change(self, window: Window, limit: int) -> None:
        entry = BudgetEntry(limit_usd=written_usd(Nanousd(limit)))
        async with self._database.change(self._organisation) as connection:
            await update_budget(connection, self._organisation, str(window.budget_id), entry, managed_by_file=False)

    async def _enter_all(self) -> None:
        """Enter a bill of all that was booked."""
        costs = {attempt: number * 70 for number, attempt in enumerate(self._model.booked)}
        lines = {b'"%b"' % str(attempt).encode(): cost for attempt, cost in costs.items()}
        await Corrections(self._database).enter(self._organisation, SYSTEM, bill_of(lines, "december"))
        for attempt, cost in costs.items():
            self._model.bill(attempt, "december", cost)

    async def _look(self) -> _Seen:
        async with self._database.organisation(self._organisation, steady=True) as connection:
            windows = await connection.execute(
                text("select id, posted_nanousd, held_nanousd, overage_nanousd from budget_window")
            )
            leases = await connection.execute(text("select lessee, window_id, amount_nanousd from budget_lease"))
            sums = await connection.execute(
                text("select account, sum(amount_nanousd)::bigint from ledger_entry group by 1")
            )
            return _Seen(
                windows={row[0]: (row[1], row[2], row[3]) for row in windows},
                leases={(row[0], row[1]): row[2] for row in leases},
                balances={row[0]: row[1] for row in sums if row[1]},
            )


def test_the_laws_hold_whatever_happens(database_url: str) -> None:

    class Here(LedgerMachine):
        url = database_url

    chosen = settings(max_examples=8 * TIMES, stateful_step_count=30, deadline=None, suppress_health_check=_SLOW)
    run_state_machine_as_test(Here, settings=chosen)


_EVENTS = st.lists(
    st.tuples(_WINDOWS, st.integers(0, 300), st.integers(0, 400), st.booleans()), min_size=1, max_size=12
)


@settings(max_examples=5 * TIMES, deadline=None, suppress_health_check=_SLOW)
@given(_EVENTS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_in_whatever_order_and_however_often_events_come_the_balances_are_the_same(
    database_url: str, events: list[tuple[set[int], int, int, bool]], chance: Random, batch: int
) -> None:
    orders = [list(range(len(events))), [*chance.sample(range(len(events)), len(events)), *range(len(events))]]

    found = [
        asyncio.run(_delivered(database_url, events, order, size))
        for order, size in zip(orders, (12, batch), strict=True)
    ]

    assert found[0] == found[1]


async def _delivered(
    url: str, events: list[tuple[set[int], int, int, bool]], order: list[int], batch: int
) -> tuple[dict[str, int], list[tuple[int, int, int, int]]]:
    """Book events in this order, so many at once, and return all balances."""
    database = Database(url)
    organisation = await make_organisation(database, str(uuid7()))
    windows = [await make_budget(database, organisation, limit, is_hard=is_hard) for limit, is_hard in _LEVELS]
    ended = [
        _Call([windows[level] for level in levels], held).ended(organisation, cost, is_lost=is_lost)
        for levels, held, cost, is_lost in events
    ]
    lessee = str(uuid7())
    needs = [
        Need(window, sum(one.made.held for one in ended if window.id in one.made.windows) if window.is_hard else 0)
        for window in windows
    ]
    await LeaseStore(database).exchange(lessee, 1, {}, [[need] for need in needs])
    for start in range(0, len(order), batch):
        lines = [ended[number].line for number in order[start : start + batch]]
        await UsageStore(database).book(lines, lessee)
    await LeaseStore(database).close(lessee)
    found = await balances(database, organisation), [await state_of(database, window) for window in windows]
    await database.close()
    return found
