"""What everything that writes a request has at hand: for whom it is, by which names and ids, and what was lost."""

import re
from typing import Final

from drawbridge.gateway.wire.call_ids import CallIds
from drawbridge.gateway.wire.canonical import Json, Node, Opaque, Request, ToolCall
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.fragments import without_fragments
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import readable_by
from drawbridge.gateway.wire.openai_responses.fields import put_back
from drawbridge.gateway.wire.openai_responses.parts import NAME
from drawbridge.gateway.wire.tool_names import NameRule, ToolNames

NAMES: Final = NameRule(re.compile(r"[a-zA-Z0-9_-]+"), 64, has_namespaces=True, has_custom_tools=True)
"""https://platform.openai.com/docs/api-reference/responses/create, "tools", as of 2026-11-23."""

NO_MEMBER: Final = "a response's request has no member for it"

_CALL_ID: Final = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


class Writing:
    """A request on its way to a vendor."""

    def __init__(self, request: Request, target: Target) -> None:
        self.request = without_fragments(request, lambda seal: readable_by(seal, NAME, target.provider))
        self.target = target
        self.is_same = request.dialect == NAME
        """Extras and shapes are this dialect's own."""
        self.losses = Losses()
        self.names = ToolNames(request.tools, NAMES)
        self.ids = CallIds(self.request.messages, lambda written: _CALL_ID.fullmatch(written) is not None)
        parts = [part for message in self.request.messages for part in message.parts]
        calls = [part for part in parts if isinstance(part, ToolCall)]
        self.calls = {self.ids.of(call): call for call in calls}
        """The conversation's calls, by their ids in the target."""

    def finish(self, node: Node, said: dict[str, Json]) -> dict[str, Json]:
        """Put a node's extras back, or report them."""
        if self.is_same:
            return put_back(node.extras, said)
        self.losses.lose_extras(node, NO_MEMBER)
        return said

    def reads(self, value: Opaque | None) -> bool:
        """Tell whether the target can be expected to read a value."""
        if value is None or not readable_by(value, NAME, self.target.provider):
            return False
        return value.provider is not None or self.request.provider in (None, self.target.provider)

    def own_id(self, node: Node, value: Opaque | None, *prefixes: str) -> str | None:
        """Return an id of an item where it is the target's own; else report it. It means nothing to the answer."""
        if value is None:
            return None
        if self.reads(value) and (self.is_same or value.value.startswith(prefixes)):
            return value.value
        below = "item_id" if "item_id" in node.names else "id"
        self.losses.lose(node, "an id of another provider's item", field=below, effect="none")
        return None
