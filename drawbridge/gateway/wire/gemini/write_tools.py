"""The tools of a request, and which of them may be called, written."""

from collections.abc import Mapping
from typing import Final, assert_never

from drawbridge.gateway.wire.canonical import CustomTool, Function, HostedTool, Json, ToolChoice
from drawbridge.gateway.wire.gemini.models import mixes
from drawbridge.gateway.wire.gemini.read_settings import written_mode
from drawbridge.gateway.wire.gemini.read_tools import HOSTED
from drawbridge.gateway.wire.gemini.schemas import to_json_schema
from drawbridge.gateway.wire.gemini.spelling import as_it_was
from drawbridge.gateway.wire.gemini.write_parts import lose_cache
from drawbridge.gateway.wire.gemini.writing import NO_MEMBER, Writing
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.losses import place_of
from drawbridge.gateway.wire.tool_names import FREE_TEXT_SCHEMA

_OFFERED: Final[Mapping[str, str]] = {
    kind: member for member, kind in HOSTED.items() if kind in {"web_search", "web_fetch", "code_execution", "maps"}
}
"""Google's own tools that need nothing of Google's, and that do by themselves what others' do."""

_ALONE: Final = "alone:functionDeclarations"


def write_tools(body: dict[str, Json], writing: Writing) -> None:
    """Write the tools into a request's body."""
    if writing.is_own:
        tools = _own_tools(writing)
        if tools:
            body["tools"] = tools[0] if writing.is_odd(writing.request, "alone:tools") else tools
        return
    declared: list[Json] = []
    hosted: list[HostedTool] = []
    for tool in writing.request.tools:
        match tool:
            case Function():
                declared.append(_function(tool, writing))
            case CustomTool():
                declared.append(_custom(tool, writing))
            case HostedTool():
                hosted.append(tool)
            case _:
                assert_never(tool)
    offered = _hosted(hosted, writing, beside_functions=bool(declared))
    tools = [*([{"functionDeclarations": declared}] if declared else []), *offered]
    if tools:
        body["tools"] = tools
    if declared and offered:
        # https://ai.google.dev/gemini-api/docs/tool-combination: refused without. Read 2026-11-23.
        body.setdefault("toolConfig", {})["includeServerSideToolInvocations"] = True


def _own_tools(writing: Writing) -> list[Json]:
    groups: dict[str, dict[str, Json]] = {}
    words: dict[str, str] = {}
    for tool in writing.request.tools:
        own, _, around = tool.shape.rpartition(" | ")
        mark = next((word for word in around.split(" ") if word.startswith("in:")), "in:0")
        group = groups.setdefault(mark, {})
        match tool:
            case HostedTool():
                name = next((word[3:] for word in around.split(" ") if word.startswith("as:")), tool.kind)
                group[name] = dict(tool.extras)
            case Function():
                words[mark] = around
                group.setdefault("functionDeclarations", []).append(_own_function(tool, own))
            case CustomTool():
                group.setdefault("functionDeclarations", []).append(_custom(tool, writing))
    return [_own_group(group, words.get(mark, "")) for mark, group in groups.items()]


def _own_group(group: dict[str, Json], words: str) -> dict[str, Json]:
    if _ALONE in words.split(" "):
        group["functionDeclarations"] = group["functionDeclarations"][0]
    return as_it_was(group, Function(name="", shape=words))


def _own_function(tool: Function, shape: str) -> dict[str, Json]:
    written: dict[str, Json] = {"name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    which = "parameters" if "parameters" in shape.split(" ") else "parametersJsonSchema"
    if tool.parameters is not None:
        written[which] = _own_schema(tool) if which == "parameters" else tool.parameters
    return as_it_was(written, Function(name="", shape=shape, extras=tool.extras))


def _own_schema(tool: Function) -> Json:
    """Return the schema in Gemini's own words, so long as it still says what the JSON schema says."""
    _, raw = place_of(tool, "parameters")
    return raw if to_json_schema(raw) == tool.parameters else tool.parameters


def _function(tool: Function, writing: Writing) -> dict[str, Json]:
    lose_cache(tool.cache, writing)
    writing.losses.lose_extras(tool, NO_MEMBER)
    written: dict[str, Json] = {"name": writing.names.of(tool.name, tool.namespace)}
    if tool.description:
        written["description"] = tool.description
    if tool.parameters is not None:
        # The schema as it is: `parameters` is another language, that knows few of a JSON schema's words.
        # https://ai.google.dev/api/caching#FunctionDeclaration, read 2026-11-23.
        written["parametersJsonSchema"] = tool.parameters
    if tool.strict:
        writing.lose(tool, "Gemini does not promise that arguments follow the schema", field="strict")
    elif tool.strict is False:
        writing.lose(tool, NO_MEMBER, field="strict", effect="none")
    if tool.is_deferred is not None:
        writing.lose(tool, "Gemini is told of all tools at once", field="is_deferred", effect="answer_and_price")
    return written


def _custom(tool: CustomTool, writing: Writing) -> dict[str, Json]:
    written: dict[str, Json] = {"name": writing.names.of(tool.name, tool.namespace)}
    if tool.description:
        written["description"] = tool.description
    written["parametersJsonSchema"] = FREE_TEXT_SCHEMA
    if tool.format is not None:
        effect = "none" if members(tool.format).get("type") == "text" else "answer"
        writing.lose(tool, "Gemini holds arguments to no grammar", field="format", effect=effect)
    writing.losses.lose_extras(tool, NO_MEMBER)
    return written


def _hosted(tools: list[HostedTool], writing: Writing, *, beside_functions: bool) -> list[Json]:
    written: list[Json] = []
    for tool in tools:
        member = _OFFERED.get(tool.kind)
        lose_cache(tool.cache, writing)
        if member is None:
            writing.lose(tool, "Google runs no such tool")
        elif beside_functions and not mixes(writing.target):
            writing.lose(tool, "the model takes Google's own tools or functions, not both")
        else:
            _lose_set_up(tool, writing)
            written.append({member: {}})
    return written


def _lose_set_up(tool: HostedTool, writing: Writing) -> None:
    why = "Google's tool cannot be told so"
    for field in ("name", "domains_allowed", "domains_blocked", "max_uses", "location"):
        if getattr(tool, field) is not None:
            effect = "none" if field == "name" else "answer"
            writing.lose(tool, why, field=field, effect=effect)
    writing.losses.lose_extras(tool, why)


def write_tool_choice(choice: ToolChoice, body: dict[str, Json], writing: Writing) -> None:
    """Write which tools may be called into a request's body."""
    if writing.is_own:
        _config(body).update(_own_choice(choice))
        return
    writing.losses.lose_extras(choice, NO_MEMBER)
    functions = {tool.name: tool for tool in writing.request.tools if not isinstance(tool, HostedTool)}
    if not functions:
        effect = "none" if choice.mode in {"auto", "none"} else "answer"
        writing.lose(choice, "Gemini takes a choice of functions only, and there are none", effect=effect)
        return
    known = [name for name in choice.tools if name in functions]
    if choice.mode in {"one", "some"} and len(known) < len(choice.tools):
        writing.lose(choice, "Gemini can be told to call functions only", field="tools")
        if not known:
            return
    config: dict[str, Json] = {"mode": written_mode(choice)}
    if known:
        config["allowedFunctionNames"] = [writing.names.of(name, functions[name].namespace) for name in known]
    _config(body).update(config)


def _own_choice(choice: ToolChoice) -> dict[str, Json]:
    written: dict[str, Json] = {"mode": written_mode(choice)}
    if choice.shape == "modeless":
        del written["mode"]
    elif choice.shape:
        written["mode"] = choice.shape.removeprefix("mode=")
    elif choice.extras:
        written["mode"] = next(iter(choice.extras.values()))
    if choice.tools:
        written["allowedFunctionNames"] = choice.tools
    return written


def _config(body: dict[str, Json]) -> dict[str, Json]:
    return body.setdefault("toolConfig", {}).setdefault("functionCallingConfig", {})
