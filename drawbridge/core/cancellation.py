"""Cancellation that something below did not pass on."""

import asyncio


def end_if_cancelled() -> None:
    """Raise CancelledError where the running task was cancelled, whatever became of that.

    For loops that go on after errors, at the start of each round. Libraries may answer a cancellation with an error of
    their own, and before Python 3.12 `asyncio.wait_for` may drop one (https://github.com/python/cpython/issues/86296,
    read 2026-11-23): then a loop would go on for ever, and whoever waits for its end with it.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
