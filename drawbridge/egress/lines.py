"""Text for receivers that answer nothing, such as syslog's: written to a connection of its own, over TCP or TLS.

That a receiver has read it shows only by how it ends the connection: after our farewell it closes its side, too. One
that closes before, or resets the connection, has died with something unread.
"""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

from drawbridge.egress.dial import Destination, Dialler
from drawbridge.egress.failures import not_connected, not_taken, timed_out
from drawbridge.egress.names import Names
from drawbridge.egress.network import Network, SystemNetwork
from drawbridge.egress.request_head import Origin
from drawbridge.egress.wire import Wire

_STAYS_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """What is to be written where, and in how many seconds. `allow_private` is for hosts that an operator listed."""

    host: str
    port: int
    is_secure: bool
    content: bytes
    connect_s: float
    total_s: float
    farewell_s: float
    """How long the receiver has for its own farewell; one that keeps the connection open longer has read, too."""
    allow_private: bool


class LineDoor:
    """The way out for text. `trust` replaces the system's certificate authorities."""

    def __init__(self, *, trust: ssl.SSLContext | None = None, network: Network | None = None) -> None:
        network = network or SystemNetwork()
        self._dialler = Dialler(network, Names(network.addresses, 30.0), trust, speaks=())

    async def send(self, text: OutgoingText) -> None:
        """Write text to a new connection, and wait until the receiver has taken it.

        Raises AddressRefused, ConnectFailed, Timeout.
        """
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + text.total_s
        wire = await self._connected(text, min(ends_at, loop.time() + text.connect_s))
        authority = f"{text.host}:{text.port}"
        try:
            async with asyncio.timeout_at(ends_at):
                await wire.send(text.content, text.farewell_s)
        except TimeoutError as error:
            raise timed_out(authority, "total", text.total_s, did_send=True) from error
        except OSError as error:
            raise not_taken(authority, error) from error
        finally:
            wire.abort()

    async def _connected(self, text: OutgoingText, ends_at: float) -> "_Line":
        origin = Origin("tls" if text.is_secure else "tcp", text.host.lower(), text.port)
        authority = f"{text.host}:{text.port}"
        try:
            return await self._dialler.connect(_Line, Destination(origin, text.allow_private), ends_at)
        except TimeoutError as error:
            raise timed_out(authority, "connect", text.connect_s, did_send=False) from error
        except (OSError, UnicodeError) as error:
            raise not_connected(authority, error) from error


class _Line(Wire):
    """A connection on which nothing is expected but its end."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._may_write = asyncio.Event()
        self._ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport has the methods of asyncio.Transport without being one.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        self._may_write.set()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(exc)
        self._may_write.set()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def send(self, content: bytes, farewell_s: float) -> None:
        """Write, say farewell, and wait for the other side's. Raises OSError where it ends otherwise."""
        assert self._transport is not None
        for piece in _pieces(content):
            self._transport.write(piece)
            await self._may_write.wait()
            self._require_open()
        # A receiver that went away just now would otherwise seem to answer our farewell.
        await asyncio.wait([self._ended], timeout=_STAYS_S)
        self._require_open()
        self._transport.write_eof()
        await asyncio.wait([self._ended], timeout=farewell_s)
        # Many end TLS without a farewell of their own, after ours; a reset is another error.
        if self._ended.done() and (error := self._ended.result()) and not isinstance(error, ssl.SSLError):
            raise error

    def _require_open(self) -> None:
        if self._ended.done():
            raise self._ended.result() or ConnectionResetError("it closed the connection first")


def _pieces(content: bytes) -> Iterable[bytes]:
    size = 64 * 1024
    return (content[start : start + size] for start in range(0, len(content), size))
