"""A vendor's reply in Anthropic messages, whole or streamed, read into events."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.anthropic_messages.called import CalledTools, Growth
from drawbridge.gateway.wire.anthropic_messages.envelope import NAME
from drawbridge.gateway.wire.anthropic_messages.failures import (
    failure_of_text,
    is_failure,
    read_failure,
    retry_after_s,
)
from drawbridge.gateway.wire.anthropic_messages.members import Members
from drawbridge.gateway.wire.anthropic_messages.read_blocks import Reading, read_block, read_citation
from drawbridge.gateway.wire.anthropic_messages.stops import read_stop
from drawbridge.gateway.wire.anthropic_messages.usage import read_usage
from drawbridge.gateway.wire.canonical import Hosted, Json, Part, Request, Text, Thinking, ToolCall, Unknown
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import (
    Began,
    Closed,
    Counted,
    Event,
    Failed,
    Frame,
    Grew,
    Marked,
    PartBegan,
    PartEnded,
    Usage,
)
from drawbridge.gateway.wire.framing import Framing, Payload
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, elements, members, whole_number

MESSAGE: Final = "message"
"""The kind of the frame of a whole message; those of a stream are called as their events."""
ERROR: Final = "error"
COUNT: Final = "count"
"""The kind of the frame of an answer to how many tokens a request has."""

_LEAST_ERROR_STATUS: Final = 400
_BLOCK: Final = "content[]"
_BROKEN: Final = "The vendor's stream is broken: "
_END_MARK: Final = b"[DONE]"


class _Open(Struct):
    """A block of the stream that has begun."""

    index: int
    part: Part
    growth: Growth


class MessagesReader:
    """Reads one reply. Whatever comes, the end is Closed, or a whole message, or Failed."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self._head = head
        self._framing = Framing(streamed=head.streamed and head.status < _LEAST_ERROR_STATUS)
        self._reading = Reading(head.provider)
        self._called = CalledTools(request)
        self._open: dict[int, _Open] = {}
        self._parts = 0
        self._has_begun = False
        self._has_told_why = False
        """Why the message ends."""
        self._is_over = False
        self._has_failed = False
        self._readers: dict[str, Callable[[dict[str, Json]], list[Event]]] = {
            "message_start": self._message_start,
            "content_block_start": self._block_start,
            "content_block_delta": self._block_delta,
            "content_block_stop": self._block_stop,
            "message_delta": self._message_delta,
            "message_stop": self._message_stop,
        }

    def feed(self, piece: bytes) -> list[Event]:
        """Return what this piece of the body tells."""
        events = self._read(self._framing.feed(piece))
        if self._framing.fault is not None and not self._has_failed:
            events += self._fail(self._framing.fault)
        return events

    def close(self) -> list[Event]:
        """Return what is left at the end of the body."""
        events = self._read(self._framing.close())
        if not self._is_over and not self._has_failed:
            events += self._fail("it ends before the message is whole.")
        return events

    def _read(self, payloads: list[Payload]) -> list[Event]:
        events: list[Event] = []
        for payload in payloads:
            if self._has_failed:
                break
            read = self._whole if self._framing.is_whole else self._event
            events += read(payload)
        return events

    def _whole(self, payload: Payload) -> list[Event]:
        value = payload.value
        self._is_over = True
        if self._head.status >= _LEAST_ERROR_STATUS or is_failure(value):
            return self._failure(payload)
        if value is UNREADABLE_JSON or not isinstance(value, dict):
            self._has_failed = True
            return [failure_of_text(payload.text, self._head)]
        message = members(value)
        if message.get("type") != MESSAGE and whole_number(message.get("input_tokens")) is not None:
            return self._count(message)
        if not isinstance(message.get("content"), list):
            self._has_failed = True
            return [failure_of_text(payload.text, self._head)]
        return self._message(message)

    def _message(self, raw: dict[str, Json]) -> list[Event]:
        found = Members(raw)
        began = Began(at="", raw=raw, id=found.text("id"), model=found.text("model"))
        events: list[Event] = [began]
        found.is_exactly("type", MESSAGE)
        found.is_exactly("role", "assistant")
        for index, block in enumerate(elements(found.take("content", list))):
            part = self._called.restore(self._part(block))
            events += [PartBegan(at=_BLOCK, raw=block, index=index, part=part), PartEnded(index=index)]
        usage = found.below("usage")
        if usage is not None:
            events.append(read_usage(dict(usage.raw)))
        ended, details = read_stop(found, raw, "")
        if ended is not None:
            events.append(self._called.ending(ended))
        frame = Frame(raw=raw, shape=NAME, kind=MESSAGE, extras=found.rest() | details)
        return [frame, *events]

    def _count(self, raw: dict[str, Json]) -> list[Event]:
        found = Members(raw)
        usage = Usage(input=found.whole("input_tokens"))
        counted = Counted(at="", raw=raw, names={"input": "input_tokens"}, usage=usage)
        return [Frame(raw=raw, shape=NAME, kind=COUNT, extras=found.rest()), counted]

    def _failure(self, payload: Payload) -> list[Event]:
        self._has_failed = True
        if not members(members(payload.value).get("error")):
            return [failure_of_text(payload.text, self._head)]
        failed, extras = read_failure(payload.value, self._head.status, retry_after_s(self._head))
        return [Frame(raw=payload.value, shape=NAME, kind=ERROR, extras=extras), failed]

    def _event(self, payload: Payload) -> list[Event]:
        value = payload.value
        if not isinstance(value, dict):
            # Some vendors that copy the dialect end with OpenAI's mark.
            is_end_mark = self._is_over and payload.text.strip() == _END_MARK
            return [] if is_end_mark else self._fail("an event is no JSON object.")
        raw = members(value)
        kind = raw.get("type")
        if not isinstance(kind, str):
            kind = payload.name or ""
        if is_failure(value):
            return self._failure_in_stream(raw)
        read = self._readers.get(kind)
        if read is None or self._is_over:
            return [self._frame(kind, Members(raw))]
        return read(raw)

    def _failure_in_stream(self, raw: dict[str, Json]) -> list[Event]:
        self._has_failed = True
        failed, extras = read_failure(raw, None)
        return [Frame(raw=raw, shape=NAME, kind=ERROR, extras=extras), failed]

    def _frame(self, kind: str, found: Members, extras: dict[str, Json] | None = None) -> Frame:
        found.is_exactly("type", kind)
        return Frame(raw=found.raw, shape=NAME, kind=kind, extras=found.rest() | (extras or {}))

    def _message_start(self, raw: dict[str, Json]) -> list[Event]:
        if self._has_begun and self._parts:
            return self._fail("a second message begins in it.")
        found = Members(raw)
        if self._has_begun:
            # Nothing was said yet: a vendor that tried again tells the beginning twice.
            return [self._frame("message_start", found)]
        message = found.below("message")
        if message is None:
            return self._fail("its first event holds no message.")
        self._has_begun = True
        events: list[Event] = [Began(at="message", raw=message.raw, id=message.text("id"), model=message.text("model"))]
        usual: dict[str, Json] = {"type": MESSAGE, "role": "assistant", "content": []}
        for name, value in (usual | {"stop_reason": None, "stop_sequence": None}).items():
            message.is_exactly(name, value)
        usage = message.below("usage")
        if usage is not None:
            counted = read_usage(dict(usage.raw))
            counted.at = "message.usage"
            events.append(counted)
        return [self._frame("message_start", found, message.rest("message")), *events]

    def _block_start(self, raw: dict[str, Json]) -> list[Event]:
        found = Members(raw)
        number, block = found.whole("index"), found.take("content_block", dict)
        if not self._has_begun or number is None or block is None or number in self._open:
            return self._fail("a block begins out of turn.")
        part = self._part(block)
        if isinstance(part, ToolCall) and part.arguments == "{}":
            # What is called with comes in pieces, which begin with the brace.
            part.arguments = ""
        growth = self._called.growth(part)
        part = self._called.restore(part)
        opened = self._open[number] = _Open(self._parts, part, growth)
        self._parts += 1
        extras = self._number(number, opened)
        began = PartBegan(at="content_block", raw=block, index=opened.index, part=part)
        return [self._frame("content_block_start", found, extras), began]

    def _block_delta(self, raw: dict[str, Json]) -> list[Event]:
        found = Members(raw)
        number, delta = found.whole("index"), found.below("delta")
        opened = None if number is None else self._open.get(number)
        if number is None or delta is None or opened is None:
            return self._fail("a piece of no block is in it.")
        if isinstance(opened.part, Hosted | Unknown):
            return [self._frame("content_block_delta", found, {"index": number, "delta": dict(delta.raw)})]
        kind = delta.text("type")
        events: list[Event] | None = None
        match kind:
            case "text_delta":
                events = self._grown(opened, delta.text("text"), Text)
            case "thinking_delta":
                events = self._grown(opened, delta.text("thinking"), Thinking)
            case "input_json_delta" if isinstance(opened.part, Text | ToolCall) and opened.growth.is_call:
                events = [grew(opened, text) for text in opened.growth.pieces(delta.text("partial_json") or "")]
            case "signature_delta" if isinstance(opened.part, Thinking):
                events = self._signed(opened, delta)
            case "citations_delta" if isinstance(opened.part, Text):
                events = self._cited(opened, delta)
            case _:
                return [self._frame("content_block_delta", found, {"index": number, "delta": dict(delta.raw)})]
        if events is None:
            return self._fail(f"a piece of the kind {kind} does not fit its block.")
        extras = delta.rest("delta") | self._number(number, opened)
        return [self._frame("content_block_delta", found, extras), *events]

    def _grown(self, opened: _Open, text: str | None, kind: type[Text] | type[Thinking]) -> list[Event] | None:
        return None if text is None or not isinstance(opened.part, kind) else [grew(opened, text)]

    def _signed(self, opened: _Open, delta: Members) -> list[Event] | None:
        signature = delta.text("signature")
        if signature is None:
            return None
        mark = Thinking(at="delta", raw=delta.raw, names={"seal": "signature"}, seal=self._reading.sealed(signature))
        return [Marked(at="delta", raw=delta.raw, index=opened.index, part=mark)]

    def _cited(self, opened: _Open, delta: Members) -> list[Event] | None:
        citation = delta.take("citation", dict)
        if citation is None:
            return None
        read = read_citation(citation, "delta.citation")
        return [Marked(at="delta", raw=delta.raw, index=opened.index, citation=read)]

    def _block_stop(self, raw: dict[str, Json]) -> list[Event]:
        found = Members(raw)
        number = found.whole("index")
        opened = None if number is None else self._open.pop(number, None)
        if number is None or opened is None:
            return self._fail("a block ends that has not begun.")
        events: list[Event] = [grew(opened, text) for text in opened.growth.rest()]
        events.append(PartEnded(index=opened.index))
        return [self._frame("content_block_stop", found, self._number(number, opened)), *events]

    def _message_delta(self, raw: dict[str, Json]) -> list[Event]:
        if not self._has_begun:
            return self._fail("it does not begin with a message.")
        found = Members(raw)
        events: list[Event] = []
        usage, delta = found.below("usage"), found.below("delta")
        if usage is not None:
            events.append(read_usage(dict(usage.raw)))
        extras: dict[str, Json] = {}
        if delta is not None:
            if delta.raw.get("stop_reason") is not None:
                delta.is_exactly("stop_sequence", None)
            ended, details = read_stop(delta, delta.raw, "delta")
            extras = delta.rest("delta") | {f"delta.{name}": value for name, value in details.items()}
            if ended is not None:
                self._has_told_why = True
                events.append(self._called.ending(ended))
        return [self._frame("message_delta", found, extras), *events]

    def _message_stop(self, raw: dict[str, Json]) -> list[Event]:
        if not self._has_begun or self._open:
            return self._fail("the message ends before its blocks.")
        if not self._has_told_why:
            return self._fail("the message ends without a reason.")
        self._is_over = True
        return [self._frame("message_stop", Members(raw)), Closed(at="message_stop", raw=raw)]

    def _number(self, number: int, opened: _Open) -> dict[str, Json]:
        """Return a block's number for the same dialect, where it is not the one that it has among the parts."""
        return {} if number == opened.index else {"index": number}

    def _part(self, raw: Json) -> Part:
        if not isinstance(raw, dict):
            return Unknown(at=_BLOCK, raw=raw)
        try:
            return read_block(members(raw), _BLOCK, self._reading)
        except MalformedRequest:
            # A block within a block that is none: what holds it goes through as it is.
            return Unknown(at=_BLOCK, raw=raw, kind=str(raw.get("type")))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]

    def _fail(self, why: str) -> list[Event]:
        self._has_failed = True
        return [Failed(kind="broken_reply", message=_BROKEN + why)]


def grew(opened: _Open, text: str) -> Grew:
    """Return what an open block has grown by."""
    return Grew(at="delta", index=opened.index, text=text)
