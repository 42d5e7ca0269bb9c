"""A request of a caller who speaks Anthropic messages, read."""

from types import MappingProxyType
from typing import Final, cast

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.anthropic_messages import envelope
from drawbridge.gateway.wire.anthropic_messages.envelope import NAME
from drawbridge.gateway.wire.anthropic_messages.members import Members
from drawbridge.gateway.wire.anthropic_messages.read_blocks import BARE, Reading, read_cache_mark, read_content
from drawbridge.gateway.wire.anthropic_messages.read_settings import read_settings
from drawbridge.gateway.wire.anthropic_messages.read_tools import read_tools
from drawbridge.gateway.wire.canonical import Json, Message, Part, Request, Role, ToolResult
from drawbridge.gateway.wire.dialect import WireRequest

TOP: Final = "top"
"""The shape of the system prompt that stands beside the conversation."""

_ROLES: Final = MappingProxyType[str, Role]({"user": "user", "assistant": "assistant", "system": "system"})
_READING: Final = Reading()
_REQUEST_NAMES: Final = MappingProxyType({"streamed": "stream", "cache": "cache_control"})
_MESSAGE_NAMES: Final = MappingProxyType({"parts": "content"})


def read_request(wire: WireRequest) -> Request:
    """Read a request. Raises MalformedRequest where it is no message."""
    if not isinstance(wire.body, dict):
        raise MalformedRequest("The body must be a JSON object.")
    # cast: the keys of a JSON object are strings.
    body = cast("dict[str, Json]", wire.body)
    members = Members(body)
    model = members.text("model")
    if model is None:
        raise MalformedRequest("model: expected a string.", param="model")
    settings = read_settings(members)
    messages = _system(members) + _messages(members)
    tools = None if body.get("tools") is None else read_tools(members.take("tools", list) or body["tools"])
    request = Request(
        raw=body,
        names=_REQUEST_NAMES,
        shape=envelope.read(wire).packed(),
        dialect=NAME,
        model=model,
        messages=messages,
        tools=tools or [],
        settings=settings.by_name,
        streamed=members.flag("stream") or False,
        cache=read_cache_mark(members, ""),
    )
    if tools == []:
        members.leave(["tools"])
    request.extras = members.rest() | settings.extras
    return request


def _system(members: Members) -> list[Message]:
    content = members.take("system", str, list)
    if content is None:
        return []
    return [
        Message(at="system", raw=content, shape=TOP, role="system", parts=read_content(content, "system", _READING))
    ]


def _messages(members: Members) -> list[Message]:
    listed = members.take("messages", list)
    if listed is None:
        raise MalformedRequest("messages: expected a list.", param="messages")
    return [_message(one, f"messages[{number}]") for number, one in enumerate(listed)]


def _message(raw: Json, at: str) -> Message:
    if not isinstance(raw, dict):
        raise MalformedRequest(f"{at}: expected a message.", param=at)
    # cast: the keys of a JSON object are strings.
    members = Members(cast("dict[str, Json]", raw))
    written = members.text("role")
    role = _ROLES.get(written or "")
    if role is None:
        raise MalformedRequest(f"{at}.role: expected user, assistant or system.", param=f"{at}.role")
    content = members.take("content", str, list)
    if content is None and role != "system":
        raise MalformedRequest(f"{at}.content: expected a string or a list.", param=f"{at}.content")
    parts: list[Part] = [] if content is None else read_content(content, f"{at}.content", _READING)
    return Message(
        at=at,
        raw=raw,
        names=_MESSAGE_NAMES,
        role="tool" if role == "user" and parts and all(isinstance(part, ToolResult) for part in parts) else role,
        parts=parts,
        shape=BARE if content is None else "",
        extras=members.rest(),
    )
