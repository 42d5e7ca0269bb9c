"""The conversation, as Gemini wants it: user and model in turns, and the system's words apart from them.

Only the system messages at the beginning become the systemInstruction. Later ones stay where they are, as words of the
user: what they are about is told by what stands before them, and a prompt cache holds only while the beginning of a
request stays the same. That they lose the system's authority is reported.
"""

from collections.abc import Iterable
from typing import Final

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import Json, Message, Part, Text, Thinking, ToolCall, ToolResult
from drawbridge.gateway.wire.gemini.models import needs_call_seals
from drawbridge.gateway.wire.gemini.read_request import written_role
from drawbridge.gateway.wire.gemini.write_parts import WirePart, write_part
from drawbridge.gateway.wire.gemini.write_results import write_orphan, write_own_result, write_responses
from drawbridge.gateway.wire.gemini.writing import DUMMY_SEAL, NO_MEMBER, Writing
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.turns import Turn, turns_of

Content = dict[str, Json]

_OPENING: Final = "."
"""What the user says where a conversation begins with a call: Gemini takes calls behind a user's turn only."""


def write_contents(writing: Writing) -> tuple[Content | None, list[Content]]:
    """Return the system instruction, if there is one, and the contents."""
    messages = writing.request.messages
    if writing.is_own:
        return _write_own(messages, writing)
    leading = next((place for place, message in enumerate(messages) if not _is_system(message)), len(messages))
    system = _system_parts(messages[:leading], writing)
    contents = _write_turns(turns_of(_with_late_system_as_user(messages[leading:], writing)), writing)
    for message in messages:
        _lose_about(message, writing)
    if not contents and system:
        # A request must have contents: a lone system prompt is said by the user.
        for message in messages[:leading]:
            _lose_role(message, "Gemini refuses a system instruction with nothing behind it", writing)
        return None, [{"role": "user", "parts": system}]
    if not contents:
        raise ImpossibleRequest("There is nothing in the conversation that the model could answer.", param="messages")
    return ({"parts": system} if system else None), contents


def _is_system(message: Message) -> bool:
    return message.role in {"system", "developer"}


def _lose_role(message: Message, why: str, writing: Writing) -> None:
    # Where the place alone makes it the system's there is no role to report.
    if "role" in members(message.raw):
        writing.lose(message, why, field="role")


def _lose_about(message: Message, writing: Writing) -> None:
    writing.losses.lose_extras(message, NO_MEMBER)
    if message.name is not None:
        writing.lose(message, "Gemini knows no names of people", field="name")
    if message.id is not None:
        writing.lose(message, NO_MEMBER, field="id", effect="none")
    if message.phase is not None:
        writing.lose(message, NO_MEMBER, field="phase")


def _write_own(messages: list[Message], writing: Writing) -> tuple[Content | None, list[Content]]:
    unsigned = _unsigned(messages, writing)
    system: Content | None = None
    contents: list[Content] = []
    for message in messages:
        written = _own_content(message, writing, unsigned)
        if "top" in message.shape.split(" "):
            system = written
        else:
            contents.append(written)
    return system, contents


def _own_content(message: Message, writing: Writing, unsigned: set[int]) -> Content:
    written: Content = {"role": written_role(message.role)}
    if writing.is_odd(message, "roleless"):
        del written["role"]
    parts: list[WirePart] = []
    for part in message.parts:
        if isinstance(part, ToolResult):
            parts.append(write_own_result(part, writing))
            continue
        own = write_part(part, writing)
        if id(part) in unsigned:
            own[0]["thoughtSignature"] = DUMMY_SEAL
        parts += own
    if not writing.is_odd(message, "partless"):
        written["parts"] = parts[0] if writing.is_odd(message, "alone:parts") else parts
    return writing.finish(written, message)


def _unsigned(messages: list[Message], writing: Writing) -> set[int]:
    """Return the calls of the current turn that the target would refuse: those that come first, without a seal.

    https://ai.google.dev/gemini-api/docs/thought-signatures: only the first call of each step since the user's last
    words is looked at. Read 2026-11-23.
    """
    if not needs_call_seals(writing.target):
        return set()
    unsigned: set[int] = set()
    for message in reversed(messages):
        if message.role == "user":
            break
        first = next((part for part in message.parts if isinstance(part, ToolCall)), None)
        if first is not None and writing.seal(first.seal) is None:
            unsigned.add(id(first))
    return unsigned


def _system_parts(messages: Iterable[Message], writing: Writing) -> list[WirePart]:
    parts: list[WirePart] = []
    for message in messages:
        for part in message.parts:
            if isinstance(part, Text):
                parts += write_part(part, writing)
            else:
                writing.lose(part, "Gemini's system instruction takes words only")
    return parts


def _with_late_system_as_user(messages: list[Message], writing: Writing) -> list[Message]:
    placed: list[Message] = []
    for message in messages:
        if _is_system(message):
            _lose_role(message, "Gemini has no system messages within a conversation: the user says it", writing)
            placed.append(Message(role="user", parts=message.parts))
        else:
            placed.append(message)
    return placed


def _write_turns(turns: list[Turn], writing: Writing) -> list[Content]:
    results, orphans = _results(turns, writing)
    contents: list[Content] = []
    for turn in turns:
        if turn.side == "assistant":
            calls = [part for part in turn.parts if isinstance(part, ToolCall)]
            _add(contents, "model", _model_parts(turn.parts, writing))
            if calls:
                responses, beside = write_responses(calls, results, writing)
                _add(contents, "user", [*responses, *beside])
        else:
            # In the order of the messages: the results that come first in a turn are written already.
            said = [part for message in turn.messages for part in message.parts]
            _add(contents, "user", _user_parts(said, orphans, writing))
    if contents and contents[0]["role"] == "model" and any("functionCall" in part for part in contents[0]["parts"]):
        contents.insert(0, {"role": "user", "parts": [{"text": _OPENING}]})
    return contents


def _add(contents: list[Content], role: str, parts: list[WirePart]) -> None:
    """Add a turn; to the last one, where that is of the same side, since the two must take turns."""
    if not parts:
        return
    if contents and contents[-1]["role"] == role:
        contents[-1]["parts"] += parts
    else:
        contents.append({"role": role, "parts": parts})


def _results(turns: list[Turn], writing: Writing) -> tuple[dict[str, list[ToolResult]], set[int]]:
    """Return the results by their calls, wherever they stand, and those whose call is not before them."""
    called: set[str] = set()
    results: dict[str, list[ToolResult]] = {}
    orphans: set[int] = set()
    for part in [part for turn in turns for part in turn.parts]:
        if isinstance(part, ToolCall):
            called.add(writing.ids.of(part))
        elif isinstance(part, ToolResult) and writing.ids.of(part) in called:
            results.setdefault(writing.ids.of(part), []).append(part)
        elif isinstance(part, ToolResult):
            orphans.add(id(part))
    return results, orphans


def _user_parts(parts: list[Part], orphans: set[int], writing: Writing) -> list[WirePart]:
    written: list[WirePart] = []
    for part in parts:
        if not isinstance(part, ToolResult):
            written += write_part(part, writing)
        elif id(part) in orphans:
            written += write_orphan(part, writing)
    return written


def _model_parts(parts: list[Part], writing: Writing) -> list[WirePart]:
    """Write a model's turn. A thought's signature goes where Gemini has put it: to the part behind the thought."""
    written: list[WirePart] = []
    carried: str | None = None
    for part in parts:
        own = write_part(part, writing)
        if isinstance(part, Thinking):
            carried = writing.seal(part.seal) or carried
        elif carried is not None and own:
            own[0].setdefault("thoughtSignature", carried)
            carried = None
        written += own
    if carried is not None:
        written.append({"text": "", "thoughtSignature": carried})
    if needs_call_seals(writing.target):
        first = next((part for part in written if "functionCall" in part), None)
        if first is not None:
            first.setdefault("thoughtSignature", DUMMY_SEAL)
    return written
