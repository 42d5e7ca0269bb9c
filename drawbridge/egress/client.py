"""The door outwards on aiohttp, for the way through a proxy: each request is sent once."""

import asyncio
import io
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from drawbridge.egress.connections import connector
from drawbridge.egress.door import IncomingReply, OutgoingRequest, RawHeaders
from drawbridge.egress.errors import BrokenReply, Unsendable
from drawbridge.egress.exchange import Exchange
from drawbridge.egress.failures import too_large
from drawbridge.egress.request_head import parsed_url, written_head

_AUTOMATIC_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_HEAD_LINE_LIMIT_BYTES = 64 * 1024
_HEADERS_LIMIT = 256
_AT_ONCE_BYTES = 1024 * 1024


class EgressDoor:
    """A `Door` by way of a proxy, or without one: one pool for public hosts, one for those that an operator configured.

    `proxy_url` may hold a user name and password. The names of hosts are then looked up by the proxy.
    `high_water_bytes` is how much of a reply may wait for a slow reader before the sender is held back.
    `trust` replaces the system's certificate authorities, for an organisation that has its own.
    """

    def __init__(
        self,
        *,
        keep_alive_s: float = 15.0,
        high_water_bytes: int = 256 * 1024,
        reply_limit_bytes: int = 512 * 1024 * 1024,
        trust: ssl.SSLContext | None = None,
        proxy_url: str | None = None,
    ) -> None:
        self._proxy, self._proxy_headers = (None, None) if proxy_url is None else _proxy(proxy_url)
        self._keep_alive_s = keep_alive_s
        self._high_water_bytes = high_water_bytes
        self._reply_limit_bytes = reply_limit_bytes
        self._trust = trust
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    @asynccontextmanager
    async def stream(self, request: OutgoingRequest) -> AsyncGenerator[IncomingReply]:
        """Send the request once and open the reply; see `Door.stream`."""
        url = _checked_url(request)
        exchange = Exchange(request.deadlines, url.authority)
        response: aiohttp.ClientResponse | None = None
        try:
            response = await self._send(request, url, exchange)
            exchange.began()
            yield _Reply(response, exchange, self._reply_limit_bytes)
        finally:
            # A complete reply has already given its connection back to the pool.
            if response is None or not response.content.is_eof():
                exchange.break_off()
            if response is not None:
                response.close()

    async def close(self) -> None:
        """Close every connection."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def _send(self, request: OutgoingRequest, url: URL, exchange: Exchange) -> aiohttp.ClientResponse:
        session = self._session(allow_private=request.allow_private)
        with exchange.current():
            try:
                async with exchange.limit():
                    return await session.request(
                        request.method,
                        url,
                        headers=[(name, _text_as_sent(value)) for name, value in request.headers],
                        data=_payload(request.body),
                        allow_redirects=False,
                        proxy=self._proxy,
                        proxy_headers=self._proxy_headers,
                    )
            except TimeoutError as error:
                raise exchange.timed_out() from error
            except aiohttp.ClientError as error:
                raise exchange.failure(error) from error

    def _session(self, *, allow_private: bool) -> aiohttp.ClientSession:
        # Made on first use: aiohttp wants a running loop. Two sessions, so that a connection to a private
        # address can never serve a request that may only reach public ones.
        session = self._sessions.get(allow_private)
        if session is None:
            session = aiohttp.ClientSession(
                connector=connector(
                    keep_alive_s=self._keep_alive_s,
                    # A proxy stands inside as a rule.
                    allow_private=allow_private or self._proxy is not None,
                    trust=self._trust,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_AUTOMATIC_HEADERS,
                auto_decompress=False,
                trust_env=False,
                # Every wait has a deadline of ours; aiohttp's own would blur which one passed.
                timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None),
                # aiohttp stops reading at twice this size.
                read_bufsize=self._high_water_bytes // 2,
                max_line_size=_HEAD_LINE_LIMIT_BYTES,
                max_field_size=_HEAD_LINE_LIMIT_BYTES,
                max_headers=_HEADERS_LIMIT,
                middlewares=(_send_once,),
            )
            self._sessions[allow_private] = session
        return session


class _Reply:
    """An aiohttp response, read under the deadlines of its exchange."""

    def __init__(self, response: aiohttp.ClientResponse, exchange: Exchange, limit_bytes: int) -> None:
        self.status = response.status
        self.raw_headers: RawHeaders = tuple((name.lower(), value.strip()) for name, value in response.raw_headers)
        self._content = response.content
        self._exchange = exchange
        self._left_bytes = limit_bytes
        self._broken: BrokenReply | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Names and values; see `IncomingReply.headers`."""
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.raw_headers)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; see `IncomingReply.pieces`."""
        while piece := await self._next_piece():
            self._left_bytes -= len(piece)
            if self._left_bytes < 0:
                raise too_large(self._exchange.authority)
            yield piece
        if self._broken is not None:
            raise self._broken

    async def _next_piece(self) -> bytes:
        if self._broken is not None:
            return b""
        try:
            async with self._exchange.limit():
                return await self._content.readany()
        except TimeoutError as error:
            raise self._exchange.timed_out() from error
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            self._broken = self._exchange.broken(error)
            return self._what_had_arrived()

    def _what_had_arrived(self) -> bytes:
        """Return what was buffered when the connection broke: aiohttp hides it behind the error."""
        # The stub allows exceptions only, but None is the value that the reader itself starts with.
        self._content.set_exception(None)  # pyright: ignore[reportArgumentType]
        return self._content.read_nowait()


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Turn a lost connection into an error that aiohttp does not answer by sending the request again.

    It repeats idempotent methods after ClientOSError and ServerDisconnectedError (aiohttp 3.14, client.py).
    """
    try:
        return await handler(request)
    except aiohttp.ClientError as error:
        raise Exchange.of_this_task().failure(error) from error


def _proxy(url: str) -> tuple[URL, dict[str, str] | None]:
    """Return where a proxy is, and what tells it who we are."""
    proxy = URL(url)
    if proxy.user is None:
        return proxy, None
    credential = aiohttp.encode_basic_auth(proxy.user, proxy.password or "", encoding="utf-8")
    return proxy.with_user(None), {"Proxy-Authorization": credential}


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    """Return the body as aiohttp takes it: it warns of large ones that it would write at once, with no pause."""
    if len(body) > _AT_ONCE_BYTES:
        return io.BytesIO(body)
    return body or None


def _text_as_sent(value: str) -> str:
    """Return the text that aiohttp, which writes UTF-8, turns into the bytes that `value` names in latin-1."""
    return value if value.isascii() else value.encode("latin-1").decode("utf-8")


def _checked_url(request: OutgoingRequest) -> URL:
    """Check that the request is one well-formed HTTP request and return its URL as it stands."""
    target = parsed_url(request.url)
    written_head(request, target)
    for name, value in request.headers:
        try:
            _text_as_sent(value)
        except UnicodeError as error:
            raise Unsendable(f"The header {name!r} is not UTF-8.") from error
    # `encoded` keeps every percent sign, dot segment and slash as the caller wrote it.
    return URL(request.url, encoded=True)
