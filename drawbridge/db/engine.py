"""Connections, each in one role: an organisation's own rows, or the few system duties that see all."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal, Protocol, TypeVar

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import OrganisationId

SystemDuty = Literal[
    "key_lookup", "sign_in", "snapshot", "drain", "lease", "sweeper", "platform", "audit", "search", "runs", "health"
]
"""Everything that may look across organisations. A new duty needs a reason that a security reviewer accepts.

`lease` takes headroom of budgets, and of rate limits, for a worker, whose calls are those of every organisation.
`platform` is for the list of organisations that platform administrators see: names, states, numbers of people.
`audit` signs the ends of all chains, finds the streams that are due, and reads the platform's own record.
`search` finds ids of one owner by words, since no index of words is used under row-level security; what is shown of
them is read under it.
`runs` writes into journals, keeps leases of runs, and reads for those who follow, many runs at once.
`health` counts what waits, and which workers are alive; it reads nothing that an organisation has.
"""

_CONNECT_TIMEOUT_S = 5
_DEFAULT_DEADLINE_S = 60.0
_DEADLINE_S: dict[SystemDuty, float] = {
    "key_lookup": 5.0,
    "snapshot": 10.0,
    "sign_in": 10.0,
    "lease": 5.0,
    "runs": 10.0,
    "health": 10.0,
}
"""How long a whole transaction may take."""
_STEADY = text("set transaction isolation level repeatable read, read only")
_STATEMENT_TIMEOUT = "30s"
_STANDSTILL_TIMEOUT = "70s"
"""Longer than any transaction may take: one whose process is frozen or cut off gives its locks back then."""

# Set in the transaction, since a pooler between may refuse settings of a connection.
_SETTINGS = (
    f"set_config('statement_timeout', '{_STATEMENT_TIMEOUT}', true), set_config('timezone', 'UTC', true),"
    f" set_config('idle_in_transaction_session_timeout', '{_STANDSTILL_TIMEOUT}', true)"
)
_ENTER_ORGANISATION = text(
    f"select set_config('role', 'drawbridge_app', true), set_config('drawbridge.org', :organisation, true), {_SETTINGS}"
)
_ENTER_SYSTEM = text(
    f"select set_config('role', 'drawbridge_system', true), set_config('drawbridge.duty', :duty, true), {_SETTINGS}"
)
_STANDING = text(
    "select current_setting('role') as role, coalesce(current_setting('drawbridge.duty', true), '') as duty"
)
_STAND = text("select set_config('role', :role, true), set_config('drawbridge.duty', :duty, true)")
_BACK_TO_SYSTEM = text("select set_config('role', 'drawbridge_system', true), set_config('drawbridge.org', '', true)")
# The number is taken in a part of its own: what an update sets is worked out again, and a second number taken, where
# a concurrent change of the same organisation was waited for.
_NEXT_REVISION = text(
    "with next as materialized (select platform.next_revision() as number)"
    " update organisation set revision = next.number from next"
    " where id = nullif(current_setting('drawbridge.org', true), '')::uuid"
)

_RETRY_AFTER_S = 2.0
_ENDINGS = "drawbridge.endings"

# The driver's own beside SQLAlchemy's: COPY speaks to the driver.
_AWAY = (
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OSError,
)


_ABOUT_DATA = ("22", "23")
"""The classes of SQLSTATE that say so: data exception, integrity constraint violation."""


_DISK_FULL = "53100"
_TAKES_NO_CHANGES = "25006"
"""SQLSTATEs (PostgreSQL 18, appendix A). The latter is that of a standby, which a failover may find too early."""


def is_about_data(error: DBAPIError) -> bool:
    """Tell whether what was sent cannot be worked with, so that it is no use to send it again."""
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(_ABOUT_DATA)


class DatabaseAway(DrawbridgeError):
    """The database does not answer, or the connection broke: nothing was committed that was not confirmed."""

    code = "database_away"
    status = 503

    def __init__(self, cause: BaseException) -> None:
        reason = str(cause).partition("\n")[0]
        message = f"The database does not answer ({reason}). Try again in a moment."
        super().__init__(message, retry_after_s=_RETRY_AFTER_S)


def is_disk_full(error: DatabaseAway) -> bool:
    """Tell whether the database could not do something because its disk is full."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) == _DISK_FULL


class Ending(Protocol):
    """What a transaction does last, after everything else in it went well."""

    async def finish(self, connection: AsyncConnection) -> None:
        """Do it, within the transaction: where it raises, nothing of the transaction stays."""
        ...


EndingT = TypeVar("EndingT", bound=Ending)


def ending_of(connection: AsyncConnection, kind: type[EndingT]) -> EndingT:
    """Return the ending of this kind that the connection's transaction has; the first call gives it one.

    For locks that many transactions want: taken last, they are held shortly, and after every other lock, so that no
    two transactions can wait for each other.
    """
    endings: dict[type[Ending], Ending] = connection.info[_ENDINGS]
    found = endings.setdefault(kind, kind())
    assert isinstance(found, kind)
    return found


class Database:
    """A pool of connections to one PostgreSQL database. Its transactions raise DatabaseAway.

    The role and the organisation are set inside each transaction, so that a connection which goes back to the
    pool, ours or one in between such as PgBouncer, carries no rights of the last user to the next.
    """

    def __init__(self, url: str, *, pool_size: int = 3, spare: int | None = None) -> None:
        """`spare` connections are opened beside the pool where that is not enough, as many again where it is None."""
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size if spare is None else spare,
            pool_timeout=_CONNECT_TIMEOUT_S,
            pool_pre_ping=True,
            # Prepared statements belong to a connection, which a transaction pooler hands to others.
            connect_args={"connect_timeout": _CONNECT_TIMEOUT_S, "prepare_threshold": None},
        )

    @asynccontextmanager
    async def organisation(
        self, organisation_id: OrganisationId, *, steady: bool = False
    ) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that sees and writes only this organisation's rows.

        `steady` is for reading several tables as they stood at one moment.
        """
        async with self._begin(_DEFAULT_DEADLINE_S) as connection:
            if steady:
                await connection.execute(_STEADY)
            await connection.execute(_ENTER_ORGANISATION, {"organisation": str(organisation_id)})
            yield connection

    @asynccontextmanager
    async def change(self, organisation_id: OrganisationId) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that changes what the hot path decides from.

        It takes the next snapshot revision first and holds its lock until the end, so changes come one after
        another, and no worker can miss one: revisions have no gaps.
        """
        async with self.organisation(organisation_id) as connection:
            await connection.execute(_NEXT_REVISION)
            yield connection

    @asynccontextmanager
    async def system(self, duty: SystemDuty) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that sees every organisation, for one of the named duties only."""
        async with self._begin(_DEADLINE_S.get(duty, _DEFAULT_DEADLINE_S)) as connection:
            await connection.execute(_ENTER_SYSTEM, {"duty": duty})
            yield connection

    @staticmethod
    @asynccontextmanager
    async def changing(connection: AsyncConnection, organisation_id: OrganisationId) -> AsyncGenerator[None]:
        """Within a transaction of the system, change something as one organisation, as `change` does.

        For what must be kept or lost together: an account, and the user that it belongs to.
        """
        await connection.execute(_ENTER_ORGANISATION, {"organisation": str(organisation_id)})
        await connection.execute(_NEXT_REVISION)
        yield
        await connection.execute(_BACK_TO_SYSTEM)

    @staticmethod
    @asynccontextmanager
    async def system_within(connection: AsyncConnection, duty: SystemDuty) -> AsyncGenerator[None]:
        """Within any transaction, look at what only a duty of the system sees.

        For what must be seen as it stands in the transaction. A second connection would see what was there before, and
        could wait for itself where many hold one and want another.
        """
        before = (await connection.execute(_STANDING)).one()
        await connection.execute(_STAND, {"role": "drawbridge_system", "duty": duty})
        yield
        await connection.execute(_STAND, {"role": before.role, "duty": before.duty})

    @asynccontextmanager
    async def _begin(self, deadline_s: float) -> AsyncGenerator[AsyncConnection]:
        try:
            # A server that is gone without a word answers no statement, so none of its own limits would tell.
            async with asyncio.timeout(deadline_s), self._engine.begin() as connection:
                endings: dict[type[Ending], Ending] = {}
                connection.info[_ENDINGS] = endings
                yield connection
                for ending in endings.values():
                    await ending.finish(connection)
        except _AWAY as error:
            raise DatabaseAway(error) from error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _TAKES_NO_CHANGES:
                raise DatabaseAway(error) from error
            raise

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
