"""Requests as another dialect has read them, and what a strict vendor says to them in Anthropic messages."""

from typing import Any

from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import (
    Function,
    Message,
    Part,
    Request,
    Role,
    Setting,
    SettingName,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from drawbridge.gateway.wire.dialect import Target, Written
from drawbridge.gateway.wire.profiles import UNKNOWN, Profile
from tests.parts.strict.anthropic import ANTHROPIC_RULES
from tests.parts.strict.checks import Asked, first_complaint

# Any: JSON of any shape.
Json = Any

SCHEMA: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Function(at="tools[0]", raw={"name": "weather"}, name="weather", parameters=SCHEMA)


def said(role: Role, *parts: Part | str, at: str = "") -> Message:
    """Return a message; strings are texts."""
    read = [Text(text=part) if isinstance(part, str) else part for part in parts]
    return Message(at=at, raw={"role": role}, role=role, parts=read)


def called(call_id: str, arguments: str = '{"city":"Oslo"}', name: str = "weather", **more: Any) -> ToolCall:
    """Return a call to a tool."""
    raw = {"id": call_id, "arguments": arguments}
    return ToolCall(at=f"calls.{call_id}", raw=raw, id=call_id, name=name, arguments=arguments, **more)


def returned(call_id: str, text: str = "rain") -> ToolResult:
    """Return the result of a call."""
    return ToolResult(at=f"results.{call_id}", raw={"call_id": call_id}, call_id=call_id, parts=[Text(text=text)])


def asking(
    *messages: Message, tools: tuple[Tool, ...] = (), settings: dict[SettingName, Json] | None = None, **more: Any
) -> Request:
    """Return a request of another dialect. Settings that are no Setting stood at the top level under their name."""
    read: dict[SettingName, Setting] = {
        name: value if isinstance(value, Setting) else Setting(at=name, raw=value, value=value)
        for name, value in (settings or {}).items()
    }
    return Request(dialect="openai-chat", model="public", messages=[*messages], tools=[*tools], settings=read, **more)


def written(request: Request, profile: Profile = UNKNOWN) -> Written:
    """Return a request as it is written for a vendor of that name."""
    return ANTHROPIC_MESSAGES.write_request(request, Target("anthropic", "claude-x", profile))


def body_of(request: Request, profile: Profile = UNKNOWN) -> Json:
    """Return the body of a request. It must be one that a strict vendor takes."""
    found = written(request, profile)
    betas = tuple(dict(found.wire.headers).get("anthropic-beta", "").split(","))
    complaint = first_complaint(ANTHROPIC_RULES, Asked(found.wire.body, "claude-x", betas))
    assert complaint is None, complaint
    return found.wire.body


def lost(request: Request, profile: Profile = UNKNOWN) -> dict[str, str]:
    """Return the paths of what is lost, each with what that can change."""
    return {loss.path: loss.effect for loss in written(request, profile).losses}
