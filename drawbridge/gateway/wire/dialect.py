"""What a dialect is: four functions between its JSON and the canonical form. No dialect knows of another."""

from typing import Final, Protocol

from msgspec import Struct

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.wire.canonical import Json, Medium, Request
from drawbridge.gateway.wire.events import Event
from drawbridge.gateway.wire.losses import Loss, Losses
from drawbridge.gateway.wire.profiles import Profile


class WireRequest(Struct, frozen=True):
    """A request as it is on the wire, without host and credentials."""

    method: str
    path: str
    """Below the root of the API: `/chat/completions`, `/models/gemini-x:generateContent`. Percent-encoded."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    """Those that mean something to the dialect (`anthropic-beta`, `openai-beta`), names in lower case."""
    body: Json = None
    """Decoded."""


class Target(Struct, frozen=True):
    """What a request is written for."""

    provider: str
    """The provider's name: opaque values of no other go there."""
    model: str
    """The upstream model."""
    profile: Profile


class Written(Struct, frozen=True):
    """A request in a dialect, and what of it could not be said."""

    wire: WireRequest
    losses: Losses


class ReplyHead(Struct, frozen=True):
    """What is known of a reply before its body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    streamed: bool = False
    provider: str | None = None
    """Who sent it: opaque values in it are this provider's."""


class ReplyReader(Protocol):
    """From a vendor's bytes to events, whatever the cuts. Never raises at what a vendor sends."""

    def feed(self, piece: bytes) -> list[Event]:
        """Return what this piece of the body tells."""
        ...

    def close(self) -> list[Event]:
        """Return what is left at the end of the body. A stream that broke the rules ends in Failed."""
        ...


class ReplyWriter(Protocol):
    """From events to a caller's bytes."""

    @property
    def losses(self) -> Losses:
        """What of the reply could not be said so far."""
        ...

    @property
    def status(self) -> int:
        """The HTTP status of the reply: known once the first event was fed."""
        ...

    @property
    def content_type(self) -> str:
        """What the bytes are: `application/json` or `text/event-stream`."""
        ...

    def feed(self, events: list[Event]) -> bytes:
        """Return what these events say: nothing yet, where the reply is written whole."""
        ...

    def close(self) -> bytes:
        """Return the end of the body, well-formed whatever came before. Feed nothing after it."""
        ...


class Dialect(Protocol):
    """A wire format of a family of vendors."""

    name: DialectName

    def read_request(self, wire: WireRequest) -> Request:
        """Read a request. Raises MalformedRequest where it is none of this dialect."""
        ...

    def write_request(self, request: Request, target: Target) -> Written:
        """Write a request so that a strict vendor takes it. Raises ImpossibleRequest where the model never could."""
        ...

    def read_reply(self, head: ReplyHead, request: Request) -> ReplyReader:
        """Return a reader of the reply to a request that this dialect has written."""
        ...

    def write_reply(self, request: Request) -> ReplyWriter:
        """Return a writer of the reply to a request that this dialect has read, whole or streamed as it asked."""
        ...

    def needs_data(self, medium: Medium, target: Target) -> bool:
        """Tell whether a medium that is given by an address must be fetched before it can be written for a target."""
        ...

    def refuse_state(self, request: Request) -> None:
        """Refuse a request of this dialect that refers to what only its vendor keeps. Raises ImpossibleRequest."""
        ...

    def unsayable(self, request: Request) -> list[Loss]:
        """Return what a request asks for whose answer this dialect, as the caller's, could not say."""
        ...


EVENT_LIMIT_BYTES: Final = 64 << 20
"""No event of a stream is larger: a response's last one repeats all of its output."""
