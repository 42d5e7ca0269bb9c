"""The SQL of how budgets stand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, Row, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.core.money import Nanousd
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.identity.tables import api_keys
from drawbridge.policy.store import subject_names
from drawbridge.usage.budgets.state.records import BudgetOverview, WindowState
from drawbridge.usage.budgets.tables import budgets, leases, windows


@dataclass(frozen=True, slots=True)
class WantedWindows:
    """Which windows are wanted, of those that a time is in."""

    at: datetime
    silent: Collection[str]
    """The workers whose leases are in suspense."""
    budgets: Collection[str] | None = None
    """Of these budgets only, by name."""
    ids: Collection[UUID] | None = None
    """These only."""


async def read_windows(
    connection: AsyncConnection, organisation_id: OrganisationId, wanted: WantedWindows, page: PageRequest
) -> Page[WindowState]:
    """List how windows stand, in the order of their ids. One against which no call was ever held is not there."""
    query = (
        select(windows, budgets.c.name, budgets.c.is_hard, budgets.c.each)
        .join(budgets, budgets.c.id == windows.c.budget_id)
        .where(*_conditions(organisation_id, wanted))
        .order_by(windows.c.id)
        .limit(page.limit + 1)
    )
    if page.after is not None:
        query = query.where(windows.c.id > page.after)
    rows = (await connection.execute(query)).all()
    suspense = await _suspense(connection, organisation_id, [row.id for row in rows], wanted.silent)
    names = await _holder_names(connection, organisation_id, rows)
    states = [_state(row, names, suspense.get(row.id, 0), wanted.at) for row in rows]
    return page_of(states, page, lambda state: state.id)


async def read_fullest(
    connection: AsyncConnection, organisation_id: OrganisationId, wanted: WantedWindows
) -> list[BudgetOverview]:
    """Read of each budget how many windows it has, and how the fullest of them stands; none of those without any."""
    taken = windows.c.posted_nanousd + windows.c.overage_nanousd + windows.c.held_nanousd
    fullness = cast(taken, Numeric) / func.greatest(windows.c.wanted_nanousd, 1)
    of_budget = windows.c.budget_id
    ranked = (
        select(
            windows,
            budgets.c.name,
            budgets.c.is_hard,
            budgets.c.each,
            func.row_number().over(partition_by=of_budget, order_by=(fullness.desc(), windows.c.id)).label("place"),
            func.count().over(partition_by=of_budget).label("windows"),
        )
        .join(budgets, budgets.c.id == windows.c.budget_id)
        .where(*_conditions(organisation_id, wanted))
        .subquery()
    )
    rows = (await connection.execute(select(ranked).where(ranked.c.place == 1))).all()
    suspense = await _suspense(connection, organisation_id, [row.id for row in rows], wanted.silent)
    names = await _holder_names(connection, organisation_id, rows)
    return [
        BudgetOverview(row.name, row.windows, _state(row, names, suspense.get(row.id, 0), wanted.at)) for row in rows
    ]


async def budget_limits(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, int]:
    """Return the limit of every budget by its id, in nano-dollars."""
    query = select(budgets.c.id, budgets.c.limit_nanousd).where(budgets.c.organisation_id == organisation_id)
    return {row.id: row.limit_nanousd for row in await connection.execute(query)}


async def own_keys(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> list[tuple[UUID, UUID | None]]:
    """Return the keys of somebody that are not revoked, each with its project, the oldest first."""
    query = select(api_keys.c.id, api_keys.c.project_id).where(
        api_keys.c.organisation_id == organisation_id,
        api_keys.c.principal_id == principal_id,
        api_keys.c.revoked_at.is_(None),
    )
    return [(row.id, row.project_id) for row in await connection.execute(query.order_by(api_keys.c.id))]


def _conditions(organisation_id: OrganisationId, wanted: WantedWindows) -> Iterable[ColumnElement[bool]]:
    yield windows.c.organisation_id == organisation_id
    yield windows.c.begins <= wanted.at
    yield or_(windows.c.ends.is_(None), windows.c.ends > wanted.at)
    if wanted.budgets is not None:
        yield budgets.c.name.in_(list(wanted.budgets))
    if wanted.ids is not None:
        yield windows.c.id.in_(list(wanted.ids))


async def _suspense(
    connection: AsyncConnection, organisation_id: OrganisationId, ids: Sequence[UUID], silent: Collection[str]
) -> dict[UUID, int]:
    if not silent or not ids:
        return {}
    query = select(leases.c.window_id, func.sum(leases.c.amount_nanousd).label("held")).where(
        leases.c.organisation_id == organisation_id,
        leases.c.window_id.in_(list(ids)),
        leases.c.lessee.in_(list(silent)),
    )
    return {row.window_id: int(row.held) for row in await connection.execute(query.group_by(leases.c.window_id))}


# Any: rows of columns of several types.
async def _holder_names(
    connection: AsyncConnection, organisation_id: OrganisationId, rows: Sequence[Row[Any]]
) -> dict[UUID, str]:
    holders = {row.holder_id: row.each for row in rows if row.holder_id is not None}
    if not holders:
        return {}
    # Keys and runs have no names, and neither has who was deleted.
    return {holder: f"{each}:{holder}" for holder, each in holders.items()} | await subject_names(
        connection, organisation_id, holders
    )


def _state(row: Row[Any], names: Mapping[UUID, str], suspense: int, at: datetime) -> WindowState:
    return WindowState(
        id=row.id,
        budget=row.name,
        is_hard=row.is_hard,
        holder=None if row.holder_id is None else names[row.holder_id],
        begins=row.begins,
        ends=row.ends,
        limit=Nanousd(row.wanted_nanousd),
        extra=Nanousd(row.extra_nanousd),
        posted=Nanousd(row.posted_nanousd),
        held=Nanousd(row.held_nanousd),
        overage=Nanousd(row.overage_nanousd),
        suspense=Nanousd(suspense),
        at=at,
    )
