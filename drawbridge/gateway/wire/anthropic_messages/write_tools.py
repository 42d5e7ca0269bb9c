"""The tools of a request, and how the model may use them, written."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, assert_never

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.anthropic_messages.envelope import NO_SUCH_MEMBER
from drawbridge.gateway.wire.anthropic_messages.members import Block, put_back
from drawbridge.gateway.wire.anthropic_messages.read_tools import CUSTOM
from drawbridge.gateway.wire.anthropic_messages.schemas import can_be_strict, input_schema
from drawbridge.gateway.wire.anthropic_messages.write_blocks import BlockWriter
from drawbridge.gateway.wire.canonical import (
    CustomTool,
    Function,
    HostedTool,
    Json,
    OutputFormat,
    Request,
    Tool,
    ToolCall,
    ToolChoice,
)
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.tool_names import FREE_TEXT_SCHEMA, NameRule, ToolNames

NAME_RULE: Final = NameRule(re.compile(r"[a-zA-Z0-9_-]{1,128}"), 128)
"""https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use, read 2026-11-23."""

ANSWER: Final = "answer_in_required_form"
"""The tool by which a model answers that cannot be held to a schema otherwise."""

_HOSTED_TYPES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "web_search": ("web_search_20250305", "web_search"),
        "web_fetch": ("web_fetch_20250910", "web_fetch"),
        "code_execution": ("code_execution_20250825", "code_execution"),
    }
)
"""The tools that Anthropic runs and that others have too: type and name."""
_LOCATION_MEMBERS: Final = ("city", "region", "country", "timezone")
_MODES: Final = MappingProxyType({"auto": "auto", "none": "none", "required": "any", "one": "tool", "some": "auto"})


class ToolWriter:
    """Writes what a request says of tools."""

    def __init__(self, request: Request, target: Target, blocks: BlockWriter, names: ToolNames) -> None:
        self._request = request
        self._target = target
        self._blocks = blocks
        self._names = names
        self._losses = blocks.losses
        self._is_own = blocks.is_own

    def tools(self) -> list[Block]:
        """Return the tools, and stand-ins for those that only the history calls."""
        written = [tool for each in self._request.tools if (tool := self._tool(each)) is not None]
        if written or self._is_own:
            return written
        return self.stand_ins()

    def stand_ins(self) -> list[Block]:
        """Return declarations of the tools that the history calls: Anthropic refuses calls to tools it knows not."""
        calls = [part for message in self._request.messages for part in message.parts if isinstance(part, ToolCall)]
        called = dict.fromkeys(self._names.of(call.name, call.namespace) for call in calls)
        return [{"name": name, "input_schema": {"type": "object", "properties": {}}} for name in called]

    def choice(self, tools: list[Block], form: OutputFormat | None) -> Block | None:
        """Return how the tools may be used; `form` is that of an answer which is given by calling a tool."""
        choice: ToolChoice | None = self._request.value("tool_choice")
        written = self._own_choice(choice) if self._is_own else self._choice(choice, tools)
        if form is not None:
            written = self._answering(choice, written, tools)
        return self._parallel(written, tools)

    def answer_tool(self, form: OutputFormat) -> Block:
        """Return the tool by which the model gives an answer of a form."""
        description = "Gives the final answer. " + (form.description or "")
        return {"name": ANSWER, "description": description.strip(), "input_schema": input_schema(form.schema)}

    def _tool(self, tool: Tool) -> Block | None:
        if self._target.profile.tools is False and not self._is_own:
            raise ImpossibleRequest(f"{tool.at}: the model {self._target.model} cannot use tools.", param=tool.at)
        match tool:
            case Function():
                return self._function(tool)
            case CustomTool():
                return self._custom(tool)
            case HostedTool():
                return self._hosted(tool) if self._is_own else self._foreign_hosted(tool)
            case _:
                assert_never(tool)

    def _function(self, tool: Function) -> Block:
        written: Block = {"name": tool.name if self._is_own else self._names.of(tool.name, tool.namespace)}
        if tool.shape == CUSTOM and self._is_own:
            written["type"] = CUSTOM
        if tool.description is not None:
            written["description"] = tool.description
        if tool.parameters is not None and self._is_own:
            written["input_schema"] = tool.parameters
        elif not self._is_own:
            written["input_schema"] = input_schema(tool.parameters)
        if tool.strict is not None and self._can_say_strict(tool):
            written["strict"] = tool.strict
        if tool.is_deferred is not None:
            written["defer_loading"] = tool.is_deferred
        self._blocks.mark(written, tool.cache)
        return self._blocks.finish(written, tool)

    def _can_say_strict(self, tool: Function) -> bool:
        if self._is_own:
            return True
        if self._target.profile.output_schema is False:
            effect = "answer" if tool.strict else "none"
            self._losses.lose(tool, "the model cannot be held to a schema", field="strict", effect=effect)
            return False
        if tool.strict and not can_be_strict(tool.parameters):
            self._losses.lose(tool, "Anthropic cannot hold calls to all of this schema", field="strict")
            return False
        return True

    def _custom(self, tool: CustomTool) -> Block:
        written: Block = {"name": self._names.of(tool.name, tool.namespace), "input_schema": FREE_TEXT_SCHEMA}
        if tool.description is not None:
            written["description"] = tool.description
        if tool.format is not None:
            is_text = members(tool.format).get("type") == "text"
            effect = "none" if is_text else "answer"
            self._losses.lose(tool, "Anthropic's tools take no grammar", field="format", effect=effect)
        self._losses.lose_extras(tool, NO_SUCH_MEMBER)
        return written

    def _hosted(self, tool: HostedTool) -> Block:
        written: Block = {"type": tool.shape}
        for member, value in (
            ("name", tool.name),
            ("allowed_domains", tool.domains_allowed),
            ("blocked_domains", tool.domains_blocked),
            ("max_uses", tool.max_uses),
            ("user_location", tool.location),
        ):
            if value is not None:
                written[member] = value
        self._blocks.mark(written, tool.cache)
        return put_back(written, tool.extras)

    def _foreign_hosted(self, tool: HostedTool) -> Block | None:
        known = _HOSTED_TYPES.get(tool.kind)
        if known is None:
            self._losses.lose(tool, "Anthropic has no such tool of its own")
            return None
        written: Block = {"type": known[0], "name": known[1]}
        self._domains(tool, written)
        if tool.max_uses is not None:
            self._say_or_lose(tool, "max_uses", written, "max_uses", tool.max_uses, {"web_search", "web_fetch"})
        if tool.location is not None:
            location = members(tool.location)
            said = {name: location[name] for name in _LOCATION_MEMBERS if location.get(name) is not None}
            said = {"type": "approximate", **said}
            self._say_or_lose(tool, "location", written, "user_location", said, {"web_search"})
        self._blocks.mark(written, tool.cache)
        return self._blocks.finish(written, tool)

    def _domains(self, tool: HostedTool, written: Block) -> None:
        kinds = {"web_search", "web_fetch"}
        if tool.domains_allowed is not None:
            self._say_or_lose(tool, "domains_allowed", written, "allowed_domains", tool.domains_allowed, kinds)
        if tool.domains_blocked is None:
            return
        if "allowed_domains" in written:
            self._losses.lose(tool, "Anthropic takes only one list of domains", field="domains_blocked")
        else:
            self._say_or_lose(tool, "domains_blocked", written, "blocked_domains", tool.domains_blocked, kinds)

    def _say_or_lose(
        self, tool: HostedTool, field: str, written: Block, member: str, value: Json, kinds: set[str]
    ) -> None:
        if tool.kind in kinds:
            written[member] = value
        else:
            self._losses.lose(tool, f"Anthropic's {tool.kind} has no such option", field=field)

    def _answering(self, choice: ToolChoice | None, written: Block | None, tools: list[Block]) -> Block | None:
        """Return the choice where one of the tools is the one to answer by: it, or any, must be called."""
        mode = None if choice is None else choice.mode
        if mode == "one":
            return written
        if mode == "none" or len(tools) == 1:
            return {"type": "tool", "name": ANSWER}
        if mode == "auto":
            why = "the answer is given by calling a tool, too"
            self._losses.lose(self._request.settings["tool_choice"], why, effect="none")
        return {"type": "any"}

    def _own_choice(self, choice: ToolChoice | None) -> Block | None:
        if choice is None:
            return None
        written: Block = {"type": _MODES[choice.mode]}
        if choice.tools:
            written["name"] = choice.tools[0]
        return written

    def _choice(self, choice: ToolChoice | None, tools: list[Block]) -> Block | None:
        setting = self._request.settings.get("tool_choice")
        if choice is None or setting is None:
            return {"type": "none"} if tools and not self._request.tools else None
        if not tools:
            self._losses.lose(setting, "there are no tools to choose from", effect="none")
            return None
        self._losses.lose_extras(choice, NO_SUCH_MEMBER)
        names = [self._choosable(name) for name in choice.tools]
        if choice.mode == "some" and choice.must_call and len(names) == 1:
            return {"type": "tool", "name": names[0]}
        if choice.mode == "some":
            self._losses.lose(choice, "Anthropic cannot be told several tools to choose from", field="tools")
            return {"type": "any" if choice.must_call else "auto"}
        if choice.mode == "one" and (not names or names[0] not in {tool.get("name") for tool in tools}):
            self._losses.lose(setting, "there is no such tool for Anthropic")
            return {"type": "any"}
        written: Block = {"type": _MODES[choice.mode]}
        return {**written, "name": names[0]} if choice.mode == "one" else written

    def _choosable(self, name: str) -> str:
        for tool in self._request.tools:
            if isinstance(tool, HostedTool) and name in (tool.kind, tool.name):
                return _HOSTED_TYPES.get(tool.kind, ("", name))[1]
            if isinstance(tool, Function | CustomTool) and tool.name == name:
                return self._names.of(name, tool.namespace)
        return self._names.of(name)

    def _parallel(self, choice: Block | None, tools: list[Block]) -> Block | None:
        setting = self._request.settings.get("parallel_tool_calls")
        if setting is None:
            return choice
        if self._is_own:
            return {**(choice or {}), "disable_parallel_tool_use": not setting.value}
        if setting.value is not False or not tools or (choice or {}).get("type") == "none":
            self._losses.lose(setting, "calls are parallel unless Anthropic is told otherwise", effect="none")
            return choice
        return {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
