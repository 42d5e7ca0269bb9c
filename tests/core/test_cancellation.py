"""A loop that goes on after errors ends all the same when it is told to."""

import asyncio

import pytest

from drawbridge.core.cancellation import end_if_cancelled


async def test_a_cancellation_that_was_answered_with_an_error_ends_the_loop() -> None:
    began = asyncio.Event()

    async def loop_on() -> None:
        while True:
            end_if_cancelled()
            began.set()
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                # What a library below may do.
                continue

    async with asyncio.TaskGroup() as group:
        task = group.create_task(loop_on())
        await began.wait()
        task.cancel()

    assert task.cancelled()


async def test_nothing_happens_while_nobody_cancels() -> None:
    end_if_cancelled()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(1)

    end_if_cancelled()
