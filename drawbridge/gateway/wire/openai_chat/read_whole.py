"""Reads a whole chat completion."""

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Json, Part, Refusal, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import Began, Ended, Event, PartBegan, PartEnded
from drawbridge.gateway.wire.json_text import elements, members, text_or_none, whole_number
from drawbridge.gateway.wire.openai_chat.called_names import CalledNames
from drawbridge.gateway.wire.openai_chat.members import Fields
from drawbridge.gateway.wire.openai_chat.read_choices import choice_number, read_citations, read_logprobs
from drawbridge.gateway.wire.openai_chat.read_messages import read_call
from drawbridge.gateway.wire.openai_chat.read_parts import read_part
from drawbridge.gateway.wire.openai_chat.read_thinking import read_thoughts, take_repeats
from drawbridge.gateway.wire.openai_chat.rendering import LEGACY_CALL
from drawbridge.gateway.wire.openai_chat.stop_reasons import read_reason
from drawbridge.gateway.wire.openai_chat.usage import read_usage

_AT = "choices[].message"


def read_completion(body: dict[str, Json], names: CalledNames, provider: str | None) -> list[Event]:
    """Return what a completion says, without its frame."""
    began = Began(
        at="",
        raw=body,
        id=text_or_none(body.get("id")),
        model=text_or_none(body.get("model")),
        created_at=whole_number(body.get("created")),
    )
    events: list[Event] = [began]
    ended: list[Ended] = []
    count = 0
    for position, written in enumerate(elements(body.get("choices"))):
        choice = members(written)
        number = choice_number(choice, position)
        parts = _read_parts(members(choice.get("message")), names, provider, f"{began.id}:{number}")
        for part in parts:
            events += [PartBegan(index=count, part=part, choice=number), PartEnded(index=count)]
            count += 1
        logprobs = read_logprobs(choice, number)
        if logprobs is not None:
            events.append(logprobs)
        ended.append(_read_end(choice, number, parts))
    counted = read_usage(body)
    return [*events, *([] if counted is None else [counted]), *ended]


def _read_parts(message: dict[str, Json], names: CalledNames, provider: str | None, place: str) -> list[Part]:
    fields = Fields(message)
    thoughts = read_thoughts(fields, message, _AT, provider)
    take_repeats(thoughts, fields, message)
    parts: list[Part] = [*thoughts]
    texts = _read_content(message.get("content"))
    citing = next((part for part in texts if isinstance(part, Text)), None)
    if citing is not None:
        citing.citations = list(read_citations(message.get("annotations"), f"{_AT}.annotations"))
    parts += texts
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        parts.append(Refusal(at=f"{_AT}.refusal", raw=refusal, text=refusal, names={"text": ""}))
    return parts + [names.restore(call) for call in _read_calls(message, place)]


def _read_content(content: Json) -> list[Part]:
    at = f"{_AT}.content"
    if isinstance(content, str):
        return [Text(at=at, raw=content, text=content, names={"text": ""})] if content else []
    read = [read_part(part, f"{at}[]") for part in elements(content)]
    for part in read:
        if isinstance(part, Text):
            part.shape = "list"
    return [part for part in read if isinstance(part, Text | Thinking)]


def _read_calls(message: dict[str, Json], place: str) -> list[ToolCall]:
    calls: list[ToolCall] = []
    function = members(message.get(LEGACY_CALL))
    if function.get("name"):
        call = read_call(function, f"{_AT}.{LEGACY_CALL}", Fields(function), "")
        call.shape = LEGACY_CALL
        calls.append(call)
    for written in elements(message.get("tool_calls")):
        raw = members(written)
        holder = "custom" if members(raw.get("custom")).get("name") else "function"
        calls.append(read_call(raw, f"{_AT}.tool_calls[]", Fields(raw), holder))
    for index, call in enumerate(calls):
        if not call.id or "anonymous" in call.shape or any(call.id == other.id for other in calls[:index]):
            call.id = derived_id(f"{place}:{index}:{call.id}")
        call.extras = {}
    return calls


def _read_end(choice: dict[str, Json], number: int, parts: list[Part]) -> Ended:
    has_calls = any(isinstance(part, ToolCall) for part in parts)
    word = text_or_none(choice.get("finish_reason"))
    reason = read_reason(word, has_calls=has_calls)
    if reason == "end" and any(isinstance(part, Refusal) for part in parts):
        reason = "refusal"
    # vLLM's: which of the stop sequences it was.
    stop_sequence = text_or_none(choice.get("stop_reason"))
    if reason == "end" and stop_sequence is not None:
        reason = "stop_sequence"
    at = "choices[].finish_reason"
    return Ended(at=at, raw=word, reason=reason, choice=number, stop_sequence=stop_sequence)
