"""Ids of tool calls that the target takes, the same for the same conversation each time it is sent."""

from base64 import b32encode
from collections.abc import Callable, Iterable
from hashlib import sha256

from drawbridge.gateway.wire.canonical import Message, ToolCall, ToolResult

_DIGITS = 24


class CallIds:
    """The ids by which calls and results of a conversation are joined in the target.

    A caller's id is kept where the target allows it and it is the first of its name; any other is replaced by one that
    follows from it, so that the next turn's is the same and the vendor's prompt cache holds.
    """

    def __init__(self, messages: Iterable[Message], is_allowed: Callable[[str], bool]) -> None:
        self._by_part: dict[int, str] = {}
        self._is_allowed = is_allowed
        open_calls: dict[str, list[str]] = {}
        uses: dict[str, int] = {}
        answered: set[str] = set()
        for message in messages:
            for part in message.parts:
                if isinstance(part, ToolCall):
                    uses[part.id] = uses.get(part.id, 0) + 1
                    given = self._id(part.id, uses[part.id])
                    self._by_part[id(part)] = given
                    # A client may use an id again once its call has been answered.
                    waiting = [call for call in open_calls.get(part.id, []) if call not in answered]
                    open_calls[part.id] = [*waiting, given]
                elif isinstance(part, ToolResult):
                    waiting = open_calls.get(part.call_id, [])
                    # The last one stays, for a result that comes in several pieces.
                    given = waiting.pop(0) if len(waiting) > 1 else waiting[0] if waiting else self._id(part.call_id, 1)
                    answered.add(given)
                    self._by_part[id(part)] = given

    def of(self, part: ToolCall | ToolResult) -> str:
        """Return the id of a call, or of the call that a result is for. The part must be of the conversation."""
        return self._by_part[id(part)]

    def _id(self, written: str, use: int) -> str:
        if use == 1 and self._is_allowed(written):
            return written
        return derived_id(written if use == 1 else f"{written}#{use}")


def derived_id(written: str, prefix: str = "call_") -> str:
    """Return an id of letters, digits and one underscore, 29 characters long, that follows from any other id."""
    digest = sha256(written.encode("utf-8", "surrogatepass")).digest()
    return prefix + b32encode(digest).decode()[:_DIGITS].lower()
