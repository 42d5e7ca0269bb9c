"""The network as the pool sees it: look-up of names, and TCP connections to numeric addresses."""

import asyncio
import socket
from typing import Protocol


class Network(Protocol):
    """What connects this machine to others."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return a host's numeric addresses, at least one, best first. Blocks; raises OSError and UnicodeError."""
        ...

    async def connect(self, protocol: asyncio.Protocol, address: str, port: int) -> None:
        """Connect to a numeric address; raises OSError. Cancelled, it leaves no connection behind."""
        ...


class SystemNetwork:
    """The network of the operating system."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """Ask the system's resolver."""
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return tuple(dict.fromkeys(str(where[0]) for *_, where in found))

    async def connect(self, protocol: asyncio.Protocol, address: str, port: int) -> None:
        """Open a TCP connection."""
        await asyncio.get_running_loop().create_connection(lambda: protocol, address, port)
