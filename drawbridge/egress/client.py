"""The door outwards on aiohttp: pooled HTTP/1.1 connections that carry each request once."""

import asyncio
import io
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from drawbridge.egress.connections import connector
from drawbridge.egress.door import IncomingReply, OutgoingRequest, RawHeaders
from drawbridge.egress.errors import BrokenReply, TooLarge, Unsendable
from drawbridge.egress.exchange import Exchange

_AUTOMATIC_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_HEADERS_OF_THE_DOOR = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"})
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FORBIDDEN_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")
_PRINTABLE_ASCII = re.compile(r"[\x21-\x7e]+")
_HEAD_LINE_LIMIT_BYTES = 64 * 1024
_HEADERS_LIMIT = 256
_AT_ONCE_BYTES = 1024 * 1024


class EgressDoor:
    """The `Door` of the running product: one pool for public hosts, one for hosts that an operator configured.

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
    ) -> None:
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
                    allow_private=allow_private,
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
                raise TooLarge(
                    f"The reply of {self._exchange.authority} is longer than Drawbridge lets in. Ask for less at once,"
                    " or check that the URL is the one of an API."
                )
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
    if _TOKEN.fullmatch(request.method) is None:
        raise Unsendable(f"{request.method!r} is not an HTTP method.")
    for name, value in request.headers:
        if _TOKEN.fullmatch(name) is None or not _is_sendable(value):
            raise Unsendable(f"The header {name!r} has a line break or another character that no header may have.")
        if name.lower() in _HEADERS_OF_THE_DOOR:
            raise Unsendable(f"The header {name!r} is written by Drawbridge itself. Leave it out.")
    if _PRINTABLE_ASCII.fullmatch(request.url) is None:
        raise Unsendable(f"The URL {request.url!r} has characters that must be percent-encoded.")
    return _parsed_url(request.url)


def _is_sendable(value: str) -> bool:
    if _FORBIDDEN_IN_VALUE.search(value) is not None:
        return False
    try:
        _text_as_sent(value)
    except UnicodeError:
        return False
    return True


def _parsed_url(text: str) -> URL:
    try:
        # `encoded` keeps every percent sign, dot segment and slash as the caller wrote it.
        url = URL(text, encoded=True)
        has_port = url.port is not None
    except ValueError as error:
        raise Unsendable(f"The URL {text!r} cannot be read: {error}.") from error
    if url.scheme not in ("http", "https") or not url.host or not has_port:
        raise Unsendable(f"The URL {text!r} must begin with http:// or https:// and name a host.")
    if url.user is not None or url.password is not None:
        raise Unsendable("The URL carries a user name or password. Put the credential into a header instead.")
    return url
