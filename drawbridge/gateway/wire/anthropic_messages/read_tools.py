"""The tools of a request, and how the model may use them, read."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, cast

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.anthropic_messages.members import Members
from drawbridge.gateway.wire.anthropic_messages.read_blocks import read_cache_mark
from drawbridge.gateway.wire.canonical import Function, HostedTool, Json, Setting, SettingName, Tool, ToolChoice

CUSTOM: Final = "custom"
"""The type of a client's tool, where it is written at all."""

_DATED: Final = re.compile(r"(?P<name>[a-z_]+?)(?:_(?:bm25|regex))?_\d{8}")
_KINDS: Final = MappingProxyType(
    {
        "bash": "shell",
        "tool_search_tool": "tool_search",
        "mcp_toolset": "mcp",
        "browser_toolset": "browser",
        "computer_toolset": "computer",
    }
)
_FUNCTION_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"parameters": "input_schema", "is_deferred": "defer_loading", "cache": "cache_control"}
)
_HOSTED_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kind": "type",
        "domains_allowed": "allowed_domains",
        "domains_blocked": "blocked_domains",
        "location": "user_location",
        "cache": "cache_control",
    }
)
_MODES: Final[Mapping[str, Literal["auto", "none", "required", "one"]]] = MappingProxyType(
    {"auto": "auto", "none": "none", "any": "required", "tool": "one"}
)


def read_tools(raw: Json) -> list[Tool]:
    """Read the list of tools. Raises MalformedRequest where it is none."""
    if not isinstance(raw, list):
        raise MalformedRequest("tools: expected a list.", param="tools")
    tools: list[Tool] = []
    # cast: nothing is known of the elements, which is what Json says.
    for number, one in enumerate(cast("list[Json]", raw)):
        at = f"tools[{number}]"
        if not isinstance(one, dict):
            raise MalformedRequest(f"{at}: expected a tool.", param=at)
        # cast: the keys of a JSON object are strings.
        tools.append(_tool(cast("dict[str, Json]", one), at))
    return tools


def read_tool_choice(raw: dict[str, Json]) -> tuple[ToolChoice | None, Setting | None, dict[str, Json]]:
    """Read how tools may be used: the choice, whether calls may be parallel, and what is left over."""
    members = Members(raw)
    kind = raw.get("type")
    mode = _MODES.get(kind) if isinstance(kind, str) else None
    choice = None
    if mode is not None:
        members.text("type")
        name = members.text("name") if mode == "one" else None
        choice = ToolChoice(
            at="tool_choice",
            raw=raw,
            names=_CHOICE_NAMES,
            mode=mode,
            tools=[] if name is None else [name],
        )
    is_single = members.flag("disable_parallel_tool_use")
    parallel = None
    if is_single is not None:
        parallel = Setting(at="tool_choice.disable_parallel_tool_use", raw=is_single, value=not is_single)
    return choice, parallel, members.rest("tool_choice")


_CHOICE_NAMES: Final = MappingProxyType({"mode": "type", "tools": "name"})
PARALLEL: Final[SettingName] = "parallel_tool_calls"


def _tool(raw: dict[str, Json], at: str) -> Tool:
    kind = raw.get("type")
    if kind is None or kind == CUSTOM:
        return _function(raw, at)
    members = Members(raw)
    dated = _DATED.fullmatch(kind) if isinstance(kind, str) else None
    word = dated["name"] if dated else str(kind)
    members.text("type")
    tool = HostedTool(
        at=at,
        raw=raw,
        names=_HOSTED_NAMES,
        shape=str(kind),
        kind=_KINDS.get(word, word),
        name=members.text("name"),
        domains_allowed=members.texts("allowed_domains"),
        domains_blocked=members.texts("blocked_domains"),
        max_uses=members.whole("max_uses"),
        location=members.take("user_location", dict),
        cache=read_cache_mark(members, at),
    )
    tool.extras = members.rest()
    return tool


def _function(raw: dict[str, Json], at: str) -> Function:
    members = Members(raw)
    name = members.text("name")
    if name is None:
        raise MalformedRequest(f"{at}.name: expected a string.", param=f"{at}.name")
    tool = Function(
        at=at,
        raw=raw,
        names=_FUNCTION_NAMES,
        shape=members.text("type") or "",
        name=name,
        description=members.text("description"),
        parameters=members.take("input_schema", dict),
        strict=members.flag("strict"),
        cache=read_cache_mark(members, at),
        is_deferred=members.flag("defer_loading"),
    )
    tool.extras = members.rest()
    return tool
