"""Writes what a request asks for beside conversation and tools into a chat completions request."""

from collections.abc import Callable, Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import (
    Json,
    OutputFormat,
    Reasoning,
    Request,
    Setting,
    SettingName,
    ToolChoice,
)
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.losses import Effect
from drawbridge.gateway.wire.openai_chat.cache_marks import lifetime
from drawbridge.gateway.wire.openai_chat.members import put
from drawbridge.gateway.wire.openai_chat.write_format import write_format
from drawbridge.gateway.wire.openai_chat.write_reasoning import write_reasoning
from drawbridge.gateway.wire.openai_chat.write_tools import write_choice
from drawbridge.gateway.wire.openai_chat.writing import NO_MEMBER, Writing

_Body = dict[str, Json]
_Write = Callable[[_Body, Setting, Request, Writing], None]

_MOST_STOPS: Final = 4
_LONGEST_USER: Final = 64
_MOST_METADATA, _LONGEST_KEY, _LONGEST_VALUE = 16, 64, 512
_MOST_TOP_LOGPROBS: Final = 20
_TIERS: Final = frozenset({"auto", "default", "flex", "scale", "priority"})


def write_settings(body: _Body, request: Request, writing: Writing) -> None:
    """Set every setting that the target has; the others are reported."""
    for name, setting in request.settings.items():
        writing.leave_extras(setting)
        write = _WRITERS.get(name)
        if write is None:
            writing.lose(setting, NO_MEMBER, effect=_effect(name))
        else:
            write(body, setting, request, writing)


def _effect(name: SettingName) -> Effect:
    return "price" if name == "prompt_cache_lifetime" else "answer"


def _set(body: _Body, member: str, setting: Setting, writing: Writing) -> None:
    if member.partition(".")[0] in writing.target.profile.refuses:
        writing.lose(setting, "the vendor does not take it")
    else:
        put(body, member, setting.value)


def _plain(member: str) -> _Write:
    return lambda body, setting, request, writing: _set(body, member, setting, writing)


def _extension(member: str) -> _Write:
    """Write what only some vendors have."""

    def write(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
        if writing.has(member):
            _set(body, member, setting, writing)
        else:
            writing.lose(setting, NO_MEMBER)

    return write


def _sampling(member: str) -> _Write:
    """Write what models that reason refuse."""

    def write(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
        profile = writing.target.profile
        if profile.takes_sampling is False:
            writing.lose(setting, "the model refuses it")
        elif member == "top_p" and profile.takes_temperature_with_top_p is False and "temperature" in request.settings:
            writing.lose(setting, "the model refuses it beside a temperature")
        else:
            _set(body, member, setting, writing)

    return write


def _output_limit(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    # Of a vendor that is not known the older name is the safer one: a server that passes over the newer in silence
    # writes without a limit, where OpenAI's newer models at least refuse the older.
    _set(body, writing.target.profile.output_limit_member or "max_tokens", setting, writing)


def _stop(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    words: list[Json] = setting.value
    if len(words) > _MOST_STOPS:
        for index in range(_MOST_STOPS, len(words)):
            path = f"{setting.at}[{index}]"
            writing.losses.lose_tree(path, words[index], f"the vendor takes no more than {_MOST_STOPS} of them")
    _set(body, "stop", Setting(value=words[:_MOST_STOPS], at=setting.at, raw=setting.raw), writing)


def _top_logprobs(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    number = min(setting.value, _MOST_TOP_LOGPROBS)
    if number < setting.value:
        writing.lose(setting, f"the vendor gives no more than {_MOST_TOP_LOGPROBS}")
    if request.value("logprobs") is False:
        writing.lose(setting, "it means nothing without logprobs", effect="none")
        return
    body["logprobs"] = True
    _set(body, "top_logprobs", Setting(value=number, at=setting.at, raw=setting.raw), writing)


def _parallel(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if "tools" in body:
        _set(body, "parallel_tool_calls", setting, writing)
    else:
        writing.lose(setting, "the vendor refuses it without tools", effect="none")


def _store(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if "store" in writing.target.profile.refuses:
        effect = "answer" if setting.value else "none"
        writing.lose(setting, "the vendor keeps no chat completions", effect=effect)
    else:
        body["store"] = setting.value


def _metadata(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    """Write metadata of a stored completion; of any other it is refused (reported since 2024-10, still in 2026-03)."""
    if request.value("store") is not True or not {"store", "metadata"}.isdisjoint(writing.target.profile.refuses):
        writing.lose(setting, "the vendor takes it only with what it stores", effect="none")
        return
    kept: dict[str, Json] = {}
    for key, value in members(setting.value).items():
        if len(kept) < _MOST_METADATA and len(key) <= _LONGEST_KEY and len(value) <= _LONGEST_VALUE:
            kept[key] = value
        else:
            path, reason = f"{setting.at}.{key}", "the vendor takes 16 entries of 64 and 512 characters"
            writing.losses.lose_tree(path, value, reason, effect="none")
    body["metadata"] = kept


def _user(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if len(setting.value) > _LONGEST_USER:
        writing.lose(setting, f"the vendor takes no more than {_LONGEST_USER} characters", effect="none")
    else:
        _set(body, "user", setting, writing)


def _service_tier(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    # Anthropic's word for what OpenAI calls default.
    tier = "default" if setting.value == "standard_only" else setting.value
    if tier in _TIERS:
        _set(body, "service_tier", Setting(value=tier, at=setting.at, raw=setting.raw), writing)
    else:
        writing.lose(setting, "the vendor has no tier of that name", effect="price")


def _modalities(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if setting.value == ["text"]:
        body["modalities"] = ["text"]
    else:
        # Sound needs a voice and a format, which no other dialect says.
        writing.lose(setting, "only text can be asked for in these words")


def _cache_lifetime(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if writing.has("prompt_cache_options"):
        put(body, "prompt_cache_options.ttl", lifetime(setting.value))
    elif setting.value == 86400 and "prompt_cache_retention" not in writing.target.profile.refuses:
        body["prompt_cache_retention"] = "24h"
    else:
        writing.lose(setting, "the vendor keeps prompts as long as it likes", effect="price")


def _tool_choice(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if isinstance(setting.value, ToolChoice):
        write_choice(body, setting.value, request, writing)


def _output_format(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if isinstance(setting.value, OutputFormat):
        write_format(body, setting.value, request, writing)


def _reasoning(body: _Body, setting: Setting, request: Request, writing: Writing) -> None:
    if isinstance(setting.value, Reasoning):
        write_reasoning(body, setting.value, writing)


_WRITERS: Final[Mapping[SettingName, _Write]] = {
    "max_output_tokens": _output_limit,
    "temperature": _sampling("temperature"),
    "top_p": _sampling("top_p"),
    "presence_penalty": _sampling("presence_penalty"),
    "frequency_penalty": _sampling("frequency_penalty"),
    "top_k": _extension("top_k"),
    "min_p": _extension("min_p"),
    "seed": _plain("seed"),
    "stop": _stop,
    "candidates": _plain("n"),
    "logprobs": _plain("logprobs"),
    "top_logprobs": _top_logprobs,
    "logit_bias": _plain("logit_bias"),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": _parallel,
    "output_format": _output_format,
    "verbosity": _plain("verbosity"),
    "reasoning": _reasoning,
    "modalities": _modalities,
    "store": _store,
    "metadata": _metadata,
    "user": _user,
    "service_tier": _service_tier,
    "prompt_cache_key": _plain("prompt_cache_key"),
    "prompt_cache_lifetime": _cache_lifetime,
}
