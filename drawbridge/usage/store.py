"""The SQL of usage: booking events, once each, and reading them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from typing import cast as cast_to

import msgspec
import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import ColumnElement, Row, Text, cast, func, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.audit.acts import SYSTEM, Act, Actor, ActorKind
from drawbridge.audit.record import record_once
from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.db.engine import Database
from drawbridge.identity.tables import api_keys, principals
from drawbridge.usage.denials import DenialCount
from drawbridge.usage.errors import EventsRefused
from drawbridge.usage.report import CallLosses, GroupBy, UsageFilter, UsageRow, UsageTotal
from drawbridge.usage.rows import COLUMNS, COPY_FORMAT
from drawbridge.usage.tables import usage_events

_LIST: Final = ", ".join(COLUMNS)

# COPY is refused on a table under row-level security, hence the way round by a table of the system's own, in which
# each transaction sees only its own rows.
_COPY: Final = f"copy platform.usage_stage ({_LIST}) from stdin ({COPY_FORMAT})"
# Made of the names above alone.
_BOOK: Final = text(
    f"insert into usage_event ({_LIST}) select {_LIST} from platform.usage_stage on conflict (attempt_id) do nothing"  # noqa: S608
)
_CLEAR: Final = text("delete from platform.usage_stage")


class UsageStore:
    """Books usage events, of any organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def book(self, lines: Sequence[bytes]) -> None:
        """Book events, given as lines of COPY, in one transaction; those that are booked already change nothing.

        Raises EventsRefused where one of them can never be booked, DatabaseAway where it is worth another try.
        """
        try:
            async with self._database.system("drain") as connection:
                await _copy(connection, lines)
                await connection.execute(_BOOK)
                await connection.execute(_CLEAR)
        except (DataError, IntegrityError, psycopg.DataError, ValueError, TypeError) as error:
            raise EventsRefused(f"The database refuses usage events: {error}") from error


class AuditedDenials:
    """Puts denials into the audit record of their organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def book(self, counts: Sequence[DenialCount]) -> None:
        """Record counts, those that are recorded already no second time.

        Raises EventsRefused where one of them can never be recorded, such as of an organisation that is gone;
        DatabaseAway where it is worth another try.
        """
        by_organisation: dict[OrganisationId, list[DenialCount]] = {}
        for counted in counts:
            by_organisation.setdefault(counted.organisation_id, []).append(counted)
        try:
            for organisation_id, of_one in by_organisation.items():
                await self._record(organisation_id, of_one)
        except (DataError, IntegrityError) as error:
            raise EventsRefused(f"The audit record refuses denials: {error}") from error

    async def _record(self, organisation_id: OrganisationId, counts: Sequence[DenialCount]) -> None:
        async with self._database.organisation(organisation_id) as connection:
            for counted in counts:
                await record_once(connection, organisation_id, _act(counted), counted.id)


_ACTORS: Final[Mapping[str, ActorKind]] = {"user": "user", "service_account": "service_account", "agent": "agent"}


def _act(counted: DenialCount) -> Act:
    actor = SYSTEM
    if counted.principal_id is not None:
        actor = Actor(
            kind=_ACTORS.get(counted.principal_kind, "user"),
            via=counted.via,
            organisation_id=counted.organisation_id,
            principal_id=counted.principal_id,
            name=counted.principal_name,
            via_id=counted.key_id,
            address=counted.address,
        )
    return Act(
        actor,
        f"{counted.kind if counted.kind != '*' else 'model'}.{counted.action}_denied",
        counted.kind,
        counted.name,
        outcome="denied",
        detail={
            "count": counted.count,
            "first_at": counted.first_at.isoformat(),
            "last_at": counted.last_at.isoformat(),
            "rules": list(counted.rules),
        },
    )


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


async def _copy(connection: AsyncConnection, lines: Sequence[bytes]) -> None:
    raw = await connection.get_raw_connection()
    # Any: SQLAlchemy does not know which driver it has, and the driver not which rows; here it is psycopg, and none.
    driver = cast_to("psycopg.AsyncConnection[Any]", raw.driver_connection)
    try:
        async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            await copy.write(b"".join(lines))
    except BaseException:
        # The driver ends no COPY that is cancelled as it starts (psycopg 3.3.9, seen 2026-11-23): the connection could
        # not be rolled back, and is of no more use.
        if driver.info.transaction_status is TransactionStatus.ACTIVE:
            await connection.invalidate()
        raise


def _usage_row(row: Row[Any]) -> UsageRow:
    values = {name: getattr(row, name) for name in UsageRow.__struct_fields__}
    if row.lost is not None:
        values["lost"] = msgspec.convert(row.lost, CallLosses)
    return UsageRow(**values)
