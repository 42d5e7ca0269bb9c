"""What a call needs of whoever makes it: what stands around its body, and a way to be answered."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from drawbridge.ingress import Headers


class Dialogue(Protocol):
    """An exchange with a caller. Over HTTP it is one of `ingress`; the project's own products have one in memory."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What the caller tells the gateway, by names in lower case."""
        ...

    @property
    def header_list(self) -> Iterable[tuple[str, str]]:
        """The same in order: what of it may, goes up."""
        ...

    @property
    def raw_query(self) -> bytes:
        """The query as it was written; empty for none."""
        ...

    @property
    def started(self) -> bool:
        """Whether any of the reply has been sent."""
        ...

    @property
    def finished(self) -> bool:
        """Whether all of the reply has been sent."""
        ...

    @property
    def left(self) -> bool:
        """Whether the caller has gone."""
        ...

    def query_items(self) -> list[tuple[str, str, bytes]]:
        """Return the query's parts: name, value, and the text as it was written."""
        ...

    async def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole reply."""
        ...

    async def start(self, status: int, headers: Headers) -> None:
        """Send the status and headers; a body follows by `send`."""
        ...

    async def send(self, piece: bytes, *, last: bool = False) -> None:
        """Send a piece of the body, waiting while the caller is slow. May raise CallerLeftError."""
        ...
