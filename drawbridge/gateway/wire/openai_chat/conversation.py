"""Writes a conversation as the messages of a chat completion.

OpenAI wants each message with calls followed at once by one `tool` message for each of them, which holds text only
(https://developers.openai.com/api/docs/api-reference/chat/create, 2026-11). So results are put behind their calls
wherever they stood, and what else a tool returned comes in a user's message behind them.
"""

from collections.abc import Iterable

from drawbridge.gateway.wire.canonical import (
    Json,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from drawbridge.gateway.wire.json_text import encode
from drawbridge.gateway.wire.opaque import readable_by
from drawbridge.gateway.wire.openai_chat.read_thinking import DETAILS, PLAIN, write_detail
from drawbridge.gateway.wire.openai_chat.write_parts import as_content, write_part, write_parts
from drawbridge.gateway.wire.openai_chat.writing import NO_MEMBER, Writing
from drawbridge.gateway.wire.tool_names import as_arguments
from drawbridge.gateway.wire.turns import Turn, turns_of

_DEVELOPER = "developer"
"""The extension of vendors that know the role: others refuse it, and to OpenAI's models system means the same."""


def write_conversation(messages: list[Message], writing: Writing) -> list[Json]:
    """Return the messages; none where nothing can be said."""
    results = _Results(messages, writing)
    written: list[Json] = []
    for message in messages:
        _leave_message(message, writing)
    turns = turns_of(messages)
    for index, turn in enumerate(turns):
        match turn.side:
            case "system":
                is_late = any(before.side != "system" for before in turns[:index])
                written += _write_system(turn, writing, is_late=is_late)
            case "user":
                written += _write_user(turn, writing)
            case "assistant":
                written += _write_assistant(turn, writing, results)
    results.lose_orphans()
    return written


class _Results:
    """The results of a conversation by the id of their call, each given out once."""

    def __init__(self, messages: Iterable[Message], writing: Writing) -> None:
        self._writing = writing
        self._by_id: dict[str, list[ToolResult]] = {}
        for message in messages:
            for part in message.parts:
                if isinstance(part, ToolResult):
                    self._by_id.setdefault(writing.ids.of(part), []).append(part)

    def answers(self, call: ToolCall) -> bool:
        return self._writing.ids.of(call) in self._by_id

    def take(self, call: ToolCall) -> list[ToolResult]:
        return self._by_id.pop(self._writing.ids.of(call), [])

    def lose_orphans(self) -> None:
        for results in self._by_id.values():
            for result in results:
                self._writing.lose(result, "the vendor refuses a result without its call")


def _leave_message(message: Message, writing: Writing) -> None:
    writing.leave_extras(message)
    if message.id is not None:
        writing.lose(message, NO_MEMBER, field="id", effect="none")
    if message.phase is not None:
        writing.lose(message, NO_MEMBER, field="phase")


def _write_system(turn: Turn, writing: Writing, *, is_late: bool) -> list[Json]:
    message = turn.messages[0]
    parts = write_parts(turn.parts, writing, texts_only=True)
    if not parts:
        return []
    role = "system"
    if is_late and writing.target.profile.takes_late_system is False:
        writing.lose(message, "the model takes the system's words only before all others", field="role")
        role = "user"
    elif message.role == "developer" and writing.has(_DEVELOPER):
        role = "developer"
    return [_named({"role": role, "content": as_content(parts)}, message)]


def _write_user(turn: Turn, writing: Writing) -> list[Json]:
    written: list[Json] = []
    for message in turn.messages:
        parts = write_parts([part for part in message.parts if not isinstance(part, ToolResult)], writing)
        if parts:
            written.append(_named({"role": "user", "content": as_content(parts)}, message))
    return written


def _write_assistant(turn: Turn, writing: Writing, results: _Results) -> list[Json]:
    """Write one message for each, or one for all where there are calls, since nothing may stand behind those."""
    calls = [part for part in turn.parts if isinstance(part, ToolCall)]
    if not calls:
        messages = (_write_answer(message.parts, [], message, writing) for message in turn.messages)
        return [message for message in messages if message]
    answered = [call for call in calls if results.answers(call)]
    for call in calls:
        if not results.answers(call):
            writing.lose(call, "the vendor refuses a call without its result")
    answer = _write_answer(turn.parts, answered, turn.messages[0], writing)
    written: list[Json] = [answer] if answer else []
    media: list[Json] = []
    written.extend([_write_result(call, results.take(call), media, writing) for call in answered])
    if media:
        written.append({"role": "user", "content": media})
    return written


def _write_answer(parts: list[Part], calls: list[ToolCall], message: Message, writing: Writing) -> dict[str, Json]:
    """Return the assistant's message; an empty object where nothing of it can be said."""
    answer: dict[str, Json] = {}
    refusals = [part for part in parts if isinstance(part, Refusal)]
    said = [part for part in parts if not isinstance(part, ToolCall | Refusal | Thinking)]
    content = write_parts(said, writing, texts_only=True)
    if content:
        answer["content"] = as_content(content)
    for thought in parts:
        if isinstance(thought, Thinking):
            _write_thought(answer, thought, writing)
    if refusals:
        answer.setdefault("content", None)
        answer["refusal"] = "".join(refusal.text for refusal in refusals)
    if calls:
        answer.setdefault("content", None)
        answer["tool_calls"] = [_write_call(call, writing) for call in calls]
    if not answer:
        return {}
    # A message of reasoning only still needs words.
    answer.setdefault("content", "")
    return _named({"role": "assistant", **answer}, message)


def _write_thought(answer: dict[str, Json], thought: Thinking, writing: Writing) -> None:
    """Give reasoning back to the vendor that wrote it, in the member in which it came."""
    seal = thought.seal
    writing.leave_extras(thought)
    if thought.cache is not None:
        writing.lose(thought.cache, "reasoning cannot be marked", effect="price")
    if seal is None or not readable_by(seal, "openai-chat", writing.target.provider) or seal.provider is None:
        writing.lose(thought, "reasoning can only go back to the vendor that made it")
        return
    if thought.id is not None:
        writing.lose(thought, NO_MEMBER, field="id", effect="none")
    words = "".join(thought.paragraphs)
    if seal.value in PLAIN:
        answer[seal.value] = answer.get(seal.value, "") + words
    elif seal.value.startswith("{"):
        answer.setdefault(DETAILS, []).append(write_detail(thought))
    else:
        texts = [{"type": "text", "text": text} for text in thought.paragraphs]
        content = answer.get("content", [])
        listed: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else content
        answer["content"] = [{"type": "thinking", "thinking": texts}, *listed]


def _write_call(call: ToolCall, writing: Writing) -> dict[str, Json]:
    name = writing.names.of(call.name, call.namespace)
    _leave_call(call, writing)
    call_id = writing.ids.of(call)
    if call.is_custom and not writing.names.takes_free_text(name) and writing.has("custom_tools"):
        return {"id": call_id, "type": "custom", "custom": {"name": name, "input": call.arguments}}
    arguments = as_arguments(call.arguments) if call.is_custom else call.arguments
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _leave_call(call: ToolCall, writing: Writing) -> None:
    writing.leave_extras(call)
    if call.item_id is not None:
        writing.lose(call, NO_MEMBER, field="item_id", effect="none")
    if call.seal is not None:
        writing.lose(call, "a signature can only go back to the vendor that made it", field="seal")
    if call.cache is not None:
        writing.lose(call.cache, "a call cannot be marked", effect="price")


def _write_result(call: ToolCall, results: list[ToolResult], media: list[Json], writing: Writing) -> dict[str, Json]:
    """Return the one message for a call; what is no text is put into `media`."""
    texts: list[Json] = []
    for result in results:
        _leave_result(result, writing)
        if result.value is not None:
            texts.append({"type": "text", "text": encode(result.value).decode()})
        for part in result.parts:
            written = write_part(part, writing)
            if isinstance(part, Text) or all(one.get("type") == "text" for one in written):
                texts += written
            elif written:
                media.append({"type": "text", "text": f"Returned by the tool call {writing.ids.of(call)}:"})
                media += written
    if not texts and any(result.parts for result in results):
        texts = [{"type": "text", "text": "What the tool returned follows in the next message of the user."}]
    return {"role": "tool", "tool_call_id": writing.ids.of(call), "content": as_content(texts)}


def _leave_result(result: ToolResult, writing: Writing) -> None:
    writing.leave_extras(result)
    if result.is_error is not None and result.value is None:
        reason = "a tool's message cannot be marked as an error"
        writing.lose(result, reason, field="is_error", effect="answer" if result.is_error else "none")
    if result.item_id is not None:
        writing.lose(result, NO_MEMBER, field="item_id", effect="none")
    if result.cache is not None:
        writing.lose(result.cache, "a result cannot be marked", effect="price")


def _named(raw: dict[str, Json], message: Message) -> Json:
    return raw if message.name is None else {**raw, "name": message.name}
