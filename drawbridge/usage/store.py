"""The SQL of usage: booking events, once each, and reading them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from typing import cast as cast_to
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Row, Text, cast, func, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.db.engine import Database
from drawbridge.identity.tables import api_keys, principals
from drawbridge.usage.errors import EventsRefused
from drawbridge.usage.events import UsageEvent
from drawbridge.usage.report import GroupBy, UsageFilter, UsageRow, UsageTotal
from drawbridge.usage.tables import TOKEN_COLUMNS, usage_events

_COLUMNS: Final = (
    "attempt_id",
    "organisation_id",
    "call_id",
    "principal_id",
    "key_id",
    "product",
    "operation",
    "dialect",
    "model",
    "deployment",
    "provider",
    "upstream_model",
    "session_id",
    "client",
    "streamed",
    "started_at",
    "outcome",
    "status",
    *TOKEN_COLUMNS,
    "estimated",
    "cost_nanousd",
    "price_id",
    "time_to_first_byte_ms",
    "duration_ms",
    "provider_request_id",
)
_LIST: Final = ", ".join(_COLUMNS)

# COPY is refused on a table under row-level security, hence the way round by a table of the system's own, in which
# each transaction sees only its own rows.
_COPY: Final = f"copy platform.usage_stage ({_LIST}) from stdin"
# Made of the names above alone.
_BOOK: Final = text(
    f"insert into usage_event ({_LIST}) select {_LIST} from platform.usage_stage on conflict (attempt_id) do nothing"  # noqa: S608
)
_CLEAR: Final = text("delete from platform.usage_stage")


class UsageStore:
    """Books usage events, of any organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def book(self, events: Sequence[UsageEvent]) -> None:
        """Book events in one transaction; those that are booked already change nothing.

        Raises EventsRefused where one of them can never be booked, DatabaseAway where it is worth another try.
        """
        try:
            async with self._database.system("drain") as connection:
                await _copy(connection, events)
                await connection.execute(_BOOK)
                await connection.execute(_CLEAR)
        except (DataError, IntegrityError, psycopg.DataError, ValueError, TypeError) as error:
            raise EventsRefused(f"The database refuses usage events: {error}") from error


async def list_usage(
    connection: AsyncConnection, organisation_id: OrganisationId, wanted: UsageFilter, page: PageRequest
) -> Page[UsageRow]:
    """List events, the newest first."""
    query = select(usage_events).where(*_conditions(organisation_id, wanted))
    if page.after is not None:
        query = query.where(usage_events.c.attempt_id < page.after)
    query = query.order_by(usage_events.c.attempt_id.desc()).limit(page.limit + 1)
    rows = [_usage_row(row) for row in await connection.execute(query)]
    return page_of(rows, page, lambda row: row.attempt_id)


async def total_usage(
    connection: AsyncConnection, organisation_id: OrganisationId, wanted: UsageFilter, by: GroupBy
) -> list[UsageTotal]:
    """Add events up by one of their properties, the dearest first."""
    columns = usage_events.c
    group = _group(by)
    query = (
        select(
            group.label("name"),
            func.count().label("attempts"),
            func.sum(columns.input_tokens).label("input_tokens"),
            func.sum(columns.input_cached_tokens).label("input_cached_tokens"),
            func.sum(columns.output_tokens).label("output_tokens"),
            func.coalesce(func.sum(columns.cost_nanousd), 0).label("cost_nanousd"),
            func.count().filter(columns.cost_nanousd.is_(None)).label("unpriced"),
            func.count().filter(columns.estimated).label("estimated"),
        )
        .select_from(
            usage_events.outerjoin(principals, principals.c.id == columns.principal_id).outerjoin(
                api_keys, api_keys.c.id == columns.key_id
            )
        )
        .where(*_conditions(organisation_id, wanted))
        .group_by(group)
        .order_by(text("cost_nanousd desc, attempts desc, name"))
    )
    return [
        UsageTotal(
            name=None if row.name is None else str(row.name),
            attempts=row.attempts,
            input_tokens=int(row.input_tokens),
            input_cached_tokens=int(row.input_cached_tokens),
            output_tokens=int(row.output_tokens),
            cost_nanousd=int(row.cost_nanousd),
            unpriced=row.unpriced,
            estimated=row.estimated,
        )
        for row in await connection.execute(query)
    ]


def _group(by: GroupBy) -> ColumnElement[Any]:
    columns = usage_events.c
    match by:
        case "day":
            return func.to_char(columns.started_at, "YYYY-MM-DD")
        case "principal":
            # One that was deleted since has only its id left.
            return func.coalesce(principals.c.name, cast(columns.principal_id, Text))
        case "key":
            return func.coalesce(api_keys.c.hint, cast(columns.key_id, Text))
        case "session":
            return columns.session_id
        case _:
            return columns[by]


def _conditions(organisation_id: OrganisationId, wanted: UsageFilter) -> list[ColumnElement[bool]]:
    columns = usage_events.c
    conditions = [columns.organisation_id == organisation_id]
    equal = (
        (columns.model, wanted.model),
        (columns.provider, wanted.provider),
        (columns.principal_id, wanted.principal_id),
        (columns.key_id, wanted.key_id),
        (columns.session_id, wanted.session_id),
        (columns.outcome, wanted.outcome),
        (columns.estimated, wanted.estimated),
        (columns.call_id, wanted.call_id),
    )
    conditions += [column == value for column, value in equal if value is not None]
    if wanted.since is not None:
        conditions.append(columns.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.started_at < wanted.until)
    return conditions


async def _copy(connection: AsyncConnection, events: Sequence[UsageEvent]) -> None:
    raw = await connection.get_raw_connection()
    # Any: SQLAlchemy does not know which driver it has, and the driver not which rows; here it is psycopg, and none.
    driver = cast_to("psycopg.AsyncConnection[Any]", raw.driver_connection)
    async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for event in events:
            await copy.write_row(_values(event))


def _values(event: UsageEvent) -> tuple[UUID | datetime | str | int | bool | None, ...]:
    intent, settlement = event.intent, event.settlement
    tokens = settlement.tokens
    return (
        intent.attempt_id,
        intent.organisation_id,
        intent.call_id,
        intent.principal_id,
        intent.key_id,
        _clean(intent.product),
        _clean(intent.operation),
        _clean(intent.dialect),
        _clean(intent.model),
        _clean(intent.deployment),
        _clean(intent.provider),
        _clean(intent.upstream_model),
        _clean(intent.session_id),
        _clean(intent.client),
        intent.streamed,
        intent.started_at,
        settlement.outcome,
        settlement.status,
        tokens.input,
        tokens.input_cached,
        tokens.input_cache_write_5m,
        tokens.input_cache_write_1h,
        tokens.input_audio,
        tokens.input_image,
        tokens.output,
        tokens.output_reasoning,
        tokens.output_audio,
        tokens.output_image,
        settlement.estimated,
        settlement.cost_nanousd,
        _clean(settlement.price_id),
        settlement.time_to_first_byte_ms,
        settlement.duration_ms,
        _clean(settlement.provider_request_id),
    )


def _clean(text_of_others: str | None) -> str | None:
    """Return text that PostgreSQL takes: callers and vendors may send NUL, which it does not."""
    return None if text_of_others is None else text_of_others.replace("\0", "\ufffd")


def _usage_row(row: Row[Any]) -> UsageRow:
    return UsageRow(**{name: getattr(row, name) for name in UsageRow.__struct_fields__})
