"""JSON between dialects: decoded once, encoded once, and never at the price of an exception on a vendor's bytes."""

from typing import Final, cast

import msgspec

from drawbridge.gateway.surrogates import without_lone_surrogates
from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.counts import UNREADABLE

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class Unreadable:
    """Stands for what is no JSON, since null is JSON too."""


UNREADABLE_JSON: Final = Unreadable()


def decode(text: bytes | str) -> Json:
    """Return a JSON value, UNREADABLE_JSON for what is none. Lone surrogates become replacement characters."""
    try:
        return _decode(text)
    except UNREADABLE:
        pass
    try:
        mended = without_lone_surrogates(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return UNREADABLE_JSON if mended is None else _decode(mended)
    except UNREADABLE:
        return UNREADABLE_JSON


def encode(value: Json) -> bytes:
    """Return a JSON value as compact text, its members in their order."""
    return _encode(value)


def members(value: Json) -> dict[str, Json]:
    """Return a JSON object as it is, an empty one for anything else."""
    # cast: the keys of a JSON object are strings.
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


def elements(value: Json) -> list[Json]:
    """Return a JSON list as it is, an empty one for anything else."""
    # cast: nothing is known of the elements, which is what Json says.
    return cast("list[Json]", value) if isinstance(value, list) else []


def text_or_none(value: Json) -> str | None:
    """Return a string as it is, None for anything else."""
    return value if isinstance(value, str) else None


def whole_number(value: Json) -> int | None:
    """Return a whole number, also one that was written with a point; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def sse(payload: Json, name: str | None = None) -> bytes:
    """Return an event of a stream."""
    data = b"data: " + encode(payload) + b"\n\n"
    return data if name is None else b"event: " + name.encode() + b"\n" + data
