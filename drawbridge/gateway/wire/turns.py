"""A conversation's messages put together into turns, for dialects in which user and assistant take turns."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from drawbridge.gateway.wire.canonical import Message, Part, Role, ToolResult

Side = Literal["system", "user", "assistant"]


class Turn(Struct):
    """What one side says without the other in between. Results of tools come first in a user's turn."""

    side: Side
    parts: list[Part]
    messages: list[Message]
    """What the turn was made of; at least one."""


def turns_of(messages: Iterable[Message]) -> list[Turn]:
    """Put neighbours of the same side together. Messages of system and developer stay apart from each other."""
    turns: list[Turn] = []
    for message in messages:
        side = _side(message.role)
        if turns and turns[-1].side == side and side != "system":
            turns[-1].parts.extend(message.parts)
            turns[-1].messages.append(message)
        else:
            turns.append(Turn(side, [*message.parts], [message]))
    for turn in turns:
        if turn.side == "user":
            # A stable sort: the order within each kind stays.
            turn.parts.sort(key=lambda part: not isinstance(part, ToolResult))
    return turns


def _side(role: Role) -> Side:
    match role:
        case "system" | "developer":
            return "system"
        case "user" | "tool":
            return "user"
        case "assistant":
            return "assistant"
