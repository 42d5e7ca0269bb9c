"""What a request asks for beside its conversation: generationConfig, toolConfig and the like."""

from collections.abc import Callable
from typing import Final

from drawbridge.gateway.wire.canonical import Json, OutputFormat, Reasoning, Setting, SettingName, ToolChoice
from drawbridge.gateway.wire.gemini.schemas import to_json_schema
from drawbridge.gateway.wire.gemini.spelling import Spelled
from drawbridge.gateway.wire.json_text import elements, members, whole_number
from drawbridge.gateway.wire.losses import join

# https://ai.google.dev/api/generate-content#generationconfig, read 2026-11-23.
SETTINGS: Final = """
    generationConfig.maxOutputTokens generationConfig.temperature generationConfig.topP generationConfig.topK
    generationConfig.seed generationConfig.presencePenalty generationConfig.frequencyPenalty
    generationConfig.stopSequences generationConfig.candidateCount generationConfig.responseLogprobs
    generationConfig.logprobs generationConfig.responseMimeType generationConfig.responseSchema
    generationConfig.responseJsonSchema generationConfig._responseJsonSchema generationConfig.responseModalities
    generationConfig.thinkingConfig.includeThoughts generationConfig.thinkingConfig.thinkingBudget
    generationConfig.thinkingConfig.thinkingLevel
    toolConfig.functionCallingConfig.mode toolConfig.functionCallingConfig.allowedFunctionNames
    safetySettings labels serviceTier
"""
"""The members that settings are read from, as paths."""

_CONFIG: Final = "generationConfig"
_THINKING: Final = "generationConfig.thinkingConfig"
_CALLING: Final = "toolConfig.functionCallingConfig"

FORMAT_SCHEMAS: Final = ("responseJsonSchema", "_responseJsonSchema", "responseSchema")

# What a value must be to be read, and what becomes of it; None is for one that stays where it is.
_Read = Callable[[Json], Json | None]


def _number(value: Json) -> Json | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _flag(value: Json) -> Json | None:
    return value if isinstance(value, bool) else None


def _texts(value: Json) -> Json | None:
    texts = elements(value)
    is_list = isinstance(value, list) and all(isinstance(text, str) for text in texts)
    return texts if is_list else None


def _modalities(value: Json) -> Json | None:
    texts = _texts(value)
    # Those of others are lower case; one that is not all capitals could not be written again.
    return [text.lower() for text in texts] if texts and all(text.isupper() for text in texts) else None


def _labels(value: Json) -> Json | None:
    labels = members(value)
    return labels if labels and all(isinstance(text, str) for text in labels.values()) else None


def _list(value: Json) -> Json | None:
    return elements(value) or None


def _text(value: Json) -> Json | None:
    return value if isinstance(value, str) else None


PLAIN: Final[dict[SettingName, tuple[str, _Read]]] = {
    "max_output_tokens": ("generationConfig.maxOutputTokens", whole_number),
    "temperature": ("generationConfig.temperature", _number),
    "top_p": ("generationConfig.topP", _number),
    "top_k": ("generationConfig.topK", _number),
    "seed": ("generationConfig.seed", whole_number),
    "presence_penalty": ("generationConfig.presencePenalty", _number),
    "frequency_penalty": ("generationConfig.frequencyPenalty", _number),
    "stop": ("generationConfig.stopSequences", _texts),
    "candidates": ("generationConfig.candidateCount", whole_number),
    "logprobs": ("generationConfig.responseLogprobs", _flag),
    "top_logprobs": ("generationConfig.logprobs", whole_number),
    "modalities": ("generationConfig.responseModalities", _modalities),
    "safety": ("safetySettings", _list),
    "metadata": ("labels", _labels),
    "service_tier": ("serviceTier", _text),
}
"""Settings that are one member each, with its path."""


def read_settings(fields: Spelled, at: str) -> dict[SettingName, Setting]:
    """Read the settings of a request."""
    settings: dict[SettingName, Setting] = {}
    for name, (path, read) in PLAIN.items():
        raw = fields.take_any(path)
        value = None if raw is None else read(raw)
        if value is None:
            fields.leave(path)
        else:
            settings[name] = Setting(at=join(at, fields.place(path)), raw=raw, value=value, names={"value": ""})
    choice = _tool_choice(fields, at)
    if choice is not None:
        settings["tool_choice"] = _around(choice)
    form = _output_format(fields, at)
    if form is not None:
        settings["output_format"] = _around(form)
    reasoning = _reasoning(fields, at)
    if reasoning is not None:
        settings["reasoning"] = _around(reasoning)
    return settings


def _around(node: ToolChoice | OutputFormat | Reasoning) -> Setting:
    return Setting(at=node.at, raw=node.raw, value=node, names={"value": ""})


def _stood(fields: Spelled, *paths: str) -> dict[str, Json]:
    """Return those of some members that are there, by their last step as it was spelled, without taking them."""
    found = {path: fields.take_any(path) for path in paths if fields.has(path)}
    for path in found:
        fields.leave(path)
    return {fields.place(path).rpartition(".")[2]: value for path, value in found.items()}


def _below(fields: Spelled, above: str, **paths: str) -> dict[str, str]:
    return {name: fields.place(f"{above}.{path}").rpartition(".")[2] for name, path in paths.items()}


def _tool_choice(fields: Spelled, at: str) -> ToolChoice | None:
    mode_path, names_path = f"{_CALLING}.mode", f"{_CALLING}.allowedFunctionNames"
    raw = _stood(fields, mode_path, names_path)
    if not raw:
        return None
    said = fields.take(mode_path, str)
    allowed = _texts(fields.take_any(names_path))
    if allowed is None:
        fields.leave(names_path)
    choice = _chosen((said or "AUTO").upper(), allowed or [])
    if choice is None:
        fields.leave(mode_path)
        fields.leave(names_path)
        return None
    if said != written_mode(choice):
        if said is None:
            choice.shape = "modeless"
        elif said.upper() == "VALIDATED":
            choice.extras = {fields.place(mode_path).rpartition(".")[2]: said}
        else:
            choice.shape = f"mode={said}"
    if allowed is not None and not allowed:
        fields.stood(names_path, [])
    choice.at = join(at, fields.place(_CALLING))
    choice.raw = raw
    choice.names = _below(fields, _CALLING, mode="mode", tools="allowedFunctionNames")
    return choice


def _chosen(mode: str, allowed: list[str]) -> ToolChoice | None:
    match mode:
        case "NONE":
            return ToolChoice(mode="none") if not allowed else None
        case "ANY" if len(allowed) == 1:
            return ToolChoice(mode="one", tools=allowed)
        case "ANY":
            return ToolChoice(mode="some", tools=allowed) if allowed else ToolChoice(mode="required")
        case "AUTO" | "VALIDATED":
            return ToolChoice(mode="some", tools=allowed, must_call=False) if allowed else ToolChoice(mode="auto")
        case _:
            return None


def written_mode(choice: ToolChoice) -> str:
    """Return what Gemini calls a choice of tools. Only VALIDATED takes names without requiring a call."""
    match choice.mode:
        case "auto":
            return "AUTO"
        case "none":
            return "NONE"
        case "required" | "one":
            return "ANY"
        case "some":
            return "ANY" if choice.must_call else "VALIDATED"


def _output_format(fields: Spelled, at: str) -> OutputFormat | None:
    schema_name = next((name for name in FORMAT_SCHEMAS if fields.has(f"{_CONFIG}.{name}")), None)
    type_path = f"{_CONFIG}.responseMimeType"
    raw = _stood(fields, type_path, *([f"{_CONFIG}.{schema_name}"] if schema_name else []))
    if not raw:
        return None
    media_type = fields.take(type_path, str)
    schema = fields.take_any(f"{_CONFIG}.{schema_name}") if schema_name else None
    form = OutputFormat(
        at=join(at, fields.place(_CONFIG)),
        raw=raw,
        names=_below(fields, _CONFIG, kind="responseMimeType", schema=schema_name or ""),
        kind="schema" if schema_name else "json" if media_type == "application/json" else "text",
        schema=to_json_schema(schema) if schema_name == "responseSchema" else schema,
        shape=f"{schema_name or 'schemaless'} {media_type or 'typeless'}",
    )
    expected = "text/plain" if form.kind == "text" else "application/json"
    if media_type not in {expected, None}:
        form.extras = {_below(fields, _CONFIG, kind="responseMimeType")["kind"]: media_type}
    return form


def _reasoning(fields: Spelled, at: str) -> Reasoning | None:
    paths = {name: f"{_THINKING}.{name}" for name in ("includeThoughts", "thinkingBudget", "thinkingLevel")}
    raw = _stood(fields, *paths.values())
    if not raw:
        return None
    budget = whole_number(fields.take_any(paths["thinkingBudget"]))
    if budget is None:
        fields.leave(paths["thinkingBudget"])
    level = fields.take(paths["thinkingLevel"], str)
    shows = fields.take(paths["includeThoughts"], bool)
    return Reasoning(
        at=join(at, fields.place(_THINKING)),
        raw=raw,
        names=_below(
            fields,
            _THINKING,
            shows="includeThoughts",
            budget_tokens="thinkingBudget",
            is_on="thinkingBudget",
            is_adaptive="thinkingBudget",
            effort="thinkingLevel",
        ),
        shape="lower" if level and level.islower() else "",
        # https://ai.google.dev/gemini-api/docs/thinking#set-budget: 0 is off, -1 as the model likes. Read 2026-11-23.
        is_on=None if budget is None else budget != 0,
        is_adaptive=budget == -1,
        budget_tokens=budget if budget is not None and budget > 0 else None,
        effort=level.lower() if level else None,
        shows=shows,
    )
