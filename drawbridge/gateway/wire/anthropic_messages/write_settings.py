"""What a request asks for beside its conversation and tools, written."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never, cast

from drawbridge.gateway.wire.anthropic_messages.envelope import NO_SUCH_MEMBER
from drawbridge.gateway.wire.anthropic_messages.members import Block, put, put_back
from drawbridge.gateway.wire.anthropic_messages.read_settings import LEGACY_FORMAT, SETTING_MEMBERS
from drawbridge.gateway.wire.anthropic_messages.schemas import OutputSchema
from drawbridge.gateway.wire.anthropic_messages.write_reasoning import write_own_reasoning
from drawbridge.gateway.wire.canonical import Json, OutputFormat, Request, Setting, SettingName
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.losses import Effect, Losses, join, place_of

USUAL_MAX_TOKENS: Final = 8192
"""How long an answer may be where the caller says nothing: Anthropic requires a limit, others do not."""
JSON_PLEASE: Final = "Answer with one JSON object and with nothing else."
"""What a model is told that shall answer in JSON of no certain form."""

_USER_LIMIT: Final = 256
_LEAST_TOP_P: Final = 0.95
_TIERS: Final[Mapping[str, str]] = {"auto": "auto", "default": "standard_only", "standard": "standard_only"}
_HANDLED_ELSEWHERE: Final[frozenset[SettingName]] = frozenset(
    {"max_output_tokens", "tool_choice", "parallel_tool_calls", "reasoning", "output_format"}
)
_DEFAULTS: Final[Mapping[SettingName, tuple[Json, ...]]] = {
    "candidates": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "min_p": (0,),
    "modalities": (["text"], ["TEXT"]),
    "verbosity": ("medium",),
    "service_tier": (),
}
"""Values that ask for nothing that Anthropic would not do anyway."""
_EFFECTS: Final[Mapping[SettingName, Effect]] = {
    "metadata": "none",
    "store": "none",
    "prompt_cache_key": "price",
    "prompt_cache_lifetime": "price",
    "service_tier": "price",
    "user": "none",
}
"""What the loss of a setting can change, where that is not the answer."""


def default_max_tokens(target: Target) -> int:
    """Return how long an answer may be where the caller says nothing."""
    return target.profile.max_output_tokens or USUAL_MAX_TOKENS


def write_own_settings(request: Request, body: Block) -> None:
    """Write the settings of a request of the same dialect, as they were written."""
    for name, member, _ in SETTING_MEMBERS:
        if (setting := request.settings.get(name)) is not None:
            body[member] = setting.value
    for name, path in (("stop", "stop_sequences"), ("user", "metadata.user_id")):
        if (value := request.value(cast("SettingName", name))) is not None:
            put(body, path, value)
    form: OutputFormat | None = request.value("output_format")
    if form is not None:
        written = put_back({"type": "json_schema"}, form.extras)
        if form.schema is not None:
            written["schema"] = form.schema
        put(body, "output_format" if form.shape == LEGACY_FORMAT else "output_config.format", written)
    if (reasoning := request.value("reasoning")) is not None:
        write_own_reasoning(reasoning, body)


class SettingsWriter:
    """Writes the settings of a request of another dialect into a body."""

    def __init__(self, request: Request, target: Target, losses: Losses, body: Block) -> None:
        self._request = request
        self._profile = target.profile
        self._losses = losses
        self._body = body
        self._is_thinking = False
        self._writers: Mapping[SettingName, Callable[[Setting], None]] = {
            "temperature": self._temperature,
            "top_p": self._top_p,
            "top_k": self._top_k,
            "stop": self._stop,
            "user": self._user,
            "service_tier": self._service_tier,
        }

    def write(self, *, is_thinking: bool) -> None:
        """Write every setting but those of tools, reasoning, the form and length of the answer. The rest is lost."""
        self._is_thinking = is_thinking
        # The temperature first: whether it was said decides on top_p.
        for name, setting in sorted(self._request.settings.items(), key=lambda item: item[0] != "temperature"):
            if name in _HANDLED_ELSEWHERE:
                continue
            write = self._writers.get(name)
            if write is not None:
                write(setting)
            else:
                effect: Effect = "none" if setting.value in _DEFAULTS.get(name, ()) else _EFFECTS.get(name, "answer")
                self._losses.lose(setting, NO_SUCH_MEMBER, effect=effect)
                self._losses.lose_extras(setting, NO_SUCH_MEMBER, effect=effect)

    def max_tokens(self, target: Target) -> int:
        """Return how long the answer may be."""
        wanted: int | None = self._request.value("max_output_tokens")
        most = self._profile.max_output_tokens
        if wanted is None:
            return default_max_tokens(target)
        limit = max(1, wanted if most is None else min(wanted, most))
        if limit != wanted:
            setting = self._request.settings["max_output_tokens"]
            self._losses.lose(setting, f"the model writes {most} tokens at most")
        return limit

    def output_form(self) -> OutputFormat | None:
        """Write the form of the answer. Returns the one that must be had by calling a tool."""
        setting = self._request.settings.get("output_format")
        if setting is None:
            return None
        form: OutputFormat = setting.value
        match form.kind:
            case "text":
                self._losses.lose(setting, "text is what Anthropic answers with anyway", effect="none")
            case "json":
                self._losses.lose(setting, "Anthropic has no such mode: the model is asked for JSON in words")
                self._losses.lose_extras(form, NO_SUCH_MEMBER)
            case "grammar":
                self._losses.lose(setting, "Anthropic takes no grammar")
            case "schema":
                return self._schema(form)
            case _:
                assert_never(form.kind)
        return None

    def _schema(self, form: OutputFormat) -> OutputFormat | None:
        self._losses.lose_extras(form, NO_SUCH_MEMBER)
        for field in ("name", "strict"):
            if getattr(form, field) is not None:
                self._losses.lose(form, "Anthropic's schemas have no name, and always hold", field=field, effect="none")
        if self._profile.output_schema is False:
            return form
        held = OutputSchema(form.schema)
        path, _ = place_of(form, "schema")
        for below, value in held.left_out:
            self._losses.lose_tree(join(path, below), value, "Anthropic cannot hold answers to this part of a schema")
        if form.description is not None:
            held.schema.setdefault("description", form.description)
            if held.schema["description"] != form.description:
                self._losses.lose(form, "the schema has a description of its own", field="description")
        put(self._body, "output_config.format", {"type": "json_schema", "schema": held.schema})
        return None

    def _temperature(self, setting: Setting) -> None:
        if not self._takes_sampling(setting):
            return
        if self._is_thinking:
            why = "the temperature is 1 while the model thinks"
            self._losses.lose(setting, why, effect="none" if setting.value == 1 else "answer")
            return
        if setting.value > 1:
            self._losses.lose(setting, "Anthropic's temperature is 1 at most")
        self._body["temperature"] = min(setting.value, 1)

    def _top_p(self, setting: Setting) -> None:
        if not self._takes_sampling(setting):
            return
        is_default = setting.value == 1
        if "temperature" in self._body and self._profile.takes_temperature_with_top_p is not True:
            why = "the model takes either a temperature or top_p"
            self._losses.lose(setting, why, effect="none" if is_default else "answer")
        elif self._is_thinking and setting.value < _LEAST_TOP_P:
            self._losses.lose(setting, f"top_p is {_LEAST_TOP_P} at least while the model thinks")
        else:
            self._body["top_p"] = setting.value

    def _top_k(self, setting: Setting) -> None:
        if not self._takes_sampling(setting):
            return
        if self._is_thinking:
            self._losses.lose(setting, "top_k is refused while the model thinks")
        else:
            self._body["top_k"] = setting.value

    def _takes_sampling(self, setting: Setting) -> bool:
        if self._profile.takes_sampling is not False:
            return True
        effect = "none" if setting.value == 1 else "answer"
        self._losses.lose(setting, "the model takes no sampling parameters", effect=effect)
        return False

    def _stop(self, setting: Setting) -> None:
        wanted: list[str] = setting.value
        kept = [text for text in wanted if text.strip()]
        for number, text in enumerate(wanted):
            if not text.strip():
                path = setting.at if isinstance(setting.raw, str) else f"{setting.at}[{number}]"
                self._losses.lose_tree(path, text, "Anthropic stops only at what is not blank")
        if kept:
            self._body["stop_sequences"] = kept

    def _user(self, setting: Setting) -> None:
        if len(setting.value) > _USER_LIMIT:
            self._losses.lose(setting, f"Anthropic's ids of users have {_USER_LIMIT} characters at most", effect="none")
        else:
            self._body["metadata"] = {"user_id": setting.value}

    def _service_tier(self, setting: Setting) -> None:
        tier = _TIERS.get(setting.value) if isinstance(setting.value, str) else None
        if tier is None:
            self._losses.lose(setting, "Anthropic has no such tier", effect="price")
        else:
            self._body["service_tier"] = tier
