"""What speaks over a connection that the dialler makes."""

import asyncio
from abc import ABC, abstractmethod


class Wire(asyncio.Protocol, ABC):
    """One connection's protocol, which can be given up at any moment."""

    @abstractmethod
    def abort(self) -> None:
        """Close the connection at once."""
