"""What is known of Gemini's models by their names, where a profile does not say it."""

import re
from typing import Final, Literal

from drawbridge.gateway.wire.dialect import Target

_VERSION: Final = re.compile(r"gemini-(?:\w+-)?(\d+)(?:\.(\d+))?")

ThinkingMember = Literal["budget", "level", "none"]


def generation(model: str) -> float | None:
    """Return a model's version, 2.5 of gemini-2.5-pro; None where the name does not tell (gemini-flash-latest)."""
    found = _VERSION.search(model)
    return None if found is None else float(f"{found[1]}.{found[2] or 0}")


def needs_call_seals(target: Target) -> bool:
    """Tell whether calls of tools without a signature are refused.

    https://ai.google.dev/gemini-api/docs/thought-signatures: from Gemini 3 on. Read 2026-11-23.
    """
    known = target.profile.needs_call_seals
    return (generation(target.model) or 0) >= 3 if known is None else known


def mixes(target: Target) -> bool:
    """Tell whether a model takes functions together with Google's tools, or with an answer by a schema.

    Up to 2.5: "Tool use with function calling is unsupported", "Function calling with a response mime type:
    'application/json' is unsupported". https://ai.google.dev/gemini-api/docs/tool-combination, and
    https://github.com/googleapis/python-genai/issues/867; read 2026-11-23.
    """
    return (generation(target.model) or 3) >= 3


def thinking_member(target: Target) -> ThinkingMember:
    """Tell how a model is told to think: by a budget up to 2.5, by a level from 3 on; both at once are refused.

    https://ai.google.dev/gemini-api/docs/thinking#levels-budgets, read 2026-11-23.
    """
    match target.profile.thinking:
        case "none":
            return "none"
        case "budget":
            return "budget"
        case "effort" | "adaptive":
            return "level"
        case None:
            version = generation(target.model) or 3
            return "level" if version >= 3 else "budget" if version >= 2.5 else "none"


def shows_detail(target: Target) -> bool:
    """Tell whether a model takes a media resolution for each part: from Gemini 3 on.

    https://ai.google.dev/gemini-api/docs/media-resolution, read 2026-11-23.
    """
    return (generation(target.model) or 3) >= 3


def takes_media_in_results(target: Target) -> bool:
    """Tell whether a function's response may have parts: from Gemini 3 on.

    https://ai.google.dev/gemini-api/docs/function-calling#multimodal, read 2026-11-23.
    """
    return (generation(target.model) or 3) >= 3
