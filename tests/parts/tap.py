"""A relay in front of a server that passes every byte on and notes the requests that go by."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import httptools

_CHUNK_BYTES = 65_536


class Tap:
    """Listens on a port of its own. `seen` holds the request lines, in order, such as `POST /v1/messages?beta=true`.

    `headers` holds the headers of each, by their names in small letters.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self.seen: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, requests}
        with contextlib.suppress(OSError):
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(reader, requests, _Observer(self)))
                both.create_task(_pass_on(answers, writer, None))
        self._writers -= {writer, requests}


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, observer: "_Observer | None") -> None:
    """Pass on what comes until its end, and the end too."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            if observer is not None:
                observer.feed(data)
            writer.write(data)
            await writer.drain()
    writer.close()


class _Observer:
    """Notes the requests of one connection."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._target = b""
        self._headers: dict[str, str] = {}
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # What follows is no HTTP any more, and nothing that is noted here.
            self._parser = None

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers = {}

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self._tap.seen.append(f"{self._parser.get_method().decode()} {self._target.decode('latin-1')}")
        self._tap.headers.append(self._headers)
