import asyncio
import random
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drawbridge.egress import BrokenReply, ConnectFailed, PoolDoor
from drawbridge.egress.lane import Load
from tests.egress.calls import post, read
from tests.egress.servers import RawServer
from tests.parts.certificates import self_signed
from tests.parts.vendor import ScriptedVendor

HEAD_UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\n"
FAREWELL = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


@dataclass
class Trusted:
    """A server's context, and a door that trusts it."""

    server: ssl.SSLContext
    door: PoolDoor
    resumed: list[bool | None] = field(default_factory=list[bool | None])

    def note(self, writer: asyncio.StreamWriter) -> None:
        self.resumed.append(writer.get_extra_info("ssl_object").session_reused)


@pytest.fixture
async def trusted(tmp_path: Path) -> AsyncIterator[Trusted]:
    server, trust = self_signed(tmp_path)
    door = PoolDoor(trust=trust)
    yield Trusted(server, door)
    await door.close()


async def body(door: PoolDoor, url: str) -> bytes:
    async with door.stream(post(url)) as reply:
        return await read(reply)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_the_second_connection_resumes_the_session_of_the_first(
    trusted: Trusted, version: ssl.TLSVersion
) -> None:
    trusted.server.minimum_version = trusted.server.maximum_version = version

    def answer(writer: asyncio.StreamWriter) -> None:
        trusted.note(writer)
        writer.write(FAREWELL)

    async with RawServer(answer, trusted.server) as url:
        for _ in range(3):
            assert await body(trusted.door, url) == b"ok"

    assert trusted.resumed == [False, True, True]


async def test_a_session_is_not_resumed_with_another_server(trusted: Trusted) -> None:
    def answer(writer: asyncio.StreamWriter) -> None:
        trusted.note(writer)
        writer.write(FAREWELL)

    async with RawServer(answer, trusted.server) as one, RawServer(answer, trusted.server) as other:
        await body(trusted.door, one)
        await body(trusted.door, other)

    assert trusted.resumed == [False, False]


@pytest.mark.parametrize("begins", [HEAD_UNTIL_CLOSE, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"])
async def test_a_reply_that_ends_without_a_farewell_is_broken(trusted: Trusted, begins: bytes) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(begins + b"half")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async with RawServer(answer, trusted.server) as url, trusted.door.stream(post(url)) as reply:
        pieces = reply.pieces()

        assert await anext(pieces) == b"half"
        with pytest.raises(BrokenReply, match="broke off"):
            await anext(pieces)
    assert trusted.door.load == Load()


async def test_a_reply_that_ends_with_a_farewell_is_whole(trusted: Trusted) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD_UNTIL_CLOSE + b"whole")
        writer.close()

    async with RawServer(answer, trusted.server) as url:
        assert await body(trusted.door, url) == b"whole"


async def test_a_slow_reader_gets_all_of_a_reply_whose_server_has_long_gone(trusted: Trusted) -> None:
    whole = random.Random(1).randbytes(3_000_000)

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD_UNTIL_CLOSE + whole)
        writer.close()

    received = b""
    async with RawServer(answer, trusted.server) as url, trusted.door.stream(post(url)) as reply:
        async for piece in reply.pieces():
            received += piece
            await asyncio.sleep(0.02)

    assert received == whole


async def test_a_large_request_leaves_whole(trusted: Trusted) -> None:
    whole = random.Random(1).randbytes(5_000_000)
    arrived = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.extend(await reader.readexactly(len(whole)))
        writer.write(FAREWELL)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=trusted.server) as server:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/x"
        async with trusted.door.stream(post(url, whole)) as reply:
            assert await read(reply) == b"ok"

    assert arrived == whole


async def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    server, trust = self_signed(tmp_path, "elsewhere.example")
    door = PoolDoor(trust=trust)
    asked: list[asyncio.StreamWriter] = []

    async with RawServer(asked.append, server) as url:
        with pytest.raises(ConnectFailed, match="certificate is not trusted") as failure:
            await body(door, url)

    assert not failure.value.did_send
    assert asked == []
    assert door.load == Load()


async def test_a_port_that_does_not_speak_tls_is_told_as_such(trusted: Trusted) -> None:
    async with ScriptedVendor() as vendor:
        # A TLS greeting holds no end of a head, so the vendor waits for more of it.
        await_close = asyncio.get_running_loop().call_later(0.1, vendor.close_connections)
        with pytest.raises(ConnectFailed, match="the TLS handshake failed") as failure:
            await body(trusted.door, f"https://localhost:{vendor.port}/x")
        await_close.cancel()

    assert not failure.value.did_send
