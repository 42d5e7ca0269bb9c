"""Parts of a reply of another dialect, told as content blocks one behind the other.

Blocks of a message never interleave, parts of other dialects may: what belongs to a part whose turn has not come is
held back until those before it have ended.
"""

from typing import Final, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from drawbridge.gateway.wire.anthropic_messages.citations import NOT_MADE_BY_ANTHROPIC, tell_citation
from drawbridge.gateway.wire.anthropic_messages.envelope import NAME
from drawbridge.gateway.wire.anthropic_messages.members import Block
from drawbridge.gateway.wire.anthropic_messages.read_blocks import LAST, NEXT
from drawbridge.gateway.wire.anthropic_messages.write_request import CALL_ID
from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Citation, Opaque, Part, Refusal, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import Grew, Marked, PartBegan, PartEnded
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import hand_out
from drawbridge.gateway.wire.tool_names import ToolNames, as_arguments

_NO_PLACE: Final = "Anthropic messages have no place for it"


class BlockSink(Protocol):
    """Takes blocks, one at a time."""

    def start(self, block: Block) -> None:
        """Begin a block."""
        ...

    def delta(self, delta: Block) -> None:
        """Add to the block that has begun last."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


_PartEvent = PartBegan | Grew | Marked | PartEnded


class _Told(Struct):
    """A part that is told, or waits."""

    part: Part
    waiting: list[_PartEvent] = field(default_factory=list[_PartEvent])
    has_started: bool = False
    has_ended: bool = False
    held: str = ""
    """Text that does not start a block yet: blanks, or the arguments of a call without a name."""
    paragraph: int = 0
    citations: list[Citation] = field(default_factory=list[Citation])
    seal: Opaque | None = None


class ToldBlocks:
    """Puts the parts of a reply in a row."""

    def __init__(self, sink: BlockSink, names: ToolNames, losses: Losses) -> None:
        self._sink = sink
        self._names = names
        self._losses = losses
        self._open: dict[int, _Told] = {}
        """By index, in the order in which they began: the first is the one that is told."""
        self._sealed_items: set[str] = set()
        """Ids of items that go out within a seal."""
        self.has_calls = False

    def feed(self, event: _PartEvent) -> None:
        """Tell what an event says of a part, or hold it back."""
        if isinstance(event, PartBegan):
            self._open[event.index] = _Told(event.part)
        told = self._open.get(event.index)
        if told is None:
            return
        if told is not next(iter(self._open.values())):
            told.waiting.append(event)
            told.has_ended = told.has_ended or isinstance(event, PartEnded)
            return
        self._tell(told, event)
        if isinstance(event, PartEnded):
            del self._open[event.index]
            self._next()

    def finish(self) -> None:
        """Tell all that is left, and end what has not ended."""
        for index in [*self._open]:
            if index in self._open:
                self.feed(PartEnded(index=index))

    def _next(self) -> None:
        """Tell what was held back of the next part, and of those behind it, as far as they have ended."""
        while self._open:
            index, told = next(iter(self._open.items()))
            waiting, told.waiting = told.waiting, []
            for event in waiting:
                self._tell(told, event)
            if not told.has_ended:
                return
            del self._open[index]

    def _tell(self, told: _Told, event: _PartEvent) -> None:
        match event:
            case PartBegan():
                self._began(told)
            case Grew():
                self._losses.lose_extras(event, _NO_PLACE, effect="none")
                self._grew(told, event)
            case Marked():
                self._marked(told, event)
            case PartEnded():
                self._ended(told)

    def _began(self, told: _Told) -> None:
        part = told.part
        self._losses.lose_extras(part, _NO_PLACE, effect="none")
        match part:
            case Text():
                told.seal, told.citations = part.seal, [*part.citations]
                if part.seal is not None and part.text.strip():
                    self._tell_seal(NEXT, part.seal)
                    told.seal = None
                self._text(told, part.text)
            case Refusal():
                self._text(told, part.text)
            case Thinking():
                told.seal = part.seal
                self._thought(told, "\n\n".join(part.paragraphs))
                told.paragraph = max(0, len(part.paragraphs) - 1)
            case ToolCall():
                self._call(told, part)
            case _:
                self._losses.lose(part, _NO_PLACE)

    def _grew(self, told: _Told, event: Grew) -> None:
        match told.part:
            case Text() | Refusal():
                self._text(told, event.text)
            case Thinking():
                is_new = event.paragraph > told.paragraph
                told.paragraph = max(told.paragraph, event.paragraph)
                self._thought(told, "\n\n" + event.text if is_new and told.has_started else event.text)
            case ToolCall():
                self._arguments(told, event.text)
            case _:
                pass

    def _marked(self, told: _Told, event: Marked) -> None:
        if event.citation is not None:
            told.citations.append(event.citation)
            if told.has_started:
                self._cite(told)
        match event.part:
            case None:
                return
            case ToolCall() as late:
                self._late_call(told, late)
            case Thinking() | Text() as late:
                told.seal = late.seal or told.seal
            case late:
                self._losses.lose(late, _NO_PLACE, effect="none")

    def _ended(self, told: _Told) -> None:
        match told.part:
            case Thinking() as part:
                self._end_thinking(told, part)
            case ToolCall() as part:
                if not told.has_started:
                    self._start_call(told, part)
                if part.is_custom:
                    self._sink.delta({"type": "input_json_delta", "partial_json": as_arguments(told.held)})
            case _:
                pass
        if told.has_started:
            self._sink.stop()
        for citation in [] if told.has_started else told.citations:
            self._losses.lose(citation, "there is no text that it is for")
        if told.seal is not None and not isinstance(told.part, Thinking):
            self._tell_seal(LAST if told.has_started else NEXT, told.seal)

    def _text(self, told: _Told, text: str) -> None:
        if not told.has_started:
            told.held += text
            # Anthropic takes no text of blanks when it comes back with the next request.
            if not told.held.strip():
                return
            self._start(told, {"type": "text", "text": ""})
            text, told.held = told.held, ""
            self._sink.delta({"type": "text_delta", "text": text})
            self._cite(told)
        elif text:
            self._sink.delta({"type": "text_delta", "text": text})

    def _cite(self, told: _Told) -> None:
        for citation in told.citations:
            written = tell_citation(citation, self._losses)
            if written is not None:
                self._sink.delta({"type": "citations_delta", "citation": written})
        told.citations = []

    def _thought(self, told: _Told, text: str) -> None:
        if not text:
            return
        if not told.has_started:
            self._start(told, {"type": "thinking", "thinking": "", "signature": ""})
        self._sink.delta({"type": "thinking_delta", "thinking": text})

    def _end_thinking(self, told: _Told, part: Thinking) -> None:
        if told.seal is not None and told.seal.item is not None:
            self._sealed_items.add(told.seal.item)
        if part.id is not None and part.id.value not in self._sealed_items:
            self._losses.lose(part, "Anthropic's thinking has no id", field="id", effect="none")
        if told.seal is None:
            if told.has_started:
                # Known by it when it comes back: Anthropic refuses thinking that it has not signed.
                self._sink.delta({"type": "signature_delta", "signature": NOT_MADE_BY_ANTHROPIC})
            return
        value = hand_out(told.seal, NAME)
        if not told.has_started and (part.is_redacted or told.seal.dialect != NAME):
            self._start(told, {"type": "redacted_thinking", "data": value})
            return
        if not told.has_started:
            self._start(told, {"type": "thinking", "thinking": "", "signature": ""})
        self._sink.delta({"type": "signature_delta", "signature": value})

    def _call(self, told: _Told, part: ToolCall) -> None:
        if part.item_id is not None:
            self._losses.lose(part, "Anthropic's calls have one id", field="item_id", effect="none")
        if part.seal is not None:
            self._tell_seal(NEXT, part.seal)
        if part.name and part.id:
            self._start_call(told, part)
        self._arguments(told, part.arguments)

    def _late_call(self, told: _Told, late: ToolCall) -> None:
        if not isinstance(told.part, ToolCall):
            return
        told.seal = late.seal or told.seal
        if told.has_started:
            return
        told.part = replace(
            told.part,
            id=told.part.id or late.id,
            name=told.part.name or late.name,
            namespace=told.part.namespace or late.namespace,
        )
        if told.part.name and told.part.id:
            held, told.held = told.held, ""
            self._start_call(told, told.part)
            self._arguments(told, held)

    def _start_call(self, told: _Told, part: ToolCall) -> None:
        self.has_calls = True
        call_id = part.id if CALL_ID.fullmatch(part.id) else derived_id(part.id, "toolu_")
        name = self._names.of(part.name, part.namespace)
        self._start(told, {"type": "tool_use", "id": call_id, "name": name, "input": {}})

    def _arguments(self, told: _Told, text: str) -> None:
        if not text:
            return
        if told.has_started and isinstance(told.part, ToolCall) and not told.part.is_custom:
            self._sink.delta({"type": "input_json_delta", "partial_json": text})
        else:
            told.held += text

    def _start(self, told: _Told, block: Block) -> None:
        told.has_started = True
        self._sink.start(block)

    def _tell_seal(self, place: str, seal: Opaque) -> None:
        """Hand out the seal of a call or text in a block of its own, since only thinking has a place for one."""
        data = hand_out(replace(seal, value=place + seal.value), NAME)
        self._sink.start({"type": "redacted_thinking", "data": data})
        self._sink.stop()
