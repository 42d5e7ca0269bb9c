"""What is looked at, as records."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Severity = Literal["warning", "broken"]
"""`broken`: something does not work now. `warning`: something soon may not."""

ProblemCode = Literal[
    "connections_short",
    "credential_missing",
    "database_slow",
    "disk_nearly_full",
    "runs_wait",
    "tasks_failed",
    "tasks_wait",
    "usage_refused",
    "usage_waits",
    "vendor_failing",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to look at."""

    code: ProblemCode
    severity: Severity
    about: str = ""
    """Which provider, or in the API's words what is wrong; empty where the code says it all."""


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """The database, as it answers now."""

    answered_in: timedelta
    version: str
    size_bytes: int
    connections: int
    most_connections: int


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """A worker that told lately that it is alive."""

    id: UUID
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """Tasks, and the runs that they carry out."""

    waiting: int
    doing: int
    failed: int
    """Given up after all tries, in the last seven days."""
    oldest_waiting: timedelta | None
    """How long the first of those that could begin has waited; None where none waits."""
    runs_waiting: int
    runs_running: int
    oldest_run_waiting: timedelta | None


@dataclass(frozen=True, slots=True)
class UsageHealth:
    """The write-ahead record of the worker that answers."""

    in_flight: int
    waiting_bytes: int
    refusal: str | None
    """Why no calls are taken; None where they are."""
    disk_free_bytes: int


@dataclass(frozen=True, slots=True)
class Installation:
    """What all organisations share."""

    database: DatabaseHealth
    workers: tuple[WorkerHealth, ...]
    queue: QueueHealth
    usage: UsageHealth


@dataclass(frozen=True, slots=True)
class ProviderState:
    """A provider as calls would find it."""

    name: str
    preset: str | None
    credential_problem: str | None
    """Why its credential cannot be had; None where it can, or none is needed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How the calls to a provider went in the last hour or two."""

    attempts: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """A provider, and how its calls went lately."""

    state: ProviderState
    lately: Answered


@dataclass(frozen=True, slots=True)
class Health:
    """All that was looked at, and what is to be done about it."""

    at: datetime
    providers: tuple[ProviderHealth, ...]
    installation: Installation | None
    """None for an organisation that does not run the installation."""
    problems: tuple[Problem, ...]
