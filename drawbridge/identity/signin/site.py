"""Where people find this installation: its one address, and from where a request came."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_COOKIE: Final = "drawbridge_session"
_NETWORK_BITS: Final = 64
_LARGEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Place:
    """An address under which pages are shown."""

    origin: str
    """As browsers write it, such as `http://localhost:8080`."""

    @property
    def name(self) -> str:
        """The host without the port: what passkeys are made for (their relying party id)."""
        return urlsplit(self.origin).hostname or ""

    @property
    def is_secure(self) -> bool:
        """Tell whether its cookies are for https only."""
        return self.origin.startswith("https:")

    @property
    def cookie(self) -> str:
        """The name of the cookie. On localhost it holds the port: cookies are not kept apart by that."""
        if self.is_secure:
            return f"__Host-{_COOKIE}"
        return f"{_COOKIE}_{urlsplit(self.origin).port or 80}"


@dataclass(frozen=True, slots=True)
class Site:
    """The address of an installation, and the proxies before it whose word is taken for who a caller is."""

    public_url: str | None = None
    """As browsers write an origin; None: whatever port of this machine's own name localhost a request came to."""
    proxies: tuple[Network, ...] = ()

    def place(self, host: str) -> Place | None:
        """Return where a request with this Host header is; None for a name that is not ours.

        A name that somebody else's DNS points here must not pass for us, so there is no way but these names.
        """
        host = host.lower()
        if self.public_url is not None:
            is_public = host == _authority(self.public_url)
            return Place(self.public_url) if is_public else None
        name, port = _name_and_port(host)
        if name != "localhost" or port is None:
            return None
        return Place("http://localhost" + (f":{port}" if port != "80" else ""))

    def home(self, host: str) -> str | None:
        """Return the origin to which pages that were asked for by another name of this machine are sent."""
        if self.public_url is not None:
            return self.public_url
        name, port = _name_and_port(host.lower())
        return None if name not in _LOOPBACK or port is None else f"http://localhost:{port}"

    def caller(self, peer: str, forwarded_for: str) -> str:
        """Return the address that a request came from: the last that no trusted proxy has."""
        told = [part.strip() for part in forwarded_for.split(",") if part.strip()]
        address = peer
        while told and self._is_trusted(address):
            address = told.pop()
        return address

    def _is_trusted(self, address: str) -> bool:
        parsed = _parse_address(address)
        return parsed is not None and any(parsed in network for network in self.proxies)


def source_of(address: str) -> str:
    """Return what counts as one source for limits: an IPv4 address, or the /64 that one IPv6 user commands."""
    parsed = _parse_address(address)
    if parsed is None:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False))


def parse_networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks. Raises ValueError."""
    return tuple(ipaddress.ip_network(part, strict=False) for part in written)


def _parse_address(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def _authority(origin: str) -> str:
    return origin.partition("://")[2]


def _name_and_port(host: str) -> tuple[str, str | None]:
    """Split a Host header; the port is None for what is no port."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host, "80"
    is_port = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= _LARGEST_PORT
    return name, port if is_port else None
