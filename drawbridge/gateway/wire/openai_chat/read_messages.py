"""Reads the messages of a chat completions request."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import (
    Json,
    Medium,
    Message,
    Opaque,
    Part,
    Refusal,
    Role,
    ToolCall,
    ToolResult,
)
from drawbridge.gateway.wire.json_text import encode, members
from drawbridge.gateway.wire.losses import join
from drawbridge.gateway.wire.openai_chat.members import Fields
from drawbridge.gateway.wire.openai_chat.read_parts import WHOLE, read_content
from drawbridge.gateway.wire.openai_chat.read_thinking import read_thoughts

_ROLES: Final[Mapping[str, Role]] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_CALL_NAMES: Final[Mapping[str, str]] = {"name": "function.name", "arguments": "function.arguments"}
_CUSTOM_NAMES: Final[Mapping[str, str]] = {"name": "custom.name", "arguments": "custom.input"}
_RESULT_NAMES: Final[Mapping[str, str]] = {"call_id": "tool_call_id", "parts": "content"}


class Conversation:
    """Reads messages one after another, since a result of the older kind only tells its function's name."""

    def __init__(self) -> None:
        self._open_by_name: dict[str, str] = {}

    def read(self, written: Json, at: str) -> Message:
        """Read the next message. Raises MalformedRequest where it is none."""
        if not isinstance(written, dict):
            raise MalformedRequest(f"'{at}' must be an object.", param=at)
        raw = members(written)
        role = raw.get("role")
        if not isinstance(role, str) or role not in _ROLES:
            known = ", ".join(_ROLES)
            raise MalformedRequest(f"'{at}.role' must be one of: {known}.", param=f"{at}.role")
        fields = Fields(raw)
        fields.text("role")
        if _ROLES[role] == "tool":
            return self._read_result(raw, fields, at, role)
        thoughts = read_thoughts(fields, raw, at) if role == "assistant" else []
        content, shape = read_content(fields, raw, at)
        parts: list[Part] = [*thoughts, *content]
        if role == "assistant":
            parts += self._read_answer(raw, fields, at)
        name = fields.text("name")
        return Message(at=at, raw=raw, role=_ROLES[role], parts=parts, name=name, shape=shape, extras=fields.extras())

    def _read_answer(self, raw: dict[str, Json], fields: Fields, at: str) -> list[Part]:
        """Read what only the assistant says, beside its content."""
        parts: list[Part] = []
        refusal = raw.get("refusal")
        if isinstance(refusal, str) and refusal:
            place = f"{at}.refusal"
            parts.append(Refusal(at=place, raw=fields.text("refusal"), text=refusal, shape="member", names=WHOLE))
        audio = members(raw.get("audio"))
        if isinstance(audio.get("id"), str) and len(audio) == 1:
            fields.object("audio")
            file = Opaque(audio["id"], "openai-chat")
            names = {"file": "id"}
            parts.append(Medium(at=f"{at}.audio", raw=audio, kind="audio", file=file, shape="audio", names=names))
        function = raw.get("function_call")
        if isinstance(function, dict) and isinstance(members(function).get("name"), str):
            fields.object("function_call")
            parts.append(self._read_function_call(members(function), f"{at}.function_call"))
        for index, call in enumerate(fields.list("tool_calls") or ()):
            parts.append(_read_call(call, f"{at}.tool_calls[{index}]"))
        return parts

    def _read_function_call(self, raw: dict[str, Json], at: str) -> ToolCall:
        call = read_call(raw, at, Fields(raw), "")
        call.shape = f"function_call {call.shape}".rstrip()
        self._open_by_name[call.name] = call.id
        return call

    def _read_result(self, raw: dict[str, Json], fields: Fields, at: str, role: str) -> Message:
        call_id = fields.text("tool_call_id")
        name = fields.text("name")
        if call_id is None and role == "function" and name is not None:
            call_id = self._open_by_name.get(name, derived_id(name))
        if call_id is None:
            raise MalformedRequest(f"'{at}.tool_call_id' must be a string.", param=f"{at}.tool_call_id")
        parts, shape = read_content(fields, raw, at)
        result = ToolResult(at=at, raw=raw, call_id=call_id, parts=parts, name=name, shape=shape, names=_RESULT_NAMES)
        shape = role if role == "function" else ""
        return Message(at=at, raw=raw, role="tool", parts=[result], shape=shape, extras=fields.extras())


def _read_call(written: Json, at: str) -> ToolCall:
    if not isinstance(written, dict):
        raise MalformedRequest(f"'{at}' must be an object.", param=at)
    raw = members(written)
    fields = Fields(raw)
    is_typed = fields.text("type") is not None
    holder = "custom" if isinstance(raw.get("custom"), dict) and raw.get("type") == "custom" else "function"
    if not isinstance(members(raw.get(holder)).get("name"), str):
        raise MalformedRequest(f"'{at}.{holder}.name' must be a string.", param=f"{at}.{holder}.name")
    call = read_call(raw, at, fields, holder)
    if not is_typed:
        call.shape = f"untyped {call.shape}".rstrip()
    return call


def read_call(raw: dict[str, Json], at: str, fields: Fields, holder: str) -> ToolCall:
    """Read a call whose name and arguments stand in a member of it, or in the call itself."""
    is_custom = holder == "custom"
    name = fields.text(join(holder, "name")) or ""
    arguments, shape = _read_arguments(fields, join(holder, "input" if is_custom else "arguments"))
    call_id = fields.text("id") if holder else None
    if call_id is None:
        call_id, shape = derived_id(f"{at}:{name}"), f"anonymous {shape}".rstrip()
    return ToolCall(
        at=at,
        raw=raw,
        id=call_id,
        name=name,
        arguments=arguments,
        is_custom=is_custom,
        shape=shape,
        names=_CUSTOM_NAMES if is_custom else _CALL_NAMES if holder else {},
        extras=fields.extras(),
    )


def _read_arguments(fields: Fields, path: str) -> tuple[str, str]:
    text = fields.text(path)
    if text is not None:
        return text, ""
    # Some write them as an object (Ollama's clients, recorded 2026-08).
    value = fields.object(path)
    return ("", "bare") if value is None else (encode(value).decode(), "object")
