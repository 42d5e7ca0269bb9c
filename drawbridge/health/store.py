"""The SQL of health: a few counts, none of which reads more than what waits now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

from sqlalchemy import text

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.health.records import Answered, DatabaseHealth, QueueHealth, WorkerHealth

_PING: Final = text("select 1")
_DATABASE: Final = text(
    "select current_setting('server_version') as version,"
    # To ask for the size of the database itself takes the right to connect, which the role that looks has not.
    " (select sum(pg_total_relation_size(oid)) from pg_class where relkind in ('r', 'm'))::bigint as size_bytes,"
    # What each connection is for shows to its own role only; that it is to a database shows to all.
    " (select count(*) from pg_stat_activity where datid is not null) as connections,"
    " current_setting('max_connections')::int as most_connections"
)
_WORKERS: Final = text(
    "select worker_id, seen_at from platform.master_key_holder where seen_at > now() - interval '60 seconds'"
    " order by worker_id"
)
_TASKS: Final = text(
    "select count(*) filter (where status = 'todo') as waiting, count(*) filter (where status = 'doing') as doing,"
    " count(*) filter (where status in ('failed', 'aborted')) as failed,"
    " (select now() - min(added.at) from work.procrastinate_jobs j"
    "  join work.procrastinate_events added on added.job_id = j.id and added.type = 'deferred'"
    "  where j.status = 'todo' and j.attempts = 0 and coalesce(j.scheduled_at, now()) <= now()) as oldest"
    " from work.procrastinate_jobs"
)
_RUNS: Final = text(
    "select count(*) filter (where state = 'queued') as waiting, count(*) filter (where state = 'running') as running,"
    " now() - min(created_at) filter (where state = 'queued') as oldest from run where ended_at is null"
)
_ANSWERED: Final = text(
    "select provider, sum(attempts) as attempts,"
    " sum(attempts) filter (where outcome in ('refused_by_provider', 'provider_failed', 'cut_by_provider')) as failed"
    " from usage_hour where organisation_id = :organisation and hour >= :since group by provider"
)


async def look_at_database(database: Database) -> DatabaseHealth:
    """Measure a round trip and read what the database tells of itself. Raises DatabaseAway."""
    async with database.system("health") as connection:
        began = perf_counter()
        await connection.execute(_PING)
        answered_in = timedelta(seconds=perf_counter() - began)
        row = (await connection.execute(_DATABASE)).one()
    return DatabaseHealth(
        answered_in=answered_in,
        version=row.version,
        size_bytes=row.size_bytes,
        connections=row.connections,
        most_connections=row.most_connections,
    )


async def living_workers(database: Database) -> tuple[WorkerHealth, ...]:
    """Return the workers that reported within the last minute, the first that started first. Raises DatabaseAway."""
    async with database.system("health") as connection:
        return tuple(WorkerHealth(row.worker_id, row.seen_at) for row in await connection.execute(_WORKERS))


async def look_at_queue(database: Database) -> QueueHealth:
    """Count what waits and what is being done, of all organisations. Raises DatabaseAway."""
    async with database.system("health") as connection:
        tasks = (await connection.execute(_TASKS)).one()
        runs = (await connection.execute(_RUNS)).one()
    return QueueHealth(
        waiting=tasks.waiting,
        doing=tasks.doing,
        failed=tasks.failed,
        oldest_waiting=tasks.oldest,
        runs_waiting=runs.waiting,
        runs_running=runs.running,
        oldest_run_waiting=runs.oldest,
    )


async def answered_since(database: Database, organisation_id: OrganisationId, hour: datetime) -> Mapping[str, Answered]:
    """Return how the calls to each provider went from the beginning of an hour on. Raises DatabaseAway."""
    asked = {"organisation": organisation_id, "since": hour}
    async with database.organisation(organisation_id) as connection:
        rows = await connection.execute(_ANSWERED, asked)
        return {row.provider: Answered(int(row.attempts), int(row.failed or 0)) for row in rows}
