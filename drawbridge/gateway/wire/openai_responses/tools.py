"""The tools of a request, and which of them may be called.

Source: https://platform.openai.com/docs/api-reference/responses/create, recorded traffic and the official SDK's types
(openai 3.54.0), as of 2026-11-23.
"""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import CustomTool, Function, HostedTool, Json, Tool, ToolChoice
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_responses.fields import Fields

HOSTED: Final[Mapping[str, str]] = {
    "web_search": "web_search",
    "web_search_2025_08_26": "web_search",
    "web_search_preview": "web_search",
    "web_search_preview_2025_03_11": "web_search",
    "code_interpreter": "code_execution",
    "file_search": "file_search",
    "image_generation": "image_generation",
    "computer": "computer",
    "computer_use": "computer",
    "computer_use_preview": "computer",
    "local_shell": "shell",
    "shell": "shell",
    "apply_patch": "text_editor",
    "mcp": "mcp",
    "tool_search": "tool_search",
}
"""Which kind of tool a type is, in the canonical form's words."""

_FUNCTION: Final[Mapping[str, str]] = {"is_deferred": "defer_loading"}
_HOSTED: Final[Mapping[str, str]] = {
    "kind": "type",
    "domains_allowed": "filters.allowed_domains",
    "domains_blocked": "filters.blocked_domains",
    "location": "user_location",
}


def read_tools(listed: list[Json], at: str, namespace: str | None = None) -> tuple[list[Tool], dict[str, Json]]:
    """Read tools that stand in a list, those of namespaces among them.

    Returns what of the list is no tool's beside them, by path: what is said of a namespace.
    """
    tools: list[Tool] = []
    rest: dict[str, Json] = {}
    for number, raw in enumerate(listed):
        place = f"{at}[{number}]"
        tool = _read_tool(raw, place, namespace)
        if tool is not None:
            tools.append(tool)
        elif members(raw).get("type") == "namespace" and namespace is None and _is_sound(members(raw)):
            fields = Fields(raw)
            fields.text("type")
            within, left = read_tools(fields.elements("tools") or [], f"{place}.tools", fields.text("name"))
            tools.extend(within)
            rest.update({f"{place}.{name}": value for name, value in fields.extras.items()})
            rest.update(left)
        else:
            rest[place] = raw
    return tools, rest


def _is_sound(namespace: dict[str, Json]) -> bool:
    return isinstance(namespace.get("name"), str) and bool(elements(namespace.get("tools")))


def _read_tool(raw: Json, at: str, namespace: str | None) -> Tool | None:
    fields = Fields(raw)
    kind = fields.raw.get("type")
    has_name = isinstance(fields.raw.get("name"), str)
    match kind:
        case "function" if has_name:
            return _function(fields, at, namespace)
        case "custom" if has_name:
            fields.text("type")
            name, description, form = fields.text("name") or "", fields.text("description"), fields.given("format")
            return CustomTool(
                at=at, raw=raw, name=name, description=description, format=form, namespace=namespace,
                extras=fields.extras,
            )  # fmt: skip
        case str() if kind in HOSTED and namespace is None:
            return _hosted(fields, at, HOSTED[kind])
        case _:
            return None


def _function(fields: Fields, at: str, namespace: str | None) -> Function:
    fields.text("type")
    tool = Function(at=at, raw=fields.raw, names=_FUNCTION, name=fields.text("name") or "", namespace=namespace)
    tool.description = fields.text("description")
    tool.parameters = fields.given("parameters")
    tool.strict = fields.flag("strict")
    tool.is_deferred = fields.flag("defer_loading")
    tool.extras = fields.extras
    return tool


def _hosted(fields: Fields, at: str, kind: str) -> HostedTool:
    tool = HostedTool(at=at, raw=fields.raw, names=_HOSTED, kind=kind, shape=fields.text("type") or "")
    if (filters := fields.members("filters")) is not None:
        inner = Fields(filters)
        tool.domains_allowed = _names(inner, "allowed_domains")
        tool.domains_blocked = _names(inner, "blocked_domains")
        empty: dict[str, Json] = {} if filters else {"": {}}
        fields.leave("filters", inner.extras or empty)
    if kind == "web_search":
        tool.location = fields.members("user_location")
    tool.extras = fields.extras
    return tool


def _names(fields: Fields, name: str) -> list[str] | None:
    listed = elements(fields.raw.get(name))
    if not listed or not all(isinstance(each, str) for each in listed):
        return None
    return [str(each) for each in fields.elements(name) or []]


def same_tool(tool: Tool) -> dict[str, Json]:
    """Write a tool that was read here, without its extras."""
    match tool:
        case Function():
            known: tuple[tuple[str, Json], ...] = (
                ("description", tool.description),
                ("parameters", tool.parameters),
                ("strict", tool.strict),
                ("defer_loading", tool.is_deferred),
            )
            return {
                "type": "function",
                "name": tool.name,
                **{name: value for name, value in known if value is not None},
            }
        case CustomTool():
            known = (("description", tool.description), ("format", tool.format))
            return {"type": "custom", "name": tool.name, **{name: value for name, value in known if value is not None}}
        case HostedTool():
            said: dict[str, Json] = {"type": tool.shape}
            domains = (("allowed_domains", tool.domains_allowed), ("blocked_domains", tool.domains_blocked))
            if filters := {name: value for name, value in domains if value is not None}:
                said["filters"] = filters
            if tool.location is not None:
                said["user_location"] = tool.location
            return said


def read_tool_choice(raw: Json, at: str) -> ToolChoice | None:
    """Read what may be called. None where it is of a kind that only this dialect has."""
    if isinstance(raw, str):
        match raw:
            case "auto" | "none" | "required":
                return ToolChoice(at=at, raw=raw, names={"mode": ""}, mode=raw)
            case _:
                return None
    fields = Fields(raw)
    kind = fields.text("type")
    if kind in ("function", "custom") and (name := fields.text("name")) is not None:
        names = {"mode": "type", "tools": "name"}
        return ToolChoice(at=at, raw=raw, names=names, mode="one", tools=[name], shape=kind, extras=fields.extras)
    if kind == "allowed_tools":
        return _allowed(fields, at)
    return None


def _allowed(fields: Fields, at: str) -> ToolChoice | None:
    listed = [members(each) for each in elements(fields.raw.get("tools"))]
    if not listed or not all(_is_named(each) for each in listed) or fields.raw.get("mode") not in ("auto", "required"):
        return None
    must_call = fields.text("mode") == "required"
    fields.elements("tools")
    choice = ToolChoice(at=at, raw=fields.raw, names={"must_call": "mode"}, mode="some", must_call=must_call)
    choice.tools = [str(each["name"]) for each in listed]
    choice.shape = " ".join(str(each["type"]) for each in listed)
    choice.extras = fields.extras
    for number, each in enumerate(listed):
        choice.extras.update(
            {f"tools[{number}].{name}": value for name, value in each.items() if name not in ("type", "name")}
        )
    return choice


def _is_named(raw: dict[str, Json]) -> bool:
    return raw.get("type") in ("function", "custom") and isinstance(raw.get("name"), str)


def same_tool_choice(choice: ToolChoice) -> Json:
    """Write a choice that was read here, without its extras."""
    match choice.mode:
        case "auto" | "none" | "required":
            return choice.mode
        case "one":
            return {"type": choice.shape, "name": choice.tools[0]}
        case "some":
            kinds = choice.shape.split(" ")
            named = [{"type": kind, "name": name} for kind, name in zip(kinds, choice.tools, strict=True)]
            return {"type": "allowed_tools", "mode": "required" if choice.must_call else "auto", "tools": named}
