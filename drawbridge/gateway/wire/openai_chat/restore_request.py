"""Writes a request that was read from a chat completion as the same chat completion again."""

from collections.abc import Sequence

from drawbridge.gateway.wire.canonical import (
    CustomTool,
    Function,
    HostedTool,
    Json,
    Message,
    OutputFormat,
    Part,
    Reasoning,
    Refusal,
    Request,
    Setting,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from drawbridge.gateway.wire.json_text import decode
from drawbridge.gateway.wire.openai_chat.cache_marks import lifetime
from drawbridge.gateway.wire.openai_chat.members import put, put_all
from drawbridge.gateway.wire.openai_chat.parts import restore_part, with_mark
from drawbridge.gateway.wire.openai_chat.read_thinking import write_thoughts


def restore_request(request: Request, model: str) -> dict[str, Json]:
    """Return the body, for a model by this name."""
    body: dict[str, Json] = {"model": model, "messages": [restore_message(message) for message in request.messages]}
    _restore_tools(body, request.tools)
    for setting in request.settings.values():
        _restore_setting(body, setting)
    if request.streamed or request.shape == "whole":
        body["stream"] = request.streamed
    if request.wants_stream_usage is not None:
        put(body, "stream_options.include_usage", request.wants_stream_usage)
    return put_all(body, request.extras)


def restore_message(message: Message) -> dict[str, Json]:
    """Return a message as it stood in the request."""
    if message.role == "tool":
        return _restore_result(message)
    raw: dict[str, Json] = {"role": message.role}
    if message.name is not None:
        raw["name"] = message.name
    write_thoughts(raw, [part for part in message.parts if isinstance(part, Thinking)])
    content = [part for part in message.parts if _is_content(part)]
    _restore_content(raw, content, message.shape)
    calls: list[Json] = []
    for part in message.parts:
        if isinstance(part, ToolCall):
            _restore_call(raw, calls, part)
        elif isinstance(part, Refusal) and part.shape == "member":
            raw["refusal"] = part.text
        elif part.shape == "audio":
            raw["audio"] = restore_part(part)
    if calls:
        raw["tool_calls"] = calls
    return put_all(raw, message.extras)


def _is_content(part: Part) -> bool:
    if isinstance(part, Thinking):
        return part.shape == "content"
    return not isinstance(part, ToolCall) and part.shape not in {"member", "audio"}


def _restore_content(raw: dict[str, Json], parts: Sequence[Part], shape: str) -> None:
    match shape:
        case "null":
            raw["content"] = None
        case "absent":
            pass
        case "text":
            raw["content"] = "".join(part.text for part in parts if isinstance(part, Text))
        case _:
            raw["content"] = [restore_part(part) for part in parts]


def _restore_call(raw: dict[str, Json], calls: list[Json], call: ToolCall) -> None:
    shapes = call.shape.split()
    arguments: Json = decode(call.arguments) if "object" in shapes else call.arguments
    word = "input" if call.is_custom else "arguments"
    called: dict[str, Json] = {"name": call.name} if "bare" in shapes else {"name": call.name, word: arguments}
    if "function_call" in shapes:
        raw["function_call"] = put_all(called, call.extras)
        return
    holder = "custom" if call.is_custom else "function"
    written: dict[str, Json] = {} if "anonymous" in shapes else {"id": call.id}
    if "untyped" not in shapes:
        written["type"] = holder
    calls.append(put_all({**written, holder: called}, call.extras))


def _restore_result(message: Message) -> dict[str, Json]:
    raw: dict[str, Json] = {"role": message.shape or "tool"}
    for result in message.parts:
        if isinstance(result, ToolResult):
            if message.shape != "function" or "tool_call_id" in result.shape:
                raw["tool_call_id"] = result.call_id
            if result.name is not None:
                raw["name"] = result.name
            _restore_content(raw, result.parts, result.shape)
    return put_all(raw, message.extras)


def _restore_tools(body: dict[str, Json], tools: list[Tool]) -> None:
    listed: list[Json] = []
    functions: list[Json] = []
    for tool in tools:
        match tool:
            case Function(shape="functions"):
                functions.append(put_all(_function(tool), tool.extras))
            case Function():
                listed.append(_restore_function(tool))
            case CustomTool():
                listed.append(_restore_custom(tool))
            case HostedTool(shape="web_search_options"):
                body["web_search_options"] = _restore_search_options(tool)
            case HostedTool():
                listed.append(put_all({"type": tool.shape}, tool.extras))
    if listed:
        body["tools"] = listed
    if functions:
        body["functions"] = functions


def _restore_function(tool: Function) -> dict[str, Json]:
    raw: dict[str, Json] = {"function": _function(tool)}
    if tool.shape != "untyped":
        raw["type"] = "function"
    if tool.is_deferred is not None:
        raw["defer_loading"] = tool.is_deferred
    return put_all(with_mark(raw, tool.cache), tool.extras)


def _function(tool: Function) -> dict[str, Json]:
    said = {"description": tool.description, "parameters": tool.parameters, "strict": tool.strict}
    return {"name": tool.name} | {name: value for name, value in said.items() if value is not None}


def _restore_custom(tool: CustomTool) -> dict[str, Json]:
    custom: dict[str, Json] = {"name": tool.name}
    if tool.description is not None:
        custom["description"] = tool.description
    if tool.format is not None:
        custom["format"] = nested_format(tool.format) if tool.shape == "nested" else tool.format
    return put_all({"type": "custom", "custom": custom}, tool.extras)


def nested_format(flat: dict[str, Json]) -> dict[str, Json]:
    """Return a custom tool's grammar as chat completions have it, in a member of its own."""
    grammar = {name: value for name, value in flat.items() if name != "type"}
    return {"type": flat.get("type"), "grammar": grammar} if grammar else {"type": flat.get("type")}


def _restore_search_options(tool: HostedTool) -> dict[str, Json]:
    options: dict[str, Json] = {}
    if tool.location is not None:
        options["user_location"] = {"type": "approximate", "approximate": tool.location}
    return put_all(options, tool.extras)


def _restore_setting(body: dict[str, Json], setting: Setting) -> None:
    match setting.value:
        case ToolChoice() as choice:
            body[setting.at] = _restore_choice(choice)
        case OutputFormat() as form:
            body[setting.at] = restore_format(form)
        case Reasoning() as reasoning:
            body[setting.at] = _restore_reasoning(reasoning)
        case value if setting.at.startswith("prompt_cache_") and isinstance(value, int):
            put(body, setting.at, lifetime(value))
        case value if setting.at == "stop" and setting.shape == "text":
            body["stop"] = value[0]
        case value:
            body[setting.at] = value


def _restore_choice(choice: ToolChoice) -> Json:
    if choice.mode == "one":
        named: dict[str, Json] = {"name": choice.tools[0]}
        if choice.shape == "typeless":
            return put_all({"function": named}, choice.extras)
        raw = {"type": choice.shape, choice.shape: named} if choice.shape else named
        return put_all(raw, choice.extras)
    if choice.mode == "some":
        kinds = choice.shape.split()
        tools = [{"type": kind, kind: {"name": name}} for kind, name in zip(kinds, choice.tools, strict=True)]
        mode = "required" if choice.must_call else "auto"
        return put_all({"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}, choice.extras)
    return choice.shape


_FORMAT_TYPES = {"text": "text", "json": "json_object", "schema": "json_schema"}


def restore_format(form: OutputFormat) -> dict[str, Json]:
    """Return `response_format` with all that is known of it."""
    raw: dict[str, Json] = {"type": _FORMAT_TYPES[form.kind]}
    said = {"name": form.name, "description": form.description, "schema": form.schema, "strict": form.strict}
    if form.kind == "schema":
        raw["json_schema"] = {name: value for name, value in said.items() if value is not None}
    return put_all(raw, form.extras)


def _restore_reasoning(reasoning: Reasoning) -> Json:
    match reasoning.shape:
        case "reasoning_effort":
            return reasoning.effort
        case "enable_thinking":
            return reasoning.is_on
        case "thinking":
            raw: dict[str, Json] = {"type": "enabled" if reasoning.is_on else "disabled"}
            if reasoning.budget_tokens is not None:
                raw["budget_tokens"] = reasoning.budget_tokens
            return put_all(raw, reasoning.extras)
        case _:
            said = {
                "enabled": reasoning.is_on,
                "effort": reasoning.effort,
                "max_tokens": reasoning.budget_tokens,
                "exclude": None if reasoning.shows is None else not reasoning.shows,
                "summary": reasoning.summary,
            }
            return put_all({name: value for name, value in said.items() if value is not None}, reasoning.extras)
