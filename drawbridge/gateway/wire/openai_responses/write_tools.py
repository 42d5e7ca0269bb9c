"""Writes the tools of another dialect's request, and which of them may be called."""

from collections.abc import Mapping
from typing import Final, assert_never

from drawbridge.gateway.wire.canonical import (
    CustomTool,
    Function,
    HostedTool,
    Json,
    Setting,
    ToolChoice,
)
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_responses.fields import put
from drawbridge.gateway.wire.openai_responses.schemas import is_closed
from drawbridge.gateway.wire.openai_responses.tools import same_tool, same_tool_choice
from drawbridge.gateway.wire.openai_responses.write_content import lose_mark
from drawbridge.gateway.wire.openai_responses.writing import NO_MEMBER, Writing

_HOSTED: Final[Mapping[str, dict[str, Json]]] = {
    "web_search": {"type": "web_search"},
    "code_execution": {"type": "code_interpreter", "container": {"type": "auto"}},
    "image_generation": {"type": "image_generation"},
}
_ONLY_OBJECTS: Final = "the schema of a function's arguments must be that of one object"
_COMBINERS: Final = ("oneOf", "anyOf", "allOf", "not", "enum")
_PLACES: Final = ("city", "region", "country", "timezone")


def write_tools(writing: Writing) -> list[Json]:
    """Write the tools of another dialect, those that there are here."""
    said: list[Json] = []
    for tool in writing.request.tools:
        match tool:
            case Function():
                said.append(_function(tool, writing))
            case CustomTool():
                said.append(_custom(tool, writing))
            case HostedTool():
                said.extend(_hosted(tool, writing))
            case _:
                assert_never(tool)
    return said


def _function(tool: Function, writing: Writing) -> Json:
    lose_mark(tool.cache, writing)
    parameters = _parameters(tool, writing)
    if tool.strict and not is_closed(parameters):
        writing.losses.lose(tool, "not all objects of the schema are closed and require all", field="strict")
    said: dict[str, Json] = {
        "type": "function",
        "name": writing.names.of(tool.name, tool.namespace),
        "parameters": parameters,
        # Left out, it is true here and false elsewhere.
        "strict": tool.strict is True and is_closed(parameters),
    }
    if tool.description is not None:
        said["description"] = tool.description
    if tool.is_deferred:
        # Without the tool that looks for tools it would never be seen.
        writing.losses.lose(tool, "tools cannot be deferred here", field="is_deferred", effect="price")
    return writing.finish(tool, said)


def _parameters(tool: Function, writing: Writing) -> Json:
    schema = dict(members(tool.parameters))
    if not schema:
        return {"type": "object", "properties": {}}
    path = f"{tool.at}.{tool.names.get('parameters', 'parameters')}"
    for name in _COMBINERS:
        if name in schema:
            writing.losses.lose_tree(f"{path}.{name}", schema.pop(name), _ONLY_OBJECTS)
    if schema.get("type") != "object":
        if "type" in schema:
            writing.losses.lose_tree(f"{path}.type", schema["type"], _ONLY_OBJECTS)
        schema["type"] = "object"
    return schema


def _custom(tool: CustomTool, writing: Writing) -> Json:
    said: dict[str, Json] = {"type": "custom", "name": writing.names.of(tool.name, tool.namespace)}
    if tool.description is not None:
        said["description"] = tool.description
    if tool.format is not None:
        form = members(tool.format)
        # Chat completions nest what a grammar says.
        grammar = members(form.get("grammar"))
        said["format"] = {"type": form.get("type"), **grammar} if grammar else form
    return writing.finish(tool, said)


def _hosted(tool: HostedTool, writing: Writing) -> list[Json]:
    losses = writing.losses
    if tool.kind not in _HOSTED:
        losses.lose(tool, "OpenAI Responses has no such tool, or needs what only its own requests say")
        return []
    lose_mark(tool.cache, writing)
    said = dict(_HOSTED[tool.kind])
    if tool.max_uses is not None:
        losses.lose(tool, "the uses of one tool cannot be limited", field="max_uses", effect="answer_and_price")
    if tool.domains_blocked is not None:
        losses.lose(tool, "domains can be allowed only, not blocked", field="domains_blocked")
    if tool.kind == "web_search":
        _about_search(tool, said)
    losses.lose_extras(tool, NO_MEMBER)
    return [said]


def _about_search(tool: HostedTool, said: dict[str, Json]) -> None:
    if tool.domains_allowed is not None:
        said["filters"] = {"allowed_domains": tool.domains_allowed}
    if place := {name: value for name, value in members(tool.location).items() if name in _PLACES}:
        said["user_location"] = {"type": "approximate", **place}


def write_tool_choice(setting: Setting, writing: Writing, tools: list[Json]) -> Json:
    """Write which tools may be called; None where that cannot be said."""
    choice = setting.value
    if not isinstance(choice, ToolChoice):
        writing.losses.lose(setting, NO_MEMBER)
        return None
    writing.losses.lose_extras(choice, NO_MEMBER)
    if not tools:
        writing.losses.lose(setting, "there are no tools", effect="none")
        return None
    match choice.mode:
        case "auto" | "none" | "required":
            return choice.mode
        case "one":
            return _named(choice.tools[0], writing, tools)
        case "some":
            named = [_named(name, writing, tools) for name in choice.tools]
            return {"type": "allowed_tools", "mode": "required" if choice.must_call else "auto", "tools": named}
        case _:
            assert_never(choice.mode)


def _named(name: str, writing: Writing, tools: list[Json]) -> dict[str, Json]:
    for tool in writing.request.tools:
        if isinstance(tool, HostedTool) and name in (tool.name, tool.kind) and tool.kind in _HOSTED:
            return {"type": _HOSTED[tool.kind]["type"]}
    wire_name = writing.names.of(name)
    is_custom = any(members(tool).get("type") == "custom" and members(tool)["name"] == wire_name for tool in tools)
    return {"type": "custom" if is_custom else "function", "name": wire_name}


def same_tools(place: str, writing: Writing) -> list[Json]:
    """Write the tools that were read here from a list at a place, those of namespaces within them."""
    held: dict[str, Json] = {"tools": []}
    for tool in writing.request.tools:
        if not tool.at.startswith(f"{place}["):
            continue
        below = "tools" + tool.at.removeprefix(place)
        if isinstance(tool, Function | CustomTool) and tool.namespace is not None:
            namespace = below.rpartition(".")[0]
            put(held, f"{namespace}.type", "namespace")
            put(held, f"{namespace}.name", tool.namespace)
        put(held, below, writing.finish(tool, same_tool(tool)))
    return elements(held["tools"])


def same_choice(choice: ToolChoice, writing: Writing) -> Json:
    """Write a choice that was read here."""
    said = same_tool_choice(choice)
    return writing.finish(choice, members(said)) if isinstance(said, dict) else said
