"""Which calls leave by way of a proxy, and a door that sends them there."""

import ssl
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from ipaddress import ip_address

from drawbridge.egress.addresses import refusal_reason
from drawbridge.egress.door import Door, IncomingReply, OutgoingRequest
from drawbridge.egress.request_head import parsed_url


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
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            name = host.rstrip(".")
            return "." in name and not _is_within(name, "localhost")
        return refusal_reason(host) is None


class ProxyingDoor:
    """A `Door` that sends through a proxy what the proxy is for, and everything else directly.

    `trust` replaces the system's certificate authorities behind the proxy.
    """

    def __init__(self, direct: Door, proxy: Proxy, *, trust: ssl.SSLContext | None = None) -> None:
        self._direct = direct
        self._proxy = proxy
        self._trust = trust
        self._proxied: Door | None = None

    def stream(self, request: OutgoingRequest) -> AbstractAsyncContextManager[IncomingReply]:
        """Send the request once and open the reply; see `Door.stream`."""
        if self._proxy.is_for(parsed_url(request.url).origin.host):
            return self._through_proxy().stream(request)
        return self._direct.stream(request)

    async def close(self) -> None:
        """Close every connection."""
        await self._direct.close()
        if self._proxied is not None:
            await self._proxied.close()

    def _through_proxy(self) -> Door:
        if self._proxied is None:
            # Imported at the first call that needs it: aiohttp takes time and memory.
            from drawbridge.egress.client import EgressDoor

            self._proxied = EgressDoor(proxy_url=self._proxy.url, trust=self._trust)
        return self._proxied


def _is_within(host: str, name: str) -> bool:
    bare = name.lower().lstrip(".")
    return bool(bare) and (host == bare or host.endswith(f".{bare}"))
