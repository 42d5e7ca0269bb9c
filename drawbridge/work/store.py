"""The SQL of the queue, and its connections."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.db.engine import Database

if TYPE_CHECKING:
    import procrastinate

_ENQUEUE: Final = text("select work.enqueue(:task, cast(:about as jsonb), :once)")
_FORGET: Final = text(
    "delete from work.procrastinate_jobs j where status in ('failed', 'cancelled', 'aborted')"
    " and (select max(at) from work.procrastinate_events e where e.job_id = j.id) < now() - interval '7 days'"
)
# One for the jobs, one for whatever else: the queue has a third connection, on which it listens.
_CONNECTIONS: Final = 2
_CONNECT_TIMEOUT_S: Final = 5
_CONNECTION_WITHIN_S: Final = 2.0
"""A process that ends says so in the database: while that is away, it must not be held up for the pool's 30 s."""


async def enqueue(connection: AsyncConnection, task: str, about: Mapping[str, str], *, once: str | None = None) -> None:
    """Ask for a task of the organisation that the transaction is of; it is asked for when that commits.

    `once`: while a task that was asked for under the same words has not begun, this one is not asked for again; one
    that had failed, and was to be tried again later, is tried now.
    """
    await connection.execute(_ENQUEUE, {"task": task, "about": json.dumps(dict(about)), "once": once})


async def forget_failed(database: Database) -> None:
    """Delete what is left of tasks that were given up a week ago."""
    async with database.system("sweeper") as connection:
        await connection.execute(_FORGET)


def make_app(direct_url: str) -> "procrastinate.App":
    """Make procrastinate's own part of the queue. `direct_url` is one that libpq reads, without a pooler between."""
    import procrastinate

    connector = procrastinate.PsycopgConnector(
        conninfo=direct_url,
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=_CONNECTION_WITHIN_S,
        kwargs={"connect_timeout": _CONNECT_TIMEOUT_S},
        configure=_enter,
    )
    return procrastinate.App(connector=connector)


# Any: rows of whatever columns.
async def _enter(connection: psycopg.AsyncConnection[Any]) -> None:
    """Make a connection one of the system's that sees the queue's tables first."""
    await connection.execute("set role drawbridge_system")
    await connection.execute("set search_path = work, pg_catalog")
    await connection.execute("set statement_timeout = '30s'")
    await connection.commit()
