"""Reads the tools of a chat completions request."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import CustomTool, Function, HostedTool, Json, Tool
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.openai_chat.cache_marks import read_mark
from drawbridge.gateway.wire.openai_chat.members import Fields

_FUNCTION_NAMES: Final[Mapping[str, str]] = {
    "name": "function.name",
    "description": "function.description",
    "parameters": "function.parameters",
    "strict": "function.strict",
    "is_deferred": "defer_loading",
}
_CUSTOM_NAMES: Final[Mapping[str, str]] = {
    "name": "custom.name",
    "description": "custom.description",
    "format": "custom.format",
}
_SEARCH_NAMES: Final[Mapping[str, str]] = {"location": "user_location.approximate"}

HOSTED_KINDS: Final[Mapping[str, str]] = {
    "web_search_preview": "web_search",
    # OpenRouter's (recorded 2026-08).
    "openrouter:web_search": "web_search",
    "openrouter:web_fetch": "web_fetch",
    # Groq's: https://console.groq.com/docs/browser-search and https://console.groq.com/docs/code-execution
    "browser_search": "web_search",
    "code_interpreter": "code_execution",
}


def read_tool(raw: dict[str, Json], at: str) -> Tool:
    """Read an element of `tools`: what is neither a function nor a custom tool is run by the vendor."""
    kind = raw.get("type")
    if isinstance(raw.get("function"), dict) and kind in (None, "function"):
        return _read_function(raw, at)
    if isinstance(raw.get("custom"), dict) and kind == "custom":
        return _read_custom(raw, at)
    if not isinstance(kind, str) or kind in {"function", "custom"}:
        raise MalformedRequest(f"'{at}' is no tool: it has no type, or not the member of that name.", param=at)
    fields = Fields(raw)
    fields.text("type")
    return HostedTool(at=at, raw=raw, kind=HOSTED_KINDS.get(kind, kind), shape=kind, extras=fields.extras())


def read_legacy_function(raw: dict[str, Json], at: str) -> Function:
    """Read an element of `functions`, which came before `tools`."""
    fields = Fields(raw)
    return Function(
        at=at,
        raw=raw,
        name=fields.text("name") or "",
        description=fields.text("description"),
        parameters=fields.object("parameters"),
        strict=fields.flag("strict"),
        shape="functions",
        extras=fields.extras(),
    )


def read_search_options(options: dict[str, Json]) -> HostedTool:
    """Read `web_search_options`, the tool of OpenAI's search models and of Perplexity's."""
    fields = Fields(options)
    location = fields.object("user_location.approximate")
    if location is not None:
        fields.word("user_location.type", "approximate")
    return HostedTool(
        at="web_search_options",
        raw=options,
        kind="web_search",
        location=location,
        shape="web_search_options",
        names=_SEARCH_NAMES,
        extras=fields.extras(),
    )


def _read_function(raw: dict[str, Json], at: str) -> Function:
    fields = Fields(raw)
    is_typed = fields.text("type") is not None
    name = fields.text("function.name")
    if name is None:
        raise MalformedRequest(f"'{at}.function.name' must be a string.", param=f"{at}.function.name")
    return Function(
        at=at,
        raw=raw,
        name=name,
        description=fields.text("function.description"),
        parameters=fields.object("function.parameters"),
        strict=fields.flag("function.strict"),
        is_deferred=fields.flag("defer_loading"),
        cache=read_mark(fields, raw, at),
        shape="" if is_typed else "untyped",
        names=_FUNCTION_NAMES,
        extras=fields.extras(),
    )


def _read_custom(raw: dict[str, Json], at: str) -> CustomTool:
    fields = Fields(raw)
    fields.text("type")
    name = fields.text("custom.name")
    if name is None:
        raise MalformedRequest(f"'{at}.custom.name' must be a string.", param=f"{at}.custom.name")
    written = fields.object("custom.format") or {}
    flat = _flat(written)
    return CustomTool(
        at=at,
        raw=raw,
        name=name,
        description=fields.text("custom.description"),
        format=(flat or written) or None,
        shape="" if flat is None else "nested",
        names=_CUSTOM_NAMES,
        extras=fields.extras(),
    )


def _flat(written: dict[str, Json]) -> dict[str, Json] | None:
    """Return a grammar as Responses writes it, its members beside its type; None for what is none."""
    grammar = members(written.get("grammar"))
    if written.get("type") != "grammar" or not grammar or len(written) != 2 or "type" in grammar:
        return None
    return {"type": "grammar", **grammar}
