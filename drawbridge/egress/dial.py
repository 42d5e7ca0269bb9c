"""Making a connection: name look-up, the rule about addresses, TCP and TLS, all under one deadline."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from drawbridge.egress.addresses import refusal_reason
from drawbridge.egress.errors import AddressRefused
from drawbridge.egress.names import Names, is_numeric
from drawbridge.egress.network import Network
from drawbridge.egress.request_head import Origin
from drawbridge.egress.tls import TlsLayer
from drawbridge.egress.wire import Wire

_SESSIONS = 1024

WireT = TypeVar("WireT", bound=Wire)


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom to connect to, and whether an address inside a private network will do."""

    origin: Origin
    allow_private: bool


class Dialler:
    """Connects to the addresses of a host one after the other.

    `trust` replaces the system's authorities; `speaks` is what TLS offers to speak (ALPN).
    """

    def __init__(
        self, network: Network, names: Names, trust: ssl.SSLContext | None, *, speaks: tuple[str, ...] = ("http/1.1",)
    ) -> None:
        self._network = network
        self._speaks = speaks
        self._given_trust = trust
        self._names = names
        # By destination, since whoever resumes a session is not asked for a certificate again.
        self._sessions: dict[Destination, ssl.SSLSession] = {}

    async def connect(self, make: Callable[[], WireT], destination: Destination, ends_at: float) -> WireT:
        """Connect, or raise AddressRefused, TimeoutError, OSError or UnicodeError.

        Every address gets an equal share of the time that is left when its turn comes, and a connection of its own.
        """
        async with asyncio.timeout_at(ends_at):
            addresses = await self._addresses(destination)
        loop = asyncio.get_running_loop()
        for turns_left in range(len(addresses), 1, -1):
            share_s = (ends_at - loop.time()) / turns_left
            try:
                async with asyncio.timeout(share_s):
                    return await self._connect_to(make(), addresses[-turns_left], destination)
            except OSError:
                # A TimeoutError is one, too.
                continue
        async with asyncio.timeout_at(ends_at):
            return await self._connect_to(make(), addresses[-1], destination)

    async def _addresses(self, destination: Destination) -> tuple[str, ...]:
        try:
            found = await self._names.addresses(destination.origin.host)
        except socket.gaierror as error:
            if destination.allow_private or error.errno != socket.EAI_NONAME:
                raise
            found = ()  # Whoever may not reach private networks is not told which names there are in them.
        return found if destination.allow_private else public_ones(destination.origin, found)

    async def _connect_to(self, connection: WireT, address: str, destination: Destination) -> WireT:
        # The address is numeric, so that nothing is looked up again: what was checked is what is connected to.
        port = destination.origin.port
        layer = self._tls_layer(connection, destination) if destination.origin.is_secure else None
        try:
            await self._network.connect(layer or connection, address, port)
            if layer is not None:
                await layer.handshake()
        except BaseException:
            (layer or connection).abort()
            raise
        return connection

    def _tls_layer(self, connection: Wire, destination: Destination) -> TlsLayer:
        return TlsLayer(
            connection,
            self._trust,
            destination.origin.host.rstrip("."),
            session=self._sessions.get(destination),
            remember=lambda session: self._remember(destination, session),
        )

    def _remember(self, destination: Destination, session: ssl.SSLSession) -> None:
        self._sessions.pop(destination, None)
        if len(self._sessions) >= _SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[destination] = session

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        # One for all connections: reading the authorities takes 20 ms.
        context = self._given_trust or ssl.create_default_context()
        if self._speaks:
            context.set_alpn_protocols(self._speaks)
        return context


def public_ones(origin: Origin, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses of a host that are public. Raises AddressRefused, which tells none of the others."""
    public = tuple(address for address in addresses if refusal_reason(address) is None)
    if public:
        return public
    reason = f"is {refusal_reason(origin.host)}" if is_numeric(origin.host) else "has no public address"
    raise AddressRefused(f"{origin.host}:{origin.port}", reason)
