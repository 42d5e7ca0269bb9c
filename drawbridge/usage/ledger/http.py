"""The routes of the ledger: balances, months, corrections and bills."""

from dataclasses import asdict
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.identity.access import Access, organisation_of
from drawbridge.identity.http import PrintableText
from drawbridge.usage.ledger.bills import Bill, BillLine
from drawbridge.usage.ledger.corrections import Corrections
from drawbridge.usage.ledger.periods import Periods, State, parse_month
from drawbridge.usage.ledger.store import read_balances, read_periods

_Text = Annotated[PrintableText, Field(min_length=1, max_length=200)]
_Reason = Annotated[PrintableText, Field(max_length=500)]
_Cost = Annotated[int, Field(ge=0, lt=2**53)]


class BalanceBody(BaseModel):
    """What was booked on an account in one month; what is owed to others is below zero."""

    month: date
    account: str
    name: str
    amount_nanousd: int

    model_config = {"from_attributes": True}


class PeriodBody(BaseModel):
    """A month of the ledger."""

    month: date
    state: State

    model_config = {"from_attributes": True}


class LedgerBody(BaseModel):
    """The months, the newest first, and what stands on each account in each of them."""

    periods: list[PeriodBody]
    balances: list[BalanceBody]


class PeriodChangeBody(BaseModel):
    """What a month is to be."""

    model_config = {"extra": "forbid"}

    state: State


class CorrectionBody(BaseModel):
    """What an attempt really cost, by a source that is entered once for each attempt."""

    model_config = {"extra": "forbid"}

    attempt_id: UUID
    cost_nanousd: _Cost
    source: _Text
    reason: _Reason = ""


class BillLineBody(BaseModel):
    """What was billed for one call, by one of its ids."""

    model_config = {"extra": "forbid"}

    attempt_id: UUID | None = None
    provider_request_id: _Text | None = None
    cost_nanousd: int = Field(gt=-(2**53), lt=2**53)


class BillBody(BaseModel):
    """A vendor's bill, or a part of it. Several lines of one call must come together: they are added up."""

    model_config = {"extra": "forbid"}

    provider: _Text
    source: _Text
    reason: _Reason = ""
    lines: Annotated[list[BillLineBody], Field(min_length=1, max_length=5000)]


class EnteredBody(BaseModel):
    """What became of the calls that were entered, and what all of it costs more than was booked.

    `differing` of those that are `repeated` came with another amount than before, which stays.
    """

    corrected: int
    confirmed: int
    unknown: int
    repeated: int
    differing: int
    difference: int


def ledger_router(database: Database, clock: Clock, access: Access) -> APIRouter:
    """Make the routes under /api/ledger."""
    router = APIRouter(prefix="/api/ledger", tags=["usage"])
    _add_reading(router, database, access)
    _add_closing(router, Periods(database, clock), access)
    _add_correcting(router, Corrections(database), access)
    return router


def _add_reading(router: APIRouter, database: Database, access: Access) -> None:
    may_read = access.requires("read", "usage")

    @router.get("")
    async def show_ledger(actor: Annotated[Actor, Depends(may_read)], month: _Text | None = None) -> LedgerBody:
        """Show the months, and what stands on each account."""
        wanted = None if month is None else parse_month(month)
        async with database.organisation(organisation_of(actor), steady=True) as connection:
            months = await read_periods(connection, organisation_of(actor))
            balances = await read_balances(connection, organisation_of(actor), wanted)
        return LedgerBody(
            periods=[PeriodBody.model_validate(one) for one in months if wanted in (None, one.month)],
            balances=[BalanceBody.model_validate(one) for one in balances],
        )

    del show_ledger  # The router holds it.


def _add_closing(router: APIRouter, periods: Periods, access: Access) -> None:
    may_manage = access.requires("manage", "usage")

    @router.put("/periods/{month}")
    async def change_period(
        actor: Annotated[Actor, Depends(may_manage)], month: _Text, body: PeriodChangeBody
    ) -> PeriodBody:
        """Let a month be closing, open it again, or close it for good."""
        wanted = parse_month(month)
        await periods.change(organisation_of(actor), actor, wanted, body.state)
        return PeriodBody(month=wanted, state=body.state)

    del change_period  # The router holds it.


def _add_correcting(router: APIRouter, corrections: Corrections, access: Access) -> None:
    may_manage = access.requires("manage", "usage")

    @router.post("/corrections")
    async def correct_attempt(actor: Annotated[Actor, Depends(may_manage)], body: CorrectionBody) -> EnteredBody:
        """Enter what one attempt really cost."""
        entered = await corrections.correct(
            organisation_of(actor),
            actor,
            body.attempt_id,
            Nanousd(body.cost_nanousd),
            source=body.source,
            reason=body.reason,
        )
        return EnteredBody(**asdict(entered))

    @router.post("/bills")
    async def enter_bill(actor: Annotated[Actor, Depends(may_manage)], body: BillBody) -> EnteredBody:
        """Enter a vendor's bill: what it says of calls that are known, and of others into suspense."""
        lines = [BillLine(Nanousd(line.cost_nanousd), line.attempt_id, line.provider_request_id) for line in body.lines]
        bill = Bill(body.provider, body.source, lines, body.reason)
        return EnteredBody(**asdict(await corrections.enter(organisation_of(actor), actor, bill)))

    del correct_attempt, enter_bill  # The router holds them.
