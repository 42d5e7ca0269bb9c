"""Names of tools that the target takes, and the way back from them to the caller's own.

Dialects differ in which names they allow, and only some have namespaces or tools that are called with free text. Those
are written as functions with a name made of both, and with a single string argument; calls to them are turned back.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from drawbridge.gateway.wire.canonical import CustomTool, Function, HostedTool, Tool, ToolCall

_NOT_PLAIN: Final = re.compile(r"[^a-zA-Z0-9_-]")
_DIGITS: Final = 8

FREE_TEXT: Final = "input"
"""The argument in which a custom tool's text goes where it is called as a function."""

FREE_TEXT_SCHEMA: Final = {
    "type": "object",
    "properties": {FREE_TEXT: {"type": "string"}},
    "required": [FREE_TEXT],
    "additionalProperties": False,
}


class NameRule(Struct, frozen=True):
    """Which names a dialect allows."""

    pattern: re.Pattern[str]
    max_length: int
    has_namespaces: bool = False
    has_custom_tools: bool = False


class ToolNames:
    """The names in the target of a request's tools."""

    def __init__(self, tools: Iterable[Tool], rule: NameRule) -> None:
        self._rule = rule
        self._by_wire: dict[str, Function | CustomTool] = {}
        self._wire: dict[tuple[str | None, str], str] = {}
        named = [tool for tool in tools if not isinstance(tool, HostedTool)]
        # Names that can stay are given out first, so that no made-up one takes theirs.
        for tool in sorted(named, key=lambda tool: self._plain(tool.namespace, tool.name) is None):
            self._add(tool)

    def of(self, name: str, namespace: str | None = None) -> str:
        """Return a tool's name in the target, also of one that only the history calls."""
        # A deferred tool that Responses has found by search is called with its own name as its namespace.
        space = None if namespace == name and (namespace, name) not in self._wire else namespace
        return self._wire.get((space, name)) or self._made_up(space, name)

    def called(self, wire_name: str) -> Function | CustomTool | None:
        """Return the tool that the target calls by a name; None where the request has none such."""
        return self._by_wire.get(wire_name)

    def takes_free_text(self, wire_name: str) -> bool:
        """Tell whether a call by this name is to a custom tool that was written as a function."""
        return not self._rule.has_custom_tools and isinstance(self._by_wire.get(wire_name), CustomTool)

    def restore(self, call: ToolCall) -> ToolCall:
        """Return a call by the target's name as the caller knows the tool. The arguments must be whole."""
        tool = self._by_wire.get(call.name)
        if tool is None:
            return call
        call.name, call.namespace = tool.name, tool.namespace
        if isinstance(tool, CustomTool) and not self._rule.has_custom_tools:
            call.is_custom = True
            call.arguments = free_text(call.arguments)
        return call

    def _add(self, tool: Function | CustomTool) -> None:
        key = (tool.namespace, tool.name)
        if key in self._wire:
            return
        name = self._plain(*key)
        if name is None or name in self._by_wire:
            name = self._made_up(*key)
        self._wire[key] = name
        self._by_wire[name] = tool

    def _plain(self, namespace: str | None, name: str) -> str | None:
        if namespace is not None and not self._rule.has_namespaces:
            return None
        return name if len(name) <= self._rule.max_length and self._rule.pattern.fullmatch(name) else None

    def _made_up(self, namespace: str | None, name: str) -> str:
        if (plain := self._plain(namespace, name)) is not None and plain not in self._by_wire:
            return plain
        written = name if namespace is None or self._rule.has_namespaces else f"{namespace}__{name}"
        readable = _NOT_PLAIN.sub("_", written)
        if not self._rule.pattern.fullmatch(readable):
            readable = f"t_{readable}"
        if readable == written and len(readable) <= self._rule.max_length and readable not in self._by_wire:
            return readable
        mark = sha256(f"{namespace}\n{name}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        return f"{readable[: self._rule.max_length - _DIGITS - 1]}_{mark}"


def as_arguments(text: str) -> str:
    """Return the arguments of a function call that carries a custom tool's text."""
    return msgspec.json.encode({FREE_TEXT: text}).decode()


def free_text(arguments: str) -> str:
    """Return the text that `as_arguments` has put into arguments; what a model wrote otherwise comes as it is."""
    try:
        # Any: whatever the model wrote.
        found: Any = msgspec.json.decode(arguments)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return arguments
    text = found.get(FREE_TEXT) if isinstance(found, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return text if isinstance(text, str) else arguments
