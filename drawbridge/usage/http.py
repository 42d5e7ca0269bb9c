"""The routes of usage."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel

from drawbridge.audit.acts import Actor
from drawbridge.core.paging import PageRequest
from drawbridge.db.engine import Database
from drawbridge.identity.access import Access, organisation_of
from drawbridge.identity.http import PrintableText, page_request
from drawbridge.usage.events import Outcome
from drawbridge.usage.report import GroupBy, UsageFilter
from drawbridge.usage.store import list_usage, total_usage


class LostLeafBody(BaseModel):
    """One leaf that a translation could not say, and what the loss can change."""

    path: str
    reason: str
    effect: str

    model_config = {"from_attributes": True}


class CallLossesBody(BaseModel):
    """What a translated call lost on either way. `unlisted` counts those that there was no room for."""

    request: list[LostLeafBody]
    reply: list[LostLeafBody]
    unlisted: int

    model_config = {"from_attributes": True}


class UsageBody(BaseModel):
    """One attempt. `input_tokens` and `output_tokens` are totals; the other kinds are parts of them.

    `cost_nanousd` is what it costs by all that is known now; `booked_cost_nanousd` what was booked before corrections.
    `lost` is null where the call was not translated.
    """

    attempt_id: UUID
    call_id: UUID
    principal_id: UUID
    key_id: UUID
    product: str
    operation: str
    dialect: str
    model: str
    deployment: str
    provider: str
    upstream_model: str
    session_id: str | None
    client: str | None
    streamed: bool
    started_at: AwareDatetime
    outcome: Outcome
    status: int | None
    input_tokens: int
    input_cached_tokens: int
    input_cache_write_5m_tokens: int
    input_cache_write_1h_tokens: int
    input_audio_tokens: int
    input_image_tokens: int
    output_tokens: int
    output_reasoning_tokens: int
    output_audio_tokens: int
    output_image_tokens: int
    estimated: bool
    cost_nanousd: int | None
    booked_cost_nanousd: int | None
    price_id: str | None
    time_to_first_byte_ms: int | None
    duration_ms: int
    provider_request_id: str | None
    lost: CallLossesBody | None

    model_config = {"from_attributes": True}


class UsagePage(BaseModel):
    """Attempts, the newest first. `next_cursor` is null on the last page."""

    usage: list[UsageBody]
    next_cursor: str | None


class TotalBody(BaseModel):
    """Attempts added up. Those of `unpriced` are not in the cost; those of `estimated` are."""

    name: str | None
    attempts: int
    input_tokens: int
    input_cached_tokens: int
    output_tokens: int
    cost_nanousd: int
    unpriced: int
    estimated: int

    model_config = {"from_attributes": True}


class TotalsBody(BaseModel):
    """Totals by one property, the dearest first."""

    by: GroupBy
    totals: list[TotalBody]


def usage_filter(
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    model: PrintableText | None = None,
    provider: PrintableText | None = None,
    principal_id: UUID | None = None,
    key_id: UUID | None = None,
    session_id: PrintableText | None = None,
    call_id: UUID | None = None,
    outcome: Outcome | None = None,
    estimated: bool | None = None,
) -> UsageFilter:
    """Read which attempts are wanted from the query."""
    return UsageFilter(since, until, model, provider, principal_id, key_id, session_id, call_id, outcome, estimated)


_Wanted = Annotated[UsageFilter, Depends(usage_filter)]


def usage_router(database: Database, access: Access) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api", tags=["usage"])
    may_read = access.requires("read", "usage")

    @router.get("/usage")
    async def list_events(
        actor: Annotated[Actor, Depends(may_read)],
        wanted: _Wanted,
        page: Annotated[PageRequest, Depends(page_request)],
    ) -> UsagePage:
        """List attempts, the newest first."""
        async with database.organisation(organisation_of(actor)) as connection:
            found = await list_usage(connection, organisation_of(actor), wanted, page)
        usage = [UsageBody.model_validate(row) for row in found.items]
        return UsagePage(usage=usage, next_cursor=found.next_cursor)

    @router.get("/usage/totals")
    async def list_totals(
        actor: Annotated[Actor, Depends(may_read)], wanted: _Wanted, by: GroupBy = "model"
    ) -> TotalsBody:
        """Add attempts up by one of their properties."""
        async with database.organisation(organisation_of(actor)) as connection:
            totals = await total_usage(connection, organisation_of(actor), wanted, by)
        return TotalsBody(by=by, totals=[TotalBody.model_validate(total) for total in totals])

    del list_events, list_totals  # The router holds them.
    return router
