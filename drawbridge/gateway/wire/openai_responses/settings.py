"""What a request asks for beside the conversation and its tools.

Source: https://platform.openai.com/docs/api-reference/responses/create, as of 2026-11-23.
"""

from collections.abc import Mapping
from typing import Final, cast

from drawbridge.gateway.wire.canonical import Json, OutputFormat, Reasoning, Setting, SettingName
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_responses.fields import Fields
from drawbridge.gateway.wire.openai_responses.tools import read_tool_choice

SEALED: Final = "reasoning.encrypted_content"
LOGPROBS: Final = "message.output_text.logprobs"
DAY_S: Final = 86400
SERVICE_TIERS: Final = frozenset({"auto", "default", "flex", "priority", "scale"})

_NUMBERS: Final[tuple[SettingName, ...]] = ("temperature", "top_p")
_WHOLE: Final[tuple[SettingName, ...]] = ("max_output_tokens", "top_logprobs")
_FLAGS: Final[tuple[SettingName, ...]] = ("parallel_tool_calls", "store")
_TEXTS: Final[tuple[SettingName, ...]] = ("service_tier", "prompt_cache_key")
_KINDS: Final[Mapping[str, str]] = {
    "text": "text",
    "json_object": "json",
    "json_schema": "schema",
    "grammar": "grammar",
}
_REASONING: Final[Mapping[str, str]] = {"is_on": "effort", "shows": "summary"}

Settings = dict[SettingName, Setting]


def read_settings(fields: Fields) -> Settings:
    """Take the settings of a request's body."""
    settings: Settings = {}
    for name in _NUMBERS:
        _set(settings, name, fields.raw, fields.number(name))
    for name in _WHOLE:
        _set(settings, name, fields.raw, fields.whole(name))
    for name in _FLAGS:
        _set(settings, name, fields.raw, fields.flag(name))
    for name in _TEXTS:
        _set(settings, name, fields.raw, fields.text(name))
    _read_metadata(settings, fields)
    _read_user(settings, fields)
    _read_cache_lifetime(settings, fields)
    _read_tool_choice(settings, fields)
    _read_text(settings, fields)
    _read_reasoning(settings, fields)
    _read_include(settings, fields)
    return settings


def _set(settings: Settings, name: SettingName, raw: dict[str, Json], value: Json) -> None:
    if value is not None:
        settings[name] = Setting(at=name, raw=raw[name], value=value)


def _read_metadata(settings: Settings, fields: Fields) -> None:
    raw = members(fields.raw.get("metadata"))
    if raw and all(isinstance(value, str) for value in raw.values()):
        _set(settings, "metadata", fields.raw, fields.members("metadata"))


def _read_user(settings: Settings, fields: Fields) -> None:
    # `user` is the older name of what is now `safety_identifier` (and `prompt_cache_key`).
    for name in ("safety_identifier", "user"):
        if "user" not in settings and (user := fields.text(name)) is not None:
            settings["user"] = Setting(at=name, raw=user, value=user)


def _read_cache_lifetime(settings: Settings, fields: Fields) -> None:
    if fields.raw.get("prompt_cache_retention") == "24h":
        raw = fields.text("prompt_cache_retention")
        settings["prompt_cache_lifetime"] = Setting(at="prompt_cache_retention", raw=raw, value=DAY_S)


def _read_tool_choice(settings: Settings, fields: Fields) -> None:
    choice = read_tool_choice(fields.raw.get("tool_choice"), "tool_choice")
    if choice is not None:
        settings["tool_choice"] = Setting(at="tool_choice", raw=fields.given("tool_choice"), value=choice)


def _read_text(settings: Settings, fields: Fields) -> None:
    if not (text := fields.members("text")):
        if text is not None:
            fields.leave("text", {"": {}})
        return
    inner = Fields(text)
    if (verbosity := inner.text("verbosity")) is not None:
        settings["verbosity"] = Setting(at="text.verbosity", raw=verbosity, value=verbosity)
    if (output_format := _read_format(members(text.get("format")))) is not None:
        settings["output_format"] = Setting(at="text.format", raw=inner.given("format"), value=output_format)
    fields.leave("text", inner.extras)


def _read_format(raw: dict[str, Json]) -> OutputFormat | None:
    fields = Fields(raw)
    kind = _KINDS.get(str(fields.text("type")))
    match kind:
        case "text" | "json":
            return OutputFormat(at="text.format", raw=raw, names={"kind": "type"}, kind=kind, extras=fields.extras)
        case "schema":
            return OutputFormat(
                at="text.format", raw=raw, names={"kind": "type"}, kind=kind, schema=fields.given("schema"),
                name=fields.text("name"), description=fields.text("description"), strict=fields.flag("strict"),
                extras=fields.extras,
            )  # fmt: skip
        case _:
            return None


def _read_reasoning(settings: Settings, fields: Fields) -> None:
    raw = fields.members("reasoning")
    if raw is None:
        return
    inner = Fields(raw)
    reasoning = Reasoning(at="reasoning", raw=raw, names=_REASONING)
    reasoning.effort, summary = inner.text("effort"), inner.text("summary")
    reasoning.is_on = False if reasoning.effort == "none" else None
    reasoning.shows = None if summary is None else True
    # "auto" is all that other dialects can say too: it is told by `shows` alone.
    reasoning.summary = None if summary == "auto" else summary
    empty: dict[str, Json] = {} if raw else {"": {}}
    if reasoning.effort is None and summary is None:
        fields.leave("reasoning", inner.extras or empty)
        return
    reasoning.extras = inner.extras
    settings["reasoning"] = Setting(at="reasoning", raw=raw, value=reasoning)


def _read_include(settings: Settings, fields: Fields) -> None:
    """Take what is known of `include`. The list's other elements stay, each by its place."""
    listed = fields.elements("include")
    if listed is None:
        return
    left: dict[str, Json] = {} if listed else {"": []}
    for index, name in enumerate(listed):
        if name == SEALED and listed.index(SEALED) == index:
            _keep_sealed(settings, listed[: index + 1])
        elif name == LOGPROBS and listed.index(LOGPROBS) == index:
            settings["logprobs"] = Setting(at=f"include[{index}]", raw=name, value=True)
        else:
            left[f"[{index}]"] = name
    fields.leave("include", left)


def _keep_sealed(settings: Settings, included: list[Json]) -> None:
    setting = settings.get("reasoning")
    at = f"include[{len(included) - 1}]"
    if setting is None:
        reasoning = Reasoning(at=at, raw=SEALED, names={"keeps_sealed": ""}, keeps_sealed=True)
        settings["reasoning"] = Setting(at=at, raw=SEALED, value=reasoning)
        return
    # The setting stands in two places: its paths begin at the root. What stands before it in the list is of no other
    # dialect, or is another setting.
    reasoning = cast("Reasoning", setting.value)  # cast: that is what this setting holds
    names = {"is_on": "reasoning.effort", "effort": "reasoning.effort", "keeps_sealed": at}
    reasoning.names = names | {"shows": "reasoning.summary", "summary": "reasoning.summary"}
    reasoning.at, reasoning.raw = "", {"reasoning": reasoning.raw, "include": included}
    reasoning.extras = {f"reasoning.{path}": value for path, value in reasoning.extras.items()}
    reasoning.keeps_sealed = True
    settings["reasoning"] = Setting(at="", raw=reasoning.raw, value=reasoning)


def same_include(settings: Mapping[SettingName, Setting]) -> list[tuple[int, str]]:
    """Return what of `include` the settings hold, with the places where it stood."""
    found: list[tuple[int, str]] = []
    if (logprobs := settings.get("logprobs")) is not None:
        found.append((_place(logprobs.at), LOGPROBS))
    reasoning = settings.get("reasoning")
    if reasoning is not None and isinstance(reasoning.value, Reasoning) and reasoning.value.keeps_sealed:
        included = elements(members(reasoning.raw).get("include"))
        found.append((len(included) - 1 if included else _place(reasoning.at), SEALED))
    return sorted(found)


def _place(at: str) -> int:
    digits = at.removeprefix("include[").removesuffix("]")
    return int(digits) if digits.isdecimal() else 0
