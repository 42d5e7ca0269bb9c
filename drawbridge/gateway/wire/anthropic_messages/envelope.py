"""What of a request stands outside its body: the path, the query and the betas. Kept as the request's shape."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs, urlencode

from msgspec import Struct

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.json_text import members

NAME: Final[Dialect] = "anthropic-messages"

NO_SUCH_MEMBER: Final = "Anthropic messages have no such member"

_BETA_HEADER: Final = "anthropic-beta"
_MESSAGES: Final = "/messages"


class Envelope(Struct, frozen=True):
    """The outside of a request."""

    path: str = _MESSAGES
    query: tuple[tuple[str, str], ...] = ()
    betas: tuple[str, ...] = ()
    states_stream: bool = False
    """The body says `stream`, be it false."""

    def packed(self) -> str:
        """Return all of it as a shape."""
        told = [("path", self.path), *(("query", urlencode([pair])) for pair in self.query)]
        told += [("beta", beta) for beta in self.betas]
        return urlencode([*told, ("stream", "stated")] if self.states_stream else told)

    def wire(self, body: dict[str, object], more_betas: Iterable[str] = ()) -> WireRequest:
        """Return a request with a body."""
        betas = list(dict.fromkeys([*self.betas, *more_betas]))
        headers = ((_BETA_HEADER, ",".join(betas)),) if betas else ()
        return WireRequest("POST", self.path, self.query, headers, body)


def read(wire: WireRequest) -> Envelope:
    """Read the outside of a request."""
    values = [value for name, value in wire.headers if name == _BETA_HEADER]
    betas = [beta.strip() for value in values for beta in value.split(",") if beta.strip()]
    path = _MESSAGES if not wire.path.endswith("/count_tokens") else f"{_MESSAGES}/count_tokens"
    return Envelope(path, wire.query, tuple(betas), "stream" in members(wire.body))


def unpacked(shape: str) -> Envelope:
    """Return what was packed into a shape."""
    told = parse_qs(shape, keep_blank_values=True)
    query = [parse_qs(pair, keep_blank_values=True) for pair in told.get("query", [])]
    return Envelope(
        told.get("path", [_MESSAGES])[0],
        tuple((name, values[0]) for pair in query for name, values in pair.items()),
        tuple(told.get("beta", [])),
        "stream" in told,
    )
