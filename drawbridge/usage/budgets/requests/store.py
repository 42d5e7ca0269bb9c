"""The SQL of requests for more."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId
from drawbridge.core.money import Nanousd
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.errors import BudgetAmountError
from drawbridge.usage.budgets.requests.records import BudgetRequest, RequestState
from drawbridge.usage.budgets.tables import budgets, requests, windows
from drawbridge.usage.budgets.windows import Window

# Whoever changes a budget changes the windows that are there: so none is made while somebody does.
_LOCK_BUDGET: Final = text("select from budget where id = :budget for share")
_MAKE_WINDOW: Final = text(
    "insert into budget_window"
    " (id, organisation_id, budget_id, holder_id, begins, ends, limit_nanousd, wanted_nanousd, alert_percents)"
    " select :id, b.organisation_id, b.id, :holder, :begins, :ends, case when b.is_hard then b.limit_nanousd end,"
    " b.limit_nanousd, b.alert_percents from budget b where b.id = :budget on conflict (id) do nothing"
)


async def insert_request(connection: AsyncConnection, organisation_id: OrganisationId, request: BudgetRequest) -> bool:
    """Store a new request; False where the same one is open already."""
    statement = insert(requests).values(
        id=request.id,
        organisation_id=organisation_id,
        budget_id=request.budget_id,
        holder_id=request.holder_id,
        principal_id=request.principal_id,
        asked_by=request.asked_by,
        amount_nanousd=request.amount,
        reason=request.reason,
        created_at=request.created_at,
    )
    stored = await connection.execute(statement.on_conflict_do_nothing().returning(requests.c.id))
    return stored.one_or_none() is not None


async def get_request(
    connection: AsyncConnection, organisation_id: OrganisationId, request_id: UUID
) -> BudgetRequest | None:
    """Return a request; None where there is none of that id."""
    row = (await connection.execute(_query(organisation_id).where(requests.c.id == request_id))).one_or_none()
    return None if row is None else _request(row)


async def list_requests(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    page: PageRequest,
    *,
    state: RequestState | None = None,
    principal_id: UUID | None = None,
) -> Page[BudgetRequest]:
    """List requests, the newest first: in a state, of somebody."""
    query = _query(organisation_id).where(*_conditions(state, principal_id))
    if page.after is not None:
        query = query.where(requests.c.id < page.after)
    rows = await connection.execute(query.order_by(requests.c.id.desc()).limit(page.limit + 1))
    return page_of([_request(row) for row in rows], page, lambda request: request.id)


async def decide_request(connection: AsyncConnection, organisation_id: OrganisationId, request: BudgetRequest) -> bool:
    """Write what was decided; False where somebody else decided at the same moment."""
    statement = (
        update(requests)
        .where(requests.c.organisation_id == organisation_id, requests.c.id == request.id, requests.c.state == "open")
        .values(
            state=request.state, decided_at=request.decided_at, decided_by=request.decided_by, answer=request.answer
        )
    )
    return (await connection.execute(statement)).rowcount == 1


async def make_window(database: Database, window: Window) -> None:
    """Make a window, if no call has yet been held against it."""
    values = {
        "id": window.id,
        "budget": window.budget_id,
        "holder": window.holder_id,
        "begins": window.begins,
        "ends": window.ends,
    }
    async with database.system("lease") as connection:
        await connection.execute(_LOCK_BUDGET, {"budget": window.budget_id})
        await connection.execute(_MAKE_WINDOW, values)


async def raise_window(
    connection: AsyncConnection, organisation_id: OrganisationId, window_id: UUID, amount: Nanousd
) -> bool:
    """Let more be spent of a window, and of no later one; False where it is gone with its budget.

    Raises BudgetAmountError where it comes to more than can be reckoned with.
    """
    wanted, spent = windows.c.wanted_nanousd + amount, windows.c.posted_nanousd + windows.c.held_nanousd
    statement = (
        update(windows)
        .where(windows.c.organisation_id == organisation_id, windows.c.id == window_id)
        .values(
            extra_nanousd=windows.c.extra_nanousd + amount,
            wanted_nanousd=wanted,
            # A soft budget's window has none, and keeps none.
            limit_nanousd=case((windows.c.limit_nanousd.is_not(None), func.greatest(wanted, spent))),
        )
    )
    try:
        return (await connection.execute(statement)).rowcount == 1
    except DataError as error:
        raise BudgetAmountError("With what was approved before, that is more than a budget can hold.") from error


def _conditions(state: RequestState | None, principal_id: UUID | None) -> Iterable[ColumnElement[bool]]:
    if state is not None:
        yield requests.c.state == state
    if principal_id is not None:
        yield requests.c.principal_id == principal_id


# Any: rows of columns of several types.
def _query(organisation_id: OrganisationId) -> Select[*tuple[Any, ...]]:
    return (
        select(requests, budgets.c.name.label("budget"), budgets.c.owner_id)
        .join(budgets, budgets.c.id == requests.c.budget_id)
        .where(requests.c.organisation_id == organisation_id)
    )


def _request(row: Row[*tuple[Any, ...]]) -> BudgetRequest:
    return BudgetRequest(
        id=row.id,
        budget=row.budget,
        budget_id=row.budget_id,
        owner_id=row.owner_id,
        holder_id=row.holder_id,
        principal_id=row.principal_id,
        asked_by=row.asked_by,
        amount=Nanousd(row.amount_nanousd),
        reason=row.reason,
        state=row.state,
        created_at=row.created_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        answer=row.answer,
    )
