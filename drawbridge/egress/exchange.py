"""One request and its reply: how far they got, which deadline runs now, and how a failure is told."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import aiohttp

from drawbridge.egress.door import Deadlines
from drawbridge.egress.errors import AddressRefused, BrokenReply, EgressError, Stage
from drawbridge.egress.failures import cut_off, no_answer, not_connected, not_http, refused_by_proxy, timed_out


class Exchange:
    """The state of one exchange; it belongs to one task."""

    def __init__(self, deadlines: Deadlines, authority: str) -> None:
        self.authority = authority
        self.refused: AddressRefused | None = None
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + deadlines.total_s
        self._stage: Stage = "connect"
        self._runs_out_first: Stage = "connect"
        self._limit: asyncio.Timeout | None = None
        self._transport: asyncio.Transport | None = None

    @staticmethod
    def of_this_task() -> "Exchange":
        """Return the exchange that the running task is in."""
        return _current.get()

    @contextmanager
    def current(self) -> Generator[None]:
        """Make this the exchange of the running task, so that what aiohttp calls can find it."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def limit(self) -> asyncio.Timeout:
        """Return the time limit of the wait that begins now."""
        self._limit = asyncio.timeout_at(self._next_end())
        return self._limit

    def connected(self, transport: asyncio.Transport | None) -> None:
        """Note that a connection is there: from now on bytes of the request may leave."""
        self._transport = transport
        self._stage = "first_byte"
        if self._limit is not None:
            self._limit.reschedule(self._next_end())

    def began(self) -> None:
        """Note that the head of the reply is there."""
        self._stage = "between_bytes"

    def break_off(self) -> None:
        """Close the connection at once, if one was made."""
        if self._transport is not None:
            # `close` would first flush what is unsent, or wait for the other side's TLS farewell.
            self._transport.abort()

    def timed_out(self) -> EgressError:
        """Return the error for the limit that passed."""
        which = self._runs_out_first
        seconds = self._deadlines.seconds(which)
        return timed_out(self.authority, which, seconds, did_send=self._did_send())

    def failure(self, error: Exception) -> EgressError:
        """Return the error for a request that got no head of a reply."""
        if self.refused is not None:
            return self.refused
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return refused_by_proxy(self.authority, f"{error.status} {error.message}")
        if isinstance(error, aiohttp.ClientResponseError):
            return not_http(self.authority, error.message)
        if self._did_send():
            return no_answer(self.authority, error)
        if isinstance(error, aiohttp.ClientProxyConnectionError):
            return refused_by_proxy(self.authority, str(error.os_error))
        return not_connected(self.authority, _cause(error))

    def broken(self, error: Exception) -> BrokenReply:
        """Return the error for a reply that broke off."""
        return cut_off(self.authority, error)

    def _did_send(self) -> bool:
        return self._stage != "connect"

    def _next_end(self) -> float:
        stage_ends_at = self._loop.time() + self._deadlines.seconds(self._stage)
        self._runs_out_first = "total" if self._ends_at <= stage_ends_at else self._stage
        return min(stage_ends_at, self._ends_at)


_current: ContextVar[Exchange] = ContextVar("exchange")


def _cause(error: Exception) -> Exception:
    """Return the error that aiohttp wrapped."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return error.certificate_error
        case aiohttp.ClientConnectorError():
            return error.os_error
        case _:
            return error
