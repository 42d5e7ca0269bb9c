"""Which calls leave by way of a proxy, and a door that sends them there."""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from drawbridge.egress.addresses import refusal_reason
from drawbridge.egress.dial import public_ones
from drawbridge.egress.door import Door, IncomingReply, OutgoingRequest
from drawbridge.egress.names import Names
from drawbridge.egress.network import Network, SystemNetwork
from drawbridge.egress.request_head import Origin, parsed_url

_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")
"""The last label of what is an address and no name, such as 127.1: https://url.spec.whatwg.org/#ends-in-a-number-checker"""
_REMEMBERED_S = 30.0
"""How long the addresses of a name are remembered."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy, and the hosts that are reached without it."""

    url: str = field(repr=False)
    """May hold a user name and password."""
    direct_hosts: tuple[str, ...] = ()
    """Names that stand for themselves and all names below them; `*` for every host."""

    def is_for(self, host: str) -> bool:
        """Tell whether a host, in lower case, is reached through the proxy.

        Numeric addresses that are not public and names without a dot are inside, where no proxy is needed.
        """
        if "*" in self.direct_hosts or any(_is_within(host, name) for name in self.direct_hosts):
            return False
        bare = host.rstrip(".")
        try:
            ip_address(bare.partition("%")[0])
        except ValueError:
            is_spelt_address = _NUMBER.fullmatch(bare.rpartition(".")[2]) is not None
            return "." in bare and not is_spelt_address and not _is_within(bare, "localhost")
        return refusal_reason(bare) is None


class ProxyingDoor:
    """A `Door` that sends through a proxy what the proxy is for, and everything else directly.

    `trust` replaces the system's certificate authorities behind the proxy.
    """

    def __init__(
        self, direct: Door, proxy: Proxy, *, trust: ssl.SSLContext | None = None, network: Network | None = None
    ) -> None:
        self._direct = direct
        self._proxy = proxy
        self._trust = trust
        self._names = Names((network or SystemNetwork()).addresses, _REMEMBERED_S)
        self._proxied: Door | None = None

    def stream(self, request: OutgoingRequest) -> AbstractAsyncContextManager[IncomingReply]:
        """Send the request once and open the reply; see `Door.stream`."""
        origin = parsed_url(request.url).origin
        if not self._proxy.is_for(origin.host):
            return self._direct.stream(request)
        if request.allow_private:
            return self._through_proxy().stream(request)
        return self._to_public(origin, request)

    async def close(self) -> None:
        """Close every connection."""
        await self._direct.close()
        if self._proxied is not None:
            await self._proxied.close()

    @asynccontextmanager
    async def _to_public(self, origin: Origin, request: OutgoingRequest) -> AsyncGenerator[IncomingReply]:
        """Send through the proxy what may not get into a private network, by the addresses that this machine knows.

        A name that it does not know is for the proxy to judge: it looks names up by itself, and may find others.
        """
        found: tuple[str, ...] | None = None
        with suppress(OSError, UnicodeError):  # A TimeoutError is one, too.
            async with asyncio.timeout(request.deadlines.connect_s):
                found = await self._names.addresses(origin.host)
        if found is not None:
            public_ones(origin, found)
        async with self._through_proxy().stream(request) as reply:
            yield reply

    def _through_proxy(self) -> Door:
        if self._proxied is None:
            # Imported at the first call that needs it: aiohttp takes time and memory.
            from drawbridge.egress.client import EgressDoor

            self._proxied = EgressDoor(proxy_url=self._proxy.url, trust=self._trust)
        return self._proxied


def _is_within(host: str, name: str) -> bool:
    bare = name.lower().lstrip(".")
    return bool(bare) and (host == bare or host.endswith(f".{bare}"))
