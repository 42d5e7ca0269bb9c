"""A caller that says just what a test wants, over real HTTP: nothing is added that no test asked for."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")

# Any: a test reads what it knows to be there.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    def json(self) -> Json:
        """Read the body."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls one gateway, with its key as a bearer unless headers are given."""

    url: str
    key: str
    session: aiohttp.ClientSession

    async def post(self, path: str, body: bytes | Json, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a body and return the whole reply. `headers` come on top of the key."""
        return await self.ask("POST", path, body=body, headers={**self.bearer, **(headers or {})})

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Return the whole reply. `headers` come on top of the key."""
        return await self.ask("GET", path, headers={**self.bearer, **(headers or {})})

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | Json = b"",
        headers: Mapping[str, str] | list[tuple[str, str]],
    ) -> Reply:
        """Send these headers and no others, and return the whole reply."""
        async with self.stream(method, path, body=body, headers=headers) as reply:
            return Reply(reply.status, reply.headers, await reply.read())

    def stream(
        self,
        method: str,
        path: str,
        *,
        body: bytes | io.BytesIO | Json = b"",
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send a request and open the reply; leaving the context early closes the connection."""
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        url = URL(self.url + path, encoded=True)
        return self.session.request(method, url, data=sent or None, headers=headers or self.bearer)

    @property
    def bearer(self) -> dict[str, str]:
        """The header with the key."""
        return {"authorization": f"Bearer {self.key}"}


@asynccontextmanager
async def calling(url: str, key: str) -> AsyncGenerator[Caller]:
    """Give a caller of its own connections."""
    async with aiohttp.ClientSession(
        timeout=_TIMEOUT,
        skip_auto_headers=_AUTOMATIC,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield Caller(url, key, session)


async def dial(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a bare connection, for what no HTTP client would do."""
    host, _, port = url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port), limit=1_024)


def head(request: str, key: str, *headers: str) -> bytes:
    """Write the head of a request: its method and path, the key, and more headers."""
    lines = [f"{request} HTTP/1.1", "host: gateway", f"authorization: Bearer {key}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
