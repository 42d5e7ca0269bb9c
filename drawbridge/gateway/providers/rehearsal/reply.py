"""What the rehearsal sends: pieces of bytes with pauses between them, whole or broken off."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

EPOCH_S: Final = 1_767_225_600
"""The time that every reply carries, 2026-01-01 00:00 UTC: a rehearsal has no clock, so that it repeats."""

JSON_TYPE: Final = "application/json"
EVENT_STREAM_TYPE: Final = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to send at once, after a pause."""

    data: bytes
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RehearsedReply:
    """A reply as a vendor would send it. Header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    pieces: tuple[Piece, ...]
    cut: bool = False
    """True where the connection breaks after the last piece, before the reply is complete."""

    def with_header(self, name: str, value: str) -> "RehearsedReply":
        """Return the same reply with one more header."""
        return replace(self, headers=(*self.headers, (name, value)))


@dataclass(frozen=True, slots=True)
class Effects:
    """What the caller asked the transport to go through."""

    cut: bool = False
    pause_s: float = 0.0
    """Before each piece but the first of a stream, and before a reply in one piece."""


@dataclass(frozen=True, slots=True)
class Seed:
    """Where the ids of a reply come from: a digest of its request."""

    digest: bytes

    @classmethod
    def of(cls, *parts: bytes) -> "Seed":
        """Make a seed that differs whenever one of the parts does."""
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return cls(digest.digest())

    def name(self, prefix: str, length: int = 24, index: int = 0) -> str:
        """Return an id of the prefix and at most 64 hexadecimal digits."""
        return prefix + hashlib.sha256(self.digest + f"{prefix}{index}".encode()).hexdigest()[:length]


def whole(body: object, effects: Effects, content_type: str = JSON_TYPE) -> RehearsedReply:
    """Return a reply of one JSON value."""
    pieces = (Piece(msgspec.json.encode(body), effects.pause_s),)
    return _sent(pieces, effects, content_type)


def streamed(events: Iterable[bytes], effects: Effects, content_type: str = EVENT_STREAM_TYPE) -> RehearsedReply:
    """Return a reply with a piece for each event."""
    pieces = tuple(Piece(event, effects.pause_s if index else 0.0) for index, event in enumerate(events))
    return _sent(pieces, effects, content_type)


def _sent(pieces: tuple[Piece, ...], effects: Effects, content_type: str) -> RehearsedReply:
    kept = _first_half(pieces) if effects.cut else pieces
    return RehearsedReply(200, (("content-type", content_type),), kept, effects.cut)


def _first_half(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Break off inside of the middle piece, so that a reader is left with half an event."""
    middle = len(pieces) // 2
    broken = pieces[middle]
    return (*pieces[:middle], replace(broken, data=broken.data[: len(broken.data) // 2]))
