"""The route of health."""

import platform
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel

from drawbridge import __version__
from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import organisation_name
from drawbridge.health.looking import HealthPlugs, Looking
from drawbridge.health.records import (
    DatabaseHealth,
    Health,
    Installation,
    ProblemCode,
    ProviderHealth,
    QueueHealth,
    Severity,
    UsageHealth,
    WorkerHealth,
)
from drawbridge.identity.access import Access, organisation_of

_KIND = "organisation"
_WITHOUT_TIME_BITS = 80


class ProblemBody(BaseModel):
    """Something to look at. `about`: which provider, or what is wrong in words; empty where the code says it all."""

    code: ProblemCode
    severity: Severity
    about: str

    model_config = {"from_attributes": True}


class ProviderHealthBody(BaseModel):
    """A provider, and how its calls went since the hour before this one began."""

    name: str
    preset: str | None
    credential_problem: str | None
    attempts: int
    failed: int


class DatabaseHealthBody(BaseModel):
    """The database."""

    answered_in_ms: float
    version: str
    size_bytes: int
    connections: int
    most_connections: int


class WorkerHealthBody(BaseModel):
    """A worker process that reported within the last minute."""

    id: UUID
    started_at: AwareDatetime
    seen_at: AwareDatetime


class QueueHealthBody(BaseModel):
    """Tasks, and the runs that they carry out. `oldest_...` is null where nothing waits."""

    waiting: int
    doing: int
    failed: int
    oldest_waiting_s: float | None
    runs_waiting: int
    runs_running: int
    oldest_run_waiting_s: float | None


class UsageHealthBody(BaseModel):
    """The usage that the worker which answers has not brought to the database yet."""

    in_flight: int
    waiting_bytes: int
    refusal: str | None
    disk_free_bytes: int

    model_config = {"from_attributes": True}


class VersionsBody(BaseModel):
    """What runs."""

    drawbridge: str
    python: str
    system: str


class InstallationBody(BaseModel):
    """What all organisations share."""

    database: DatabaseHealthBody
    workers: list[WorkerHealthBody]
    queue: QueueHealthBody
    usage: UsageHealthBody
    versions: VersionsBody


class HealthBody(BaseModel):
    """How things are, the problems first that keep something from working.

    `installation` is null in an organisation that does not run it.
    """

    at: AwareDatetime
    problems: list[ProblemBody]
    providers: list[ProviderHealthBody]
    installation: InstallationBody | None


def health_router(
    database: Database, clock: Clock, access: Access, plugs: HealthPlugs, process_owner: str
) -> APIRouter:
    """Make the route under /api. `process_owner` names the organisation that runs the installation."""
    router = APIRouter(prefix="/api", tags=["health"])
    looking = Looking(database, clock, plugs)

    @router.get("/health")
    async def get_health(actor: Annotated[Actor, Depends(access.requires("read", _KIND))]) -> HealthBody:
        """Tell what works, what waits, and what somebody should look at."""
        organisation_id = organisation_of(actor)
        async with database.organisation(organisation_id) as connection:
            is_whole = await organisation_name(connection, organisation_id) == process_owner
        return _body(await looking.look(organisation_id, is_whole=is_whole))

    del get_health  # The router holds it.
    return router


def _body(health: Health) -> HealthBody:
    installation = health.installation
    return HealthBody(
        at=health.at,
        problems=[ProblemBody.model_validate(problem) for problem in health.problems],
        providers=[_provider_body(provider) for provider in health.providers],
        installation=None if installation is None else _installation_body(installation),
    )


def _provider_body(provider: ProviderHealth) -> ProviderHealthBody:
    state, lately = provider.state, provider.lately
    return ProviderHealthBody(
        name=state.name,
        preset=state.preset,
        credential_problem=state.credential_problem,
        attempts=lately.attempts,
        failed=lately.failed,
    )


def _installation_body(installation: Installation) -> InstallationBody:
    here = platform.uname()
    return InstallationBody(
        database=_database_body(installation.database),
        workers=[_worker_body(worker) for worker in installation.workers],
        queue=_queue_body(installation.queue),
        usage=_usage_body(installation.usage),
        versions=VersionsBody(
            drawbridge=__version__, python=platform.python_version(), system=f"{here.system} {here.machine}"
        ),
    )


def _database_body(database: DatabaseHealth) -> DatabaseHealthBody:
    return DatabaseHealthBody(
        answered_in_ms=round(database.answered_in / timedelta(milliseconds=1), 2),
        version=database.version,
        size_bytes=database.size_bytes,
        connections=database.connections,
        most_connections=database.most_connections,
    )


def _worker_body(worker: WorkerHealth) -> WorkerHealthBody:
    # Workers name themselves by a UUID of version 7, which begins with the time in milliseconds.
    started_at = datetime.fromtimestamp((worker.id.int >> _WITHOUT_TIME_BITS) / 1000, UTC)
    return WorkerHealthBody(id=worker.id, started_at=started_at, seen_at=worker.seen_at)


def _queue_body(queue: QueueHealth) -> QueueHealthBody:
    return QueueHealthBody(
        waiting=queue.waiting,
        doing=queue.doing,
        failed=queue.failed,
        oldest_waiting_s=_seconds(queue.oldest_waiting),
        runs_waiting=queue.runs_waiting,
        runs_running=queue.runs_running,
        oldest_run_waiting_s=_seconds(queue.oldest_run_waiting),
    )


def _usage_body(usage: UsageHealth) -> UsageHealthBody:
    return UsageHealthBody.model_validate(usage)


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
