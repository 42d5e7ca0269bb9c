"""A small HTTP proxy: tunnels for https, requests passed on for http."""

import asyncio
import base64
import contextlib
from typing import Self
from urllib.parse import urlsplit


class ConnectProxy:
    """Leads every host to `port` of this machine; `heads` holds what it was asked, in order."""

    def __init__(self, port: int, *, credential: str | None = None) -> None:
        self.heads: list[str] = []
        self._port = port
        self._wanted = None if credential is None else "Basic " + base64.b64encode(credential.encode()).decode()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        async with asyncio.timeout(5):
            while self._writers:
                for writer in self._writers:
                    writer.transport.abort()
                await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.transport.abort()
        self._writers.discard(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        if self._wanted is not None and f"proxy-authorization: {self._wanted}".lower() not in head.lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            return
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.add(there)
        method, target, rest = head.split(" ", 2)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            there.write(f"{method} {urlsplit(target).path} {rest}".encode("latin-1"))
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pass_on(reader, there))
                ways.create_task(_pass_on(there_reader, writer))
        finally:
            there.transport.abort()
            self._writers.discard(there)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.close()
