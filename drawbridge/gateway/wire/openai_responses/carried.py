"""Signatures of tool calls, carried through clients in reasoning items.

A call has no member for a signature (Gemini's thoughtSignature), and clients send back what they know of it only.
Reasoning items they send back whole. So a call's signature goes out in a reasoning item of its own before the call.
"""

from typing import Final

from drawbridge.gateway.wire.canonical import Json, Opaque
from drawbridge.gateway.wire.opaque import WRAPPED, hand_out, take_back
from drawbridge.gateway.wire.openai_responses.parts import NAME

_MARK: Final = "call."


def carry(seal: Opaque) -> str:
    """Return the encrypted content of a reasoning item that stands for the signature of the call behind it."""
    return _MARK + hand_out(seal, NAME)


def read_carried(item: dict[str, Json]) -> Opaque | None:
    """Return the signature that a reasoning item has been made for; None where it is real reasoning."""
    sealed = item.get("encrypted_content")
    if not isinstance(sealed, str) or not sealed.startswith(_MARK + WRAPPED):
        return None
    return take_back(sealed.removeprefix(_MARK), NAME)
