"""The chunks that most are: words of one choice."""

from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.repeats import Words

_PADDING: Final = {"obfuscation": None, "p": None}
"""Hides how long the words are: other in each chunk."""
_WORDS: Final = frozenset({"content", "reasoning_content"})


def words_of(chunk: dict[str, Json]) -> Words | None:
    """Return the words that a chunk consists of; None for any other."""
    listed = elements(chunk.get("choices"))
    if len(listed) != 1:
        return None
    choice = members(listed[0])
    delta = members(choice.get("delta"))
    if len(delta) != 1 or choice.get("logprobs") is not None or choice.get("finish_reason") is not None:
        return None
    ((member, text),) = delta.items()
    if member not in _WORDS or not isinstance(text, str) or not text:
        return None
    return Words(text, ({**chunk, "choices": None, **_PADDING}, {**choice, "delta": None}, member))
