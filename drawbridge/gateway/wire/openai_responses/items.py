"""The items of a conversation, as they stand in a request's input and in a response's output.

Source: https://platform.openai.com/docs/api-reference/responses/create, recorded traffic, and what Codex CLI
0.169.0 sends, all as of 2026-11-23.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from drawbridge.gateway.wire.canonical import (
    Hosted,
    Json,
    Opaque,
    Part,
    Thinking,
    ToolCall,
    Unknown,
)
from drawbridge.gateway.wire.json_text import elements, members, text_or_none
from drawbridge.gateway.wire.opaque import take_back
from drawbridge.gateway.wire.openai_responses.fields import Fields
from drawbridge.gateway.wire.openai_responses.parts import NAME

HOSTED_CALLS: Final[Mapping[str, str]] = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_execution",
    "image_generation_call": "image_generation",
    "computer_call": "computer",
    "local_shell_call": "shell",
    "shell_call": "shell",
    "apply_patch_call": "text_editor",
    "mcp_call": "mcp",
    "mcp_list_tools": "mcp",
    "mcp_approval_request": "mcp",
    "tool_search_call": "tool_search",
    "x_search_call": "x_search",
}
HOSTED_RESULTS: Final[Mapping[str, str]] = {
    "computer_call_output": "computer",
    "local_shell_call_output": "shell",
    "shell_call_output": "shell",
    "apply_patch_call_output": "text_editor",
    "mcp_approval_response": "mcp",
    "tool_search_output": "tool_search",
}

_CALL: Final[Mapping[str, str]] = {"id": "call_id", "item_id": "id"}
_CUSTOM: Final[Mapping[str, str]] = _CALL | {"arguments": "input"}
_SUMMARY: Final[Mapping[str, str]] = {"seal": "encrypted_content", "paragraphs": "summary"}
_CONTENT: Final[Mapping[str, str]] = {"seal": "encrypted_content", "paragraphs": "content"}

CALLS: Final[Mapping[str, str]] = {"function_call": "arguments", "custom_tool_call": "input"}
"""The kinds of calls to a client's tools, with the member that holds the arguments."""


def opaque(value: str | None, provider: str | None) -> Opaque | None:
    """Return an id of an item."""
    return None if value is None else Opaque(value, NAME, provider)


def read_call(raw: Json, at: str, provider: str | None = None) -> ToolCall | None:
    """Read a call to a client's tool; None where it is none that can be told."""
    fields = Fields(raw)
    kind = str(fields.text("type"))
    written = CALLS[kind]
    call_id, name, arguments = fields.text("call_id"), fields.text("name"), fields.text(written)
    if call_id is None or name is None:
        return None
    is_custom = kind == "custom_tool_call"
    return ToolCall(
        at=at, raw=raw, names=_CUSTOM if is_custom else _CALL, id=call_id, name=name, arguments=arguments or "",
        namespace=fields.text("namespace"), is_custom=is_custom, item_id=opaque(fields.text("id"), provider),
        extras=fields.extras,
    )  # fmt: skip


def same_call(call: ToolCall) -> dict[str, Json]:
    """Write a call that was read here, without its extras."""
    kind = "custom_tool_call" if call.is_custom else "function_call"
    said: dict[str, Json] = {"type": kind, "call_id": call.id, "name": call.name, CALLS[kind]: call.arguments}
    if call.namespace is not None:
        said["namespace"] = call.namespace
    if call.item_id is not None:
        said["id"] = call.item_id.value
    return said


def read_reasoning(raw: Json, at: str, provider: str | None = None) -> list[Thinking]:
    """Read reasoning: its summary, the reasoning itself where it is told, or both. The first has the seal."""
    fields = Fields(raw)
    fields.text("type")
    sealed = fields.text("encrypted_content")
    seal = None if sealed is None else take_back(sealed, NAME, provider)
    item_id = opaque(fields.text("id"), provider)
    if seal is not None and seal.dialect == NAME and item_id is not None:
        seal = replace(seal, item=seal.item or item_id.value)
    summary, content = _paragraphs(fields.raw, "summary"), _paragraphs(fields.raw, "content")
    found: list[Thinking] = []
    if summary or not content:
        if summary:
            fields.elements("summary")
        found.append(Thinking(at=at, raw=raw, names=_SUMMARY, paragraphs=summary, is_summary=bool(summary)))
    if content:
        fields.elements("content")
        found.append(Thinking(at=at, raw=raw, names=_CONTENT, paragraphs=content))
    found[0].seal, found[0].id, found[0].extras = seal, item_id, fields.extras
    found[0].is_redacted = not summary and not content
    return found


def _paragraphs(raw: dict[str, Json], name: str) -> list[str]:
    """Return the paragraphs of a list, none where it holds anything but them."""
    kind = "summary_text" if name == "summary" else "reasoning_text"
    listed = [members(each) for each in elements(raw.get(name))]
    if any(each.keys() != {"type", "text"} or each["type"] != kind for each in listed):
        return []
    return [str(each["text"]) for each in listed]


def same_reasoning(parts: list[Thinking]) -> dict[str, Json]:
    """Write the reasoning of one item that was read here, without its extras."""
    said: dict[str, Json] = {"type": "reasoning"}
    for part in parts:
        if part.paragraphs and part.is_summary:
            said["summary"] = [{"type": "summary_text", "text": text} for text in part.paragraphs]
        elif part.paragraphs:
            said["content"] = [{"type": "reasoning_text", "text": text} for text in part.paragraphs]
        if part.seal is not None:
            said["encrypted_content"] = part.seal.value
        if part.id is not None:
            said["id"] = part.id.value
    return said


def read_other(raw: Json, at: str) -> Part:
    """Read an item that is of use to the same vendor only."""
    item = members(raw)
    kind = str(item.get("type"))
    if kind in HOSTED_CALLS:
        return Hosted(
            at=at, raw=raw, tool=HOSTED_CALLS[kind], id=text_or_none(item.get("id")), text=_told(item), names=_TOLD
        )
    if kind in HOSTED_RESULTS:
        call_id = text_or_none(item.get("call_id"))
        return Hosted(at=at, raw=raw, tool=HOSTED_RESULTS[kind], id=call_id, is_result=True)
    return Unknown(at=at, raw=raw, kind=kind)


_TOLD: Final[Mapping[str, str]] = {"tool": "type"}


def _told(item: dict[str, Json]) -> str | None:
    """Return what a person would want to read of a vendor's run of a tool."""
    action = members(item.get("action"))
    for value in (item.get("code"), action.get("query"), action.get("url"), item.get("revised_prompt")):
        if isinstance(value, str):
            return value
    queries = [query for query in elements(item.get("queries")) if isinstance(query, str)]
    return "\n".join(queries) or None
