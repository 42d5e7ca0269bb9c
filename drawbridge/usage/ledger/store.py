"""The SQL of the ledger: entering corrections, closing months, and what stands on each account."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId
from drawbridge.usage.errors import BillError
from drawbridge.usage.ledger.bills import Bill, BilledCall
from drawbridge.usage.ledger.tables import corrections, entries, periods, transactions
from drawbridge.usage.tables import usage_events

_CORRECT: Final = text("select platform.correct_usage(:organisation, :source, :reason, :actor, cast(:lines as jsonb))")
_CHANGE_PERIOD: Final = text("select platform.change_period(:organisation, :month, :state)")


@dataclass(frozen=True, slots=True)
class Correction:
    """What an attempt was known to cost, and what it costs since."""

    attempt_id: UUID | None
    before: int | None
    after: int


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What was booked on an account in one month; of what it owes to others, below zero."""

    month: date
    account: str
    name: str
    amount_nanousd: int


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A month in which something was booked, or that is closing or closed."""

    month: date
    state: str


async def find_attempts(
    connection: AsyncConnection, organisation_id: OrganisationId, provider: str, request_ids: Sequence[str]
) -> dict[str, UUID]:
    """Find attempts by their provider's ids of the requests. Raises BillError where one id is that of several."""
    if not request_ids:
        return {}
    columns = usage_events.c
    query = select(columns.provider_request_id, columns.attempt_id).where(
        columns.organisation_id == organisation_id,
        columns.provider == provider,
        columns.provider_request_id.in_(request_ids),
    )
    found: dict[str, UUID] = {}
    for request_id, attempt_id in await connection.execute(query):
        if found.setdefault(request_id, attempt_id) != attempt_id:
            raise BillError(f"Several attempts have the request id {request_id}: name the attempt in the bill.")
    return found


async def has_attempt(connection: AsyncConnection, organisation_id: OrganisationId, attempt_id: UUID) -> bool:
    """Tell whether an attempt is booked."""
    columns = usage_events.c
    query = select(columns.attempt_id).where(
        columns.organisation_id == organisation_id, columns.attempt_id == attempt_id
    )
    return (await connection.execute(query)).first() is not None


async def enter(
    connection: AsyncConnection, organisation_id: OrganisationId, bill: Bill, actor: str, calls: Sequence[BilledCall]
) -> list[Correction]:
    """Enter what calls cost, and return the corrections that are new. Raises BillError."""
    parameters = {
        "organisation": organisation_id,
        "source": bill.source,
        "reason": bill.reason,
        "actor": actor,
        "lines": json.dumps([_written(call, bill.provider) for call in calls]),
    }
    try:
        entering = (await connection.execute(_CORRECT, parameters)).scalar_one()
    except DataError as error:
        raise BillError("The bill's amounts come to more than the ledger can hold: nothing was entered.") from error
    columns = corrections.c
    query = select(columns.attempt_id, columns.cost_before_nanousd, columns.cost_after_nanousd).where(
        columns.organisation_id == organisation_id, columns.entering_id == entering
    )
    return [Correction(row[0], row[1], row[2]) for row in await connection.execute(query)]


async def count_differing(
    connection: AsyncConnection, organisation_id: OrganisationId, bill: Bill, calls: Sequence[BilledCall]
) -> int:
    """Count the calls of which the bill's source has said another amount before, which stays."""
    columns = corrections.c
    by_attempt = {call.attempt_id: call.cost for call in calls if call.attempt_id is not None}
    by_reference = {call.reference: call.cost for call in calls if call.attempt_id is None}
    query = select(columns.attempt_id, columns.reference, columns.cost_after_nanousd).where(
        columns.organisation_id == organisation_id,
        columns.source == bill.source,
        columns.attempt_id.in_(list(by_attempt))
        | (
            columns.attempt_id.is_(None)
            & (columns.provider == bill.provider)
            & columns.reference.in_(list(by_reference))
        ),
    )
    return sum(
        cost != (by_reference[reference] if attempt_id is None else by_attempt[attempt_id])
        for attempt_id, reference, cost in await connection.execute(query)
    )


async def read_balances(
    connection: AsyncConnection, organisation_id: OrganisationId, month: date | None = None
) -> list[Balance]:
    """Add up each account by month, the newest month first; all months where None."""
    query = (
        select(
            transactions.c.month, entries.c.account, entries.c.name, func.sum(entries.c.amount_nanousd).label("amount")
        )
        .join_from(entries, transactions, entries.c.transaction_id == transactions.c.id)
        .where(entries.c.organisation_id == organisation_id)
        .group_by(transactions.c.month, entries.c.account, entries.c.name)
        .order_by(transactions.c.month.desc(), entries.c.account, entries.c.name)
    )
    if month is not None:
        query = query.where(transactions.c.month == month)
    return [
        Balance(month=row.month, account=row.account, name=row.name, amount_nanousd=int(row.amount))
        for row in await connection.execute(query)
    ]


async def read_periods(connection: AsyncConnection, organisation_id: OrganisationId) -> list[Period]:
    """List the months of the ledger, the newest first."""
    booked = select(transactions.c.month).where(transactions.c.organisation_id == organisation_id)
    stated = select(periods.c.month).where(periods.c.organisation_id == organisation_id)
    months = booked.union(stated).subquery()
    query = (
        select(months.c.month, func.coalesce(periods.c.state, "open").label("state"))
        .join_from(
            months,
            periods,
            (periods.c.month == months.c.month) & (periods.c.organisation_id == organisation_id),
            isouter=True,
        )
        .order_by(months.c.month.desc())
    )
    return [Period(month=row.month, state=row.state) for row in await connection.execute(query)]


async def read_state(connection: AsyncConnection, organisation_id: OrganisationId, month: date) -> str:
    """Return the state of a month."""
    query = select(periods.c.state).where(periods.c.organisation_id == organisation_id, periods.c.month == month)
    return (await connection.execute(query)).scalar() or "open"


async def change_period(connection: AsyncConnection, organisation_id: OrganisationId, month: date, state: str) -> bool:
    """Bring a month into a state; False where that does not follow on its present one."""
    parameters = {"organisation": organisation_id, "month": month, "state": state}
    return bool((await connection.execute(_CHANGE_PERIOD, parameters)).scalar_one())


def _written(call: BilledCall, provider: str) -> list[object]:
    attempt = None if call.attempt_id is None else str(call.attempt_id)
    return [call.reference, attempt, provider, call.cost]
