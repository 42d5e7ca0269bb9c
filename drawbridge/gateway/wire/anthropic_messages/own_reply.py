"""A reply of the same dialect, written as it was: event for event, or whole."""

from collections.abc import Callable
from typing import Final

from drawbridge.gateway.wire.anthropic_messages.envelope import NAME
from drawbridge.gateway.wire.anthropic_messages.failures import write_failure
from drawbridge.gateway.wire.anthropic_messages.members import Block, put, put_back
from drawbridge.gateway.wire.anthropic_messages.read_reply import COUNT, ERROR, MESSAGE
from drawbridge.gateway.wire.anthropic_messages.stops import write_own_stop
from drawbridge.gateway.wire.anthropic_messages.usage import write_own_usage
from drawbridge.gateway.wire.anthropic_messages.write_blocks import BlockWriter, object_of
from drawbridge.gateway.wire.canonical import Json, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
    Began,
    Counted,
    Ended,
    Event,
    Failed,
    Frame,
    Grew,
    Marked,
    PartBegan,
    PartEnded,
)
from drawbridge.gateway.wire.json_text import encode, sse
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import hand_out

_WHOLE: Final = (MESSAGE, COUNT)


class OwnReply:
    """Writes what was read from the same dialect. What belongs to one frame must be fed at once."""

    def __init__(self, losses: Losses) -> None:
        self._blocks = reply_blocks(losses, is_own=True)
        self._kinds: dict[int, type] = {}
        """What a part is: pieces of it are written accordingly."""

    def write(self, events: list[Event], *, streamed: bool) -> bytes:
        """Return what these events say."""
        written = [self._frame(frame, told) for frame, told in _by_frame(events)]
        if not streamed:
            return b"".join(encode(value) for value in written)
        return b"".join(sse(value, str(value["type"])) for value in written)

    def _frame(self, frame: Frame, events: list[Event]) -> Block:
        value: Block = {} if frame.kind == COUNT else {"type": frame.kind}
        if frame.kind == "message_start" and events:
            value["message"] = _usual_start()
        elif frame.kind == MESSAGE:
            value |= {"role": "assistant", "content": []}
        for event in events:
            self._event(event, frame.kind, value)
        return put_back(value, frame.extras)

    def _event(self, event: Event, kind: str, value: Block) -> None:
        inner: Block = value["message"] if kind == "message_start" else value
        match event:
            case Began():
                inner |= {name: said for name, said in (("id", event.id), ("model", event.model)) if said is not None}
            case PartBegan() | Grew() | Marked() | PartEnded():
                self._of_part(event, kind, value)
            case Counted() if kind == COUNT:
                value["input_tokens"] = event.usage.input
            case Counted():
                inner["usage"] = write_own_usage(event)
            case Ended() if kind == MESSAGE:
                value |= write_own_stop(event)
            case Ended():
                value["delta"] = {"stop_sequence": None} | write_own_stop(event)
            case Failed():
                value |= write_failure(event, event.code)
            case _:
                pass

    def _of_part(self, event: PartBegan | Grew | Marked | PartEnded, kind: str, value: Block) -> None:
        if kind != MESSAGE:
            value["index"] = event.index
        match event:
            case PartBegan():
                self._part(event, kind, value)
            case Grew() if kind == "content_block_delta":
                value["delta"] = self._piece(event)
            case Marked():
                value["delta"] = self._mark(event)
            case _:
                pass

    def _part(self, event: PartBegan, kind: str, value: Block) -> None:
        self._kinds[event.index] = type(event.part)
        block = self._blocks.block(event.part)
        if kind == MESSAGE:
            value["content"].append(block)
        else:
            value["content_block"] = block

    def _piece(self, event: Grew) -> Block:
        kind = self._kinds.get(event.index)
        if kind is Text:
            return {"type": "text_delta", "text": event.text}
        if kind is Thinking:
            return {"type": "thinking_delta", "thinking": event.text}
        return {"type": "input_json_delta", "partial_json": event.text}

    def _mark(self, event: Marked) -> Block:
        if event.citation is not None:
            return {"type": "citations_delta", "citation": self._blocks.citation(event.citation)}
        delta: Block = {"type": "signature_delta"}
        if isinstance(event.part, Thinking) and event.part.seal is not None:
            put(delta, "signature", hand_out(event.part.seal, NAME))
        return delta


def reply_blocks(losses: Losses, *, is_own: bool, name: Callable[[ToolCall], str] | None = None) -> BlockWriter:
    """Return how the blocks of a reply are written."""
    return BlockWriter(
        losses,
        is_own=is_own,
        unseal=lambda opaque: hand_out(opaque, NAME),
        call_id=lambda part: part.id if isinstance(part, ToolCall) else part.call_id,
        call_name=name or (lambda call: call.name),
        call_input=_input,
    )


def _usual_start() -> Block:
    return {"type": MESSAGE, "role": "assistant", "content": [], "stop_reason": None, "stop_sequence": None}


def _input(call: ToolCall) -> Json | None:
    return object_of(call.arguments)


def _by_frame(events: list[Event]) -> list[tuple[Frame, list[Event]]]:
    """Put the events of each frame together. A failure of ours has none, and makes one."""
    frames: list[tuple[Frame, list[Event]]] = []
    for event in events:
        if isinstance(event, Frame):
            frames.append((event, []))
        elif frames and not (isinstance(event, Failed) and frames[-1][0].kind != ERROR):
            frames[-1][1].append(event)
        elif isinstance(event, Failed):
            frames.append((Frame(kind=ERROR), [event]))
    return frames
