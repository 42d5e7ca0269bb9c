"""A generateContent request, as requests of both operations and of countTokens have it."""

import re
from typing import Final
from urllib.parse import unquote

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Json, Message, Part, Request, Role, ToolCall, ToolResult
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.gemini.carried import thought_apart
from drawbridge.gateway.wire.gemini.read_parts import read_part
from drawbridge.gateway.wire.gemini.read_settings import SETTINGS, read_settings
from drawbridge.gateway.wire.gemini.read_tools import read_tools
from drawbridge.gateway.wire.gemini.spelling import Spelled, tree
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.losses import join

_REQUEST: Final = tree(f"contents systemInstruction tools {SETTINGS}")
_CONTENT: Final = tree("role parts")
_COUNTED: Final = "generateContentRequest"

# Vertex has the project, the place and the publisher before the model.
_PATH: Final = re.compile(r"(?:.*/)?models/(?P<model>.+):(?P<verb>[A-Za-z]+)")
_ROLES: Final[dict[str, Role]] = {"user": "user", "model": "assistant", "function": "tool", "system": "system"}


def read_request(wire: WireRequest) -> Request:
    """Read a request. Raises MalformedRequest."""
    found = _PATH.fullmatch(wire.path)
    if found is None:
        raise MalformedRequest(f"The path {wire.path} names no model and what to do with it.")
    body, at = members(wire.body), ""
    if not body:
        raise MalformedRequest("The request's body is no JSON object with contents.")
    if isinstance(body.get(_COUNTED), dict):
        body, at = members(body[_COUNTED]), _COUNTED
    fields = Spelled(body, _REQUEST)
    messages = [*_system(fields, at), *_contents(fields, at)]
    tools = read_tools(fields, at)
    settings = read_settings(fields, at)
    return Request(
        at=at,
        raw=body,
        extras=fields.extras(),
        shape=fields.shape(*_marks(wire, found["verb"])),
        dialect="gemini",
        model=unquote(found["model"]),
        messages=messages,
        tools=tools,
        settings=settings,
        streamed=found["verb"] == "streamGenerateContent",
    )


def _marks(wire: WireRequest, verb: str) -> list[str]:
    """Return how the request came, as words: `verb:countTokens`, `array` for a stream that is one JSON array."""
    asked = dict(wire.query)
    is_array = verb == "streamGenerateContent" and asked.get("alt") != "sse"
    return [f"verb:{verb}", *(["array"] if is_array else [])]


def _system(fields: Spelled, at: str) -> list[Message]:
    value = fields.take_any("systemInstruction")
    if value is None:
        return []
    place = join(at, fields.place("systemInstruction"))
    return [_message(value, place, "system", "system")]


def _contents(fields: Spelled, at: str) -> list[Message]:
    messages: list[Message] = []
    for below, content in fields.take_several("contents"):
        messages.append(_message(content, join(at, below), None, str(len(messages))))
    if not messages:
        raise MalformedRequest("The request has no contents.", param=join(at, "contents"))
    _join_results(messages)
    return messages


def _message(content: Json, at: str, role: Role | None, seed: str) -> Message:
    if not isinstance(content, dict):
        raise MalformedRequest("A content is an object with parts.", param=at)
    fields = Spelled(members(content), _CONTENT)
    parts: list[Part] = []
    for number, (below, part) in enumerate(fields.take_several("parts")):
        if not isinstance(part, dict):
            raise MalformedRequest("A part is an object.", param=join(at, below))
        parts.extend(thought_apart(read_part(part, join(at, below), None, f"{seed}.{number}")))
    mark = "top" if role == "system" else None
    role = role or _role(fields, at, parts)
    marks = [*([mark] if mark else []), *([] if fields.has("parts") else ["partless"])]
    if fields.has("role"):
        # What a role was written as is known from the message's but for odd ones, and for the system's.
        said = str(fields.take_any("role"))
        if mark or said != written_role(role):
            fields.stood("role", said)
    else:
        marks.append("roleless")
    return Message(at=at, raw=content, extras=fields.extras(), shape=fields.shape(*marks), role=role, parts=parts)


def written_role(role: Role) -> str:
    """Return what Gemini calls the sender of a message."""
    return "model" if role == "assistant" else "user"


def _role(fields: Spelled, at: str, parts: list[Part]) -> Role:
    said = fields.take_any("role")
    role: Role | None = "user" if said is None else _ROLES.get(said.lower()) if isinstance(said, str) else None
    if role is None:
        raise MalformedRequest("Please use a valid role: user, model.", param=join(at, "role"))
    if role == "user" and parts and all(isinstance(part, ToolResult) for part in parts):
        return "tool"
    return role


def _join_results(messages: list[Message]) -> None:
    """Give results without an id that of the call before them: the first of its name that is not answered yet."""
    waiting: list[ToolCall] = []
    for part in [part for message in messages for part in message.parts]:
        if isinstance(part, ToolCall):
            waiting.append(part)
        elif isinstance(part, ToolResult):
            call = _call_of(part, waiting)
            # By identity: two calls may be equal.
            waiting = [other for other in waiting if other is not call]
            if not part.call_id:
                part.call_id = derived_id(part.at) if call is None else call.id


def _call_of(result: ToolResult, waiting: list[ToolCall]) -> ToolCall | None:
    if result.call_id:
        return next((call for call in waiting if call.id == result.call_id), None)
    return next((call for call in waiting if call.name == result.name), None)
