"""What of a reply from another dialect a chat completion cannot say."""

from typing import Final, assert_never

from drawbridge.gateway.wire.canonical import (
    Citation,
    Hosted,
    Medium,
    Node,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.events import Counted, Ended, Event, Frame, Marked, PartBegan
from drawbridge.gateway.wire.losses import Effect, Losses, ReplyLosses, join, leaves
from drawbridge.gateway.wire.openai_chat.members import without_numbers
from drawbridge.gateway.wire.openai_chat.stop_reasons import EXACT, write_reason
from drawbridge.gateway.wire.openai_chat.writing import NO_MEMBER

_UNSAID_COUNTS: Final = ("cache_written_5m", "cache_written_1h", "tool_input", "searches")
_UNFINISHED: Final = frozenset({"paused", "malformed_call", "other"})
"""Reasons for an answer that is not all that it should be, which a caller takes for whole without them."""


class NotedLosses:
    """Looks at the events of a reply and notes what gets lost, each path once whatever the numbers in it."""

    def __init__(self) -> None:
        self.losses: Losses = ReplyLosses()

    def note(self, event: Event) -> None:
        """Note what this event loses."""
        self._extras(event)
        match event:
            case PartBegan():
                self._part(event.part)
            case Marked():
                if event.citation is not None:
                    self._citation(event.citation)
                if event.part is not None:
                    self._seal(event.part)
            case Ended() if event.reason not in EXACT or event.message or event.stop_sequence:
                self._end(event)
            case Counted():
                for field in _UNSAID_COUNTS:
                    if getattr(event.usage, field):
                        self._lose(f"{event.at or 'usage'}.{field}", "price")
            case _:
                pass

    def _extras(self, event: Event) -> None:
        effect: Effect = "none" if isinstance(event, Frame) else "answer"
        self._members(event, effect)

    def _members(self, node: Node, effect: Effect) -> None:
        for name, value in node.extras.items():
            for path, leaf in leaves(value, join(node.at, name)):
                if leaf is not None:
                    self._lose(path, effect)

    def _part(self, part: Part) -> None:
        self._members(part, "none")
        match part:
            case Text():
                for citation in part.citations:
                    self._citation(citation)
            case ToolCall():
                if part.namespace is not None:
                    self._lose(f"{part.at}.namespace", "answer")
                if part.item_id is not None:
                    self._lose(f"{part.at}.id", "none")
            case Medium() | Hosted() | Unknown() | ToolResult():
                self._lose(part.at, "answer")
            case Thinking() | Refusal():
                pass
            case _:
                assert_never(part)
        self._seal(part)

    def _seal(self, part: Part) -> None:
        if isinstance(part, Text | Thinking | ToolCall | Medium | Hosted) and part.seal is not None:
            place = part.names.get("seal", "signature")
            self._lose(f"{part.at}.{place}" if part.at else place, "answer")

    def _citation(self, citation: Citation) -> None:
        if citation.kind != "url" or citation.url is None:
            self._lose(citation.at or "citations", "answer")
            return
        for field in ("source_index", "source_start", "source_end", "file"):
            if getattr(citation, field) is not None:
                self._lose(f"{citation.at}.{citation.names.get(field, field)}", "none")

    def _end(self, event: Ended) -> None:
        path = without_numbers(event.at) or "stop_reason"
        if event.reason not in EXACT:
            effect: Effect = "answer" if event.reason in _UNFINISHED else "none"
            self._lose(path, effect, f"a chat completion only says {write_reason(event.reason)}")
        if event.stop_sequence is not None:
            self._lose("stop_sequence", "none")
        if event.message is not None:
            self._lose(f"{path}.message", "none")

    def _lose(self, path: str, effect: Effect, reason: str = NO_MEMBER) -> None:
        self.losses.lose_tree(path, None, reason, effect=effect)
