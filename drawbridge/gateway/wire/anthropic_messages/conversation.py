"""A conversation of another dialect, put into the turns that Anthropic takes.

User and assistant take turns, the user begins, and the results of calls follow directly on the turn that calls
(https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use, read 2026-11-23).
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from drawbridge.gateway.wire.anthropic_messages.envelope import NO_SUCH_MEMBER
from drawbridge.gateway.wire.anthropic_messages.members import Block
from drawbridge.gateway.wire.anthropic_messages.write_blocks import BlockWriter
from drawbridge.gateway.wire.canonical import Medium, Message, Part, Request, Text, ToolCall, ToolResult
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.json_text import encode
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.turns import Turn, turns_of

SYSTEM_BETA: Final = "mid-conversation-system-2026-04-07"
"""Lets messages of the system stand within the conversation
(https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages, read 2026-11-23)."""
_BEGINNING: Final = "(The conversation begins with your words.)"
_CONTINUE: Final = "Continue."
_NO_RESULT: Final = "There is no result of this call."


class Conversation(Struct):
    """A request's messages as Anthropic takes them."""

    system: list[Block]
    messages: list[Block]
    has_late_system: bool = False


class ConversationWriter:
    """Writes the messages of a request of another dialect."""

    def __init__(self, request: Request, target: Target, blocks: BlockWriter) -> None:
        self._request = request
        self._profile = target.profile
        self._blocks = blocks
        self._losses = blocks.losses

    def write(self) -> Conversation:
        """Write the system prompt and the turns."""
        for message in self._request.messages:
            self._lose_particulars(message)
        written = Conversation([], [])
        turns: list[Turn] = []
        for turn in paired(self._request.messages, self._blocks):
            if turn.side != "system":
                turns.append(turn)
            elif turns and self._may_stay(turns):
                turns.append(turn)
                written.has_late_system = True
            else:
                written.system += self._system(turn.parts)
        written.messages = _alternating(message for turn in turns if (message := self._message(turn)))
        self._finish(written.messages)
        return written

    def _may_stay(self, turns: list[Turn]) -> bool:
        return self._profile.takes_late_system is True and turns[-1].side == "user"

    def _system(self, parts: list[Part]) -> list[Block]:
        for part in parts:
            if not isinstance(part, Text):
                self._losses.lose(part, "Anthropic's system prompts hold nothing but text")
        return self._blocks.blocks([part for part in parts if isinstance(part, Text)])

    def _message(self, turn: Turn) -> Block | None:
        match turn.side:
            case "system":
                content = self._system(turn.parts)
            case "user":
                content = self._blocks.blocks(turn.parts)
            case "assistant":
                content = self._blocks.blocks([part for part in turn.parts if not self._is_lost_medium(part)])
        return {"role": turn.side, "content": content} if content else None

    def _is_lost_medium(self, part: Part) -> bool:
        if not isinstance(part, Medium):
            return False
        self._losses.lose(part, "Anthropic's own turns hold no media")
        return True

    def _finish(self, messages: list[Block]) -> None:
        """See to it that the user begins and ends."""
        if not messages or messages[0]["role"] == "assistant":
            messages.insert(0, _said_by_user(_BEGINNING))
        if messages[-1]["role"] != "assistant":
            return
        if self._profile.takes_prefill is True:
            _strip_end(messages[-1])
            return
        last = next(message for message in reversed(self._request.messages) if message.role == "assistant")
        self._losses.lose_tree(
            f"{last.at}.role" if last.at else "", last.role, "the model cannot go on with words put into its mouth"
        )
        messages.append(_said_by_user(_CONTINUE))

    def _lose_particulars(self, message: Message) -> None:
        self._losses.lose_extras(message, NO_SUCH_MEMBER)
        if message.name is not None:
            self._losses.lose(message, "Anthropic's turns have no names", field="name")
        for field in ("id", "phase"):
            if getattr(message, field) is not None:
                self._losses.lose(message, NO_SUCH_MEMBER, field=field, effect="none")


def _alternating(messages: Iterable[Block]) -> list[Block]:
    """Put together what one side says, where nothing is left of what stood in between."""
    kept: list[Block] = []
    for message in messages:
        if kept and kept[-1]["role"] == message["role"] != "system":
            kept[-1]["content"] += message["content"]
        else:
            kept.append(message)
    return kept


def paired(messages: list[Message], blocks: BlockWriter) -> list[Turn]:
    """Return the turns, every result directly behind the turn with its call, and calls answered that have none.

    A result of no call is kept as what the user says.
    """
    called = {blocks.call_id(part) for message in messages for part in message.parts if isinstance(part, ToolCall)}
    turns = turns_of(_without_orphans(message, called, blocks) for message in messages)
    results = _results_by_call(turns, blocks)
    ordered: list[Turn] = []
    for turn in turns:
        parts: list[Part] = [part for part in turn.parts if not isinstance(part, ToolResult)]
        if parts or turn.side == "system":
            ordered.append(Turn(turn.side, parts, turn.messages))
    return _with_results(ordered, results, blocks)


def _without_orphans(message: Message, called: set[str], blocks: BlockWriter) -> Message:
    parts: list[Part] = []
    for part in message.parts:
        is_orphan = isinstance(part, ToolResult) and blocks.call_id(part) not in called
        parts += _as_words(part, blocks.losses) if isinstance(part, ToolResult) and is_orphan else [part]
    # A copy: the request may be written again, for another target.
    return replace(message, parts=parts)


def _with_results(turns: list[Turn], results: dict[str, ToolResult], blocks: BlockWriter) -> list[Turn]:
    ordered: list[Turn] = []
    for turn in turns:
        ordered.append(turn)
        calls = [part for part in turn.parts if isinstance(part, ToolCall)]
        if calls:
            answers: list[Part] = [_answer(results, blocks.call_id(call)) for call in calls]
            ordered.append(Turn("user", answers, turn.messages))
    return ordered


def _results_by_call(turns: list[Turn], blocks: BlockWriter) -> dict[str, ToolResult]:
    """Return the result of each call. What came in several pieces is put together."""
    results: dict[str, ToolResult] = {}
    for turn in turns:
        for part in turn.parts:
            if not isinstance(part, ToolResult):
                continue
            call_id = blocks.call_id(part)
            before = results.get(call_id)
            results[call_id] = (
                part if before is None else replace(before, call_id=call_id, parts=[*before.parts, *part.parts])
            )
    return results


def _answer(results: dict[str, ToolResult], call_id: str) -> ToolResult:
    return results.get(call_id) or ToolResult(call_id=call_id, parts=[Text(text=_NO_RESULT)], is_error=True)


def _as_words(result: ToolResult, losses: Losses) -> list[Part]:
    for field in ("call_id", "parts" if result.value is None else "value", "is_error"):
        if getattr(result, field) is not None:
            losses.lose(result, "there is no call that it is the result of: its words are the user's", field=field)
    losses.lose_extras(result, NO_SUCH_MEMBER)
    return result.parts if result.value is None else [Text(text=encode(result.value).decode()), *result.parts]


def _said_by_user(words: str) -> Block:
    return {"role": "user", "content": words}


def _strip_end(message: Block) -> None:
    """Take blanks off the end of words that the model shall go on with: Anthropic refuses them."""
    last: Block = message["content"][-1]
    if last.get("type") == "text":
        last["text"] = last["text"].rstrip()
