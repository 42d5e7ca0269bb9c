"""The tools of a request: its function declarations, and the tools that Google runs."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import Function, HostedTool, Json, Tool
from drawbridge.gateway.wire.gemini.schemas import to_json_schema
from drawbridge.gateway.wire.gemini.spelling import Spelled, camel_case, tree
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.losses import join, quoted

_TOOL: Final = tree("functionDeclarations")
_DECLARED: Final = tree("name description parameters parametersJsonSchema")

HOSTED: Final[Mapping[str, str]] = {
    "googleSearch": "web_search",
    "urlContext": "web_fetch",
    "codeExecution": "code_execution",
    "fileSearch": "file_search",
    "googleMaps": "maps",
    "computerUse": "computer",
}
"""Google's own tools by the names that all dialects use. https://ai.google.dev/api/caching#Tool, read 2026-11-23."""


def read_tools(fields: Spelled, at: str) -> list[Tool]:
    """Read the tools. A word of each one's shape tells which of the request's tool objects it was in: `in:0`."""
    tools: list[Tool] = []
    for number, (below, raw) in enumerate(fields.take_several("tools")):
        place = join(at, below)
        if not isinstance(raw, dict):
            raise MalformedRequest("A tool is an object.", param=place)
        tools += _read_tool(members(raw), place, f"in:{number}")
    return tools


def _read_tool(raw: dict[str, Json], at: str, mark: str) -> list[Tool]:
    fields = Spelled(raw, _TOOL)
    tools: list[Tool] = []
    for below, declared in fields.take_several("functionDeclarations"):
        place = join(at, below)
        if not isinstance(declared, dict) or not isinstance(members(declared).get("name"), str):
            raise MalformedRequest("A function declaration is an object with a name.", param=place)
        tools.append(_function(members(declared), place, fields.shape(mark)))
    tools += [_hosted(name, value, join(at, quoted(name)), mark) for name, value in fields.extras().items()]
    return tools


def _function(raw: dict[str, Json], at: str, around: str) -> Function:
    fields = Spelled(raw, _DECLARED)
    name = fields.take("name", str)
    description = fields.take("description", str)
    which = "parametersJsonSchema" if fields.has("parametersJsonSchema") else "parameters"
    schema = fields.take_any(which)
    return Function(
        at=at,
        raw=raw,
        names=fields.names({"parameters": which}),
        extras=fields.extras(),
        # What is behind the bar is of the object around the function.
        shape=f"{fields.shape(which)} | {around}",
        name=name or "",
        description=description,
        parameters=to_json_schema(schema) if which == "parameters" else schema,
    )


def _hosted(name: str, value: Json, at: str, mark: str) -> HostedTool:
    camel = camel_case(name)
    return HostedTool(
        at=at,
        raw=value,
        names={"kind": ""},
        extras=dict(members(value)),
        shape=f"{mark} as:{name}",
        kind=HOSTED.get(camel, camel),
        domains_blocked=None,
    )
