"""The SQL of usage: booking events, once each, and reading them."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from typing import cast as cast_to

import msgspec
import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Row, func, select, text, true
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.audit.acts import SYSTEM, Act, Actor, ActorKind
from drawbridge.audit.record import record, record_once
from drawbridge.core.ids import KeyId, OrganisationId
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.db.engine import Database
from drawbridge.identity.store import freeze_key
from drawbridge.usage.denials import DenialCount
from drawbridge.usage.errors import EventsRefused
from drawbridge.usage.report import CallLosses, UsageFilter, UsageRow
from drawbridge.usage.reports.spans import Span
from drawbridge.usage.reports.store import conditions, last_correction, within
from drawbridge.usage.rows import COLUMNS, COPY_FORMAT
from drawbridge.usage.tables import usage_events

_LIST: Final = ", ".join(COLUMNS)

# COPY is refused on a table under row-level security, hence the way round by a table of the system's own, in which
# each transaction sees only its own rows.
_COPY: Final = f"copy platform.usage_stage ({_LIST}) from stdin ({COPY_FORMAT})"
_MAKE_MONTHS: Final = text("select platform.make_usage_months()")
_BOOK: Final = text("select frozen_organisation, frozen_key from platform.book_usage(:lessee)")
_MAY_FREEZE: Final = text(
    "select distinct organisation_id from platform.usage_stage where cost_nanousd > held_nanousd order by 1"
)

_ID_BYTES: Final = 38
_log = logging.getLogger(__name__)


class UsageStore:
    """Books usage events, of any organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_months(self) -> None:
        """Make the tables for the events of this month and the next ones, where they are not there."""
        async with self._database.system("drain") as connection:
            await connection.execute(_MAKE_MONTHS)

    async def book(self, lines: Sequence[bytes], lessee: str) -> None:
        """Book events, given as lines of COPY, in one transaction; those that are booked already change nothing.

        With them go their ledger entries, and what they took of budgets, out of the leases of `lessee`.
        Raises EventsRefused where one of them can never be booked, DatabaseAway where it is worth another try.
        """
        try:
            async with self._database.system("drain") as connection:
                await _copy(connection, _once_each(lines))
                await self._prepare_freezing(connection)
                frozen = (await connection.execute(_BOOK, {"lessee": lessee})).all()
                for organisation_id, key_id in frozen:
                    await self._freeze(connection, OrganisationId(organisation_id), KeyId(key_id))
        except (DataError, IntegrityError, psycopg.DataError, ValueError, TypeError) as error:
            raise EventsRefused(f"The database refuses usage events: {error}") from error

    async def _prepare_freezing(self, connection: AsyncConnection) -> None:
        """Take the locks of changes before those of windows, as who changes a budget does: nobody waits in a circle."""
        for organisation_id in (await connection.execute(_MAY_FREEZE)).scalars().all():
            async with self._database.changing(connection, OrganisationId(organisation_id)):
                pass

    async def _freeze(self, connection: AsyncConnection, organisation_id: OrganisationId, key_id: KeyId) -> None:
        """Let a key make no further calls: one of its calls cost more than could be held for it."""
        async with self._database.changing(connection, organisation_id):
            if await freeze_key(connection, organisation_id, key_id):
                _log.error("key %s is frozen: a vendor billed one of its calls above what was held for it", key_id)
                await record(connection, organisation_id, Act(SYSTEM, "key.frozen", "key", str(key_id)))


def _once_each(lines: Sequence[bytes]) -> Iterable[bytes]:
    """Leave out what comes twice, by the id with which a line begins."""
    return {line[:_ID_BYTES]: line for line in lines}.values()


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
    booked = usage_events.c.cost_nanousd
    others = [column for column in usage_events.c if column is not booked]
    last = last_correction()
    cost = func.coalesce(last.c.cost_after_nanousd, booked).label("cost_nanousd")
    query = (
        select(*others, booked.label("booked_cost_nanousd"), cost)
        .select_from(usage_events.outerjoin(last, true()))
        .where(
            *conditions(usage_events, organisation_id, wanted),
            *within(usage_events.c.started_at, Span(wanted.since, wanted.until)),
        )
    )
    if page.after is not None:
        query = query.where(usage_events.c.attempt_id < page.after)
    query = query.order_by(usage_events.c.attempt_id.desc()).limit(page.limit + 1)
    rows = [_usage_row(row) for row in await connection.execute(query)]
    return page_of(rows, page, lambda row: row.attempt_id)


async def _copy(connection: AsyncConnection, lines: Iterable[bytes]) -> None:
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
