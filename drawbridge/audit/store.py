"""Chains in the database."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, case, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.canonical import Json, canonical
from drawbridge.audit.events import PLATFORM, Event, Head, Link, link
from drawbridge.audit.filters import EVERYTHING, EventFilter
from drawbridge.audit.roots import Root
from drawbridge.audit.tables import events, platform_events, platform_roots, roots
from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.db.engine import Database

_READ_AT_ONCE: Final = 500
SIGNING_LOCK: Final = 0x647262_617564
"""The advisory lock of whoever signs. Any number does, as long as every version uses the same one."""

_SIGNING = text("select pg_try_advisory_xact_lock(:lock)")
_DUE = text("""
    select h.chain, h.number, h.hash, clock_timestamp() as now
    from platform.audit_head h
    left join lateral (
        select number from audit_root where organisation_id = h.chain
        union all select number from platform.audit_root where h.chain = :platform
        order by 1 desc limit 1
    ) root on true
    cross join lateral (
        select at from audit_event where organisation_id = h.chain and number = coalesce(root.number, 0) + 1
        union all
        select at from platform.audit_event where h.chain = :platform and number = coalesce(root.number, 0) + 1
    ) unsigned
    where unsigned.at <= clock_timestamp() - cast(:within as interval)
        -- Recorded before the clock was set back: its hour would end as much later.
        or unsigned.at > clock_timestamp() + interval '1 minute'
    order by h.chain
""")
# What somebody with every right may have written, and no time of Python's can hold, reads as another time.
_LIKELY_TIMES = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
_UNLIKELY = datetime(1970, 1, 1, tzinfo=UTC)
_LOCK = text("select last_number, last_hash, next_at from platform.lock_audit_head(:chain)")


async def lock_head(connection: AsyncConnection, chain: OrganisationId) -> tuple[Head, datetime]:
    """Hold the end of a chain until the transaction ends. Return it, and the time of what is recorded next."""
    row = (await connection.execute(_LOCK, {"chain": chain})).one()
    return Head(row.last_number, bytes(row.last_hash)), row.next_at


@asynccontextmanager
async def entered(database: Database, chain: OrganisationId) -> AsyncGenerator[AsyncConnection]:
    """Open a transaction that may read a chain."""
    if chain == PLATFORM:
        async with database.system("audit") as connection:
            yield connection
    else:
        async with database.organisation(chain) as connection:
            yield connection


async def append(connection: AsyncConnection, chain: OrganisationId, acts: Sequence[tuple[UUID, Act]]) -> None:
    """Add acts, each with the id of its event, to a chain, whose lock this takes."""
    head, at = await lock_head(connection, chain)
    rows: list[dict[str, object]] = []
    for event_id, act in acts:
        made = link(chain, head, event_id, at, act)
        rows.append(_row(made))
        head = Head(made.event.number, made.hash)
    await connection.execute(insert(_events_of(chain)), rows)


async def has_event(connection: AsyncConnection, organisation_id: OrganisationId, event_id: UUID) -> bool:
    """Tell whether an organisation's record has an event of this id."""
    query = select(events.c.number).where(events.c.organisation_id == organisation_id, events.c.id == event_id)
    return (await connection.execute(query)).one_or_none() is not None


async def list_events(
    connection: AsyncConnection, organisation_id: OrganisationId, wanted: EventFilter, page: PageRequest
) -> Page[Link]:
    """List an organisation's events, the newest first."""
    query = _read(organisation_id).where(*_conditions(events, wanted))
    if page.after is not None:
        last = select(events.c.number).where(events.c.organisation_id == organisation_id, events.c.id == page.after)
        query = query.where(events.c.number < last.scalar_subquery())
    rows = await connection.execute(query.order_by(events.c.number.desc()).limit(page.limit + 1))
    return page_of([_link(organisation_id, row) for row in rows], page, lambda made: made.event.id)


async def read_links(
    connection: AsyncConnection, chain: OrganisationId, after: int, wanted: EventFilter = EVERYTHING, *, limit: int
) -> list[Link]:
    """Read the events of a chain that come after a number, in order."""
    table = _events_of(chain)
    query = _read(chain).where(table.c.number > after, *_conditions(table, wanted))
    return [_link(chain, row) for row in await connection.execute(query.order_by(table.c.number).limit(limit))]


async def chain_links(
    database: Database, chain: OrganisationId, after: int = 0, wanted: EventFilter = EVERYTHING
) -> AsyncIterator[Link]:
    """Yield the events of a chain that come after a number, as far as it goes now, in order.

    They are read a few hundred at a time, each time in a transaction of its own: what is read does not change.
    """
    async with entered(database, chain) as connection:
        end = (await stored_span(connection, chain)).last
    while after < end:
        async with entered(database, chain) as connection:
            read = await read_links(connection, chain, after, wanted, limit=_READ_AT_ONCE)
        for made in read:
            if made.event.number > end:
                return
            yield made
        if len(read) < _READ_AT_ONCE:
            return
        after = read[-1].event.number


def _events_of(chain: OrganisationId) -> Table:
    return platform_events if chain == PLATFORM else events


def _roots_of(chain: OrganisationId) -> Table:
    return platform_roots if chain == PLATFORM else roots


# Any: queries and rows of columns of several types.
def _read(chain: OrganisationId) -> Select[*tuple[Any, ...]]:
    table = _events_of(chain)
    at = case((table.c.at.between(*_LIKELY_TIMES), table.c.at), else_=_UNLIKELY).label("likely_at")
    query = select(*(column for column in table.c if column.name not in ("at", "organisation_id")), at)
    return query if chain == PLATFORM else query.where(table.c.organisation_id == chain)


def _conditions(table: Table, wanted: EventFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield table.c.at >= wanted.since
    if wanted.until is not None:
        yield table.c.at < wanted.until
    if wanted.action is not None and wanted.action.endswith("*"):
        yield table.c.action.startswith(wanted.action.removesuffix("*"), autoescape=True)
    elif wanted.action is not None:
        yield table.c.action == wanted.action
    exact = {
        "actor_name": wanted.actor,
        "actor_principal_id": wanted.principal_id,
        "object_kind": wanted.object_kind,
        "object_name": wanted.object_name,
        "outcome": wanted.outcome,
    }
    yield from (table.c[name] == value for name, value in exact.items() if value is not None)


def _link(chain: OrganisationId, row: Row[*tuple[Any, ...]]) -> Link:
    actor = Actor(
        kind=row.actor_kind,
        via=row.actor_via,
        organisation_id=row.actor_organisation_id,
        principal_id=row.actor_principal_id,
        name=row.actor_name,
        via_id=row.actor_via_id,
        address=row.actor_address,
    )
    event = Event(
        chain=chain,
        number=row.number,
        previous=bytes(row.previous_hash),
        id=row.id,
        at=row.likely_at,
        actor=actor,
        action=row.action,
        object_kind=row.object_kind,
        object_name=row.object_name,
        outcome=row.outcome,
        detail=_detail(row.detail),
    )
    return Link(event, bytes(row.hash))


def _detail(written: str) -> dict[str, Json]:
    """Read a detail. What was not written in canonical form is no detail of any event, and reads as another one."""
    try:
        detail: Json = json.loads(written)
        if isinstance(detail, dict) and canonical(detail).decode() == written:
            return detail
    except (ValueError, RecursionError):
        pass
    return {"not canonical": written}


def _row(made: Link) -> dict[str, Any]:
    event, actor = made.event, made.event.actor
    whose = {} if event.chain == PLATFORM else {"organisation_id": event.chain}
    return whose | {
        "number": event.number,
        "id": event.id,
        "at": event.at,
        "actor_kind": actor.kind,
        "actor_via": actor.via,
        "actor_organisation_id": actor.organisation_id,
        "actor_principal_id": actor.principal_id,
        "actor_name": actor.name,
        "actor_via_id": actor.via_id,
        "actor_address": actor.address,
        "action": event.action,
        "object_kind": event.object_kind,
        "object_name": event.object_name,
        "outcome": event.outcome,
        "detail": canonical(event.detail).decode(),
        "previous_hash": event.previous,
        "hash": made.hash,
    }


@dataclass(frozen=True, slots=True)
class Span:
    """How much of a chain there is."""

    count: int
    last: int
    """The highest number; 0 without events."""


async def stored_span(connection: AsyncConnection, chain: OrganisationId) -> Span:
    """Count the events of a chain."""
    table = _events_of(chain)
    query = select(func.count(), func.coalesce(func.max(table.c.number), 0)).select_from(table)
    if chain != PLATFORM:
        query = query.where(table.c.organisation_id == chain)
    count, last = (await connection.execute(query)).one()
    return Span(count, last)


async def read_roots(connection: AsyncConnection, chain: OrganisationId) -> list[Root]:
    """Read the roots of a chain, in order."""
    table = _roots_of(chain)
    query = select(table).order_by(table.c.number)
    if chain != PLATFORM:
        query = query.where(table.c.organisation_id == chain)
    return [
        Root(chain, row.number, bytes(row.hash), row.at, bytes(row.public_key), bytes(row.signature))
        for row in await connection.execute(query)
    ]


async def is_signing_alone(connection: AsyncConnection) -> bool:
    """Take the lock of whoever signs, until the transaction ends. Return False where somebody has it."""
    return (await connection.execute(_SIGNING, {"lock": SIGNING_LOCK})).scalar_one()


async def due_heads(connection: AsyncConnection, within: timedelta) -> list[tuple[OrganisationId, Head, datetime]]:
    """Return the ends of the chains with an event that is older than `within` and under no root, and the time.

    Also where that event is of the future, as it is after the clock was set back.
    """
    rows = await connection.execute(_DUE, {"within": within, "platform": PLATFORM})
    return [(OrganisationId(row.chain), Head(row.number, bytes(row.hash)), row.now) for row in rows]


async def insert_root(connection: AsyncConnection, root: Root) -> None:
    """Keep a root."""
    whose = {} if root.chain == PLATFORM else {"organisation_id": root.chain}
    values = {"number": root.number, "hash": root.hash, "at": root.at}
    signed = {"public_key": root.public_key, "signature": root.signature}
    await connection.execute(insert(_roots_of(root.chain)).values(**whose, **values, **signed))
