"""What a product says to the door outwards, and what it gets back; no HTTP library shows through."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from drawbridge.egress.errors import Stage

RawHeaders = tuple[tuple[bytes, bytes], ...]
"""Names in lower case, values without the spaces around them, in the order they came, repeats kept."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long to wait for what, in seconds.

    `connect_s` covers name look-up, TCP and TLS; `first_byte_s` runs from then to the head of the reply;
    `between_bytes_s` to each further piece, counted only while the caller waits for one; `total_s` is the
    whole exchange.
    """

    connect_s: float
    first_byte_s: float
    between_bytes_s: float
    total_s: float

    def seconds(self, stage: Stage) -> float:
        """Return how long a stage may take."""
        match stage:
            case "connect":
                return self.connect_s
            case "first_byte":
                return self.first_byte_s
            case "between_bytes":
                return self.between_bytes_s
            case "total":
                return self.total_s


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """One request, sent as it stands: the door adds Host and Content-Length, and nothing else.

    `url` is already percent-encoded. `allow_private` is for hosts that an operator configured.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    deadlines: Deadlines
    allow_private: bool


class IncomingReply(Protocol):
    """A reply whose head has arrived."""

    @property
    def status(self) -> int:
        """The HTTP status; a redirect is handed over like any other reply."""
        ...

    @property
    def raw_headers(self) -> RawHeaders:
        """The headers as bytes."""
        ...

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The same headers read as latin-1."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives, never empty, never decoded; content-encoding is left alone.

        Raises Timeout, BrokenReply (after all that did arrive was handed over) and TooLarge.
        """
        ...


class Door(Protocol):
    """The way to the outside world."""

    def stream(self, request: OutgoingRequest) -> AbstractAsyncContextManager[IncomingReply]:
        """Send the request once, never twice, and open the reply.

        Leaving the context before the reply is complete closes the connection at once, so that the other side
        notices. Raises the tree of errors.py.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...
