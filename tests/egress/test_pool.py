import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import pytest

from drawbridge.egress import (
    BrokenReply,
    Deadlines,
    PoolDoor,
    Timeout,
)
from drawbridge.egress.lane import Load
from tests.egress.calls import post, read
from tests.egress.servers import RawServer
from tests.parts.certificates import self_signed
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

SHORT = Deadlines(connect_s=5, first_byte_s=1, between_bytes_s=1, total_s=5)

WHOLE = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: t\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\na: b\r\n\r\n"
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "empty headers": b"HTTP/1.1 200\r\nA:\r\nB: \t\r\ncontent-length: 5 \r\n\r\nhello",
}


async def answered(door: PoolDoor, url: str, *, method: str = "GET") -> tuple[int, bytes]:
    async with door.stream(post(url, b"", method=method, deadlines=SHORT)) as reply:
        return reply.status, await read(reply)


@pytest.fixture
async def pool() -> AsyncIterator[PoolDoor]:
    door = PoolDoor()
    yield door
    await door.close()


@pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE)
async def test_a_reply_cut_into_two_packets_anywhere_is_the_same_reply(pool: PoolDoor, whole: bytes) -> None:
    cuts = iter(range(1, len(whole)))

    async def answer(writer: asyncio.StreamWriter) -> None:
        cut = next(cuts)
        writer.write(whole[:cut])
        await asyncio.sleep(0.001)
        writer.write(whole[cut:])

    async with RawServer(answer) as url:
        for _ in range(1, len(whole)):
            assert await answered(pool, url) == (200, b"hello")

        assert pool.load == Load(active=0, idle=1, waiting=0)


@pytest.mark.parametrize(
    "told",
    [
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300 + b"content-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"x" * 200_000 + b"\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"x" * 2_000_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000,
        b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + b"t: u\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\na",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"<html>502</html>\r\n\r\n",
    ],
)
async def test_a_reply_in_disorder_is_broken_and_its_connection_closed(pool: PoolDoor, told: bytes) -> None:
    async with RawServer(lambda writer: writer.write(told)) as url:
        with pytest.raises(BrokenReply):
            await answered(pool, url)

        assert pool.load == Load()


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("GET", WHOLE["length"] + b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged"),
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
        ("GET", b"HTTP/1.1 204 No\r\n\r\nstray"),
        ("GET", b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello"),
        ("GET", b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
    ],
)
async def test_a_connection_with_stray_bytes_or_a_farewell_serves_nobody_else(
    pool: PoolDoor, method: str, told: bytes
) -> None:
    async with RawServer(lambda writer: writer.write(told)) as url:
        await answered(pool, url, method=method)

        assert pool.load == Load()


async def test_stray_bytes_that_come_later_close_the_connection(pool: PoolDoor) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(WHOLE["length"])
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged")

    async with RawServer(answer) as url:
        await answered(pool, url)
        await asyncio.sleep(0.1)

        assert pool.load == Load()


async def test_an_idle_connection_is_closed_when_its_time_is_over() -> None:
    door = PoolDoor(keep_alive_s=0.1)
    async with ScriptedVendor(lambda _: Answer(pieces=((b"ok", 0),))) as vendor:
        for _ in range(2):
            async with door.stream(post(f"{vendor.url}/x")) as reply:
                await read(reply)
        assert door.load == Load(idle=1)
        await asyncio.sleep(0.3)

        assert door.load == Load()
        assert vendor.connections_opened == 1
    await door.close()


async def test_requests_beyond_the_bound_are_served_in_the_order_they_came() -> None:
    door = PoolDoor(connections_per_host=1)
    order: list[int] = []

    async def call(url: str, number: int) -> None:
        async with door.stream(post(url)) as reply:
            order.append(number)
            await read(reply)

    async with ScriptedVendor(lambda _: Answer(pieces=((b"ok", 0),), delay_s=0.01)) as vendor:
        async with asyncio.timeout(5), asyncio.TaskGroup() as calls:
            for number in range(10):
                calls.create_task(call(f"{vendor.url}/x", number))

        assert (order, vendor.connections_opened) == (list(range(10)), 1)
    await door.close()


async def test_a_wait_for_a_connection_has_a_deadline_and_leaves_the_queue() -> None:
    door = PoolDoor(connections_per_host=1)
    impatient = Deadlines(connect_s=0.1, first_byte_s=5, between_bytes_s=5, total_s=10)
    async with ScriptedVendor(lambda _: Answer(pieces=((b"a", 5),), framing="chunked")) as vendor:
        async with door.stream(post(f"{vendor.url}/x")):
            with pytest.raises(Timeout, match="stayed busy") as timeout:
                await door.stream(post(f"{vendor.url}/x", deadlines=impatient)).__aenter__()
            assert door.load == Load(active=1)

        assert (timeout.value.which, timeout.value.did_send) == ("connect", False)
        assert door.load == Load()
    await door.close()


@pytest.mark.parametrize("is_secure", [False, True])
@pytest.mark.parametrize("connections", [1, 8])
async def test_a_call_that_is_cancelled_anywhere_leaks_nothing(
    tmp_path: Path, is_secure: bool, connections: int
) -> None:
    server, trust = self_signed(tmp_path)
    door = PoolDoor(trust=trust, connections_per_host=connections)

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
        await asyncio.sleep(0)
        writer.write(b"1\r\nb\r\n0\r\n\r\n")

    async def call(url: str) -> bytes:
        async with door.stream(post(url, b"", method="GET")) as reply:
            return await read(reply)

    async with RawServer(answer, server if is_secure else None) as url:
        for rounds in range(40):
            await _cancel_two_of_three(lambda: call(url), rounds)
            assert (door.load.active, door.load.waiting) == (0, 0)
            assert door.load.idle <= connections
            if rounds % 2:
                await door.close()
                assert door.load == Load()
    await door.close()


async def test_a_large_request_leaves_whole_and_its_connection_serves_again(pool: PoolDoor) -> None:
    body = random.Random(1).randbytes(5_000_000)
    async with ScriptedVendor(lambda _: Answer(pieces=((b"ok", 0),))) as vendor:
        for _ in range(2):
            async with pool.stream(post(f"{vendor.url}/x", body)) as reply:
                assert await read(reply) == b"ok"

        assert all(request.body == body for request in vendor.requests)
        assert vendor.connections_opened == 1


async def test_an_answer_before_the_request_has_left_arrives_and_the_connection_is_closed(pool: PoolDoor) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno")
        await asyncio.sleep(1)

    async with RawServer(answer) as url:
        async with pool.stream(post(url, b"x" * 50_000_000)) as reply:
            assert (reply.status, await read(reply)) == (413, b"no")

        assert pool.load == Load()


async def test_closing_the_door_breaks_off_what_is_under_way(pool: PoolDoor) -> None:
    async with ScriptedVendor(lambda _: Answer(pieces=((b"a", 5), (b"b", 0)), framing="chunked")) as vendor:
        async with pool.stream(post(f"{vendor.url}/x")) as reply:
            await pool.close()
            with pytest.raises(BrokenReply):
                await read(reply)

        assert pool.load == Load()
        await vendor.until(lambda: vendor.log[0].did_peer_leave)


async def _cancel_two_of_three(call: Callable[[], Coroutine[None, None, bytes]], rounds: int) -> None:
    """Cancel two calls after the event loop has gone round that often; the third has to be served."""
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        calls = [group.create_task(call()) for _ in range(3)]
        for _ in range(rounds):
            await asyncio.sleep(0)
        calls[0].cancel()
        calls[1].cancel()
    assert calls[2].result() == b"ab"
