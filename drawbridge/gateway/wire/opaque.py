"""Values that only their maker can read, on their way through callers of another dialect.

A caller's dialect has one place for such a value and no place for whose it is. So what crosses dialects is wrapped, and
what comes back wrapped goes to its maker or nowhere. The wrapping is base64, since SDKs decode signatures.
"""

from base64 import b64decode, b64encode
from binascii import Error
from typing import Final

import msgspec

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Opaque

_HEADER: Final = b"drawbridge1:"
WRAPPED: Final = b64encode(_HEADER).decode()
"""How every wrapped value begins: what has it in its body cannot be passed on as it is."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(tuple[str, str | None, str, str | None]).decode


def hand_out(opaque: Opaque, dialect: Dialect) -> str:
    """Return what a caller of a dialect gets to keep: the bare value within the same dialect, else wrapped."""
    if opaque.dialect == dialect:
        return opaque.value
    return b64encode(_HEADER + _encode((opaque.dialect, opaque.provider, opaque.value, opaque.item))).decode()


def take_back(value: str, dialect: Dialect, provider: str | None = None) -> Opaque:
    """Return what a caller of a dialect sends back. `provider` is the maker of what is not wrapped, if known."""
    if value.startswith(WRAPPED):
        try:
            made_in, maker, bare, item = _decode(b64decode(value, validate=True)[len(_HEADER) :])
        except (Error, msgspec.MsgspecError, UnicodeDecodeError):
            return Opaque(value, dialect, provider)
        return Opaque(bare, _DIALECTS.get(made_in, dialect), maker, item)
    return Opaque(value, dialect, provider)


def readable_by(opaque: Opaque, dialect: Dialect, provider: str) -> bool:
    """Tell whether a provider that speaks a dialect can be expected to read a value."""
    return opaque.dialect == dialect and opaque.provider in (None, provider)


_DIALECTS: Final[dict[str, Dialect]] = {
    "openai-chat": "openai-chat",
    "openai-responses": "openai-responses",
    "anthropic-messages": "anthropic-messages",
    "gemini": "gemini",
}
