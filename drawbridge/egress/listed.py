"""Hosts in private networks that whoever runs the installation lists, so that calls for others may go there."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ListedHosts:
    """A list in lower case: `host:port`, or `host` for every port of it. An IPv6 address is in brackets."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> "ListedHosts":
        """Make the list from what was written."""
        return cls(frozenset(entry.lower() for entry in entries))

    def holds(self, host: str, port: int) -> bool:
        """Tell whether a host is listed, with this port or with all of its ports."""
        written = (f"[{host}]" if ":" in host else host).lower()
        return written in self.entries or f"{written}:{port}" in self.entries

    def hold_url(self, url: str) -> bool:
        """Tell whether the host of a URL is listed, with its port or with all of its ports."""
        try:
            parts = urlsplit(url)
            return self.holds(parts.hostname or "", parts.port or _USUAL_PORTS.get(parts.scheme, 0))
        except ValueError:
            return False
