"""Making a connection: name look-up, the rule about addresses, TCP and TLS, all under one deadline."""

import asyncio
import ssl
from dataclasses import dataclass
from functools import cached_property

from drawbridge.egress.addresses import refusal_reason
from drawbridge.egress.connection import Connection
from drawbridge.egress.errors import AddressRefused
from drawbridge.egress.names import Names
from drawbridge.egress.request_head import Origin


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom to connect to, and whether an address inside a private network will do."""

    origin: Origin
    allow_private: bool


class Dialler:
    """Connects to the addresses of a host one after the other; `trust` replaces the system's authorities."""

    def __init__(self, trust: ssl.SSLContext | None) -> None:
        self._given_trust = trust
        self._names = Names()

    async def connect(self, connection: Connection, destination: Destination, ends_at: float) -> None:
        """Connect, or raise AddressRefused, TimeoutError, OSError or UnicodeError.

        Every address gets an equal share of the time that is left when its turn comes.
        """
        async with asyncio.timeout_at(ends_at):
            found = await self._names.addresses(destination.origin.host)
        addresses = found if destination.allow_private else _public_ones(destination.origin, found)
        loop = asyncio.get_running_loop()
        for turns_left in range(len(addresses), 0, -1):
            share_s = (ends_at - loop.time()) / turns_left
            try:
                async with asyncio.timeout(share_s):
                    await self._connect_to(connection, addresses[-turns_left], destination.origin)
                    return
            except OSError:
                # A TimeoutError is one, too.
                if turns_left == 1:
                    raise

    async def _connect_to(self, connection: Connection, address: str, origin: Origin) -> None:
        # The address is numeric, so that nothing is looked up again: what was checked is what is connected to.
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(
                lambda: connection,
                address,
                origin.port,
                ssl=self._trust if origin.is_secure else None,
                server_hostname=origin.host.rstrip(".") if origin.is_secure else None,
            )
        except BaseException:
            connection.abort()
            raise

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        # One for all connections: reading the authorities takes 20 ms.
        context = self._given_trust or ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context


def _public_ones(origin: Origin, addresses: tuple[str, ...]) -> tuple[str, ...]:
    reasons = {address: refusal_reason(address) for address in addresses}
    public = tuple(address for address, reason in reasons.items() if reason is None)
    if public:
        return public
    address, reason = next(iter(reasons.items()))
    raise AddressRefused(f"{origin.host}:{origin.port} ({address})", reason or "not public")
