"""Reads a request for a response.

Source: https://platform.openai.com/docs/api-reference/responses/create, recorded traffic, and what Codex CLI 0.169.0
sends, all as of 2026-11-23.
"""

from collections.abc import Mapping
from typing import Final, cast

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import (
    Hosted,
    Json,
    Message,
    Opaque,
    Part,
    Request,
    Role,
    Tool,
    ToolCall,
    ToolResult,
)
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_responses.carried import read_carried
from drawbridge.gateway.wire.openai_responses.fields import Fields
from drawbridge.gateway.wire.openai_responses.items import (
    CALLS,
    HOSTED_CALLS,
    HOSTED_RESULTS,
    opaque,
    read_call,
    read_other,
    read_reasoning,
)
from drawbridge.gateway.wire.openai_responses.parts import NAME, read_part, read_string
from drawbridge.gateway.wire.openai_responses.settings import read_settings
from drawbridge.gateway.wire.openai_responses.tools import read_tools

ROOT: Final = "/responses"

_ROLES: Final = frozenset({"system", "developer", "user", "assistant"})
_NAMES: Final[Mapping[str, str]] = {"parts": "content"}
_ITSELF: Final[Mapping[str, str]] = {"parts": ""}
_RESULT: Final[Mapping[str, str]] = {"parts": "output", "item_id": "id"}


def read_request(wire: WireRequest) -> Request:
    """Read a request. Raises MalformedRequest where it is none of this dialect."""
    fields = Fields(wire.body)
    if not fields.raw:
        raise MalformedRequest("The body must be a JSON object.")
    model = fields.text("model")
    if model is None:
        raise MalformedRequest("Name the model: 'model' must be a string.", param="model")
    conversation = _Conversation()
    conversation.hear_instructions(fields.text("instructions"))
    conversation.hear(fields)
    tools, rest = _tools(fields)
    return Request(
        raw=fields.raw,
        dialect=NAME,
        model=model,
        messages=conversation.messages,
        tools=tools + conversation.tools,
        settings=read_settings(fields),
        streamed=fields.flag("stream") is True,
        # What was set to its default is told from what was not set at all.
        shape=_shape(wire, fields.raw),
        extras={**fields.extras, **rest, **conversation.rest},
    )


def _shape(wire: WireRequest, body: dict[str, Json]) -> str:
    said = "stream" if body.get("stream") is False else ""
    return f"{wire.path.removeprefix(ROOT)} {said}"


def _tools(fields: Fields) -> tuple[list[Tool], dict[str, Json]]:
    listed = fields.elements("tools")
    if not listed:
        return [], {} if listed is None else {"tools": []}
    return read_tools(listed, "tools")


class _Conversation:
    """The messages of a request, and the tools that stand among them."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.tools: list[Tool] = []
        self.rest: dict[str, Json] = {}
        self._carried: Opaque | None = None

    def hear_instructions(self, text: str | None) -> None:
        if text is not None:
            said = read_string(text, "instructions")
            said.names = {"text": ""}
            self.messages.append(
                Message(at="instructions", raw=text, names=_ITSELF, role="system", parts=[said], shape="instructions")
            )

    def hear(self, fields: Fields) -> None:
        """Read the input: a text, or a list of items."""
        if (text := fields.text("input")) is not None:
            said = read_string(text, "input")
            self.messages.append(Message(at="input", raw=text, names=_ITSELF, role="user", parts=[said], shape="input"))
            return
        listed = fields.elements("input")
        if listed == []:
            self.rest["input"] = []
        for number, raw in enumerate(listed or ()):
            self._hear_item(raw, f"input[{number}]")

    def _hear_item(self, raw: Json, at: str) -> None:
        if not isinstance(raw, dict):
            raise MalformedRequest("Each item of the input must be an object.", param=at)
        item = members(raw)
        kind = item.get("type")
        if kind == "reasoning" and (carried := read_carried(item)) is not None:
            self._carried = carried
            return
        message = self._read(item, at, kind)
        if self._carried is not None and isinstance(message.parts[0] if message.parts else None, ToolCall):
            cast("ToolCall", message.parts[0]).seal = self._carried  # cast: it was looked at
        self._carried = None
        self.messages.append(message)

    def _read(self, item: dict[str, Json], at: str, kind: Json) -> Message:
        match kind:
            case "message":
                return _message(item, at)
            case None if "role" in item:
                return _message(item, at)
            case "function_call" | "custom_tool_call":
                return _alone(_call(item, at), "assistant")
            case "function_call_output" | "custom_tool_call_output":
                return _alone(_result(item, at), "tool")
            case "reasoning":
                return Message(at=at, raw=item, role="assistant", parts=[*read_reasoning(item, at)])
            case "additional_tools" | "tool_search_output" if _brings_tools(item):
                return self._brought(item, at)
            case _:
                return _alone(read_other(item, at), _role_of(kind))

    def _brought(self, item: dict[str, Json], at: str) -> Message:
        """Read an item that brings tools: they count as the request's own, and the item as what is left of it."""
        tools, rest = read_tools(elements(item["tools"]), f"{at}.tools")
        self.tools.extend(tools)
        beside = {path.removeprefix(f"{at}."): value for path, value in rest.items()}
        left = {name: value for name, value in item.items() if name != "tools"}
        if item["type"] == "tool_search_output":
            found = Hosted(at=at, raw=left, tool="tool_search", is_result=True, shape="brings tools")
            return Message(at=at, raw=item, role="tool", parts=[found], shape="brings tools", extras=beside)
        fields = Fields(left)
        fields.text("type")
        shape = "additional_tools"
        if item.get("role") == "developer":
            fields.text("role")
            shape = "additional_tools developer"
        return Message(at=at, raw=item, role="developer", parts=[], shape=shape, extras=fields.extras | beside)


def _brings_tools(item: dict[str, Json]) -> bool:
    """Tell whether an item brings tools that are said nowhere else: what the vendor has searched is declared above."""
    return bool(elements(item.get("tools"))) and (
        item["type"] == "additional_tools" or item.get("execution") == "client"
    )


def _alone(part: Part, role: Role) -> Message:
    return Message(at=part.at, raw=part.raw, role=role, parts=[part])


def _role_of(kind: Json) -> Role:
    if kind in HOSTED_CALLS or kind == "compaction":
        return "assistant"
    return "tool" if kind in HOSTED_RESULTS else "user"


def _message(item: dict[str, Json], at: str) -> Message:
    fields = Fields(item)
    role = fields.text("role")
    if role not in _ROLES:
        raise MalformedRequest("A message's role must be user, assistant, system or developer.", param=f"{at}.role")
    shape = "" if fields.text("type") is not None else "bare"
    parts: list[Part] = []
    if (text := fields.text("content")) is not None:
        shape = f"{shape} string".strip()
        parts.append(read_string(text, f"{at}.content"))
    else:
        listed = fields.elements("content")
        if listed is None:
            raise MalformedRequest("A message's content must be a string or a list.", param=f"{at}.content")
        parts.extend(read_part(each, f"{at}.content[{number}]") for number, each in enumerate(listed))
    return Message(
        at=at, raw=item, names=_NAMES, role=cast("Role", role), parts=parts, id=opaque(fields.text("id"), None),
        phase=fields.text("phase"), shape=shape, extras=fields.extras,
    )  # fmt: skip  # cast: it is one of them


def _call(item: dict[str, Json], at: str) -> ToolCall:
    call = read_call(item, at)
    if call is None:
        missing = "call_id" if not isinstance(item.get("call_id"), str) else "name"
        raise MalformedRequest("A call needs a 'call_id' and a 'name', both strings.", param=f"{at}.{missing}")
    written = CALLS[str(item["type"])]
    if not isinstance(item.get(written), str):
        raise MalformedRequest(f"A call's '{written}' must be a string.", param=f"{at}.{written}")
    return call


def _result(item: dict[str, Json], at: str) -> ToolResult:
    fields = Fields(item)
    kind, call_id = fields.text("type"), fields.text("call_id")
    if call_id is None:
        raise MalformedRequest("A tool's output needs the 'call_id' of its call.", param=f"{at}.call_id")
    result = ToolResult(at=at, raw=item, names=_RESULT, call_id=call_id, is_custom=kind == "custom_tool_call_output")
    if (text := fields.text("output")) is not None:
        result.shape = "string"
        result.parts = [read_string(text, f"{at}.output")]
    elif (listed := fields.elements("output")) is not None:
        result.parts = [read_part(each, f"{at}.output[{number}]") for number, each in enumerate(listed)]
    else:
        raise MalformedRequest("A tool's output must be a string or a list of parts.", param=f"{at}.output")
    result.item_id = opaque(fields.text("id"), None)
    result.extras = fields.extras
    return result
