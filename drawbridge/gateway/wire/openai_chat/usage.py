"""What was used, in chat completions and in events."""

from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.counts import Counts
from drawbridge.gateway.wire.events import Counted, Usage
from drawbridge.gateway.wire.json_text import elements, members, text_or_none, whole_number
from drawbridge.gateway.wire.openai_chat_usage import chat_tokens

_INPUT: Final = "prompt_tokens_details"
_OUTPUT: Final = "completion_tokens_details"

KNOWN: Final = frozenset(
    {
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        f"{_INPUT}.cached_tokens",
        f"{_INPUT}.cache_write_tokens",
        f"{_INPUT}.audio_tokens",
        f"{_INPUT}.image_tokens",
        f"{_OUTPUT}.reasoning_tokens",
        f"{_OUTPUT}.audio_tokens",
        f"{_OUTPUT}.image_tokens",
        # The same by names of DeepSeek, Moonshot, Mistral and xAI (recorded 2026-08).
        "prompt_cache_hit_tokens",
        "prompt_cache_miss_tokens",
        "cached_tokens",
        "num_cached_tokens",
        "reasoning_tokens",
    }
)
"""Counts that are held in events, as paths below `usage`."""


def find_usage(reply: dict[str, Json]) -> tuple[str, dict[str, Json]]:
    """Return the usage in a reply or chunk, and where it stands; an empty object where there is none."""
    usage = members(reply.get("usage"))
    if usage:
        return "usage", usage
    # Groq's streams (recorded 2026-08).
    usage = members(members(reply.get("x_groq")).get("usage"))
    if usage:
        return "x_groq.usage", usage
    for index, choice in enumerate(elements(reply.get("choices"))):
        # Moonshot's streams (recorded 2026-08).
        usage = members(members(choice).get("usage"))
        if usage:
            return f"choices[{index}].usage", usage
    return "", {}


def read_usage(reply: dict[str, Json]) -> Counted | None:
    """Return what a reply or chunk counts; None where it counts nothing."""
    at, raw = find_usage(reply)
    counted = chat_tokens(Counts(raw)) if raw else None
    if counted is None:
        return None
    inside, made = members(raw.get(_INPUT)), members(raw.get(_OUTPUT))
    has_cached = any(name in raw for name in ("prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens"))
    tools = members(raw.get("server_tool_use_details"))
    usage = Usage(
        input=counted.input,
        output=counted.output,
        total=whole_number(raw.get("total_tokens")),
        cached=counted.input_cached if "cached_tokens" in inside or has_cached else None,
        cache_written=whole_number(inside.get("cache_write_tokens")),
        input_audio=whole_number(inside.get("audio_tokens")),
        input_image=whole_number(inside.get("image_tokens")),
        reasoning=counted.output_reasoning if "reasoning_tokens" in made or "reasoning_tokens" in raw else None,
        output_audio=whole_number(made.get("audio_tokens")),
        output_image=whole_number(made.get("image_tokens")),
        searches=whole_number(tools.get("web_search_requests")) or whole_number(raw.get("num_search_queries")),
    )
    tier = text_or_none(reply.get("service_tier"))
    return Counted(at=at, raw=raw, usage=usage, service_tier=tier)


def write_usage(usage: Usage) -> dict[str, Json]:
    """Return a `usage` object with what is known."""
    inside = {
        "cached_tokens": usage.cached,
        "cache_write_tokens": usage.cache_written,
        "audio_tokens": usage.input_audio,
        "image_tokens": usage.input_image,
    }
    made = {
        "reasoning_tokens": usage.reasoning,
        "audio_tokens": usage.output_audio,
        "image_tokens": usage.output_image,
    }
    total = usage.total if usage.total is not None else (usage.input or 0) + (usage.output or 0)
    written: dict[str, Json] = {
        "prompt_tokens": usage.input or 0,
        "completion_tokens": usage.output or 0,
        "total_tokens": total,
    }
    for name, parts in ((_INPUT, inside), (_OUTPUT, made)):
        known = {part: count for part, count in parts.items() if count is not None}
        if known:
            written[name] = known
    return written


def merge(older: Usage, newer: Usage) -> None:
    """Take over what a later count says."""
    for name in Usage.__struct_fields__:
        value = getattr(newer, name)
        if value is not None:
            setattr(older, name, value)
