"""usageMetadata as a count of tokens, and back."""

from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import Counted, Usage
from drawbridge.gateway.wire.gemini.spelling import Spelled, as_it_was, tree
from drawbridge.gateway.wire.json_text import elements, members, whole_number

# https://ai.google.dev/api/generate-content#UsageMetadata, read 2026-11-23.
_USAGE: Final = tree(
    """
    promptTokenCount cachedContentTokenCount candidatesTokenCount thoughtsTokenCount toolUsePromptTokenCount
    totalTokenCount promptTokensDetails candidatesTokensDetails serviceTier
    """
)
_NAMES: Final = {
    "input": "promptTokenCount",
    "cached": "cachedContentTokenCount",
    "output": "candidatesTokenCount",
    "reasoning": "thoughtsTokenCount",
    "total": "totalTokenCount",
    "tool_input": "toolUsePromptTokenCount",
}


def read_usage(raw: dict[str, Json]) -> Counted:
    """Read a count. The details by modality stay in the extras, since Gemini's own callers want them whole."""
    fields = Spelled(raw, _USAGE)
    prompt, candidates, thoughts, tools, cached, total = (
        _count(fields, name)
        for name in (
            "promptTokenCount",
            "candidatesTokenCount",
            "thoughtsTokenCount",
            "toolUsePromptTokenCount",
            "cachedContentTokenCount",
            "totalTokenCount",
        )
    )
    given, made = _details(fields, "promptTokensDetails"), _details(fields, "candidatesTokensDetails")
    tier = fields.take("serviceTier", str)
    # What is added up could not be told apart again without these.
    marks = [*(["promptless"] if prompt is None else []), *(["wordless"] if candidates is None else [])]
    return Counted(
        at="usageMetadata",
        raw=raw,
        names=_NAMES,
        extras=fields.extras(),
        shape=fields.shape(*marks),
        usage=Usage(
            input=_sum(prompt, tools),
            cached=cached,
            input_audio=given.get("AUDIO"),
            input_image=given.get("IMAGE"),
            output=_sum(candidates, thoughts),
            reasoning=thoughts,
            output_audio=made.get("AUDIO"),
            output_image=made.get("IMAGE"),
            total=total,
            tool_input=tools,
        ),
        service_tier=tier,
    )


def write_own_usage(counted: Counted) -> dict[str, Json]:
    """Write a count of Gemini's as it was."""
    usage, words = counted.usage, counted.shape.split(" ")
    written = {
        "promptTokenCount": None if "promptless" in words else _without(usage.input, usage.tool_input),
        "cachedContentTokenCount": usage.cached,
        "candidatesTokenCount": None if "wordless" in words else _without(usage.output, usage.reasoning),
        "thoughtsTokenCount": usage.reasoning,
        "toolUsePromptTokenCount": usage.tool_input,
        "totalTokenCount": usage.total,
        "serviceTier": counted.service_tier,
    }
    return as_it_was({name: value for name, value in written.items() if value is not None}, counted)


def write_usage(usage: Usage) -> dict[str, Json]:
    """Write a count of any vendor's. What was written to a cache is within the prompt's tokens."""
    prompt, words = _without(usage.input, usage.tool_input), _without(usage.output, usage.reasoning)
    total = usage.total if usage.total is not None else _sum(usage.input, usage.output)
    written: dict[str, Json] = {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": usage.cached or None,
        "candidatesTokenCount": words,
        "thoughtsTokenCount": usage.reasoning or None,
        "toolUsePromptTokenCount": usage.tool_input or None,
        "totalTokenCount": total,
        "promptTokensDetails": _by_modality(prompt, usage.input_audio, usage.input_image),
        "candidatesTokensDetails": _by_modality(words, usage.output_audio, usage.output_image),
    }
    return {name: value for name, value in written.items() if value is not None}


def _count(fields: Spelled, name: str) -> int | None:
    count = whole_number(fields.take_any(name))
    if count is None:
        fields.leave(name)
    return count


def _details(fields: Spelled, name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for detail in elements(fields.take_any(name)):
        count = whole_number(members(detail).get("tokenCount"))
        if count is not None:
            modality = str(members(detail).get("modality"))
            counts[modality] = counts.get(modality, 0) + count
    fields.leave(name)
    return counts


def _by_modality(whole: int | None, audio: int | None, image: int | None) -> Json:
    others = {"AUDIO": audio or 0, "IMAGE": image or 0}
    if whole is None or not any(others.values()):
        return None
    counts = {"TEXT": max(0, whole - sum(others.values())), **others}
    return [{"modality": modality, "tokenCount": count} for modality, count in counts.items() if count]


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def _without(whole: int | None, part: int | None) -> int | None:
    return None if whole is None else max(0, whole - (part or 0))
