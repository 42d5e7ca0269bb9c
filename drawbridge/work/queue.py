"""Takes tasks from the queue and does them, until it is stopped.

The library underneath ends its worker at the first error of the database, and waits for what it is doing. So a task
should be short: one that begins something long hands it on, and a worker is made anew as often as needed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from drawbridge.core.cancellation import end_if_cancelled, until_cancelled_surely
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import OrganisationId
from drawbridge.work.store import make_app

if TYPE_CHECKING:
    import procrastinate

_log = logging.getLogger(__name__)

Handler = Callable[[OrganisationId, Mapping[str, str]], Awaitable[None]]
"""Does a task, given the organisation and the ids that it was asked with. Whatever it raises, it is tried again."""

_PAUSE_S: Final = 1.0
_LAST_TASKS_S: Final = 2.0
_SILENT_AFTER_S: Final = 20.0
_BEATS: Final = 4
"""In the time after which a process is taken for dead."""
_LOOK_EVERY_S: Final = 1.0
"""Not longer: the library can miss a notification that comes while it looks (3.10, read 2026-11-23)."""
_TRIES: Final = 8
_ORGANISATION: Final = "organisation_id"


class Queue:
    """The tasks that this process does."""

    def __init__(
        self,
        direct_url: str,
        handlers: Mapping[str, Handler],
        *,
        at_once: int = 8,
        silent_after_s: float = _SILENT_AFTER_S,
    ) -> None:
        """Take what does each task, by name, and how many are done at once. The URL is one that libpq reads.

        What a process that has been silent for `silent_after_s` had begun is done again by another.
        """
        self._direct_url = direct_url
        self._handlers = handlers
        self._at_once = at_once
        self._silent_after_s = silent_after_s

    async def run(self) -> None:
        """Do tasks until cancelled. While the database is away, try again. Tasks of other names are left alone."""
        while self._handlers:
            end_if_cancelled()
            problem: Exception | None = None
            try:
                # A cancellation that meets the library as it waits for a connection may be dropped, and it would go on
                # for ever (psycopg_pool 3.3 with Python 3.11, seen 2026-11-23).
                await until_cancelled_surely(self._work())
            except Exception as error:
                # The edge of a job: the library passes on whatever the database raises, and it comes back.
                problem = error
            _log.warning("no tasks are taken for now: %s", problem or "the database does not answer")
            await asyncio.sleep(_PAUSE_S)

    async def _work(self) -> None:
        # Importing the library takes longer than calls may wait.
        app = await asyncio.to_thread(make_app, self._direct_url)
        for name, handler in self._handlers.items():
            _register(app, name, handler)
        try:
            await app.open_async()
            async with asyncio.TaskGroup() as group:
                rescuing = group.create_task(_rescue(app, self._silent_after_s))
                await self._take(app)
                rescuing.cancel()
        finally:
            await app.close_async()

    async def _take(self, app: "procrastinate.App") -> None:
        await app.run_worker_async(
            # What a newer version asks for waits for a process of that version.
            queues=list(self._handlers),
            concurrency=self._at_once,
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=_LAST_TASKS_S,
            update_heartbeat_interval=self._silent_after_s / _BEATS,
            stalled_worker_timeout=self._silent_after_s,
            fetch_job_polling_interval=_LOOK_EVERY_S,
        )


def _register(app: "procrastinate.App", name: str, handler: Handler) -> None:
    from procrastinate import RetryStrategy

    async def do(**about: str) -> None:
        organisation_id = OrganisationId(UUID(about.pop(_ORGANISATION)))
        try:
            await handler(organisation_id, about)
        except DrawbridgeError as error:
            _log.warning("task %r is tried again later: %s", name, error.message)
            raise
        except Exception:
            _log.exception("task %r failed, and is tried again later", name)
            raise

    retry = RetryStrategy(max_attempts=_TRIES, exponential_wait=2)
    app.task(name=name, queue=name, retry=retry)(do)


async def _rescue(app: "procrastinate.App", silent_after_s: float) -> None:
    """Have the tasks of workers that are silent done by others."""
    from procrastinate.exceptions import ConnectorException

    while True:
        end_if_cancelled()
        await asyncio.sleep(silent_after_s / _BEATS)
        with contextlib.suppress(ConnectorException):  # The worker beside meets the same, and ends.
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_after_s):
                _log.warning("task %r of a worker that is gone is done again", job.task_name)
                # Where a sibling was first, this raises, and what is left is looked at the next time.
                await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
