"""What a request asks for beside its conversation and tools, read."""

from types import MappingProxyType
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.anthropic_messages.members import Members
from drawbridge.gateway.wire.anthropic_messages.read_tools import PARALLEL, read_tool_choice
from drawbridge.gateway.wire.canonical import Json, OutputFormat, Reasoning, Setting, SettingName

SETTING_MEMBERS: Final[tuple[tuple[SettingName, str, tuple[type, ...]], ...]] = (
    ("max_output_tokens", "max_tokens", (int,)),
    ("temperature", "temperature", (int, float)),
    ("top_p", "top_p", (int, float)),
    ("top_k", "top_k", (int,)),
    ("service_tier", "service_tier", (str,)),
)
"""Settings that are a top-level member: their name, the member's, and its types."""

LEGACY_FORMAT: Final = "output_format"
"""The shape of an output format that was written at the top level, as the beta had it in 2025."""

_DISPLAYS: Final = MappingProxyType({"summarized": True, "omitted": False})
_REASONING_NAMES: Final = MappingProxyType(
    {
        "is_on": "thinking.type",
        "is_adaptive": "thinking.type",
        "budget_tokens": "thinking.budget_tokens",
        "shows": "thinking.display",
        "effort": "output_config.effort",
    }
)


class Settings(Struct):
    """The settings of a request, and what of their objects was left over."""

    by_name: dict[SettingName, Setting]
    extras: dict[str, Json]


def read_settings(members: Members) -> Settings:
    """Take the settings out of a request's body."""
    found = Settings({}, {})
    for name, member, kinds in SETTING_MEMBERS:
        value = members.take(member, *kinds)
        if value is not None:
            found.by_name[name] = Setting(at=member, raw=value, value=value)
    stop = members.texts("stop_sequences")
    if stop is not None:
        found.by_name["stop"] = Setting(at="stop_sequences", raw=stop, value=stop)
    _read_user(members, found)
    _read_tool_choice(members, found)
    _read_output(members, found)
    return found


def _read_user(members: Members, found: Settings) -> None:
    metadata = members.below("metadata")
    if metadata is None:
        return
    user = metadata.text("user_id")
    if user is not None:
        found.by_name["user"] = Setting(at="metadata.user_id", raw=user, value=user)
    found.extras |= metadata.rest("metadata")


def _read_tool_choice(members: Members, found: Settings) -> None:
    raw = members.take("tool_choice", dict)
    if raw is None:
        return
    choice, parallel, extras = read_tool_choice(raw)
    if choice is None and parallel is None:
        members.leave(["tool_choice"])
        return
    if choice is not None:
        # Of what the object holds, only the choice itself: the rest is told apart.
        own = {name: value for name, value in raw.items() if name in {"type", "name"}}
        found.by_name["tool_choice"] = Setting(at="tool_choice", raw=own, value=choice)
    if parallel is not None:
        found.by_name[PARALLEL] = parallel
    found.extras |= extras


def _read_output(members: Members, found: Settings) -> None:
    thinking, config = members.below("thinking"), members.below("output_config")
    effort = None
    if config is not None:
        effort = config.text("effort")
        _read_format(config, "output_config.format", "", found)
        found.extras |= config.rest("output_config")
    if "output_format" not in found.by_name:
        _read_format(members, "output_format", LEGACY_FORMAT, found)
    if thinking is not None or effort is not None:
        _read_reasoning(thinking, effort, found)


def _read_format(members: Members, at: str, shape: str, found: Settings) -> None:
    name = at.rpartition(".")[2]
    raw = members.take(name, dict)
    if raw is None:
        return
    form = Members(raw)
    if not form.is_exactly("type", "json_schema"):
        members.leave([name])
        return
    value = OutputFormat(at=at, raw=raw, shape=shape, kind="schema", schema=form.take("schema", dict))
    value.extras = form.rest()
    found.by_name["output_format"] = Setting(at=at, raw=raw, value=value)


def _read_reasoning(thinking: Members | None, effort: str | None, found: Settings) -> None:
    """Thinking and effort stand in two places, and are one thing."""
    raw: dict[str, Json] = {}
    reasoning = Reasoning(raw=raw, names=_REASONING_NAMES, effort=effort)
    if thinking is not None:
        raw["thinking"] = thinking.raw
        reasoning.shape = thinking.text("type") or ""
        reasoning.is_on = None if not reasoning.shape else reasoning.shape != "disabled"
        reasoning.is_adaptive = reasoning.shape == "adaptive"
        reasoning.budget_tokens = thinking.whole("budget_tokens")
        reasoning.shows = _DISPLAYS.get(str(thinking.text("display")))
        if reasoning.shows is None:
            thinking.leave(["display"])
        reasoning.extras = thinking.rest("thinking")
    if effort is not None:
        raw["output_config"] = {"effort": effort}
    found.by_name["reasoning"] = Setting(raw=raw, value=reasoning)
