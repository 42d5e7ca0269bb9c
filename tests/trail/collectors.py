"""Receivers of streams on the loopback that can be told to fail, hang, lie and die."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Manner = Literal["take", "fail", "redirect", "hang", "drop", "die"]
"""`drop`: take it, and close without an answer. `die`: close in the middle of it."""


@dataclass(slots=True)
class Collector:
    """What a receiver got, and how it behaves: each delivery takes the next manner, the last one for ever."""

    manners: list[Manner] = field(default_factory=lambda: ["take"])
    port: int = 0
    bodies: list[bytes] = field(default_factory=list[bytes])
    """What it confirmed, and what it took without a confirmation."""
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    tries: int = 0

    def manner(self) -> Manner:
        self.tries += 1
        return self.manners.pop(0) if len(self.manners) > 1 else self.manners[0]

    @property
    def lines(self) -> list[bytes]:
        return [line for body in self.bodies for line in body.splitlines()]


@asynccontextmanager
async def webhook_collector(*manners: Manner) -> AsyncGenerator[Collector]:
    collector = Collector(list(manners) or ["take"])

    async def take(request: web.Request) -> web.StreamResponse:
        manner = collector.manner()
        if manner == "die":
            await request.content.read(10)
            _cut(request)
            return web.Response()
        body = await request.read()
        if manner == "hang":
            await asyncio.sleep(3600)
        if manner == "redirect":
            return web.Response(status=302, headers={"location": "/elsewhere"})
        if manner == "fail":
            return web.Response(status=503, text="later")
        collector.headers.append({name.lower(): value for name, value in request.headers.items()})
        collector.bodies.append(body)
        if manner == "drop":
            _cut(request)
        return web.Response(text="thank you")

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.port = runner.addresses[0][1]
    try:
        yield collector
    finally:
        await runner.cleanup()


def _cut(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


@asynccontextmanager
async def syslog_collector(*manners: Manner, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Collector]:
    """Read messages counted in octets; each connection is a delivery. `take` closes after the sender's farewell."""
    collector = Collector(list(manners) or ["take"])

    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await _read_as_told(collector, reader)
        finally:
            # What was said farewell to was read to its end, so that this ends it properly.
            writer.transport.abort()

    listening = socket.create_server(("127.0.0.1", 0))
    # Smaller than a batch: what is left of it when the receiver dies stands unread in the kernel.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    server = await asyncio.start_server(serve, sock=listening, ssl=tls)
    collector.port = listening.getsockname()[1]
    try:
        yield collector
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _read_as_told(collector: Collector, reader: asyncio.StreamReader) -> None:
    match collector.manner():
        case "die":
            await reader.read(10)
        case "hang":
            await asyncio.sleep(3600)
        case _:
            async for message in _messages(reader):
                collector.bodies.append(message)


async def _messages(reader: asyncio.StreamReader) -> AsyncGenerator[bytes]:
    while first := await reader.read(1):
        length = first + await reader.readuntil(b" ")
        yield await reader.readexactly(int(length))
