"""What the writers of a request's parts share."""

import re
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.call_ids import CallIds
from drawbridge.gateway.wire.canonical import CacheMark, Json, Node
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.losses import Effect, Losses
from drawbridge.gateway.wire.openai_chat.cache_marks import BREAKPOINT, CONTROL, write_mark
from drawbridge.gateway.wire.tool_names import NameRule, ToolNames

NAME_RULE: Final = NameRule(re.compile(r"[a-zA-Z0-9_-]+"), 64)
"""Of functions and custom tools: https://developers.openai.com/api/docs/api-reference/chat/create (2026-11)."""

CUSTOM_NAME_RULE: Final = NameRule(NAME_RULE.pattern, NAME_RULE.max_length, has_custom_tools=True)

CUSTOM_TOOLS: Final = "custom_tools"
"""The extension of models that have tools of type `custom`: OpenAI's from gpt-5 on."""

NO_MEMBER: Final = "a chat completion has no member for it"


class Writing(Struct, frozen=True):
    """One request on its way into a chat completion."""

    target: Target
    losses: Losses
    names: ToolNames
    ids: CallIds

    def has(self, extension: str) -> bool:
        """Tell whether the vendor takes a member that is not OpenAI's, or not of all its models."""
        return extension in self.target.profile.extensions

    def lose(self, node: Node, reason: str, *, field: str | None = None, effect: Effect = "answer") -> None:
        """Report a node or a field of it."""
        self.losses.lose(node, reason, field=field, effect=effect)

    def leave_extras(self, node: Node, effect: Effect = "answer") -> None:
        """Report the members that only the source's dialect has."""
        self.losses.lose_extras(node, NO_MEMBER, effect=effect)

    def mark(self, raw: dict[str, Json], mark: CacheMark | None) -> dict[str, Json]:
        """Put a cache mark onto a part or tool, where the vendor takes marks."""
        if mark is None:
            return raw
        member = next((member for member in (BREAKPOINT, CONTROL) if self.has(member)), None)
        if member is None:
            self.lose(mark, "the vendor keeps prompts in its cache without marks", effect="price")
            return raw
        self.leave_extras(mark, "price")
        raw[member] = write_mark(mark, member)
        return raw


def allows_id(written: str) -> bool:
    """Tell whether a tool call may have this id: OpenAI refuses more than 40 characters."""
    return 0 < len(written) <= 40
