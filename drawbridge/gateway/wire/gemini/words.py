"""The pieces of a stream that most are: words of one candidate, and a count."""

from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.repeats import Words

_REPLY: Final = frozenset({"candidates", "usageMetadata", "modelVersion", "responseId", "createTime"})
_CANDIDATE: Final = frozenset({"content", "index", "safetyRatings"})
_CONTENT: Final = frozenset({"parts", "role"})
_PART: Final = frozenset({"text", "thought"})


def words_of(raw: dict[str, Json]) -> Words | None:
    """Return the words that a piece consists of; None for any other."""
    listed = elements(raw.get("candidates"))
    if len(listed) != 1 or not raw.keys() <= _REPLY:
        return None
    candidate = members(listed[0])
    content = members(candidate.get("content"))
    parts = elements(content.get("parts"))
    if len(parts) != 1 or not candidate.keys() <= _CANDIDATE or not content.keys() <= _CONTENT:
        return None
    part = members(parts[0])
    text = part.get("text")
    if not isinstance(text, str) or not part.keys() <= _PART:
        return None
    about = {**raw, "candidates": None, "usageMetadata": isinstance(raw.get("usageMetadata"), dict)}
    return Words(text, (about, {**candidate, "content": None}, content.get("role"), part.get("thought")))
