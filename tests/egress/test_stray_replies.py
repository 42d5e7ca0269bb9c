"""A vendor that answers twice must not have its second answer given to the next caller."""

import asyncio
from contextlib import suppress

from drawbridge.egress import Deadlines, OutgoingRequest
from drawbridge.egress.client import EgressDoor

DEADLINES = Deadlines(connect_s=5, first_byte_s=5, between_bytes_s=5, total_s=10)
GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood"
STRAY = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"


async def test_a_stray_reply_on_an_idle_connection_is_not_the_next_callers() -> None:
    strayed = asyncio.Event()
    served: list[asyncio.Task[object] | None] = []

    async def answer_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(GOOD)
                # Late enough to come when the first reply has been read, and the connection waits for a request.
                await asyncio.sleep(0.1)
                writer.write(STRAY)
                await writer.drain()
                strayed.set()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer_twice, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    door = EgressDoor()
    request = OutgoingRequest("GET", f"http://127.0.0.1:{port}/", (), b"", DEADLINES, allow_private=True)

    first = await _body(door, request)
    await strayed.wait()
    await asyncio.sleep(0.1)
    second = await _body(door, request)

    assert (first, second) == (b"good", b"good")
    await door.close()
    server.close()
    await server.wait_closed()
    await asyncio.wait([task for task in served if task is not None], timeout=5)


async def _body(door: EgressDoor, request: OutgoingRequest) -> bytes:
    async with door.stream(request) as reply:
        return b"".join([piece async for piece in reply.pieces()])
