"""Servers that say whatever a test likes, and a network that leads wherever it likes."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable


class RawServer:
    """Reads the heads of requests and lets `answer` write whatever it likes; waits for all of it at its end."""

    def __init__(self, answer: Callable[[asyncio.StreamWriter], object], context: ssl.SSLContext | None = None) -> None:
        self._answer = answer
        self._context = context
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        scheme, host = ("https", "localhost") if self._context else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self._server.sockets[0].getsockname()[1]}/x"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        async with asyncio.timeout(5):
            while self._writers:
                for writer in self._writers:
                    writer.transport.abort()
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while await reader.readuntil(b"\r\n\r\n"):
                done = self._answer(writer)
                if asyncio.iscoroutine(done):
                    await done
        writer.transport.abort()
        self._writers.discard(writer)


class MadeUpNetwork:
    """Every address is a port of this machine. `answers` are given one after the other, the last one for ever.

    An answer without addresses says that there is no such name.
    """

    def __init__(self, *answers: tuple[str, ...], ports: dict[str, int]) -> None:
        self._answers = list(answers)
        self._ports = ports
        self.looked_up: list[str] = []
        self.connected: list[str] = []

    def addresses(self, host: str) -> tuple[str, ...]:
        self.looked_up.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answer

    async def connect(self, protocol: asyncio.Protocol, address: str, port: int) -> None:
        self.connected.append(address)
        if address not in self._ports:
            raise ConnectionRefusedError(f"{address}:{port} refuses")
        await asyncio.get_running_loop().create_connection(lambda: protocol, "127.0.0.1", self._ports[address])
