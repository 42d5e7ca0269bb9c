"""The seal of another vendor's thought, on the call that follows it.

Google seals calls, and so its clients send the seals of calls back, while gemini-cli (0.61.0) leaves thoughts out of
its history. Where a thought's words are a summary, or none, its seal is all that the vendor needs.
"""

from typing import Final

from msgspec.structs import replace

from drawbridge.gateway.wire.canonical import Opaque, Part, Thinking, ToolCall
from drawbridge.gateway.wire.losses import place_of

_REDACTED: Final = "~"
"""Begins what is carried for a thought that had no place for words. Nobody's base64 does."""


def carried(seal: Opaque, *, is_redacted: bool) -> Opaque:
    """Return a thought's seal as a call carries it."""
    return replace(seal, value=_REDACTED + seal.value) if is_redacted else seal


def thought_apart(part: Part) -> list[Part]:
    """Return a call behind the thought whose seal it has carried; any other part as it is."""
    if not isinstance(part, ToolCall) or part.seal is None or part.seal.dialect == "gemini":
        return [part]
    seal = part.seal
    at, value = place_of(part, "seal")
    part.seal = None
    bare = replace(seal, value=seal.value.removeprefix(_REDACTED))
    thought = Thinking(at=at, raw=value, names={"seal": ""}, seal=bare, is_redacted=bare != seal)
    return [thought, part]
