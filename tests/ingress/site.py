"""A server for tests, and a caller that writes raw bytes to it."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from drawbridge.ingress import Exchange, Handler, IngressError, IngressLimits, Server

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
PLAIN = [(b"content-type", b"text/plain")]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as a caller got it. `body` is without its chunks."""

    status: int
    headers: dict[str, str]
    body: bytes

    # Any: the shape is the handler's.
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Wire:
    """A caller's end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> tuple[int, dict[str, str]]:
        """Return the status and headers of the next reply."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(": ") for line in lines[1:] if line)
        return int(lines[0].split(" ")[1]), {name.lower(): value for name, _, value in fields}

    async def reply(self, *, has_body: bool = True) -> Reply:
        """Return the next reply, whole."""
        async with asyncio.timeout(10):
            status, headers = await self.head()
            if not has_body or status < 200:
                return Reply(status, headers, b"")
            if headers.get("transfer-encoding") == "chunked":
                return Reply(status, headers, await self._chunks())
            if "content-length" in headers:
                return Reply(status, headers, await self.reader.readexactly(int(headers["content-length"])))
            return Reply(status, headers, await self.reader.read())

    async def rest(self) -> bytes:
        """Return what comes until the server closes the connection."""
        async with asyncio.timeout(10):
            return await self.reader.read()

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        assert await self.reader.readexactly(2) == b"\r\n"
        return body


@dataclass(slots=True)
class Site:
    """A running server."""

    server: Server
    port: int

    @asynccontextmanager
    async def dial(self) -> AsyncGenerator[Wire]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Wire(reader, writer)
        finally:
            writer.transport.abort()

    async def ask(self, data: bytes) -> Reply:
        """Return the reply to one request on a connection of its own."""
        async with self.dial() as wire:
            await wire.write(data)
            return await wire.reply()


@asynccontextmanager
async def running_site(handler: Handler, limits: IngressLimits | None = None) -> AsyncGenerator[Site]:
    """Run a server, and see that it leaves nothing behind."""
    before = asyncio.all_tasks()
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(handler, [listening], limits or IngressLimits(drain_timeout_s=5))
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve())
        await server.started.wait()
        try:
            yield Site(server, listening.getsockname()[1])
        finally:
            server.stop()
            async with asyncio.timeout(20):
                await serving
    assert asyncio.all_tasks() == before
    assert not server.connections


async def tell(exchange: Exchange) -> None:
    """Reply with what was asked, as JSON."""
    try:
        body = await exchange.read_body(1 << 20)
    except IngressError as error:
        await exchange.reply(error.status, PLAIN, error.message.encode())
        return
    told = {
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.raw_query.decode("latin-1"),
        "headers": exchange.header_list,
        "body": body.decode("latin-1"),
    }
    await exchange.reply(200, PLAIN, json.dumps(told).encode())
