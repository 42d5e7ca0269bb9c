"""Writes the conversation of a request: its messages as items."""

from itertools import groupby
from typing import Final

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import (
    Hosted,
    Json,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.json_text import encode, members
from drawbridge.gateway.wire.openai_responses.items import same_call, same_reasoning
from drawbridge.gateway.wire.openai_responses.write_content import lose_mark, write_content
from drawbridge.gateway.wire.openai_responses.write_tools import same_tools
from drawbridge.gateway.wire.openai_responses.writing import NO_MEMBER, Writing

_NO_RESULT: Final = "No result of this call was given."
_BRINGS_TOOLS: Final = frozenset({"additional_tools", "additional_tools developer", "brings tools"})
_RESULT: Final = {True: "custom_tool_call_output", False: "function_call_output"}


def write_items(writing: Writing) -> list[Json]:
    """Write the conversation but for instructions that stand apart."""
    items: list[Json] = []
    for message in writing.request.messages:
        if writing.is_same and message.shape == "instructions":
            continue
        items.extend(_items(message, writing))
    return items if writing.is_same else _answered(items, writing)


def _items(message: Message, writing: Writing) -> list[Json]:
    if writing.is_same and message.shape in _BRINGS_TOOLS:
        return [_tools_item(message, writing)]
    if message.name is not None:
        writing.losses.lose(message, NO_MEMBER, field="name")
    items: list[Json] = []
    for kind, group in groupby(message.parts, key=lambda part: _sort(part, message)):
        parts = list(group)
        if kind == "content":
            items.extend(_messages(message, parts, writing))
        else:
            items.extend(_alone(parts, writing))
    if not message.parts and writing.is_same:
        items.extend(_messages(message, [], writing))
    elif not writing.is_same:
        writing.losses.lose_extras(message, NO_MEMBER)
    return items


def _tools_item(message: Message, writing: Writing) -> Json:
    """Write an item that brought tools, with those of the request's tools that stood in it."""
    said: dict[str, Json] = {"type": "additional_tools"}
    if message.shape == "additional_tools developer":
        said["role"] = "developer"
    if message.parts:
        said = dict(members(message.parts[0].raw))
    said["tools"] = same_tools(f"{message.at}.tools", writing)
    return writing.finish(message, said)


def _sort(part: Part, message: Message) -> str:
    """Return what makes neighbours one item: content, or the place of the item that they were read from."""
    if isinstance(part, Thinking | ToolCall | ToolResult):
        return part.at or str(id(part))
    if isinstance(part, Hosted | Unknown) and part.at == message.at:
        return part.at
    return "content"


def _alone(parts: list[Part], writing: Writing) -> list[Json]:
    match parts[0]:
        case Thinking():
            return _reasoning([part for part in parts if isinstance(part, Thinking)], writing)
        case ToolCall() as call:
            return [_call(call, writing)]
        case ToolResult() as result:
            return [_result(result, writing)]
        case Hosted() | Unknown() as other if writing.is_same:
            return [dict(members(other.raw))]
        case other:
            writing.losses.lose(other, "what another vendor's tool has done is of use to that vendor only")
            return []


def _reasoning(parts: list[Thinking], writing: Writing) -> list[Json]:
    first = parts[0]
    # Reasoning that the vendor has stored is known by its id; what another has sealed is of no use at all.
    is_own = writing.reads(first.seal) if first.seal is not None else writing.is_same
    if not is_own:
        for part in parts:
            writing.losses.lose(part, "reasoning goes back to the provider that has signed it only")
        return []
    for part in parts:
        lose_mark(part.cache, writing)
    own_id = writing.own_id(first, first.id, "rs_")
    said = same_reasoning(parts) if writing.is_same else _come_back(first)
    if first.id is not None and writing.is_same and own_id is None:
        del said["id"]
    return [writing.finish(first, said)]


def _come_back(thinking: Thinking) -> dict[str, Json]:
    """Write the vendor's reasoning that has been with a caller of another dialect.

    The vendor refuses it under any other id than its own (https://github.com/BerriAI/litellm/pull/15782), and words in
    `content` (https://github.com/musistudio/claude-code-router/issues/1783, both read 2026-11-23).
    """
    assert thinking.seal is not None, "without one it would not be known for the vendor's own"
    said: dict[str, Json] = {"type": "reasoning"}
    if thinking.seal.item is not None:
        said["id"] = thinking.seal.item
    said["summary"] = [{"type": "summary_text", "text": text} for text in thinking.paragraphs]
    return said | {"encrypted_content": thinking.seal.value}


def _call(call: ToolCall, writing: Writing) -> Json:
    lose_mark(call.cache, writing)
    if call.seal is not None:
        writing.losses.lose(call, "a signature of another provider", field="seal")
    said = same_call(call)
    if call.item_id is not None and writing.own_id(call, call.item_id, "fc_", "ctc_") is None:
        del said["id"]
    if not writing.is_same:
        said["name"], said["call_id"] = writing.names.of(call.name, call.namespace), writing.ids.of(call)
    return writing.finish(call, said)


def _result(result: ToolResult, writing: Writing) -> Json:
    lose_mark(result.cache, writing)
    same = writing.is_same
    call_id = result.call_id if same else writing.ids.of(result)
    called = writing.calls.get(call_id)
    is_custom = result.is_custom if same or called is None else called.is_custom
    said: dict[str, Json] = {"type": _RESULT[is_custom], "call_id": call_id, "output": _output(result, writing)}
    if result.item_id is not None and (own := writing.own_id(result, result.item_id, "fc")) is not None:
        said["id"] = own
    if result.is_error is not None:
        effect = "answer" if result.is_error else "none"
        writing.losses.lose(result, "a tool's output has no mark for an error", field="is_error", effect=effect)
    return writing.finish(result, said)


def _output(result: ToolResult, writing: Writing) -> Json:
    parts = result.parts
    alone = parts[0] if len(parts) == 1 else None
    if writing.is_same:
        if result.shape == "string" and isinstance(alone, Text):
            return alone.text
        return write_content(parts, "result", writing)
    texts = [] if result.value is None else [result.value if isinstance(result.value, str) else encode(result.value)]
    said = write_content(parts, "result", writing)
    if isinstance(alone, Text) and not texts and members(said[0]).keys() == {"type", "text"}:
        return alone.text
    values: list[Json] = [text.decode() if isinstance(text, bytes) else text for text in texts]
    if not said:
        return values[0] if values else ""
    return [*({"type": "input_text", "text": value} for value in values), *said]


def _messages(message: Message, parts: list[Part], writing: Writing) -> list[Json]:
    if writing.is_same:
        return [_same_message(message, parts, writing)]
    if message.role != "assistant":
        role = "user" if message.role == "tool" else message.role
        content = write_content(parts, "input", writing)
        return [{"type": "message", "role": role, "content": _shortest(content)}] if content else []
    return _spoken(message, parts, writing)


def _shortest(content: list[Json]) -> Json:
    """Return a single text as a string: every vendor takes that."""
    if len(content) == 1 and members(content[0]).keys() == {"type", "text"}:
        return members(content[0])["text"]
    return content


def _spoken(message: Message, parts: list[Part], writing: Writing) -> list[Json]:
    """Write what the assistant has said: as strings, and as a list with an id where only that can say it."""
    items: list[Json] = []
    for number, part in enumerate(parts):
        content = write_content([part], "output", writing)
        if not content:
            continue
        if isinstance(part, Text) and not part.citations:
            items.append({"type": "message", "role": "assistant", "content": part.text})
        elif isinstance(part, Text | Refusal):
            made_up = derived_id(f"{part.at or message.at} {number}", "msg_")
            said = {"type": "message", "id": made_up, "role": "assistant", "status": "completed", "content": content}
            items.append(said)
        else:
            items.append({"type": "message", "role": "assistant", "content": members(content[0])["text"]})
    return items


def _same_message(message: Message, parts: list[Part], writing: Writing) -> Json:
    said: dict[str, Json] = {} if "bare" in message.shape else {"type": "message"}
    said["role"] = message.role
    alone = parts[0] if len(parts) == 1 else None
    if "string" in message.shape and isinstance(alone, Text):
        said["content"] = alone.text
    else:
        place = "output" if message.role == "assistant" else "input"
        said["content"] = write_content(parts, place, writing)
    if message.id is not None and (own := writing.own_id(message, message.id)) is not None:
        said["id"] = own
    if message.phase is not None:
        said["phase"] = message.phase
    return writing.finish(message, said)


def _answered(items: list[Json], writing: Writing) -> list[Json]:
    """Make every call answered and every answer asked for: the vendor refuses a conversation where it is not so."""
    called: set[Json] = set()
    answered = {members(item).get("call_id") for item in items if _is_result(item)}
    sound: list[Json] = []
    for item in items:
        said = members(item)
        if _is_result(item) and said["call_id"] not in called:
            sound.append(_orphan(said, writing))
            continue
        sound.append(item)
        if said.get("type") in ("function_call", "custom_tool_call"):
            called.add(said["call_id"])
            if said["call_id"] not in answered:
                is_custom = said["type"] == "custom_tool_call"
                sound.append({"type": _RESULT[is_custom], "call_id": said["call_id"], "output": _NO_RESULT})
    return sound


def _is_result(item: Json) -> bool:
    return members(item).get("type") in _RESULT.values()


def _orphan(said: dict[str, Json], writing: Writing) -> Json:
    """Write a result whose call is not in the conversation as what it says, and report that it was a result."""
    for message in writing.request.messages:
        for part in message.parts:
            if isinstance(part, ToolResult) and writing.ids.of(part) == said["call_id"]:
                writing.losses.lose(part, "the call that it is for is not in the conversation", field="call_id")
    return {"type": "message", "role": "user", "content": said["output"]}
