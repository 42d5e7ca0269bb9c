"""Cancellation that something below did not pass on."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

_AGAIN_AFTER_S: Final = 3.0


def end_if_cancelled() -> None:
    """Raise CancelledError where the running task was cancelled, whatever became of that.

    For loops that go on after errors, at the start of each round. Libraries may answer a cancellation with an error of
    their own, and before Python 3.12 `asyncio.wait_for` may drop one (https://github.com/python/cpython/issues/86296,
    read 2026-11-23): then a loop would go on for ever, and whoever waits for its end with it.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


# Any: what it sends and takes is the event loop's.
async def until_cancelled_surely(work: Coroutine[Any, Any, T], again_after_s: float = _AGAIN_AFTER_S) -> T:
    """Do the work of a library that may drop a cancellation and go on: it is cancelled until it ends.

    `again_after_s` is the time that it has to tidy up each time.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    finally:
        while not task.done():
            task.cancel()
            await _wait_out(task, again_after_s)
    return task.result()


# Any: whatever the task returns.
async def _wait_out(task: asyncio.Task[Any], at_most_s: float) -> None:
    """Wait for a task though the one who waits is cancelled meanwhile, as it was before: nothing is left behind."""
    now = asyncio.get_running_loop().time
    end = now() + at_most_s
    while not task.done() and now() < end:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task}, timeout=end - now())
