"""A reply written for a caller who speaks Anthropic messages."""

import re
from abc import ABC, abstractmethod
from typing import Final

from msgspec import Struct, field

from drawbridge.gateway.wire.anthropic_messages.envelope import NAME, NO_SUCH_MEMBER
from drawbridge.gateway.wire.anthropic_messages.failures import status_of, write_failure
from drawbridge.gateway.wire.anthropic_messages.members import Block
from drawbridge.gateway.wire.anthropic_messages.own_reply import OwnReply
from drawbridge.gateway.wire.anthropic_messages.read_reply import COUNT, ERROR, MESSAGE
from drawbridge.gateway.wire.anthropic_messages.stops import write_stop
from drawbridge.gateway.wire.anthropic_messages.told_blocks import BlockSink, ToldBlocks
from drawbridge.gateway.wire.anthropic_messages.usage import merged, write_usage
from drawbridge.gateway.wire.anthropic_messages.write_blocks import object_of
from drawbridge.gateway.wire.anthropic_messages.write_tools import NAME_RULE
from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.events import (
    Began,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Frame,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    PartEnded,
    Usage,
)
from drawbridge.gateway.wire.json_text import encode, sse
from drawbridge.gateway.wire.losses import Losses, ReplyLosses, join
from drawbridge.gateway.wire.tool_names import ToolNames

_JSON: Final = "application/json"
_EVENTS: Final = "text/event-stream"
_MESSAGE_ID: Final = re.compile(r"msg_[a-zA-Z0-9_-]+")
_NOTHING: Final = Failed(kind="broken_reply", message="The vendor sent no reply.")


class MessagesReplyWriter:
    """Writes one reply, whole or streamed as the request asked."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.losses: Losses = ReplyLosses()
        self.status = 200
        self._is_stream = request.streamed
        self._own: OwnReply | None = None
        self._told: _ToldReply | None = None
        self._failed = False

    @property
    def content_type(self) -> str:
        """What the bytes are."""
        return _EVENTS if self._is_stream else _JSON

    def feed(self, events: list[Event]) -> bytes:
        """Return what these events say."""
        if not events or self._failed:
            return b""
        if self._own is None and self._told is None:
            self._choose(events)
        if self._own is None:
            return self._tell(events)
        failed = next((event for event in events if isinstance(event, Failed)), None)
        if failed is not None:
            self._failed = True
            self.status = status_of(failed) if not self._is_stream else 200
        return self._own.write(events, streamed=self._is_stream)

    def close(self) -> bytes:
        """Return the end of the body."""
        if self._own is not None or self._failed:
            return b""
        if self._told is None:
            return self.feed([_NOTHING])
        return self._told.close()

    def _choose(self, events: list[Event]) -> None:
        """Write as it was what comes from the same dialect, in the form in which the caller wants it."""
        first = events[0]
        if isinstance(first, Failed) or (isinstance(first, Frame) and first.kind == ERROR and first.shape == NAME):
            self._is_stream = False
        if isinstance(first, Frame) and first.shape == NAME:
            is_whole = first.kind in (MESSAGE, COUNT, ERROR)
            if is_whole is not self._is_stream:
                self._own = OwnReply(self.losses)
                return
        self._told = (
            _ToldStream(self._request, self.losses) if self._is_stream else _ToldMessage(self._request, self.losses)
        )

    def _tell(self, events: list[Event]) -> bytes:
        assert self._told is not None
        written = b""
        for event in events:
            if not isinstance(event, Failed):
                written += self._told.tell(event)
                continue
            self._failed = True
            if self._is_stream and self._told.has_begun:
                return written + self._told.fail(event)
            self._is_stream, self.status = False, status_of(event)
            return encode(write_failure(event))
        return written


class _ToldReply(ABC):
    """What a reply of another dialect has told so far."""

    def __init__(self, request: Request, losses: Losses, sink: BlockSink) -> None:
        self._request = request
        self._losses = losses
        names = ToolNames(request.tools, NAME_RULE)
        self._blocks = ToldBlocks(sink, names, losses)
        self._passed_over: set[int] = set()
        self._usage = Usage()
        self._tier: str | None = None
        self._ended: Ended | None = None
        self.has_begun = False
        self._id: str | None = None
        self._is_closed = False

    def tell(self, event: Event) -> bytes:
        """Return what an event says."""
        match event:
            case PartBegan() | Grew() | Marked() | PartEnded():
                self._part(event)
            case Counted():
                self._usage = merged(self._usage, event, self._losses)
                self._tier = event.service_tier or self._tier
            case Ended():
                if event.choice == 0 and self._ended is None:
                    self._ended = event
            case Began():
                self._id = self._id or event.id
                self._losses.lose_extras(event, NO_SUCH_MEMBER, effect="none")
                self.begin()
            case Logprobs():
                self._losses.lose(event, "Anthropic messages tell no probabilities")
            case Frame():
                self._pass_over(event)
            case Closed():
                return self.taken() + self.close()
            case Failed():
                pass
        return self.taken()

    def begin(self) -> None:
        """Begin the message, unless it has begun."""
        self.has_begun = True

    def taken(self) -> bytes:
        """Return what there is to send."""
        return b""

    def fail(self, failed: Failed) -> bytes:
        """Return the end of a reply that has begun and failed."""
        return encode(write_failure(failed))

    @abstractmethod
    def close(self) -> bytes:
        """Return the end of the reply."""

    def _pass_over(self, frame: Frame) -> None:
        for name, value in frame.extras.items():
            if value is not None:
                self._losses.lose_tree(join(frame.at, name), value, NO_SUCH_MEMBER, effect="none")

    def _part(self, event: PartBegan | Grew | Marked | PartEnded) -> None:
        if isinstance(event, PartBegan) and event.choice != 0:
            self._passed_over.add(event.index)
            self._losses.lose(event.part, "a message has one answer")
        if event.index in self._passed_over:
            return
        self.begin()
        self._blocks.feed(event)

    def _message(self) -> Block:
        """Return the message without content and end."""
        made_up = self._id or self._request.model
        return {
            "id": made_up if _MESSAGE_ID.fullmatch(made_up) else derived_id(made_up, "msg_"),
            "type": "message",
            "role": "assistant",
            "model": self._request.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": write_usage(self._usage, self._tier),
        }


class _Collected(Struct):
    """Puts blocks together, each whole."""

    losses: Losses
    blocks: list[Block] = field(default_factory=list[Block])
    arguments: str = ""

    def start(self, block: Block) -> None:
        self.blocks.append(block)
        self.arguments = ""

    def delta(self, delta: Block) -> None:
        block = self.blocks[-1]
        match delta["type"]:
            case "text_delta":
                block["text"] += delta["text"]
            case "thinking_delta":
                block["thinking"] += delta["thinking"]
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "citations_delta":
                block.setdefault("citations", []).append(delta["citation"])
            case _:
                self.arguments += delta["partial_json"]

    def stop(self) -> None:
        block = self.blocks[-1]
        if block["type"] != "tool_use":
            return
        block["input"] = object_of(self.arguments)
        if block["input"] is None:
            why = "Anthropic takes only an object as a call's input"
            self.losses.lose_tree("tool_calls[].arguments", self.arguments, why)
            block["input"] = {"arguments": self.arguments}


class _ToldMessage(_ToldReply):
    """A reply that is told whole."""

    def __init__(self, request: Request, losses: Losses) -> None:
        self._collected = _Collected(losses)
        super().__init__(request, losses, self._collected)

    def close(self) -> bytes:
        """Return the message."""
        if self._is_closed:
            return b""
        self._is_closed = True
        self._blocks.finish()
        stop = write_stop(self._ended, self._losses, has_calls=self._blocks.has_calls)
        return encode({**self._message(), "content": self._collected.blocks, **stop})


class _Streamed(Struct):
    """Writes blocks as events."""

    written: bytearray = field(default_factory=bytearray)
    index: int = -1

    def start(self, block: Block) -> None:
        self.index += 1
        self.event({"type": "content_block_start", "index": self.index, "content_block": block})

    def delta(self, delta: Block) -> None:
        self.event({"type": "content_block_delta", "index": self.index, "delta": delta})

    def stop(self) -> None:
        self.event({"type": "content_block_stop", "index": self.index})

    def event(self, value: Block) -> None:
        """Write an event: clients of Anthropic need the line with its name."""
        self.written += sse(value, str(value["type"]))


class _ToldStream(_ToldReply):
    """A reply that is told as it comes."""

    def __init__(self, request: Request, losses: Losses) -> None:
        self._stream = _Streamed()
        super().__init__(request, losses, self._stream)

    def begin(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            self._stream.event({"type": "message_start", "message": self._message()})

    def taken(self) -> bytes:
        written = bytes(self._stream.written)
        self._stream.written.clear()
        return written

    def fail(self, failed: Failed) -> bytes:
        self._stream.event(write_failure(failed))
        return self.taken()

    def close(self) -> bytes:
        if self._is_closed:
            return b""
        self._is_closed = True
        self.begin()
        self._blocks.finish()
        stop = write_stop(self._ended, self._losses, has_calls=self._blocks.has_calls)
        usage = write_usage(self._usage, is_final=True)
        self._stream.event({"type": "message_delta", "delta": stop, "usage": usage})
        self._stream.event({"type": "message_stop"})
        return self.taken()
