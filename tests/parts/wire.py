"""A request as the scripted vendor got it, and the answer that a script gives."""

import http
from dataclasses import dataclass
from typing import Literal

Framing = Literal["length", "chunked", "close"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, byte for byte as it came. `headers` keep case, order and repeats."""

    number: int
    method: str
    target: str
    """Path and query, still percent-encoded."""
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: float
    connection: int
    """The number of the connection that it came on, from 1."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query without its question mark, or nothing."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the vendor sends. `pieces` are written one by one, with a pause in seconds after each."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    pieces: tuple[tuple[bytes, float], ...] = ()
    framing: Framing = "length"
    declared_length: int | None = None
    """Another Content-Length than the true one."""
    delay_s: float = 0.0
    """How long the head of the answer is held back."""
    before_head: bytes = b""
    """Bytes ahead of the head, such as an interim answer."""
    cut_after_piece: int | None = None
    """Close the connection after that many pieces."""
    cut_by_reset: bool = False
    reset: bool = False
    """Reset the connection instead of answering."""
    never: bool = False
    """Keep the connection open and never answer."""
    close_after: bool = False
    """Close the connection after a whole answer, without saying so."""

    @property
    def reason(self) -> str:
        """The reason phrase of the status line."""
        try:
            return http.HTTPStatus(self.status).phrase
        except ValueError:
            return "Unknown"

    @property
    def length(self) -> int:
        """The Content-Length to declare."""
        return self.body_length if self.declared_length is None else self.declared_length

    @property
    def body_length(self) -> int:
        """The number of bytes in all pieces."""
        return sum(len(piece) for piece, _ in self.pieces)
