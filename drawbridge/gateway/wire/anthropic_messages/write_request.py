"""A request written for a vendor who speaks Anthropic messages."""

import re
from collections.abc import Callable
from typing import Final, cast

from drawbridge.gateway.wire.anthropic_messages.conversation import SYSTEM_BETA, ConversationWriter
from drawbridge.gateway.wire.anthropic_messages.envelope import NAME, NO_SUCH_MEMBER, Envelope, unpacked
from drawbridge.gateway.wire.anthropic_messages.members import Block, put_back
from drawbridge.gateway.wire.anthropic_messages.read_blocks import BARE
from drawbridge.gateway.wire.anthropic_messages.read_request import TOP
from drawbridge.gateway.wire.anthropic_messages.schemas import is_wrapped, wrapped
from drawbridge.gateway.wire.anthropic_messages.write_blocks import BlockWriter, object_of
from drawbridge.gateway.wire.anthropic_messages.write_reasoning import Circumstances, ReasoningWriter
from drawbridge.gateway.wire.anthropic_messages.write_settings import (
    JSON_PLEASE,
    SettingsWriter,
    write_own_settings,
)
from drawbridge.gateway.wire.anthropic_messages.write_tools import NAME_RULE, ToolWriter
from drawbridge.gateway.wire.call_ids import CallIds
from drawbridge.gateway.wire.canonical import Function, Json, Message, Opaque, Request, ToolCall, ToolResult
from drawbridge.gateway.wire.dialect import Target, Written
from drawbridge.gateway.wire.fragments import without_fragments
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import readable_by
from drawbridge.gateway.wire.tool_names import ToolNames, as_arguments

CALL_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")

_MOST_MARKS: Final = 4
"""https://platform.claude.com/docs/en/build-with-claude/prompt-caching, read 2026-11-23."""
_LONG: Final = "1h"
_THOUGHTS: Final = ("thinking", "redacted_thinking")


def write_request(request: Request, target: Target) -> Written:
    """Write a request. Raises ImpossibleRequest where the model never could carry it out."""
    losses = Losses()
    if request.dialect == NAME:
        body = _OwnWriter(request, target, losses).body()
        return Written(unpacked(request.shape).wire(body), losses)
    unseal = _unsealer(request, target)
    writer = _ForeignWriter(without_fragments(request, lambda seal: unseal(seal) is not None), target, losses)
    body = writer.body()
    return Written(Envelope().wire(body, writer.betas), losses)


class _OwnWriter:
    """Writes what was read from the same dialect as it was."""

    def __init__(self, request: Request, target: Target, losses: Losses) -> None:
        self._request = request
        self._target = target
        self._losses = losses
        self._blocks = BlockWriter(
            losses,
            is_own=True,
            unseal=_unsealer(request, target),
            call_id=lambda part: part.id if isinstance(part, ToolCall) else part.call_id,
            call_name=lambda call: call.name,
            call_input=lambda call: object_of(call.arguments),
        )

    def body(self) -> Block:
        request = self._request
        body: Block = {"model": self._target.model, "messages": []}
        for message in request.messages:
            self._message(message, body)
        tools = ToolWriter(request, self._target, self._blocks, ToolNames([], NAME_RULE))
        if request.tools:
            body["tools"] = tools.tools()
        if (choice := tools.choice([], None)) is not None:
            body["tool_choice"] = choice
        write_own_settings(request, body)
        if request.streamed or unpacked(request.shape).states_stream:
            body["stream"] = request.streamed
        self._blocks.mark(body, request.cache)
        put_back(body, request.extras)
        if len(self._losses):
            self._mend_thinking(body)
        return body

    def _message(self, message: Message, body: Block) -> None:
        content = self._blocks.content(message.parts)
        if message.shape == TOP:
            body["system"] = content
            return
        if message.parts and not content and not isinstance(content, str):
            # All of it was another provider's thinking: Anthropic takes no message without content.
            self._losses.lose_extras(message, "nothing else of the message is left")
            return
        written: Block = {"role": "user" if message.role == "tool" else message.role}
        if message.shape != BARE:
            written["content"] = content
        body["messages"].append(put_back(written, message.extras))

    def _mend_thinking(self, body: Block) -> None:
        """Turn thinking off where the thinking of turns that call tools was another provider's."""
        # cast: it is written by `write_own_reasoning`.
        thinking = cast("Block", body.get("thinking") or {})
        if thinking.get("type") == "enabled" and lacks_thoughts(body["messages"]):
            body["thinking"] = {"type": "disabled"}
            why = "a turn that calls tools has no thinking that the model could read"
            reasoning = self._request.value("reasoning")
            for field in ("is_on", "budget_tokens", "shows"):
                if getattr(reasoning, field) is not None:
                    self._losses.lose(reasoning, why, field=field)


class _ForeignWriter:
    """Writes what was read from another dialect, as a strict vendor takes it."""

    def __init__(self, request: Request, target: Target, losses: Losses) -> None:
        self._request = request
        self._target = target
        self._losses = losses
        self.betas: list[str] = []
        ids = CallIds(request.messages, lambda written: CALL_ID.fullmatch(written) is not None)
        self._names = ToolNames(request.tools, NAME_RULE)
        self._wrapping = wrapping_names(request)
        self._blocks = BlockWriter(
            losses,
            is_own=False,
            unseal=_unsealer(request, target),
            call_id=lambda part: _id_of(ids, part),
            call_name=lambda call: self._names.of(call.name, call.namespace),
            call_input=self._input,
        )

    def body(self) -> Block:
        request, losses = self._request, self._losses
        losses.lose_extras(request, NO_SUCH_MEMBER)
        body: Block = {"model": self._target.model}
        settings = SettingsWriter(request, self._target, losses, body)
        body["max_tokens"] = settings.max_tokens(self._target)
        form = settings.output_form()
        # In the order of the prompt, which is that of cache marks.
        self._tools(body, form is not None, ToolWriter(request, self._target, self._blocks, self._names))
        self._conversation(body)
        is_thinking = ReasoningWriter(request, self._target.profile.thinking, losses, body).write(
            Circumstances(
                forces_tool=body.get("tool_choice", {}).get("type") in {"any", "tool"},
                lacks_thoughts=lacks_thoughts(body["messages"]),
                max_tokens=body["max_tokens"],
                may_raise_limit="max_output_tokens" not in request.settings
                and self._target.profile.max_output_tokens is None,
            )
        )
        settings.write(is_thinking=is_thinking)
        self._stream(body)
        self._blocks.mark(body, request.cache)
        _limit_marks(self._blocks)
        return body

    def _conversation(self, body: Block) -> None:
        written = ConversationWriter(self._request, self._target, self._blocks).write()
        form = self._request.value("output_format")
        if form is not None and form.kind == "json":
            written.system.append({"type": "text", "text": JSON_PLEASE})
        if len(written.system) == 1 and written.system[0].keys() == {"type", "text"}:
            body["system"] = written.system[0]["text"]
        elif written.system:
            body["system"] = written.system
        body["messages"] = written.messages
        if written.has_late_system:
            self.betas.append(SYSTEM_BETA)

    def _tools(self, body: Block, must_answer_by_tool: bool, writer: ToolWriter) -> None:
        form = self._request.value("output_format") if must_answer_by_tool else None
        tools = writer.tools()
        if form is not None:
            tools = [tool for tool in tools if self._request.tools] + [writer.answer_tool(form)]
        choice = writer.choice(tools, form)
        if tools:
            body["tools"] = tools
        if choice is not None:
            body["tool_choice"] = choice

    def _stream(self, body: Block) -> None:
        if self._request.streamed:
            body["stream"] = True
        if self._request.wants_stream_usage is not None:
            why = "Anthropic counts tokens in every stream"
            self._losses.lose(self._request, why, field="wants_stream_usage", effect="none")

    def _input(self, call: ToolCall) -> Json | None:
        if call.is_custom:
            return object_of(as_arguments(call.arguments))
        if (call.namespace, call.name) in self._wrapping:
            return wrapped(call.arguments)
        return object_of(call.arguments)


def wrapping_names(request: Request) -> frozenset[tuple[str | None, str]]:
    """Return the tools, by namespace and name, whose arguments are wrapped in an object for Anthropic."""
    tools = [tool for tool in request.tools if isinstance(tool, Function)]
    return frozenset((tool.namespace, tool.name) for tool in tools if is_wrapped(tool.parameters))


def lacks_thoughts(messages: list[Block]) -> bool:
    """Tell whether a turn calls tools and does not begin with thinking."""
    for message in messages:
        content = message.get("content")
        blocks = cast("list[Block]", content) if isinstance(content, list) else []
        if any(block.get("type") == "tool_use" for block in blocks) and blocks[0].get("type") not in _THOUGHTS:
            return True
    return False


def _unsealer(request: Request, target: Target) -> Callable[[Opaque], str | None]:
    # A value that does not name its maker is of the provider that is known to have made such values.
    reads_nameless = request.provider in (None, target.provider)

    def unseal(opaque: Opaque) -> str | None:
        is_readable = readable_by(opaque, NAME, target.provider) and (opaque.provider is not None or reads_nameless)
        return opaque.value if is_readable else None

    return unseal


def _id_of(ids: CallIds, part: ToolCall | ToolResult) -> str:
    try:
        return ids.of(part)
    except KeyError:
        # A result that was made up here: it has the id of the call in the target.
        return part.id if isinstance(part, ToolCall) else part.call_id


def _limit_marks(blocks: BlockWriter) -> None:
    """Take away cache marks beyond what Anthropic allows, the first of them: a later one holds more."""
    for block, mark in blocks.marks[: max(0, len(blocks.marks) - _MOST_MARKS)]:
        del block["cache_control"]
        blocks.losses.lose(mark, f"Anthropic takes {_MOST_MARKS} cache marks at most", effect="price")
    is_short = False
    for block, mark in blocks.marks[-_MOST_MARKS:]:
        written: Block = block["cache_control"]
        if is_short and written.get("ttl") == _LONG:
            del written["ttl"]
            why = "Anthropic takes no mark of an hour behind one of five minutes"
            blocks.losses.lose(mark, why, field="ttl_s", effect="price")
        is_short = is_short or written.get("ttl") != _LONG
