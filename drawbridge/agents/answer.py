"""Puts an answer together from what is told of it, and a broken one from its journal."""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import structs

from drawbridge.agents.journal import Piece
from drawbridge.agents.records import RunEvent
from drawbridge.gateway import (
    Ended,
    Failed,
    Grew,
    Marked,
    Part,
    PartBegan,
    RefusalPart,
    Text,
    Thinking,
    Told,
    ToolCall,
)

_GROWS: Final = frozenset({"text", "paragraphs", "arguments", "at", "raw", "names", "shape"})
"""What a late mark of a part says nothing of."""
_BETWEEN_PARAGRAPHS: Final = "\n\n"


class Answer:
    """An answer as far as it was told: its first choice only."""

    def __init__(self) -> None:
        self.ended: Ended | None = None
        self.failed: Failed | None = None
        self.size = 0
        """Of what was told, in characters."""
        self._parts: dict[int, Part] = {}
        self._grown: dict[int, list[str]] = {}

    @property
    def parts(self) -> list[Part]:
        """The parts in the order in which they began."""
        for index, words in self._grown.items():
            _extend(self._parts[index], "".join(words))
        self._grown.clear()
        return list(self._parts.values())

    def take(self, said: Told) -> Piece | None:
        """Take in what was told; return what a reader sees of it, where it is words."""
        match said:
            case PartBegan(choice=0):
                self._parts[said.index] = _copy(said.part)
                self.size += len(_words(said.part))
                return _piece(said.index, said.part, _words(said.part))
            case Grew() if said.index in self._parts:
                return _piece(said.index, self._parts[said.index], self._grow(said))
            case Marked() if said.index in self._parts:
                _mark(self._parts[said.index], said)
            case Ended(choice=0):
                self.ended = said
            case Failed():
                self.failed = said
            case _:
                pass
        return None

    def _grow(self, grew: Grew) -> str:
        """Let a part grow; return what its readers see of that."""
        part = self._parts[grew.index]
        self.size += len(grew.text)
        if isinstance(part, Thinking):
            return _grow_thinking(part, grew)
        # Joined when somebody asks: a long text would be copied again with each of its pieces.
        self._grown.setdefault(grew.index, []).append(grew.text)
        return grew.text


def words_told(journal: Iterable[RunEvent]) -> list[Part]:
    """Return the words that a journal has of an answer, as parts."""
    told: dict[int, tuple[str, list[str]]] = {}
    for event in journal:
        if event.kind == "delta":
            told.setdefault(event.data["part"], (event.data["kind"], []))[1].append(event.data["text"])
    return [_of_words(kind, "".join(words)) for kind, words in told.values()]


def shown(part: Part) -> dict[str, Any]:  # Any: JSON.
    """Return a part as it is told to readers: what a person can see of it."""
    match part:
        case Text() | RefusalPart():
            return {"type": "text", "text": part.text}
        case Thinking():
            return {"type": "reasoning", "text": _BETWEEN_PARAGRAPHS.join(part.paragraphs)}
        case ToolCall():
            return {"type": "tool_call", "id": part.id, "name": part.name, "arguments": part.arguments}
        case _:
            return {"type": type(part).__name__.lower()}


def _of_words(kind: str, words: str) -> Part:
    return Thinking(paragraphs=words.split(_BETWEEN_PARAGRAPHS)) if kind == "reasoning" else Text(text=words)


def _copy(part: Part) -> Part:
    """Return a part that can grow while the one that was told stays as it is."""
    match part:
        case Thinking():
            return structs.replace(part, paragraphs=list(part.paragraphs))
        case Text():
            return structs.replace(part, citations=list(part.citations))
        case _:
            return structs.replace(part)


def _words(part: Part) -> str:
    match part:
        case Text() | RefusalPart():
            return part.text
        case Thinking():
            return _BETWEEN_PARAGRAPHS.join(part.paragraphs)
        case _:
            return ""


def _piece(index: int, part: Part, words: str) -> Piece | None:
    if not words or not isinstance(part, Text | RefusalPart | Thinking):
        return None
    return Piece(index, "reasoning" if isinstance(part, Thinking) else "text", words)


def _extend(part: Part, words: str) -> None:
    match part:
        case Text() | RefusalPart():
            part.text += words
        case ToolCall():
            part.arguments += words
        case _:
            pass


def _grow_thinking(part: Thinking, grew: Grew) -> str:
    if not part.paragraphs:
        part.paragraphs.append(grew.text)
        return grew.text
    if grew.paragraph >= len(part.paragraphs):
        part.paragraphs.append(grew.text)
        return _BETWEEN_PARAGRAPHS + grew.text
    part.paragraphs[-1] += grew.text
    return grew.text


def _mark(part: Part, marked: Marked) -> None:
    """Add what became known of a part late."""
    if marked.citation is not None and isinstance(part, Text):
        part.citations.append(marked.citation)
    if marked.part is None or type(marked.part) is not type(part):
        return
    for field in structs.fields(marked.part):
        value = getattr(marked.part, field.name)
        if field.name not in _GROWS and value not in (None, "", [], {}, False):
            setattr(part, field.name, value)
