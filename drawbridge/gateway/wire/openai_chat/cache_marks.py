"""Marks in a request for where the vendor's prompt cache shall end: OpenAI's, and Anthropic's as others copy it."""

import re
from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import CacheMark, Json
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.losses import join
from drawbridge.gateway.wire.openai_chat.members import Fields

_NAMES: Final[Mapping[str, str]] = {"ttl_s": "ttl"}
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LIFETIME: Final = re.compile(r"(\d{1,9})([smhd])")

BREAKPOINT: Final = "prompt_cache_breakpoint"
"""OpenAI's, from gpt-5.6 on: https://developers.openai.com/api/docs/guides/prompt-caching (as openai 3.54 has it)."""

CONTROL: Final = "cache_control"
"""OpenRouter's, in Anthropic's form (recorded 2026-08): https://openrouter.ai/docs/features/prompt-caching"""

_TYPES: Final = {BREAKPOINT: ("mode", "explicit"), CONTROL: ("type", "ephemeral")}


def read_mark(fields: Fields, raw: dict[str, Json], at: str) -> CacheMark | None:
    """Take the mark of a part or tool, if it has one."""
    for member, (tag, value) in _TYPES.items():
        written = members(raw.get(member))
        if written.get(tag) != value:
            continue
        fields.object(member)
        inner = Fields(written)
        inner.text(tag)
        ttl_s = seconds(written.get("ttl"))
        if ttl_s is not None:
            inner.text("ttl")
        place = join(at, member)
        return CacheMark(at=place, raw=written, ttl_s=ttl_s, shape=member, names=_NAMES, extras=inner.extras())
    return None


def write_mark(mark: CacheMark, member: str) -> dict[str, Json]:
    """Return a mark as it is written under one of the two names."""
    tag, value = _TYPES[member]
    return {tag: value} if mark.ttl_s is None else {tag: value, "ttl": lifetime(mark.ttl_s)}


def seconds(written: Json) -> int | None:
    """Return how long `5m`, `1h` or `24h` is; None for anything else, such as `in_memory`."""
    found = _LIFETIME.fullmatch(written) if isinstance(written, str) else None
    # Only what is written back alike counts as understood.
    if found is None or lifetime(number := int(found[1]) * _SECONDS[found[2]]) != written:
        return None
    return number


def lifetime(ttl_s: int) -> str:
    """Return seconds as vendors write them: in hours or minutes where they are whole ones."""
    if ttl_s % 3600 == 0:
        return f"{ttl_s // 3600}h"
    return f"{ttl_s // 60}m" if ttl_s % 60 == 0 else f"{ttl_s}s"
