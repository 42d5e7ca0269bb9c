"""One request and its reply: how far they got, which deadline runs now, and how a failure is told."""

import asyncio
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import aiohttp

from drawbridge.egress.door import Deadlines
from drawbridge.egress.errors import (
    AddressRefused,
    BrokenReply,
    ConnectFailed,
    EgressError,
    Stage,
)
from drawbridge.egress.failures import timed_out


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
        seconds = self._seconds(which)
        return timed_out(self.authority, which, seconds, did_send=self._did_send())

    def failure(self, error: Exception) -> EgressError:
        """Return the error for a request that got no head of a reply."""
        if self.refused is not None:
            return self.refused
        if isinstance(error, aiohttp.ClientResponseError):
            return BrokenReply(
                f"{self.authority} did not answer in HTTP ({error.message}). Check that the URL's scheme and port"
                " belong to an HTTP API."
            )
        if self._did_send():
            return ConnectFailed(
                f"{self.authority} closed the connection before it answered ({error}). Whether it acted on the"
                " request is unknown; its own logs tell.",
                did_send=True,
            )
        return ConnectFailed(
            f"No connection to {self.authority}: {_connect_advice(error)}",
            did_send=False,
        )

    def broken(self, error: Exception) -> BrokenReply:
        """Return the error for a reply that broke off."""
        return BrokenReply(
            f"{self.authority} broke off its reply ({error}). What had arrived was passed on; try again, and check"
            " the provider's status page if it happens often."
        )

    def _did_send(self) -> bool:
        return self._stage != "connect"

    def _next_end(self) -> float:
        stage_ends_at = self._loop.time() + self._seconds(self._stage)
        self._runs_out_first = "total" if self._ends_at <= stage_ends_at else self._stage
        return min(stage_ends_at, self._ends_at)

    def _seconds(self, stage: Stage) -> float:
        match stage:
            case "connect":
                return self._deadlines.connect_s
            case "first_byte":
                return self._deadlines.first_byte_s
            case "between_bytes":
                return self._deadlines.between_bytes_s
            case "total":
                return self._deadlines.total_s


_current: ContextVar[Exchange] = ContextVar("exchange")


def _connect_advice(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"its name was not found ({error.os_error}). Check the base URL for a typing error, and DNS."
        case aiohttp.ClientConnectorCertificateError():
            return (
                f"its certificate is not trusted ({error.certificate_error}). Check the base URL, or add your"
                " organisation's certificate authority."
            )
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ssl.SSLError):
            return f"the TLS handshake failed ({error.os_error}). Check that the port speaks https."
        case _:
            return f"{error}. Check the base URL and port, and that the provider is running."
