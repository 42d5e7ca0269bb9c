"""Why an answer ended, in chat completions and in events."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.events import StopReason

_READ: Final[Mapping[str, StopReason]] = {
    "stop": "end",
    "eos": "end",
    "length": "length",
    # Mistral's, as its SDK has it (mistralai 3.7).
    "model_length": "context_length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "filtered",
}
_WRITTEN: Final[Mapping[StopReason, str]] = {
    "end": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "context_length": "length",
    "tool_calls": "tool_calls",
    "refusal": "content_filter",
    "filtered": "content_filter",
    "paused": "stop",
    "malformed_call": "stop",
    "other": "stop",
}
EXACT: Final[frozenset[StopReason]] = frozenset({"end", "length", "tool_calls", "filtered"})
"""Those that a caller reads as they were meant."""


def read_reason(word: str | None, *, has_calls: bool) -> StopReason:
    """Return what a vendor's word means; without one, what the answer looks like."""
    if word is None:
        return "tool_calls" if has_calls else "end"
    return _READ.get(word, "other")


def write_reason(reason: StopReason) -> str:
    """Return the word for a reason."""
    return _WRITTEN[reason]
