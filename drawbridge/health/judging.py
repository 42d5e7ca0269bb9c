"""What is a problem among what was looked at. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from drawbridge.health.records import (
    DatabaseHealth,
    Installation,
    Problem,
    ProviderHealth,
    QueueHealth,
    Severity,
    UsageHealth,
)

_SLOW: Final = timedelta(milliseconds=250)
_FULL_SHARE: Final = 0.85
_TASK_WAITS: Final = timedelta(minutes=2)
_RUN_WAITS: Final = timedelta(seconds=30)
_WAITING_BYTES: Final = 4 << 20
"""Some thousands of calls: they are stored within a second while the database keeps up."""
_LITTLE_DISK_BYTES: Final = 1 << 30
_NO_DISK_BYTES: Final = 64 << 20
_FEW: Final = 3
_FAILING_SHARE: Final = 0.5
_ORDER: Final[dict[Severity, int]] = {"broken": 0, "warning": 1}


def find_problems(providers: Iterable[ProviderHealth], installation: Installation | None) -> tuple[Problem, ...]:
    """Return what somebody should look at, what does not work first."""
    found = [problem for provider in providers for problem in _of_provider(provider)]
    if installation is not None:
        found += _of_database(installation.database)
        found += _of_queue(installation.queue)
        found += _of_usage(installation.usage)
    return tuple(sorted(found, key=lambda problem: _ORDER[problem.severity]))


def _of_provider(provider: ProviderHealth) -> Iterator[Problem]:
    state, lately = provider.state, provider.lately
    if state.credential_problem is not None:
        yield Problem("credential_missing", "broken", state.credential_problem)
    elif lately.failed >= _FEW and lately.failed >= lately.attempts * _FAILING_SHARE:
        yield Problem("vendor_failing", "broken", state.name)


def _of_database(database: DatabaseHealth) -> Iterator[Problem]:
    if database.answered_in > _SLOW:
        yield Problem("database_slow", "warning")
    if database.connections > database.most_connections * _FULL_SHARE:
        yield Problem("connections_short", "warning")


def _of_queue(queue: QueueHealth) -> Iterator[Problem]:
    if queue.oldest_waiting is not None and queue.oldest_waiting > _TASK_WAITS:
        yield Problem("tasks_wait", "broken")
    if queue.failed:
        yield Problem("tasks_failed", "warning")
    if queue.oldest_run_waiting is not None and queue.oldest_run_waiting > _RUN_WAITS:
        yield Problem("runs_wait", "broken")


def _of_usage(usage: UsageHealth) -> Iterator[Problem]:
    if usage.refusal is not None:
        yield Problem("usage_refused", "broken", usage.refusal)
    elif usage.disk_free_bytes < _LITTLE_DISK_BYTES:
        severity: Severity = "broken" if usage.disk_free_bytes < _NO_DISK_BYTES else "warning"
        yield Problem("disk_nearly_full", severity)
    if usage.waiting_bytes > _WAITING_BYTES:
        yield Problem("usage_waits", "warning")
