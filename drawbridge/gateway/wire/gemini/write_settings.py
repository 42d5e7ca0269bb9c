"""What is asked for beside the conversation, written."""

from collections.abc import Callable, Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import HostedTool, Json, OutputFormat, Reasoning, Setting, SettingName
from drawbridge.gateway.wire.gemini.models import mixes, thinking_member
from drawbridge.gateway.wire.gemini.read_settings import PLAIN
from drawbridge.gateway.wire.gemini.schemas import to_json_schema
from drawbridge.gateway.wire.gemini.spelling import put
from drawbridge.gateway.wire.gemini.write_tools import write_tool_choice
from drawbridge.gateway.wire.gemini.writing import NO_MEMBER, Writing
from drawbridge.gateway.wire.losses import Effect, place_of

_Write = Callable[[Setting, dict[str, Json], Writing], None]

_STOPS: Final = 5
"""https://ai.google.dev/api/generate-content#generationconfig: at most so many stop sequences. Read 2026-11-23."""


def write_settings(body: dict[str, Json], writing: Writing) -> None:
    """Write all settings into a request's body; report those that Gemini has no place for."""
    for name, setting in writing.request.settings.items():
        if not writing.is_own:
            writing.losses.lose_extras(setting, NO_MEMBER)
        if writing.is_own and name in PLAIN:
            _write_own(name, setting, body)
        else:
            _WRITERS.get(name, _unsaid)(setting, body, writing)


def _write_own(name: SettingName, setting: Setting, body: dict[str, Json]) -> None:
    value = [text.upper() for text in setting.value] if name == "modalities" else setting.value
    put(body, PLAIN[name][0], value)


def _member(path: str) -> _Write:
    def write(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
        put(body, path, setting.value)

    return write


def _unsaid(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    writing.lose(setting, NO_MEMBER)


def _without(why: str, effect: Effect) -> _Write:
    def write(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
        writing.lose(setting, why, effect=effect)

    return write


def _stop(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    stops: list[str] = setting.value
    if stops:
        put(body, "generationConfig.stopSequences", stops[:_STOPS])
    for number, stop in enumerate(stops[_STOPS:], start=_STOPS):
        writing.losses.lose_tree(f"{setting.at}[{number}]", stop, "Gemini takes five stop sequences at most")


def _parallel_calls(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    if setting.value:
        writing.lose(setting, "Gemini calls in parallel as it likes", effect="none")
    else:
        writing.lose(setting, "Gemini cannot be told to call one function at a time")


def _modalities(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    put(body, "generationConfig.responseModalities", [str(text).upper() for text in setting.value])


def _service_tier(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    # https://ai.google.dev/gemini-api/docs/flex-inference: standard, flex, priority. Read 2026-11-23.
    if setting.value in {"flex", "priority", "standard"}:
        body["serviceTier"] = setting.value
    elif setting.value in {"default", "auto", "standard_only"}:
        writing.lose(setting, "Gemini's own default is its standard", effect="none")
    else:
        writing.lose(setting, "Gemini has no such tier", effect="price")


def _choice(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    write_tool_choice(setting.value, body, writing)


def _output_format(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    form: OutputFormat = setting.value
    if writing.is_own:
        _own_format(form, body)
        return
    writing.losses.lose_extras(form, NO_MEMBER)
    has_functions = any(not isinstance(tool, HostedTool) for tool in writing.request.tools)
    if form.kind == "grammar":
        writing.lose(form, "Gemini holds answers to no grammar")
    elif form.kind == "text":
        put(body, "generationConfig.responseMimeType", "text/plain")
    elif has_functions and not mixes(writing.target):
        writing.lose(form, "the model takes functions or a form of the answer, not both")
    else:
        put(body, "generationConfig.responseMimeType", "application/json")
        if form.kind == "schema":
            put(body, "generationConfig.responseJsonSchema", form.schema)
        _lose_about(form, writing)


def _lose_about(form: OutputFormat, writing: Writing) -> None:
    for field in ("name", "strict"):
        if getattr(form, field) is not None:
            writing.lose(form, "Gemini holds answers to every schema, and names none", field=field, effect="none")
    if form.description is not None:
        writing.lose(form, NO_MEMBER, field="description")


def _own_format(form: OutputFormat, body: dict[str, Json]) -> None:
    which, _, media_type = form.shape.partition(" ")
    if media_type != "typeless":
        put(body, "generationConfig.responseMimeType", media_type)
    if form.kind == "schema":
        _, raw = place_of(form, "schema")
        is_same = which == "responseSchema" and to_json_schema(raw) == form.schema
        put(body, f"generationConfig.{which}", raw if is_same else form.schema)


_BUDGETS: Final[Mapping[str, int]] = {"minimal": 512, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576}
"""What Google takes OpenAI's efforts for: https://ai.google.dev/gemini-api/docs/openai#thinking, read 2026-11-23."""
_LEVELS: Final[Mapping[str, str]] = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH"}
_THINKING: Final = "generationConfig.thinkingConfig"
_NEARLY: Final = "it is said in Gemini's measure, which is coarser"


def _reasoning(setting: Setting, body: dict[str, Json], writing: Writing) -> None:
    reasoning: Reasoning = setting.value
    if writing.is_own:
        _own_reasoning(reasoning, body)
        return
    writing.losses.lose_extras(reasoning, NO_MEMBER)
    match thinking_member(writing.target):
        case "none":
            writing.lose(reasoning, "the model does not think", effect="answer_and_price")
            return
        case "budget":
            _write_budget(reasoning, body, writing)
        case "level":
            _write_level(reasoning, body, writing)
    shows = reasoning.shows if reasoning.summary is None else True
    if shows is not None:
        put(body, f"{_THINKING}.includeThoughts", shows)
    if reasoning.summary is not None:
        _lose_length(reasoning, writing)
    if reasoning.keeps_sealed is not None:
        writing.lose(reasoning, "Gemini always tells its signatures", field="keeps_sealed", effect="none")


def _lose_length(reasoning: Reasoning, writing: Writing) -> None:
    if reasoning.summary != "auto":
        writing.lose(reasoning, "Gemini shows its thoughts at one length", field="summary")


def _is_off(reasoning: Reasoning) -> bool:
    return reasoning.is_on is False or reasoning.effort == "none"


def _write_budget(reasoning: Reasoning, body: dict[str, Json], writing: Writing) -> None:
    path = f"{_THINKING}.thinkingBudget"
    if _is_off(reasoning):
        put(body, path, 0)
    elif reasoning.budget_tokens is not None:
        put(body, path, reasoning.budget_tokens)
        if reasoning.effort is not None:
            writing.lose(reasoning, "the budget says it", field="effort", effect="none")
    elif reasoning.effort is not None:
        put(body, path, _BUDGETS.get(reasoning.effort, _BUDGETS["high"]))
        writing.lose(reasoning, _NEARLY, field="effort", effect="answer_and_price")
    elif reasoning.is_adaptive or reasoning.is_on:
        put(body, path, -1)


def _write_level(reasoning: Reasoning, body: dict[str, Json], writing: Writing) -> None:
    path = f"{_THINKING}.thinkingLevel"
    if _is_off(reasoning):
        # https://ai.google.dev/gemini-api/docs/thinking: Gemini 3 cannot be kept from thinking. Read 2026-11-23.
        put(body, path, "MINIMAL")
        field = "effort" if reasoning.effort == "none" else "is_on"
        writing.lose(reasoning, "the model always thinks a little", field=field, effect="answer_and_price")
    elif reasoning.effort is not None:
        put(body, path, _LEVELS.get(reasoning.effort, "HIGH"))
        if reasoning.effort not in _LEVELS:
            writing.lose(reasoning, _NEARLY, field="effort", effect="answer_and_price")
        if reasoning.budget_tokens is not None:
            writing.lose(reasoning, _NEARLY, field="budget_tokens", effect="answer_and_price")
    elif reasoning.budget_tokens is not None:
        budget = reasoning.budget_tokens
        put(body, path, "LOW" if budget <= 2048 else "MEDIUM" if budget <= 16384 else "HIGH")
        writing.lose(reasoning, _NEARLY, field="budget_tokens", effect="answer_and_price")
    elif reasoning.is_on or reasoning.is_adaptive:
        writing.lose(reasoning, "the model always thinks as it likes", field="is_on", effect="none")


def _own_reasoning(reasoning: Reasoning, body: dict[str, Json]) -> None:
    if reasoning.shows is not None:
        put(body, f"{_THINKING}.includeThoughts", reasoning.shows)
    if reasoning.is_on is not None:
        budget = -1 if reasoning.is_adaptive else reasoning.budget_tokens or 0
        put(body, f"{_THINKING}.thinkingBudget", budget)
    if reasoning.effort is not None:
        level = reasoning.effort if reasoning.shape == "lower" else reasoning.effort.upper()
        put(body, f"{_THINKING}.thinkingLevel", level)


_CACHES: Final = "Gemini caches prefixes by itself"

_WRITERS: Final[Mapping[SettingName, _Write]] = {
    "max_output_tokens": _member("generationConfig.maxOutputTokens"),
    "temperature": _member("generationConfig.temperature"),
    "top_p": _member("generationConfig.topP"),
    "top_k": _member("generationConfig.topK"),
    "min_p": _unsaid,
    "presence_penalty": _member("generationConfig.presencePenalty"),
    "frequency_penalty": _member("generationConfig.frequencyPenalty"),
    "seed": _member("generationConfig.seed"),
    "stop": _stop,
    "candidates": _member("generationConfig.candidateCount"),
    "logprobs": _member("generationConfig.responseLogprobs"),
    "top_logprobs": _member("generationConfig.logprobs"),
    "logit_bias": _unsaid,
    "tool_choice": _choice,
    "parallel_tool_calls": _parallel_calls,
    "output_format": _output_format,
    "verbosity": _unsaid,
    "reasoning": _reasoning,
    "modalities": _modalities,
    "store": _without("Gemini keeps no answers", "none"),
    # Only Vertex takes labels, the Gemini API refuses them. https://ai.google.dev/api/generate-content, 2026-11-23.
    "metadata": _without("the Gemini API takes no labels", "none"),
    "user": _without("Gemini asks for no end user", "none"),
    "service_tier": _service_tier,
    "prompt_cache_key": _without(_CACHES, "price"),
    "prompt_cache_lifetime": _without(_CACHES, "price"),
    "safety": _without("the settings are another vendor's", "answer"),
}
"""How each setting of another dialect is written. One that is not here is a loss, too."""
