"""Writes tools, and the choice among them, into a chat completions request."""

from typing import assert_never

from drawbridge.gateway.wire.canonical import CustomTool, Function, HostedTool, Json, Request, ToolChoice
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.openai_chat.restore_request import nested_format
from drawbridge.gateway.wire.openai_chat.schemas import as_object_schema, can_be_strict
from drawbridge.gateway.wire.openai_chat.writing import CUSTOM_TOOLS, Writing
from drawbridge.gateway.wire.tool_names import FREE_TEXT_SCHEMA


def write_tools(body: dict[str, Json], request: Request, writing: Writing) -> None:
    """Set `tools` and `web_search_options`. Where there are none there must be no empty list."""
    tools: list[Json] = []
    for tool in request.tools:
        match tool:
            case Function():
                tools.append(_write_function(tool, writing))
            case CustomTool():
                tools.append(_write_custom(tool, writing))
            case HostedTool():
                _write_hosted(body, tool, writing)
            case _:
                assert_never(tool)
    if tools:
        body["tools"] = tools


def write_choice(body: dict[str, Json], choice: ToolChoice, request: Request, writing: Writing) -> None:
    """Set `tool_choice`, which is refused without tools."""
    writing.leave_extras(choice)
    kinds = {tool.name: isinstance(tool, CustomTool) for tool in request.tools if not isinstance(tool, HostedTool)}
    if not kinds:
        effect = "none" if choice.mode in {"auto", "none"} else "answer"
        writing.lose(choice, "a chat completion without functions has no choice among them", effect=effect)
        return
    known = [name for name in choice.tools if name in kinds]
    if len(known) < len(choice.tools):
        writing.lose(choice, "only functions can be chosen in a chat completion", field="tools")
    named = [_named(name, is_custom=kinds[name], writing=writing, request=request) for name in known]
    match choice.mode:
        case "auto" | "none" | "required":
            body["tool_choice"] = choice.mode
        case "one" if named:
            body["tool_choice"] = named[0]
        case "some" if named:
            mode = "required" if choice.must_call else "auto"
            body["tool_choice"] = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": named}}
        case "one" | "some":
            writing.lose(choice, "only functions can be chosen in a chat completion")


def _named(name: str, *, is_custom: bool, writing: Writing, request: Request) -> dict[str, Json]:
    namespace = next(
        (tool.namespace for tool in request.tools if not isinstance(tool, HostedTool) and tool.name == name), None
    )
    kind = "custom" if is_custom and writing.has(CUSTOM_TOOLS) else "function"
    return {"type": kind, kind: {"name": writing.names.of(name, namespace)}}


def _write_function(tool: Function, writing: Writing) -> dict[str, Json]:
    parameters = as_object_schema(tool.parameters)
    function: dict[str, Json] = {"name": writing.names.of(tool.name, tool.namespace)}
    if tool.description is not None:
        function["description"] = tool.description
    function["parameters"] = parameters
    _note_changed_schema(tool, parameters, writing)
    if tool.strict is True and not can_be_strict(parameters):
        reason = "the vendor takes it only with schemas whose objects are closed and require all their members"
        writing.lose(tool, reason, field="strict")
    elif tool.strict is not None:
        function["strict"] = tool.strict
    if tool.is_deferred is not None:
        effect = "price" if tool.is_deferred else "none"
        writing.lose(tool, "a chat completion shows all tools to the model", field="is_deferred", effect=effect)
    writing.leave_extras(tool)
    return writing.mark({"type": "function", "function": function}, tool.cache)


def _note_changed_schema(tool: Function, parameters: dict[str, Json], writing: Writing) -> None:
    given = tool.parameters
    if given is None or given is parameters:
        return
    if not isinstance(given, dict):
        writing.lose(tool, "the vendor takes only schemas of objects", field="parameters")
    elif "type" in given:
        place = tool.names.get("parameters", "parameters")
        path = f"{tool.at}.{place}.type"
        writing.losses.lose_tree(path, given["type"], "the vendor takes only the type object here")


def _write_custom(tool: CustomTool, writing: Writing) -> dict[str, Json]:
    writing.leave_extras(tool)
    described: dict[str, Json] = {"name": writing.names.of(tool.name, tool.namespace)}
    if tool.description is not None:
        described["description"] = tool.description
    if writing.has(CUSTOM_TOOLS):
        if tool.format is not None:
            described["format"] = nested_format(tool.format)
        return {"type": "custom", "custom": described}
    if tool.format is not None:
        effect = "none" if tool.format == {"type": "text"} else "answer"
        writing.lose(tool, "the model only has functions, whose text has no grammar", field="format", effect=effect)
    return {"type": "function", "function": {**described, "parameters": FREE_TEXT_SCHEMA}}


def _write_hosted(body: dict[str, Json], tool: HostedTool, writing: Writing) -> None:
    searches = writing.has("web_search_options") or "-search" in writing.target.model
    if tool.kind != "web_search" or not searches or "web_search_options" in body:
        writing.lose(tool, "the vendor does not run this tool in chat completions")
        return
    options: dict[str, Json] = {}
    if tool.location is not None:
        place = {name: value for name, value in members(tool.location).items() if name != "type"}
        options["user_location"] = {"type": "approximate", "approximate": place}
    size = tool.extras.get("search_context_size")
    if isinstance(size, str):
        options["search_context_size"] = size
    body["web_search_options"] = options
    for field in ("domains_allowed", "domains_blocked", "max_uses"):
        if getattr(tool, field) is not None:
            writing.lose(tool, "the vendor's web search has no such option", field=field)
    for name, value in tool.extras.items():
        if name != "search_context_size":
            writing.losses.lose_tree(f"{tool.at}.{name}", value, "the vendor's web search has no such option")
    if tool.cache is not None:
        writing.lose(tool.cache, "the vendor's web search cannot be marked", effect="price")
