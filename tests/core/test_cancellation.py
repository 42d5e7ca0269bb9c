"""A loop that goes on after errors ends all the same when it is told to."""

import asyncio

import pytest

from drawbridge.core.cancellation import end_if_cancelled, until_cancelled_surely


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


async def test_a_library_that_drops_a_cancellation_is_cancelled_again() -> None:
    began, drops = asyncio.Event(), 2

    async def work() -> None:
        nonlocal drops
        while True:
            began.set()
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if not drops:
                    raise
                drops -= 1

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(until_cancelled_surely(work(), again_after_s=0.01))
        await began.wait()
        task.cancel()

    assert task.cancelled()
    assert drops == 0


async def test_who_is_cancelled_again_while_a_library_tidies_up_still_waits_for_its_end() -> None:
    began, tidying, ends = asyncio.Event(), asyncio.Event(), asyncio.Event()
    has_ended = False

    async def work() -> None:
        nonlocal has_ended
        began.set()
        try:
            await asyncio.sleep(3600)
        finally:
            tidying.set()
            await ends.wait()
            has_ended = True

    async with asyncio.TaskGroup() as group:
        task = group.create_task(until_cancelled_surely(work()))
        await began.wait()
        task.cancel()
        await tidying.wait()
        task.cancel()
        await asyncio.sleep(0)
        ends.set()

    assert task.cancelled()
    assert has_ended


async def test_what_a_library_returns_or_raises_is_passed_on() -> None:
    async def divide(by: int) -> int:
        await asyncio.sleep(0)
        return 6 // by

    assert await until_cancelled_surely(divide(2)) == 3
    with pytest.raises(ZeroDivisionError):
        await until_cancelled_surely(divide(0))
