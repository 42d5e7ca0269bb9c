"""The routes of the audit record: its events, page by page, and as a stream."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel

from drawbridge.audit.acts import Actor, ActorKind, Outcome, Via
from drawbridge.audit.events import Link
from drawbridge.audit.filters import EventFilter
from drawbridge.audit.store import list_events
from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import PageRequest
from drawbridge.db.engine import Database
from drawbridge.identity.access import Access, Check
from drawbridge.identity.http import PrintableText, page_request
from drawbridge.trail.checking import check_database
from drawbridge.trail.errors import NoRecordError
from drawbridge.trail.export import Export, Format, exported_lines

_LARGEST_NUMBER: Final = 2**63 - 1
_MOST_VERIFIED: Final = 100_000
_MEDIA_TYPE: Final = "application/x-ndjson"


class ActorBody(BaseModel):
    """Who did it, and how that is known."""

    kind: ActorKind
    via: Via
    organisation_id: UUID | None
    principal_id: UUID | None
    name: str
    via_id: UUID | None
    address: str

    model_config = {"from_attributes": True}


class EventBody(BaseModel):
    """An event of the record. `previous_hash` is the hash of the event before it."""

    number: int
    id: UUID
    time: datetime
    actor: ActorBody
    action: str
    object_kind: str
    object_name: str
    outcome: Outcome
    detail: dict[str, Any]  # Any: whatever the act told.
    previous_hash: str
    hash: str


class VerificationBody(BaseModel):
    """Whether the end of the record is as it was recorded."""

    as_recorded: bool
    first_wrong: int | None
    """The number of the first event that is wrong or missing; null: none is."""
    message: str
    """What is wrong with it; empty: nothing."""
    from_number: int
    """The first event that was looked at."""
    to_number: int
    """The last event that was found to be right."""
    roots_met: int
    """How many signed roots were held against events."""


class EventPage(BaseModel):
    """Events, the newest first. `next_cursor` is null on the last page."""

    events: list[EventBody]
    next_cursor: str | None


def event_filter(
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    actor: PrintableText | None = None,
    principal_id: UUID | None = None,
    action: PrintableText | None = None,
    object_kind: PrintableText | None = None,
    object_name: PrintableText | None = None,
    outcome: Outcome | None = None,
) -> EventFilter:
    """Read which events are wanted from the query. An action may end with `*`."""
    return EventFilter(since, until, actor, principal_id, action, object_kind, object_name, outcome)


def trail_router(database: Database, access: Access) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api", tags=["audit"])
    may_read = access.requires("read", "audit")
    _add_list(router, database, may_read)
    _add_export(router, database, may_read)
    _add_verification(router, database, may_read)
    return router


def _add_list(router: APIRouter, database: Database, may_read: Check) -> None:
    @router.get("/audit")
    async def list_audit(
        actor: Annotated[Actor, Depends(may_read)],
        wanted: Annotated[EventFilter, Depends(event_filter)],
        page: Annotated[PageRequest, Depends(page_request)],
    ) -> EventPage:
        """List events, the newest first."""
        organisation_id = _organisation(actor)
        async with database.organisation(organisation_id) as connection:
            found = await list_events(connection, organisation_id, wanted, page)
        return EventPage(events=[_body(link) for link in found.items], next_cursor=found.next_cursor)

    del list_audit  # The router holds it.


def _add_export(router: APIRouter, database: Database, may_read: Check) -> None:
    @router.get(
        "/audit/export",
        response_class=StreamingResponse,
        responses={200: {"description": "One event a line.", "content": {_MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def export_audit(
        actor: Annotated[Actor, Depends(may_read)],
        wanted: Annotated[EventFilter, Depends(event_filter)],
        form: Annotated[Format, Query(alias="format")] = "jsonl",
        after_number: Annotated[int, Query(ge=0, le=_LARGEST_NUMBER)] = 0,
    ) -> StreamingResponse:
        """Stream events, the oldest first, up to this moment. The export itself is recorded.

        `jsonl` can be verified where only `since`, `until` and `after_number` choose.
        """
        lines = exported_lines(database, _organisation(actor), Export(form, wanted, after_number), actor)
        # The first line is waited for: what goes wrong before it is an answer of its own.
        first = await anext(lines, b"")
        return StreamingResponse(_continued(first, lines), media_type=_MEDIA_TYPE)

    del export_audit  # The router holds it.


def _add_verification(router: APIRouter, database: Database, may_read: Check) -> None:
    @router.get("/audit/verification")
    async def verify_audit(
        actor: Annotated[Actor, Depends(may_read)],
        latest: Annotated[int, Query(ge=1, le=_MOST_VERIFIED, description="How many events, from the end.")] = 10_000,
    ) -> VerificationBody:
        """Find out whether the latest events are as they were recorded, and as signed roots saw them.

        The whole record, and against roots that were kept elsewhere, is verified by `drawbridge audit verify`.
        """
        found = await check_database(database, _organisation(actor), latest=latest)
        return VerificationBody(
            as_recorded=found.fault is None,
            first_wrong=None if found.fault is None else found.fault.number,
            message="" if found.fault is None else found.fault.words,
            from_number=found.after_number + 1,
            to_number=found.head.number,
            roots_met=found.roots_met,
        )

    del verify_audit  # The router holds it.


async def _continued(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for line in rest:
            yield line


def _organisation(actor: Actor) -> OrganisationId:
    if actor.organisation_id is None:
        raise NoRecordError
    return actor.organisation_id


def _body(link: Link) -> EventBody:
    event = link.event
    return EventBody(
        number=event.number,
        id=event.id,
        time=event.at,
        actor=ActorBody.model_validate(event.actor),
        action=event.action,
        object_kind=event.object_kind,
        object_name=event.object_name,
        outcome=event.outcome,
        detail=event.detail,
        previous_hash=event.previous.hex(),
        hash=link.hash.hex(),
    )
