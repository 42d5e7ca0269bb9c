"""The door outwards on a pool of our own: HTTP/1.1 connections that are kept and carry each request once.

PoolDoor  one for the process: stream(request) makes a Call
  Call      one exchange: checks the request, takes a place and a connection from the lane of its destination
  Lane      the bounded connections to one destination, and the queue for them
  Dialler   look-up, address rule, TCP, TLS (`Network`, `TlsLayer`)
  Connection  one socket: writes the request, reads the reply through httptools' parser
  Reply     what the caller reads, under its deadlines
"""

import asyncio
import ssl
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from drawbridge.egress.connection import Connection, ConnectionLimits
from drawbridge.egress.dial import Destination, Dialler
from drawbridge.egress.door import IncomingReply, OutgoingRequest
from drawbridge.egress.errors import Stage
from drawbridge.egress.failures import no_connection_free, not_connected, timed_out
from drawbridge.egress.lane import Lane, Load
from drawbridge.egress.names import Names
from drawbridge.egress.network import Network, SystemNetwork
from drawbridge.egress.reply import Reply
from drawbridge.egress.request_head import Target, parsed_url, written_head


class PoolDoor:
    """The `Door` of the running product.

    `connections_per_host` bounds each scheme, host and port; more requests than that wait in a fair queue.
    `high_water_bytes` is how much of a reply may wait for a slow reader before the sender is held back.
    `trust` replaces the system's certificate authorities, for an organisation that has its own; the door sets
    its ALPN protocols. `network` is the system's, unless a test has one of its own.
    """

    def __init__(
        self,
        *,
        connections_per_host: int = 1000,
        keep_alive_s: float = 15.0,
        high_water_bytes: int = 256 * 1024,
        reply_limit_bytes: int = 512 * 1024 * 1024,
        trust: ssl.SSLContext | None = None,
        names_remembered_s: float = 30.0,
        network: Network | None = None,
    ) -> None:
        self.connections_per_host = connections_per_host
        self._limits = ConnectionLimits(keep_alive_s, high_water_bytes, reply_limit_bytes)
        network = network or SystemNetwork()
        self._dialler = Dialler(network, Names(network.addresses, names_remembered_s), trust)
        # A connection made where private addresses were allowed never serves a request for public ones only.
        self._lanes: dict[Destination, Lane] = {}

    @property
    def load(self) -> Load:
        """Return how many connections there are, and how many requests wait for one."""
        return sum((lane.load for lane in self._lanes.values()), Load())

    def stream(self, request: OutgoingRequest) -> AbstractAsyncContextManager[IncomingReply]:
        """Send the request once and open the reply; see `Door.stream`."""
        return _Call(self, request)

    async def close(self) -> None:
        """Close every connection; replies under way break off."""
        for lane in list(self._lanes.values()):
            lane.close()
        # The event loop closes the sockets on its next round.
        await asyncio.sleep(0)

    def lane(self, destination: Destination) -> Lane:
        """Return the lane to a destination; it goes when its last connection does."""
        lane = self._lanes.get(destination)
        if lane is None:
            lane = self._lanes[destination] = Lane(
                destination,
                dialler=self._dialler,
                limits=self._limits,
                places=self.connections_per_host,
                emptied=self._forget,
            )
        return lane

    def _forget(self, destination: Destination) -> None:
        self._lanes.pop(destination, None)


class _Call:
    """One exchange, as a context: it ends when the context is left, whatever has become of it."""

    __slots__ = ("_door", "_reply", "_request")

    def __init__(self, door: PoolDoor, request: OutgoingRequest) -> None:
        self._door = door
        self._request = request
        self._reply: Reply | None = None

    async def __aenter__(self) -> IncomingReply:
        request = self._request
        target = parsed_url(request.url)
        head = written_head(request, target)
        reply = self._reply = Reply(asyncio.get_running_loop(), request.deadlines, target.authority)
        lane = self._door.lane(Destination(target.origin, request.allow_private))
        connection = lane.idle_connection() or await self._new_connection(lane, target, reply)
        # Nothing is awaited between the last look at the connection and the request.
        connection.send(reply, head, request.body, expects_body=request.method != "HEAD")
        try:
            await reply.head()
        except BaseException:
            reply.leave()
            raise
        return reply

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reply is not None:
            self._reply.leave()

    async def _new_connection(self, lane: Lane, target: Target, reply: Reply) -> Connection:
        """Wait for a place and make a connection, or take one that came back meanwhile."""
        connect_by = asyncio.get_running_loop().time() + self._request.deadlines.connect_s
        ends_at = min(connect_by, reply.ends_at)
        which: Stage = "connect" if connect_by < reply.ends_at else "total"
        seconds = self._request.deadlines.seconds(which)
        try:
            await lane.place(ends_at)
        except TimeoutError as error:
            places = self._door.connections_per_host
            raise no_connection_free(target.authority, places, which, seconds) from error
        try:
            return await lane.connection(ends_at)
        except TimeoutError as error:
            raise timed_out(target.authority, which, seconds, did_send=False) from error
        except (OSError, UnicodeError) as error:
            raise not_connected(target.authority, error) from error
