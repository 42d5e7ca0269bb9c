"""Reads how budgets stand: one budget, all of them, or those that count somebody."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from drawbridge.core.clock import Clock
from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId
from drawbridge.core.money import Nanousd
from drawbridge.core.paging import LARGEST_PAGE_SIZE, Page, PageRequest
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.membership import load_subjects
from drawbridge.policy.store import subject_names
from drawbridge.usage.budgets.book import Budget, BudgetBook, Spender
from drawbridge.usage.budgets.lessees.store import silent_lessees
from drawbridge.usage.budgets.state.records import BudgetOverview, WindowState
from drawbridge.usage.budgets.state.store import (
    WantedWindows,
    budget_limits,
    own_keys,
    read_fullest,
    read_windows,
)
from drawbridge.usage.budgets.store import load_budgets
from drawbridge.usage.budgets.windows import Window


@dataclass(frozen=True, slots=True)
class BudgetStates:
    """How the budgets of every organisation stand."""

    database: Database
    clock: Clock

    async def of_budget(self, organisation_id: OrganisationId, name: str, page: PageRequest) -> Page[WindowState]:
        """Return the present windows of a budget. One that all share is there from the start."""
        silent, now = await self._silent(), self.clock.now()
        async with self.database.organisation(organisation_id) as connection:
            found = await read_windows(connection, organisation_id, WantedWindows(now, silent, budgets=(name,)), page)
            if found.items or page.after is not None:
                return found
            book = await load_budgets(connection, organisation_id)
            shared = [budget for budget in book.by_id.values() if budget.name == name and budget.each is None]
            limits = await budget_limits(connection, organisation_id)
        return Page(tuple(_untouched(budget.window(None, now), limits, now, None) for budget in shared), None)

    async def all(self, organisation_id: OrganisationId) -> list[WindowState]:
        """Return the present windows of all budgets, by the budgets' names; those of holders are sorted by name."""
        names = await self._names(organisation_id)
        found: list[WindowState] = []
        for name in names:
            cursor = PageRequest(LARGEST_PAGE_SIZE)
            windows: list[WindowState] = []
            while True:
                page = await self.of_budget(organisation_id, name, cursor)
                windows += page.items
                if page.next_cursor is None:
                    break
                cursor = PageRequest(LARGEST_PAGE_SIZE, page.items[-1].id)
            found += sorted(windows, key=lambda state: state.holder or "")
        return found

    async def overview(self, organisation_id: OrganisationId, names: Collection[str]) -> list[BudgetOverview]:
        """Return how these budgets stand on the whole, in the order of their names."""
        silent, now = await self._silent(), self.clock.now()
        async with self.database.organisation(organisation_id) as connection:
            wanted = WantedWindows(now, silent, budgets=names)
            found = {each.budget: each for each in await read_fullest(connection, organisation_id, wanted)}
            book = await load_budgets(connection, organisation_id)
            limits = await budget_limits(connection, organisation_id)
        for budget in book.by_id.values():
            if budget.name in names and budget.name not in found:
                whole = None if budget.each else _untouched(budget.window(None, now), limits, now, None)
                found[budget.name] = BudgetOverview(budget.name, 0 if whole is None else 1, whole)
        return [found[name] for name in sorted(found)]

    async def of_principal(self, organisation_id: OrganisationId, principal_id: PrincipalId) -> list[WindowState]:
        """Return the present windows that somebody's calls count against, with any key of theirs, by budgets' names."""
        silent, now = await self._silent(), self.clock.now()
        async with self.database.organisation(organisation_id) as connection:
            wanted = await windows_of(connection, organisation_id, principal_id, now)
            limits = await budget_limits(connection, organisation_id)
            ids = {window.id: window for window in wanted}
            page = PageRequest(max(len(ids), 1))
            found = await read_windows(connection, organisation_id, WantedWindows(now, silent, ids=ids), page)
            holders = {window.holder_id for window in wanted if window.holder_id is not None}
            names = await subject_names(connection, organisation_id, holders)
        there = {state.id for state in found.items}
        untouched = [
            _untouched(window, limits, now, window.holder_id and names.get(window.holder_id, f"key:{window.holder_id}"))
            for window in wanted
            if window.id not in there
        ]
        return sorted((*found.items, *untouched), key=lambda state: (state.budget, state.holder or ""))

    async def _names(self, organisation_id: OrganisationId) -> list[str]:
        async with self.database.organisation(organisation_id) as connection:
            book = await load_budgets(connection, organisation_id)
        return sorted(budget.name for budget in book.by_id.values())

    async def _silent(self) -> Collection[str]:
        return frozenset(found.lessee for found in await silent_lessees(self.database))


async def windows_of(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, at: datetime
) -> list[Window]:
    """Return the windows that somebody's calls count against, of whatever model, with any key of theirs."""
    book = await load_budgets(connection, organisation_id)
    subjects = await load_subjects(connection, organisation_id)
    keys = await own_keys(connection, organisation_id, principal_id)
    found: dict[UUID, Window] = {}
    for key_id, project_id in keys or [(UUID(int=0), None)]:
        spender = Spender(principal_id, KeyId(key_id), project_id)
        mine = subjects.get(principal_id, frozenset()) | subjects.get(project_id or principal_id, frozenset())
        for budget in _counting(book, mine):
            holder = spender.holder(budget.each)
            if budget.each is None or (holder is not None and holder.int):
                window = budget.window(holder, at)
                found[window.id] = window
    return list(found.values())


def _counting(book: BudgetBook, subjects: Iterable[UUID]) -> Iterable[Budget]:
    for subject in subjects:
        yield from book.by_subject.get(subject, ())


def _untouched(window: Window, limits: dict[UUID, int], at: datetime, holder: str | None) -> WindowState:
    """Return a window against which no call was held yet."""
    nothing = Nanousd(0)
    return WindowState(
        id=window.id,
        budget=window.budget,
        is_hard=window.is_hard,
        holder=holder,
        begins=window.begins,
        ends=window.ends,
        limit=Nanousd(limits[window.budget_id]),
        extra=nothing,
        posted=nothing,
        held=nothing,
        overage=nothing,
        suspense=nothing,
        at=at,
    )
