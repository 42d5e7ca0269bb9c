"""What a message says of the tokens that were used, read and written.

`input_tokens` has neither what was read from the prompt cache nor what was written to it
(https://platform.claude.com/docs/en/build-with-claude/prompt-caching, read 2026-11-23).
"""

from typing import Final

from drawbridge.gateway.wire.anthropic_messages.members import Members, put, put_back
from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import Counted, Usage
from drawbridge.gateway.wire.losses import Losses

_READ: Final = "cache_read_input_tokens"
_WRITTEN: Final = "cache_creation_input_tokens"
_DEEPER: Final = (
    ("cache_creation", "ephemeral_5m_input_tokens", "cache_written_5m"),
    ("cache_creation", "ephemeral_1h_input_tokens", "cache_written_1h"),
    ("output_tokens_details", "thinking_tokens", "reasoning"),
    ("server_tool_use", "web_search_requests", "searches"),
)
"""Counts that stand in objects of their own: the object, the member, the field."""
_TIERS: Final = {"default": "standard", "standard": "standard", "priority": "priority", "batch": "batch"}
_UNSAYABLE: Final = ("input_audio", "input_image", "output_audio", "output_image", "tool_input")


def read_usage(raw: dict[str, Json]) -> Counted:
    """Read what has been used so far."""
    members = Members(raw)
    usage = Usage(cached=members.whole(_READ), cache_written=members.whole(_WRITTEN))
    fresh = members.whole("input_tokens")
    usage.input = None if fresh is None else fresh + (usage.cached or 0) + (usage.cache_written or 0)
    usage.output = members.whole("output_tokens")
    counted = Counted(at="usage", raw=raw, usage=usage, service_tier=members.text("service_tier"))
    inner: dict[str, Members] = {}
    for name, member, field in _DEEPER:
        found = inner.get(name) or members.below(name)
        if found is not None:
            inner[name] = found
            setattr(usage, field, found.whole(member))
    for name, found in inner.items():
        counted.extras |= found.rest(name)
    counted.extras |= members.rest()
    return counted


def write_own_usage(counted: Counted) -> dict[str, Json]:
    """Write what was read from the same dialect as it was."""
    usage = counted.usage
    written: dict[str, Json] = {}
    if usage.input is not None:
        written["input_tokens"] = usage.input - (usage.cached or 0) - (usage.cache_written or 0)
    stated = {
        _READ: usage.cached,
        _WRITTEN: usage.cache_written,
        "output_tokens": usage.output,
        "service_tier": counted.service_tier,
    }
    written |= {member: value for member, value in stated.items() if value is not None}
    for name, member, field in _DEEPER:
        if (value := getattr(usage, field)) is not None:
            put(written, f"{name}.{member}", value)
    return put_back(written, counted.extras)


def merged(before: Usage, counted: Counted, losses: Losses) -> Usage:
    """Return what is known of the usage after a count, and report what a message cannot say of it."""
    usage = Usage(
        **{
            name: value if (value := getattr(counted.usage, name)) is not None else getattr(before, name)
            for name in Usage.__struct_fields__
        }
    )
    why = "Anthropic messages do not count it"
    for field in _UNSAYABLE:
        if getattr(counted.usage, field):
            losses.lose(counted, why, field=field, effect="none")
    if counted.service_tier is not None and counted.service_tier not in _TIERS:
        losses.lose(counted, "Anthropic has no such tier", field="service_tier", effect="none")
    losses.lose_extras(counted, why, effect="none")
    return usage


def write_usage(usage: Usage, tier: str | None = None, *, is_final: bool = False) -> dict[str, Json]:
    """Write the usage of a reply of another dialect; `is_final` for the end of a stream, which has fewer members."""
    cached, cache_written = usage.cached or 0, usage.cache_written or 0
    written: dict[str, Json] = {
        "input_tokens": max(0, (usage.input or 0) - cached - cache_written),
        _WRITTEN: cache_written,
        _READ: cached,
        "output_tokens": usage.output or 0,
    }
    if usage.reasoning:
        written["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    if usage.searches:
        written["server_tool_use"] = {"web_search_requests": usage.searches, "web_fetch_requests": 0}
    if is_final:
        return written
    if usage.cache_written_5m is not None or usage.cache_written_1h is not None:
        written["cache_creation"] = {
            "ephemeral_5m_input_tokens": usage.cache_written_5m or 0,
            "ephemeral_1h_input_tokens": usage.cache_written_1h or 0,
        }
    if tier in _TIERS:
        written["service_tier"] = _TIERS[tier]
    return written
