"""The routes of usage."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import AwareDatetime, BaseModel

from drawbridge.audit.acts import Actor
from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import LARGEST_PAGE_SIZE, PageRequest
from drawbridge.db.engine import Database
from drawbridge.identity.access import Access, Check, organisation_of
from drawbridge.identity.http import PrintableText, page_request
from drawbridge.usage.events import Outcome
from drawbridge.usage.report import Dimension, GroupBy, UsageFilter, dimensions_of
from drawbridge.usage.reports.spreadsheet import MEDIA_TYPE, events_head, events_lines, totals_lines
from drawbridge.usage.reports.store import total_usage
from drawbridge.usage.store import list_usage


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
    project_id: UUID | None
    team_id: UUID | None
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
    """Attempts added up. Those of `unpriced` are not in the cost; those of `estimated` are.

    `group` has the names of what they have in common, or the id of what was deleted since; null where it is nothing.
    """

    group: dict[Dimension, str | None]
    ids: dict[Dimension, UUID | None]
    attempts: int
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
    cost_nanousd: int
    overage_nanousd: int
    unpriced: int
    estimated: int

    model_config = {"from_attributes": True}


class TotalsBody(BaseModel):
    """Totals: in the order of time where that is a dimension, otherwise the dearest first.

    `is_complete` is false where there are more than `limit`.
    """

    by: list[Dimension]
    totals: list[TotalBody]
    is_complete: bool

    model_config = {"from_attributes": True}


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
    principal: PrintableText | None = None,
    team: PrintableText | None = None,
    project: PrintableText | None = None,
    product: PrintableText | None = None,
    deployment: PrintableText | None = None,
    vendor: PrintableText | None = None,
    client: PrintableText | None = None,
) -> UsageFilter:
    """Read which attempts are wanted from the query."""
    return UsageFilter(
        since,
        until,
        model,
        provider,
        principal_id,
        key_id,
        session_id,
        call_id,
        outcome,
        estimated,
        principal,
        team,
        project,
        product,
        deployment,
        vendor,
        client,
    )


def _wants_csv(
    form: Annotated[Literal["json", "csv"] | None, Query(alias="format", description="Instead of `Accept`.")] = None,
    accept: Annotated[str, Header()] = "",
) -> bool:
    return form == "csv" or (form is None and "text/csv" in accept)


_Wanted = Annotated[UsageFilter, Depends(usage_filter)]
_Page = Annotated[PageRequest, Depends(page_request)]
_AsCsv = Annotated[bool, Depends(_wants_csv)]
_By = Annotated[list[GroupBy], Query(min_length=1, max_length=14, description="Several for every combination.")]
_MODEL: Final[list[GroupBy]] = ["model"]
_Limit = Annotated[int, Query(ge=1, le=100_000)]

_OR_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
}
"""Any: as FastAPI wants it."""


def usage_router(database: Database, access: Access) -> APIRouter:
    """Make the routes under /api: those for whoever may read usage, and everybody's for their own."""
    router = APIRouter(prefix="/api", tags=["usage"])
    _add_events(router, database, "/usage", access.requires("read", "usage"), is_own=False)
    _add_totals(router, database, "/usage/totals", access.requires("read", "usage"), is_own=False)
    _add_events(router, database, "/me/usage", access.signed_in(), is_own=True)
    _add_totals(router, database, "/me/usage/totals", access.signed_in(), is_own=True)
    return router


def _add_events(router: APIRouter, database: Database, path: str, check: Check, *, is_own: bool) -> None:
    @router.get(path, response_model=UsagePage, responses=_OR_CSV, name=_name("list_events", is_own))
    async def list_events(
        actor: Annotated[Actor, Depends(check)], wanted: _Wanted, page: _Page, as_csv: _AsCsv
    ) -> UsagePage | Response:
        """List attempts, the newest first: a page of them, or as CSV all from the cursor on."""
        wanted = _own(wanted, actor) if is_own else wanted
        if as_csv:
            lines = _events_as_csv(database, organisation_of(actor), wanted, page)
            # The first is waited for: what goes wrong before it is an answer of its own.
            return StreamingResponse(_continued(await anext(lines), lines), media_type=MEDIA_TYPE)
        async with database.organisation(organisation_of(actor)) as connection:
            found = await list_usage(connection, organisation_of(actor), wanted, page)
        usage = [UsageBody.model_validate(row) for row in found.items]
        return UsagePage(usage=usage, next_cursor=found.next_cursor)

    del list_events  # The router holds it.


def _add_totals(router: APIRouter, database: Database, path: str, check: Check, *, is_own: bool) -> None:
    @router.get(path, response_model=TotalsBody, responses=_OR_CSV, name=_name("list_totals", is_own))
    async def list_totals(
        actor: Annotated[Actor, Depends(check)], wanted: _Wanted, as_csv: _AsCsv, by: _By = _MODEL, limit: _Limit = 1000
    ) -> TotalsBody | Response:
        """Add attempts up by some of their properties."""
        wanted = _own(wanted, actor) if is_own else wanted
        # As they stood at one moment, in all tables that are read.
        async with database.organisation(organisation_of(actor), steady=True) as connection:
            found = await total_usage(connection, organisation_of(actor), wanted, dimensions_of(by), limit)
        if as_csv:
            headers = {} if found.is_complete else {"x-drawbridge-incomplete": "true"}
            return StreamingResponse(totals_lines(found), media_type=MEDIA_TYPE, headers=headers)
        return TotalsBody.model_validate(found)

    del list_totals  # The router holds it.


def _name(of_everybody: str, is_own: bool) -> str:
    return of_everybody.replace("list_", "list_own_") if is_own else of_everybody


def _own(wanted: UsageFilter, actor: Actor) -> UsageFilter:
    assert actor.principal_id is not None, "whoever is signed in is somebody"
    return replace(wanted, principal_id=actor.principal_id)


async def _events_as_csv(
    database: Database, organisation_id: OrganisationId, wanted: UsageFilter, page: PageRequest
) -> AsyncGenerator[bytes]:
    """Write every event from a place on, in pages with a short transaction each."""
    page = PageRequest(LARGEST_PAGE_SIZE, page.after)
    head = events_head()
    while True:
        async with database.organisation(organisation_id) as connection:
            found = await list_usage(connection, organisation_id, wanted, page)
        yield head + events_lines(found.items)
        if found.next_cursor is None:
            return
        head, page = b"", PageRequest(LARGEST_PAGE_SIZE, found.items[-1].attempt_id)


async def _continued(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for lines in rest:
            yield lines
