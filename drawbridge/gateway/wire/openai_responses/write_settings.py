"""Writes what a request asks for beside the conversation and its tools."""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from drawbridge.gateway.wire.canonical import Json, OutputFormat, Reasoning, Setting, SettingName
from drawbridge.gateway.wire.json_text import encode, members
from drawbridge.gateway.wire.losses import Effect
from drawbridge.gateway.wire.openai_responses.schemas import is_closed
from drawbridge.gateway.wire.openai_responses.settings import DAY_S, LOGPROBS, SEALED, SERVICE_TIERS
from drawbridge.gateway.wire.openai_responses.writing import NO_MEMBER, Writing

LEAST_OUTPUT: Final = 16
"""https://platform.openai.com/docs/api-reference/responses/create: smaller limits are refused (2026-11-23)."""

_LONGEST_USER: Final = 64
_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_BUDGETS: Final = ((2048, "low"), (8192, "medium"), (24576, "high"))
"""Up to how many tokens a budget is told as which effort; above them it is xhigh."""
_VERBOSITIES: Final = frozenset({"low", "medium", "high"})
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_METADATA_LIMITS: Final = (16, 64, 512)
"""How many there may be, and how long names and values may be."""

Body = dict[str, Json]
_Writer = Callable[[Setting, Body, Writing], None]


def write_settings(writing: Writing, body: Body) -> None:
    """Write the settings of another dialect's request, but for the choice of tools."""
    for name, setting in writing.request.settings.items():
        if name != "tool_choice":
            _WRITERS.get(name, _lose)(setting, body, writing)
    _ask_for_json(body)
    _keep_reasoning(writing, body)
    # Nothing of ours is stored at a vendor unless the caller speaks to it in its own words.
    body["store"] = False


def _lose(setting: Setting, _body: Body, writing: Writing) -> None:
    writing.losses.lose(setting, NO_MEMBER)


def _sampling(name: Literal["temperature", "top_p"]) -> _Writer:
    def write(setting: Setting, body: Body, writing: Writing) -> None:
        profile = writing.target.profile
        if profile.takes_sampling is False:
            writing.losses.lose(setting, "the model takes no settings of sampling")
        elif name == "top_p" and profile.takes_temperature_with_top_p is False and _asks_temperature(writing):
            writing.losses.lose(setting, "the model takes temperature or top_p, not both")
        else:
            body[name] = setting.value

    return write


def _asks_temperature(writing: Writing) -> bool:
    return writing.request.value("temperature") is not None


def _limit(setting: Setting, body: Body, writing: Writing) -> None:
    body["max_output_tokens"] = max(LEAST_OUTPUT, setting.value)
    if setting.value < LEAST_OUTPUT:
        writing.losses.lose(setting, f"a limit of the output must be at least {LEAST_OUTPUT}")


def _parallel(setting: Setting, body: Body, writing: Writing) -> None:
    if "tools" in body:
        body["parallel_tool_calls"] = setting.value
    else:
        writing.losses.lose(setting, "there are no tools", effect="none")


def _store(setting: Setting, _body: Body, writing: Writing) -> None:
    if setting.value is True:
        writing.losses.lose(setting, "nothing is stored at a vendor of another dialect", effect="none")


def _one_only(setting: Setting, _body: Body, writing: Writing) -> None:
    effect: Effect = "none" if setting.value == 1 else "answer"
    writing.losses.lose(setting, "a response has one choice", effect=effect)


def _modalities(setting: Setting, _body: Body, writing: Writing) -> None:
    effect: Effect = "none" if setting.value in (["text"], ["TEXT"]) else "answer"
    writing.losses.lose(setting, "a response is text", effect=effect)


def _logprobs(setting: Setting, body: Body, writing: Writing) -> None:
    if setting.value is True:
        _include(body, LOGPROBS)
    else:
        writing.losses.lose(setting, "is so unless they are asked for", effect="none")


def _top_logprobs(setting: Setting, body: Body, _writing: Writing) -> None:
    body["top_logprobs"] = setting.value


def _output_format(setting: Setting, body: Body, writing: Writing) -> None:
    form = setting.value
    if not isinstance(form, OutputFormat) or form.kind == "grammar":
        writing.losses.lose(setting, "an answer can be held to a JSON schema only")
        return
    writing.losses.lose_extras(form, NO_MEMBER)
    said: Body = {"type": {"text": "text", "json": "json_object", "schema": "json_schema"}[form.kind]}
    if form.kind == "schema":
        said |= {"name": _format_name(form, writing), "schema": form.schema}
        if form.description is not None:
            said["description"] = form.description
        if form.strict and not is_closed(form.schema):
            writing.losses.lose(form, "not all objects of the schema are closed and require all", field="strict")
        elif form.strict is not None:
            said["strict"] = form.strict
    _text(body)["format"] = said


def _ask_for_json(body: Body) -> None:
    # "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'":
    # https://platform.openai.com/docs/guides/structured-outputs, JSON mode, as of 2026-11-23.
    form = members(members(body.get("text")).get("format"))
    if form.get("type") == "json_object" and b"json" not in encode(body["input"]).lower():
        body["input"] = [{"type": "message", "role": "system", "content": "Answer in JSON."}, *body["input"]]


def _format_name(form: OutputFormat, writing: Writing) -> str:
    if form.name is None or _NAME.fullmatch(form.name):
        return form.name or "answer"
    writing.losses.lose(form, "a schema's name has letters, digits, _ and - only", field="name", effect="none")
    return re.sub(r"[^a-zA-Z0-9_-]", "_", form.name)[:64] or "answer"


def _verbosity(setting: Setting, body: Body, writing: Writing) -> None:
    if setting.value in _VERBOSITIES:
        _text(body)["verbosity"] = setting.value
    else:
        writing.losses.lose(setting, "a verbosity that the vendor does not know")


def _reasoning(setting: Setting, body: Body, writing: Writing) -> None:
    reasoning, losses = setting.value, writing.losses
    if not isinstance(reasoning, Reasoning):
        losses.lose(setting, NO_MEMBER)
        return
    losses.lose_extras(reasoning, NO_MEMBER)
    if writing.target.profile.thinking == "none":
        losses.lose(setting, "the model does not reason")
        return
    said: Body = {}
    if (effort := _effort(reasoning, writing)) is not None:
        said["effort"] = effort
    if reasoning.shows is False:
        losses.lose(reasoning, "is so unless a summary is asked for", field="shows", effect="none")
    if reasoning.summary is not None or reasoning.shows:
        known = reasoning.summary in ("auto", "concise", "detailed")
        said["summary"] = reasoning.summary if known else "auto"
    if said:
        body["reasoning"] = said


def _effort(reasoning: Reasoning, writing: Writing) -> str | None:
    losses = writing.losses
    if reasoning.is_on and reasoning.budget_tokens is None and reasoning.effort is None:
        losses.lose(reasoning, "a model that reasons does so unless told otherwise", field="is_on", effect="none")
    if reasoning.effort is not None:
        if reasoning.budget_tokens is not None:
            losses.lose(reasoning, "an effort was told too, and is all that can be", field="budget_tokens")
        if reasoning.effort in _EFFORTS:
            return reasoning.effort
        losses.lose(reasoning, "an effort that the vendor does not know", field="effort")
        return None
    if reasoning.is_on is False:
        return "none"
    budget = reasoning.budget_tokens
    if budget is None:
        return None
    if budget < 0:
        # As the model likes, which is what it is without an effort.
        return None
    losses.lose(reasoning, "a budget is told as an effort", field="budget_tokens", effect="answer_and_price")
    return "none" if budget == 0 else next((effort for limit, effort in _BUDGETS if budget <= limit), "xhigh")


def _keep_reasoning(writing: Writing, body: Body) -> None:
    """Ask for encrypted reasoning where there will be any: models that do not reason refuse to be asked."""
    style = writing.target.profile.thinking
    asked = writing.request.value("reasoning")
    is_off = members(body.get("reasoning")).get("effort") == "none"
    if style == "none" or is_off or (style is None and asked is None):
        return
    _include(body, SEALED)


def _metadata(setting: Setting, body: Body, writing: Writing) -> None:
    most, longest_name, longest_value = _METADATA_LIMITS
    said: Body = {}
    for name, value in members(setting.value).items():
        if len(said) < most and len(name) <= longest_name and len(value) <= longest_value:
            said[name] = value
        else:
            writing.losses.lose_tree(f"{setting.at}.{name}", value, "metadata is limited in size", effect="none")
    body["metadata"] = said


def _user(setting: Setting, body: Body, writing: Writing) -> None:
    if len(setting.value) <= _LONGEST_USER:
        body["user"] = setting.value
    else:
        writing.losses.lose(setting, f"a user's id has at most {_LONGEST_USER} characters", effect="none")


def _tier(setting: Setting, body: Body, writing: Writing) -> None:
    if setting.value in SERVICE_TIERS:
        body["service_tier"] = setting.value
    else:
        writing.losses.lose(setting, "a service tier that the vendor does not know", effect="price")


def _cache_key(setting: Setting, body: Body, writing: Writing) -> None:
    if len(setting.value) <= _LONGEST_USER:
        body["prompt_cache_key"] = setting.value
    else:
        writing.losses.lose(setting, f"a cache key has at most {_LONGEST_USER} characters", effect="price")


def _cache_lifetime(setting: Setting, body: Body, writing: Writing) -> None:
    if setting.value == DAY_S:
        body["prompt_cache_retention"] = "24h"
    else:
        writing.losses.lose(setting, "a prompt cache lasts as long as the vendor likes, or a day", effect="price")


def _include(body: Body, name: str) -> None:
    body.setdefault("include", []).append(name)


def _text(body: Body) -> Body:
    text: Body = body.setdefault("text", {})
    return text


_WRITERS: Final[Mapping[SettingName, _Writer]] = {
    "max_output_tokens": _limit,
    "temperature": _sampling("temperature"),
    "top_p": _sampling("top_p"),
    "candidates": _one_only,
    "logprobs": _logprobs,
    "top_logprobs": _top_logprobs,
    "parallel_tool_calls": _parallel,
    "output_format": _output_format,
    "verbosity": _verbosity,
    "reasoning": _reasoning,
    "modalities": _modalities,
    "store": _store,
    "metadata": _metadata,
    "user": _user,
    "service_tier": _tier,
    "prompt_cache_key": _cache_key,
    "prompt_cache_lifetime": _cache_lifetime,
}
"""How each setting is said; any other is lost."""
