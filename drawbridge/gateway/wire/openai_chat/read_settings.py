"""Reads what a chat completions request asks for beside its conversation and tools."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from drawbridge.gateway.wire.canonical import Json, OutputFormat, Reasoning, Setting, SettingName, ToolChoice
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_chat.cache_marks import seconds
from drawbridge.gateway.wire.openai_chat.members import Fields

Settings = dict[SettingName, Setting]

_NUMBERS: Final[tuple[tuple[str, SettingName], ...]] = (
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("min_p", "min_p"),
    ("presence_penalty", "presence_penalty"),
    ("frequency_penalty", "frequency_penalty"),
)
_WHOLE: Final[tuple[tuple[str, SettingName], ...]] = (
    # The newer name goes first: where a request has both, the older one is an extra.
    ("max_completion_tokens", "max_output_tokens"),
    ("max_tokens", "max_output_tokens"),
    ("top_k", "top_k"),
    ("seed", "seed"),
    # Mistral's, as its SDK has it (mistralai 3.7).
    ("random_seed", "seed"),
    ("n", "candidates"),
    ("top_logprobs", "top_logprobs"),
)
_FLAGS: Final[tuple[tuple[str, SettingName], ...]] = (
    ("logprobs", "logprobs"),
    ("parallel_tool_calls", "parallel_tool_calls"),
    ("store", "store"),
)
_TEXTS: Final[tuple[tuple[str, SettingName], ...]] = (
    ("verbosity", "verbosity"),
    ("safety_identifier", "user"),
    ("user", "user"),
    ("service_tier", "service_tier"),
    ("prompt_cache_key", "prompt_cache_key"),
)
_FORMAT_NAMES: Final[Mapping[str, str]] = {
    "kind": "type",
    "schema": "json_schema.schema",
    "name": "json_schema.name",
    "description": "json_schema.description",
    "strict": "json_schema.strict",
}
_FORMATS: Final[Mapping[Json, Literal["text", "json", "schema"]]] = {
    "text": "text",
    "json_object": "json",
    "json_schema": "schema",
}
_CHOICES: Final[Mapping[str, Literal["auto", "none", "required"]]] = {
    "auto": "auto",
    "none": "none",
    "required": "required",
    # Mistral's word (recorded 2026-08).
    "any": "required",
}


def read_settings(fields: Fields, body: dict[str, Json]) -> Settings:
    """Take every setting that has a canonical name. Of two members for the same one the first is taken."""
    settings: Settings = {}
    kinds: tuple[tuple[tuple[tuple[str, SettingName], ...], Callable[[str], Json]], ...] = (
        (_NUMBERS, fields.number),
        (_WHOLE, fields.whole),
        (_FLAGS, fields.flag),
        (_TEXTS, fields.text),
    )
    for rows, take in kinds:
        for member, name in rows:
            if name not in settings and (value := take(member)) is not None:
                settings[name] = Setting(at=member, raw=value, value=value, shape=member)
    others: tuple[tuple[SettingName, Setting | None], ...] = (
        ("stop", _stop(fields, body)),
        ("logit_bias", _plain(fields.object("logit_bias"), "logit_bias")),
        ("modalities", _plain(fields.list("modalities"), "modalities")),
        ("metadata", _metadata(fields, body)),
        ("tool_choice", _tool_choice(fields, body)),
        ("output_format", _output_format(fields, body)),
        ("reasoning", _reasoning(fields, body)),
        ("prompt_cache_lifetime", _cache_lifetime(fields, body)),
    )
    settings |= {name: setting for name, setting in others if setting is not None}
    return settings


def _plain(value: Json, member: str) -> Setting | None:
    return None if value is None else Setting(at=member, raw=value, value=value, shape=member)


def _stop(fields: Fields, body: dict[str, Json]) -> Setting | None:
    written = body.get("stop")
    if isinstance(written, str):
        return Setting(at="stop", raw=fields.text("stop"), value=[written], shape="text")
    if isinstance(written, list) and written and all(isinstance(word, str) for word in elements(body["stop"])):
        return Setting(at="stop", raw=written, value=fields.list("stop"))
    return None


def _metadata(fields: Fields, body: dict[str, Json]) -> Setting | None:
    written = members(body.get("metadata"))
    if not written or not all(isinstance(value, str) for value in written.values()):
        return None
    return _plain(fields.object("metadata"), "metadata")


def _tool_choice(fields: Fields, body: dict[str, Json]) -> Setting | None:
    for member in ("tool_choice", "function_call"):
        choice = _choice(body.get(member), member)
        if choice is not None:
            fields.any(member)
            return Setting(at=member, raw=choice.raw, value=choice, shape=member)
    return None


def _choice(written: Json, member: str) -> ToolChoice | None:
    if isinstance(written, str):
        mode = _CHOICES.get(written)
        return None if mode is None else ToolChoice(at=member, raw=written, mode=mode, shape=written)
    raw = members(written)
    if member == "function_call":
        return _one(raw, member, raw, "name", "")
    match raw.get("type"):
        case "function":
            return _one(raw, member, members(raw.get("function")), "function.name", "function")
        case None:
            # Some clients leave the type out where it is a function.
            return _one(raw, member, members(raw.get("function")), "function.name", "typeless")
        case "custom":
            return _one(raw, member, members(raw.get("custom")), "custom.name", "custom")
        case "allowed_tools":
            return _some(raw, member)
        case _:
            return None


def _one(raw: dict[str, Json], at: str, holder: dict[str, Json], path: str, shape: str) -> ToolChoice | None:
    name = holder.get("name")
    if not isinstance(name, str):
        return None
    fields = Fields(raw)
    fields.text("type")
    fields.text(path)
    names = {"tools": path}
    return ToolChoice(at=at, raw=raw, mode="one", tools=[name], shape=shape, names=names, extras=fields.extras())


def _some(raw: dict[str, Json], at: str) -> ToolChoice | None:
    allowed = members(raw.get("allowed_tools"))
    mode = allowed.get("mode")
    listed = [members(tool) for tool in elements(allowed.get("tools"))]
    names = [members(tool.get(str(tool.get("type")))).get("name") for tool in listed]
    plain = [
        {"type": tool.get("type"), str(tool.get("type")): {"name": name}}
        for tool, name in zip(listed, names, strict=True)
    ]
    if mode not in {"auto", "required"} or plain != listed or not all(isinstance(name, str) for name in names):
        return None
    fields = Fields(raw)
    for path in ("type", "allowed_tools.mode", "allowed_tools.tools"):
        fields.any(path)
    return ToolChoice(
        at=at,
        raw=raw,
        mode="some",
        tools=[str(name) for name in names],
        must_call=mode == "required",
        shape=" ".join(str(tool.get("type")) for tool in listed),
        names={"tools": "allowed_tools.tools", "must_call": "allowed_tools.mode"},
        extras=fields.extras(),
    )


def _output_format(fields: Fields, body: dict[str, Json]) -> Setting | None:
    raw = members(body.get("response_format"))
    kind = _FORMATS.get(raw.get("type")) if isinstance(raw.get("type"), str) else None
    if kind is None or (kind == "schema" and not isinstance(raw.get("json_schema"), dict)):
        return None
    fields.object("response_format")
    inner = Fields(raw)
    inner.text("type")
    value = OutputFormat(
        at="response_format",
        raw=raw,
        kind=kind,
        schema=inner.any("json_schema.schema"),
        name=inner.text("json_schema.name"),
        description=inner.text("json_schema.description"),
        strict=inner.flag("json_schema.strict"),
        names=_FORMAT_NAMES,
        extras=inner.extras(),
    )
    return Setting(at="response_format", raw=raw, value=value)


def _reasoning(fields: Fields, body: dict[str, Json]) -> Setting | None:
    """Take the first that is there of what vendors call it; what stands beside it is an extra."""
    for read in (_open_router_reasoning, _effort, _thinking, _enabled):
        value = read(body)
        if value is not None:
            fields.any(value.shape)
            return Setting(at=value.at, raw=value.raw, value=value, shape=value.shape)
    return None


def _open_router_reasoning(body: dict[str, Json]) -> Reasoning | None:
    # https://openrouter.ai/docs/use-cases/reasoning-tokens (2026-11)
    raw = members(body.get("reasoning"))
    if not raw:
        return None
    inner = Fields(raw)
    hides = inner.flag("exclude")
    return Reasoning(
        at="reasoning",
        raw=raw,
        is_on=inner.flag("enabled"),
        effort=inner.text("effort"),
        budget_tokens=inner.whole("max_tokens"),
        shows=None if hides is None else not hides,
        summary=inner.text("summary"),
        shape="reasoning",
        names={"is_on": "enabled", "budget_tokens": "max_tokens", "shows": "exclude"},
        extras=inner.extras(),
    )


def _effort(body: dict[str, Json]) -> Reasoning | None:
    effort = body.get("reasoning_effort")
    if not isinstance(effort, str):
        return None
    at = "reasoning_effort"
    return Reasoning(at=at, raw=effort, effort=effort, shape=at, names={"effort": ""})


def _thinking(body: dict[str, Json]) -> Reasoning | None:
    # Z.AI, DeepSeek and Moonshot (recorded 2026-08).
    raw = members(body.get("thinking"))
    if raw.get("type") not in {"enabled", "disabled"}:
        return None
    inner = Fields(raw)
    is_on = inner.text("type") == "enabled"
    budget = inner.whole("budget_tokens")
    names = {"is_on": "type"}
    extras = inner.extras()
    return Reasoning(
        at="thinking", raw=raw, is_on=is_on, budget_tokens=budget, shape="thinking", names=names, extras=extras
    )


def _enabled(body: dict[str, Json]) -> Reasoning | None:
    # Alibaba (recorded 2026-08).
    flag = body.get("enable_thinking")
    if not isinstance(flag, bool):
        return None
    at = "enable_thinking"
    return Reasoning(at=at, raw=flag, is_on=flag, shape=at, names={"is_on": ""})


def _cache_lifetime(fields: Fields, body: dict[str, Json]) -> Setting | None:
    for path in ("prompt_cache_options.ttl", "prompt_cache_retention"):
        holder, _, below = path.partition(".")
        written = members(body.get(holder)).get(below) if below else body.get(holder)
        length_s = seconds(written)
        if length_s is not None:
            return Setting(at=path, raw=fields.text(path), value=length_s, shape=path)
    return None
