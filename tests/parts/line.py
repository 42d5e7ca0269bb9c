"""A connection to a caller that only keeps what is written: for handlers that are called without a server."""

from dataclasses import dataclass

from drawbridge.ingress import Exchange
from drawbridge.ingress.request_head import RequestHead


@dataclass(slots=True)
class KeptLine:
    """A line that is never slow."""

    is_stuck: bool = False
    date: bytes = b""
    written: bytes = b""
    caller_address: str = "127.0.0.1"

    @property
    def status(self) -> int:
        """The status of the reply that was written."""
        return int(self.written.split(b" ", 2)[1])

    def stays_open(self, exchange: Exchange) -> bool:
        return exchange.keeps_alive

    def write(self, data: bytes) -> None:
        self.written += data

    async def drained(self) -> None:
        return

    def go_on(self) -> None:
        return


def asked(line: KeptLine, path: str) -> Exchange:
    """Return an exchange over this line, which asks by GET and has no body."""
    exchange = Exchange(line, RequestHead("GET", path, b"", [], {}, is_http_1_0=False, body_bytes=0), keeps_alive=True)
    exchange.ends()
    return exchange
