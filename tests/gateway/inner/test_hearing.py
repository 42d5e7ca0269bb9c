"""The exchange in memory between a product and the relay of its call."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from drawbridge.gateway.inner.hearing import Hearing
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.ingress import CallerLeftError

MANY = 100


async def test_a_slow_reader_holds_the_vendor_back_and_misses_nothing() -> None:
    hearing = Hearing(None)
    pieces = [b"%d" % number for number in range(MANY)]
    sent = 0

    async def send() -> None:
        nonlocal sent
        for piece in pieces:
            await hearing.send(piece)
            sent += 1
        await hearing.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        for _ in range(2 * MANY):
            await asyncio.sleep(0)
        sent_unread = sent
        heard = [piece async for piece in reading(hearing)]

    assert sent_unread < MANY / 2
    assert heard == pieces


async def test_nothing_is_sent_to_who_has_left() -> None:
    hearing = Hearing(None)
    hearing.left = True

    with pytest.raises(CallerLeftError):
        await hearing.start(200, [])
    with pytest.raises(CallerLeftError):
        await hearing.send(b"more")


async def test_what_stands_around_a_body_goes_up_and_the_session_does_not() -> None:
    hearing = Hearing("a-chat")

    hearing.say(WireRequest("POST", "/x", query=(("alt", "s&e"),), headers=(("anthropic-beta", "one"),)))

    assert hearing.raw_query == b"alt=s%26e"
    assert hearing.query_items() == [("alt", "s&e", b"alt=s%26e")]
    assert list(hearing.header_list) == [("anthropic-beta", "one")]
    assert hearing.headers == {"x-session-id": "a-chat"}


async def reading(hearing: Hearing) -> AsyncIterator[bytes]:
    while (piece := await hearing.next()) is not None:
        yield piece
