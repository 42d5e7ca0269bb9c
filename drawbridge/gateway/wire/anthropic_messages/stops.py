"""Why a message ended, read and written.

https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons, read 2026-11-23.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drawbridge.gateway.wire.anthropic_messages.members import Members
from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import Ended, StopReason
from drawbridge.gateway.wire.losses import Losses

_REASONS: Final[Mapping[str, StopReason]] = MappingProxyType(
    {
        "end_turn": "end",
        "max_tokens": "length",
        "stop_sequence": "stop_sequence",
        "tool_use": "tool_calls",
        "pause_turn": "paused",
        "refusal": "refusal",
        "model_context_window_exceeded": "context_length",
    }
)
_WORDS: Final[Mapping[StopReason, str]] = MappingProxyType(
    {**{reason: word for word, reason in _REASONS.items()}, "filtered": "refusal"}
)
_NAMES: Final = MappingProxyType({"reason": "stop_reason", "message": "stop_details.explanation"})


def read_stop(members: Members, raw: Mapping[str, Json], at: str) -> tuple[Ended | None, dict[str, Json]]:
    """Take out of an object why the message ended. Returns that, and what was left over of its details."""
    word, sequence = members.text("stop_reason"), members.text("stop_sequence")
    if word is None:
        return None, {}
    ended = Ended(at=at, raw=raw, names=_NAMES, shape=word, reason=_REASONS.get(word, "other"), stop_sequence=sequence)
    details = members.below("stop_details")
    if details is None:
        members.leave(["stop_details"])
        return ended, {}
    ended.message = details.text("explanation")
    return ended, details.rest("stop_details")


def write_own_stop(ended: Ended) -> dict[str, Json]:
    """Write what was read from the same dialect as it was."""
    written: dict[str, Json] = {"stop_reason": ended.shape}
    if ended.stop_sequence is not None:
        written["stop_sequence"] = ended.stop_sequence
    if ended.message is not None:
        written["stop_details"] = {"explanation": ended.message}
    return written


def write_stop(ended: Ended | None, losses: Losses, *, has_calls: bool) -> dict[str, Json]:
    """Write why a reply of another dialect ended; None where its vendor did not tell."""
    word = "end_turn" if ended is None else _WORDS.get(ended.reason, "end_turn")
    if ended is not None and ended.reason not in _WORDS:
        losses.lose(ended, "Anthropic messages know no such end", field="reason")
    # Some vendors end a reply with calls as any other: clients of Anthropic then do not carry them out.
    if word == "end_turn" and has_calls:
        word = "tool_use"
    details: Json = None
    if ended is not None and word == "refusal":
        details = {"type": "refusal", "category": None, "explanation": ended.message}
    elif ended is not None and ended.message is not None:
        losses.lose(ended, "Anthropic messages say no more of why they ended", field="message", effect="none")
    if ended is not None:
        losses.lose_extras(ended, "Anthropic messages say no more of why they ended", effect="none")
    sequence = ended.stop_sequence if ended is not None and word == "stop_sequence" else None
    return {"stop_reason": word, "stop_sequence": sequence, "stop_details": details}
