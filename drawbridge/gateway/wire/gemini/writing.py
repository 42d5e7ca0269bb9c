"""What the writers of a request's pieces share."""

import re
from typing import Final

from drawbridge.gateway.wire.call_ids import CallIds
from drawbridge.gateway.wire.canonical import Node, Opaque, Request
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.gemini.spelling import Json, as_it_was
from drawbridge.gateway.wire.losses import Effect, Losses
from drawbridge.gateway.wire.opaque import readable_by
from drawbridge.gateway.wire.tool_names import NameRule, ToolNames

# https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/FunctionDeclaration: letters, digits,
# underscores, dots and dashes, the first a letter or an underscore, 64 characters. The Gemini API's newer text allows
# colons and 128 of them; this is what both take. Read 2026-11-23.
RULE: Final = NameRule(re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]*"), 64)

DUMMY_SEAL: Final = "skip_thought_signature_validator"
"""Stands for the signature of a call that Gemini never made, or whose signature is not there any more.

https://ai.google.dev/gemini-api/docs/thought-signatures#faqs, read 2026-11-23.
"""

NO_MEMBER: Final = "Gemini has no member for it"


class Writing:
    """A request on its way into Gemini's JSON for one target."""

    def __init__(self, request: Request, target: Target) -> None:
        self.request = request
        self.target = target
        self.losses = Losses()
        self.names = ToolNames(request.tools, RULE)
        # https://ai.google.dev/api/caching#FunctionCall sets no rule for ids. Read 2026-11-23.
        self.ids = CallIds(request.messages, is_allowed=bool)
        self.is_own = request.dialect == "gemini"
        """The request was Gemini's: everything is written as it was."""

    def finish(self, written: dict[str, Json], node: Node, why: str = NO_MEMBER) -> dict[str, Json]:
        """Return a node as it was read, if it was Gemini's; else report what of it has no place."""
        if self.is_own:
            return as_it_was(written, node)
        self.losses.lose_extras(node, why)
        return written

    def lose(self, node: Node, why: str, field: str | None = None, effect: Effect = "answer") -> None:
        """Report a node, or a field of it, as lost."""
        self.losses.lose(node, why, field=field, effect=effect)

    def seal(self, opaque: Opaque | None) -> str | None:
        """Return a sealed value that the target can read; None for any other."""
        if opaque is None or not readable_by(opaque, "gemini", self.target.provider):
            return None
        return opaque.value

    def is_odd(self, node: Node, word: str) -> bool:
        """Tell whether a node was Gemini's, and had this word in its shape."""
        return self.is_own and word in node.shape.split(" ")
