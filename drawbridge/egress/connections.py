"""Connections of the door: which addresses they may reach, and when one may be used again."""

import select
import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.connector import Connection

from drawbridge.egress.addresses import refusal_reason
from drawbridge.egress.errors import AddressRefused
from drawbridge.egress.exchange import Exchange

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.tracing import Trace

_NAME_CACHE_S = 30


class PooledConnector(aiohttp.TCPConnector):
    """A connector that never hands out a connection which the other side has already closed.

    aiohttp knows of a close only once the event loop has read it. A busy loop would write a request into a dead
    connection, and whether the request arrived could no longer be told.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,
    ) -> Connection:
        """Get a connection, and tell the exchange that it has one."""
        connection = await super().connect(req, traces, timeout)
        Exchange.of_this_task().connected(connection.transport)
        return connection

    async def _get(self, key: "ConnectionKey", traces: "list[Trace]") -> Connection | None:
        while (connection := await super()._get(key, traces)) is not None:
            if _is_quiet(connection):
                return connection
            connection.close()
        return None


def connector(*, keep_alive_s: float, allow_private: bool, trust: ssl.SSLContext | None) -> PooledConnector:
    """Make a connector. How many connections there are is for the callers to limit, not for the pool."""
    return PooledConnector(
        limit=0,
        keepalive_timeout=keep_alive_s,
        ttl_dns_cache=_NAME_CACHE_S,
        socket_factory=None if allow_private else _public_socket,
        ssl=True if trust is None else trust,
    )


def _is_quiet(connection: Connection) -> bool:
    """Tell whether nothing waits to be read: on an idle connection that could only be its end, or a stray reply."""
    transport, protocol = connection.transport, connection.protocol
    # What came in already is in the protocol's hands, and no poll sees it: the next caller would get it.
    if transport is None or protocol is None or protocol.should_close:
        return False
    # uvloop and asyncio each have a socket-like object of their own here; both have this method.
    descriptor: int = transport.get_extra_info("socket").fileno()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)


def _public_socket(address: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
    """Make the socket for an address that is about to be connected to, if it is a public one.

    The check stands here, after every look-up, so that the address which was checked is the one connected to.
    """
    family, kind, protocol, _, where = address
    reason = refusal_reason(str(where[0]))
    if reason is not None:
        exchange = Exchange.of_this_task()
        exchange.refused = AddressRefused(exchange.authority, f"is {reason}")
        # Only an OSError passes through the race between addresses; `Exchange.failure` tells the real one.
        raise OSError(reason)
    return socket.socket(family, kind, protocol)
