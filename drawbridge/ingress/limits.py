"""What one caller may take of a worker's memory and time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngressLimits:
    """Bytes, seconds and numbers; the defaults are those of production."""

    caller_timeout_s: float = 60.0
    """How long to wait for a caller to send or take the next bytes of a body."""
    head_timeout_s: float = 20.0
    """From the first byte of a request to the end of its headers."""
    keep_alive_s: float = 75.0
    """How long a connection may stand idle between two requests."""
    drain_timeout_s: float = 30.0
    """How long handlers may go on after the server was told to stop."""
    linger_s: float = 10.0
    """How long a caller may go on sending what nobody reads, so that it gets to see the reply."""
    head_bytes: int = 64 * 1024
    """Request line and headers together, give or take one piece that is parsed at once (4 KiB)."""
    headers: int = 200
    unread_bytes: int = 256 * 1024
    """How much is held of a body that its handler does not ask for, or of the bodies of requests that wait."""
    pipelined: int = 16
    """How many requests may wait behind the one that is answered."""
    connections: int = 8192

    @property
    def tick_s(self) -> float:
        """How often deadlines are looked at: they may pass late by this much."""
        shortest_s = min(self.caller_timeout_s, self.head_timeout_s, self.keep_alive_s, self.linger_s)
        return min(1.0, max(0.02, shortest_s / 4))
