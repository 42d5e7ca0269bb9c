"""The parts of another vendor's reply, one behind the other, as parts of Gemini's."""

from collections import deque
from typing import Final, assert_never

from msgspec import Struct, field

from drawbridge.gateway.wire.canonical import (
    Citation,
    Hosted,
    Json,
    Medium,
    Opaque,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.events import Grew, Marked, PartBegan, PartEnded
from drawbridge.gateway.wire.gemini.carried import carried
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, decode
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import hand_out
from drawbridge.gateway.wire.tool_names import as_arguments

Pieces = list[tuple[int, list[Json]]]
"""Parts that have become known, with the choice that each is of."""

NO_PLACE: Final = "Gemini's reply has no member for it"


class _Open(Struct):
    """A part that is not over yet, or waits for those that began before it."""

    part: Part
    choice: int
    waiting: list[Json] = field(default_factory=list[Json])
    """What of it could not be told yet."""
    paragraph: int = 0
    arguments: list[str] = field(default_factory=list[str])
    is_over: bool = False
    has_words: bool = False
    """Of a thought: there is something to read."""


class TellingParts:
    """Tells parts in the order in which they began. Those that grow meanwhile wait, calls until they are whole."""

    def __init__(self, losses: Losses, *, is_whole: bool) -> None:
        """`is_whole` keeps all parts for `whole`; else they are told as they come."""
        self._losses = losses
        self._is_whole = is_whole
        self._open: dict[int, _Open] = {}
        self._rows: dict[int, deque[int]] = {}
        """By choice: its parts that are not all told, in the order in which they began."""
        self._whole: dict[int, list[Json]] = {}
        self._last: dict[int, int] = {}
        self.said: dict[int, dict[int, list[str]]] = {}
        """By choice and part: the words of the answer."""
        self.citations: dict[int, list[tuple[int, Citation]]] = {}
        """By choice, each with the part that it is in."""
        self.refused: set[int] = set()
        """The choices in which the model says itself that it will not answer."""
        self._sealed: dict[int, tuple[Opaque, bool]] = {}
        """By choice: the seal of a thought, for the call that follows it, and whether it is redacted."""
        self._sealed_items: set[str] = set()
        """Ids of items that go out within a seal."""
        self.malformed: dict[int, str] = {}
        """By choice: a call whose arguments are none."""

    def whole(self, choice: int) -> list[Json]:
        """Return a choice's parts, where they are kept."""
        return self._whole.get(choice, [])

    def unsaid(self, choice: int) -> list[Json]:
        """Return the seal that no call has followed."""
        if choice not in self._sealed:
            return []
        seal, is_redacted = self._sealed.pop(choice)
        return _sealed_thought(seal, is_redacted=is_redacted)

    def tell(self, event: PartBegan | Grew | Marked | PartEnded) -> Pieces:
        """Return what an event lets be told."""
        if isinstance(event, PartBegan):
            self._begin(event)
        elif event.index in self._open:
            self._go_on(self._open[event.index], event)
        opened = self._open.get(event.index)
        return [] if opened is None else self._flush(opened.choice)

    def _begin(self, event: PartBegan) -> None:
        part = event.part
        opened = self._open[event.index] = _Open(part, event.choice)
        self._rows.setdefault(event.choice, deque()).append(event.index)
        self._losses.lose_extras(part, NO_PLACE, effect="none")
        match part:
            case Text():
                self._say(event.index, opened, part.text)
                for citation in part.citations:
                    self._cite(event.index, opened, citation)
                opened.waiting += _signed({}, part.seal)
            case Refusal():
                self.refused.add(event.choice)
                self._say(event.index, opened, part.text)
            case Thinking():
                self._think(opened, part)
            case ToolCall():
                opened.arguments.append(part.arguments)
            case Medium():
                opened.waiting += self._medium(part)
            case Hosted():
                opened.waiting += self._hosted(part)
            case ToolResult() | Unknown():
                self._losses.lose(part, "Gemini's reply has no such part")
            case _:
                assert_never(part)

    def _go_on(self, opened: _Open, event: Grew | Marked | PartEnded) -> None:
        match event:
            case Grew():
                self._grow(opened, event)
            case Marked():
                if event.citation is not None:
                    self._cite(event.index, opened, event.citation)
                if event.part is not None:
                    self._mark(opened, event.part)
            case PartEnded():
                opened.is_over = True
                if isinstance(opened.part, ToolCall):
                    opened.waiting += self._call(opened, opened.part)
                elif isinstance(opened.part, Thinking):
                    self._end_thinking(opened.part)

    def _grow(self, opened: _Open, event: Grew) -> None:
        match opened.part:
            case Text() | Refusal():
                self._say(event.index, opened, event.text)
            case Thinking():
                between = "\n\n" if event.paragraph != opened.paragraph else ""
                opened.paragraph = event.paragraph
                if between + event.text:
                    opened.has_words = True
                    opened.waiting.append({"text": between + event.text, "thought": True})
            case ToolCall():
                opened.arguments.append(event.text)
            case _:
                pass

    def _say(self, index: int, opened: _Open, text: str) -> None:
        if text:
            self.said.setdefault(opened.choice, {}).setdefault(index, []).append(text)
            opened.waiting.append({"text": text})

    def _think(self, opened: _Open, part: Thinking) -> None:
        text = "\n\n".join(part.paragraphs)
        opened.paragraph = max(0, len(part.paragraphs) - 1)
        if text:
            opened.has_words = True
            opened.waiting.append({"text": text, "thought": True})
        if part.seal is not None:
            self._seal(opened, part, part.seal)

    def _end_thinking(self, part: Thinking) -> None:
        if part.id is not None and part.id.value not in self._sealed_items:
            self._losses.lose(part, NO_PLACE, field="id", effect="none")

    def _seal(self, opened: _Open, thought: Thinking, seal: Opaque) -> None:
        if seal.item is not None:
            self._sealed_items.add(seal.item)
        if opened.has_words and not thought.is_summary:
            opened.waiting += _sealed_thought(seal, is_redacted=thought.is_redacted)
            return
        opened.waiting += self.unsaid(opened.choice)
        self._sealed[opened.choice] = seal, thought.is_redacted

    def _mark(self, opened: _Open, news: Part) -> None:
        part = opened.part
        match news, part:
            case ToolCall(), ToolCall():
                part.id = news.id or part.id
                part.name = news.name or part.name
                part.seal = news.seal or part.seal
            case Thinking(seal=Opaque() as seal), Thinking():
                self._seal(opened, part, seal)
            case Text(seal=Opaque() as seal), Text():
                opened.waiting += _signed({}, seal)
            case _:
                pass

    def _cite(self, index: int, opened: _Open, citation: Citation) -> None:
        self._losses.lose_extras(citation, NO_PLACE, effect="none")
        is_web = citation.kind == "url" or (citation.url is not None and citation.cited_text is None)
        for name in ("source_start", "source_end", "source_index", "file", *(["cited_text"] if is_web else [])):
            if getattr(citation, name) is not None:
                self._losses.lose(citation, "Gemini's sources have no place for it", field=name)
        self.citations.setdefault(opened.choice, []).append((index, citation))

    def _call(self, opened: _Open, part: ToolCall) -> list[Json]:
        text = "".join(opened.arguments)
        found: Json = decode(as_arguments(text) if part.is_custom else text or "{}")
        if found is UNREADABLE_JSON or not isinstance(found, dict):
            self.malformed[opened.choice] = f"The model called {part.name} with arguments that are no object: {text}"
            return []
        if part.namespace is not None:
            self._losses.lose(part, NO_PLACE, field="namespace")
        if part.item_id is not None:
            self._losses.lose(part, NO_PLACE, field="item_id", effect="none")
        seal = part.seal
        if seal is None and opened.choice in self._sealed:
            thoughts, is_redacted = self._sealed.pop(opened.choice)
            seal = carried(thoughts, is_redacted=is_redacted)
        return _signed({"functionCall": {"id": part.id, "name": part.name, "args": found}}, seal)

    def _medium(self, part: Medium) -> list[Json]:
        if part.data is not None:
            known = part.media_type or "application/octet-stream"
            return _signed({"inlineData": {"mimeType": known, "data": part.data}}, part.seal)
        address = part.url or (hand_out(part.file, "gemini") if part.file is not None else None)
        if address is None:
            self._losses.lose(part, NO_PLACE)
            return []
        known = {} if part.media_type is None else {"mimeType": part.media_type}
        return _signed({"fileData": {**known, "fileUri": address}}, part.seal)

    def _hosted(self, part: Hosted) -> list[Json]:
        if part.tool != "code_execution" or part.text is None:
            self._losses.lose(part, "Gemini's reply does not tell of runs of this tool", effect="none")
            return []
        known = {} if part.id is None else {"id": part.id}
        if part.is_result:
            result = {**known, "outcome": "OUTCOME_OK", "output": part.text}
            return _signed({"codeExecutionResult": result}, part.seal)
        return _signed({"executableCode": {**known, "language": "PYTHON", "code": part.text}}, part.seal)

    def _flush(self, choice: int) -> Pieces:
        """Tell what may be told: of a choice's first open part, and of those behind it once it is over."""
        told: Pieces = []
        row = self._rows[choice]
        while row:
            opened = self._open[row[0]]
            if opened.waiting:
                told.append((choice, self._keep(row[0], choice, opened.waiting)))
                opened.waiting = []
            if not opened.is_over:
                break
            del self._open[row.popleft()]
        return told

    def _keep(self, index: int, choice: int, parts: list[Json]) -> list[Json]:
        if not self._is_whole:
            return parts
        kept = self._whole.setdefault(choice, [])
        for part in parts:
            if kept and self._last.get(choice) == index and _is_more(kept[-1], part):
                kept[-1] = {**kept[-1], **part, "text": kept[-1].get("text", "") + part.get("text", "")}
            else:
                kept.append(part)
            self._last[choice] = index
        return parts


def _is_more(before: Json, part: Json) -> bool:
    """Tell whether a piece of words goes on with the one before it."""
    return (
        "text" in before and "thoughtSignature" not in before and part.keys() <= {"text", "thought", "thoughtSignature"}
    )


def _signed(part: dict[str, Json], seal: Opaque | None) -> list[Json]:
    if seal is None:
        return [part] if part else []
    return [{**(part or {"text": ""}), "thoughtSignature": hand_out(seal, "gemini")}]


def _sealed_thought(seal: Opaque, *, is_redacted: bool) -> list[Json]:
    """Write the signature of a thought. One without a text is of a thought that has no words."""
    words = {} if is_redacted else {"text": ""}
    return [{**words, "thought": True, "thoughtSignature": hand_out(seal, "gemini")}]
