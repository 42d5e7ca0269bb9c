"""Events put together into a whole chat completion, in its regular form."""

from collections.abc import Iterable

from msgspec import Struct, field

from drawbridge.gateway.wire.canonical import Citation, Json, Part, Refusal, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
    Began,
    Counted,
    Ended,
    Event,
    Failed,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    Usage,
)
from drawbridge.gateway.wire.openai_chat.failures import write_failure
from drawbridge.gateway.wire.openai_chat.members import put
from drawbridge.gateway.wire.openai_chat.read_thinking import CONTENT, PLAIN, write_thoughts
from drawbridge.gateway.wire.openai_chat.rendering import (
    COMPLETION,
    LEGACY_CALL,
    write_call,
    write_citation,
    write_logprobs,
)
from drawbridge.gateway.wire.openai_chat.stop_reasons import write_reason
from drawbridge.gateway.wire.openai_chat.usage import merge, write_usage


class _Grown(Struct):
    part: Part
    choice: int
    paragraphs: dict[int, str] = field(default_factory=dict[int, str])
    citations: list[Citation] = field(default_factory=list[Citation])

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs.values())


class Completion:
    """Collects events until all are there."""

    def __init__(self) -> None:
        self._began = Began(id="", model="", created_at=0)
        self._parts: dict[int, _Grown] = {}
        self._logprobs: dict[int, Logprobs] = {}
        self._ended: dict[int, Ended] = {}
        self._usage: tuple[str, Usage] | None = None
        self._service_tier: str | None = None
        self.failed: Failed | None = None

    def add(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case Began():
                self._began = event
            case PartBegan():
                self._parts[event.index] = _begun(event)
            case Grew():
                paragraphs = self._parts[event.index].paragraphs
                paragraphs[event.paragraph] = paragraphs.get(event.paragraph, "") + event.text
            case Marked() if event.citation is not None:
                self._parts[event.index].citations.append(event.citation)
            case Logprobs():
                self._add_logprobs(event)
            case Counted():
                self._count(event)
            case Ended():
                self._ended[event.choice] = event
            case Failed():
                self.failed = event
            case _:
                pass

    def render(self) -> dict[str, Json]:
        """Return the completion, or the error where it failed."""
        if self.failed is not None:
            return write_failure(self.failed)
        began = self._began
        numbers = sorted({grown.choice for grown in self._parts.values()} | self._ended.keys()) or [0]
        choices = [self._render_choice(number) for number in numbers]
        completion: dict[str, Json] = {
            "id": began.id,
            "object": COMPLETION,
            "created": began.created_at,
            "model": began.model,
            "choices": choices,
        }
        if self._usage is not None:
            put(completion, self._usage[0], write_usage(self._usage[1]))
        if self._service_tier is not None:
            completion["service_tier"] = self._service_tier
        return completion

    def _add_logprobs(self, event: Logprobs) -> None:
        older = self._logprobs.setdefault(event.choice, event)
        if older is not event:
            older.tokens += event.tokens
            older.refusal_tokens = (older.refusal_tokens or []) + (event.refusal_tokens or []) or None

    def _count(self, event: Counted) -> None:
        usage = Usage() if self._usage is None else self._usage[1]
        merge(usage, event.usage)
        self._usage = (event.at or "usage", usage)
        self._service_tier = event.service_tier or self._service_tier

    def _render_choice(self, number: int) -> dict[str, Json]:
        grown = [grown for grown in self._parts.values() if grown.choice == number]
        ended = self._ended.get(number)
        reason = "stop" if ended is None else write_reason(ended.reason)
        if reason == "tool_calls" and any(_is_legacy(one.part) for one in grown):
            reason = LEGACY_CALL
        logprobs = self._logprobs.get(number)
        return {
            "index": number,
            "message": _render_message(grown),
            "logprobs": None if logprobs is None else write_logprobs(logprobs),
            "finish_reason": reason,
        }


def _begun(event: PartBegan) -> _Grown:
    grown = _Grown(event.part, event.choice)
    match event.part:
        case Text() | Refusal():
            grown.paragraphs[0] = event.part.text
        case Thinking():
            grown.paragraphs = dict(enumerate(event.part.paragraphs))
        case ToolCall():
            grown.paragraphs[0] = event.part.arguments
        case _:
            pass
    if isinstance(event.part, Text):
        grown.citations = [*event.part.citations]
    return grown


def _render_message(grown: list[_Grown]) -> dict[str, Json]:
    message: dict[str, Json] = {"role": "assistant", "content": _render_content(grown), "refusal": None}
    refusals = [one.text for one in grown if isinstance(one.part, Refusal)]
    if refusals:
        message["refusal"] = "".join(refusals)
    _render_thoughts(message, grown)
    annotations = [write_citation(citation) for one in grown for citation in one.citations]
    if annotations:
        message["annotations"] = annotations
    calls = [_whole_call(one.part, one.text) for one in grown if isinstance(one.part, ToolCall)]
    if calls and LEGACY_CALL in calls[0].shape.split():
        message[LEGACY_CALL] = {"name": calls[0].name, "arguments": calls[0].arguments}
    elif calls:
        message["tool_calls"] = [write_call(call) for call in calls]
    return message


def _render_content(grown: list[_Grown]) -> Json:
    said = [one for one in grown if isinstance(one.part, Text) or one.part.shape == CONTENT]
    if any(one.part.shape in {"list", CONTENT} for one in said):
        return [_render_listed(one) for one in said]
    return "".join(one.text for one in said) if said else None


def _render_listed(one: _Grown) -> dict[str, Json]:
    if isinstance(one.part, Text):
        return {"type": "text", "text": one.text}
    return {"type": "thinking", "thinking": [{"type": "text", "text": text} for text in one.paragraphs.values()]}


def _render_thoughts(message: dict[str, Json], grown: list[_Grown]) -> None:
    thoughts = [(one.part, one.text) for one in grown if isinstance(one.part, Thinking) and one.part.shape != CONTENT]
    if any(thought.shape for thought, _ in thoughts):
        write_thoughts(message, [thought for thought, _ in thoughts])
    elif words := "\n\n".join(text for _, text in thoughts if text):
        message[PLAIN[0]] = words


def _whole_call(call: ToolCall, arguments: str) -> ToolCall:
    return ToolCall(id=call.id, name=call.name, arguments=arguments, is_custom=call.is_custom, shape=call.shape)


def _is_legacy(part: Part) -> bool:
    return isinstance(part, ToolCall) and LEGACY_CALL in part.shape.split()


def render_completion(events: Iterable[Event]) -> dict[str, Json]:
    """Return the whole chat completion that these events tell."""
    completion = Completion()
    for event in events:
        completion.add(event)
    return completion.render()
