"""How much a call's answer can have in it: as the caller allowed, or as the model can say."""

from contextlib import suppress
from typing import Final

import msgspec
from msgspec import Struct

from drawbridge.gateway.bodies import TopLevel
from drawbridge.gateway.bounds.bound import Unbounded
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.request import GEMINI_CONFIGS, GEMINI_LIMITS, CallRequest, gemini_config
from drawbridge.gateway.snapshot import Deployment

LIMIT_MEMBERS: Final = {
    "chat.completions": ("max_completion_tokens", "max_tokens"),
    "completions": ("max_tokens",),
    "responses": ("max_output_tokens",),
    "messages": ("max_tokens",),
}
"""What each dialect calls the limit of the output, at the top of the body. Gemini's stands deeper."""

_GEMINI_ANSWERS: Final = ("candidateCount", "candidate_count")
_CHAT_MODALITIES: Final = frozenset({"modalities"})
_GEMINI_MODALITIES: Final = frozenset({"responseModalities", "response_modalities"})
_modalities_of: Final = msgspec.json.Decoder(list[str]).decode
_prompts_of: Final = msgspec.json.Decoder(str | list[str | int | list[int]]).decode


class Output(Struct, frozen=True, gc=False):
    """The most that each answer can have in tokens, and how many answers there are."""

    each: int
    answers: int
    may_be_media: bool = False
    """Whether a model that can answer with sound or pictures may do so."""


def most_output(call: CallRequest, deployment: Deployment) -> Output | Unbounded:
    """Return the most that a call can be answered with. Raises MalformedBody where its limits cannot be read."""
    if call.endpoint.answers_with != "text":
        return Output(0, 1)
    limit = _limit(call, deployment)
    if limit is None:
        member = "generationConfig.maxOutputTokens"
        if call.endpoint.dialect != "gemini":
            member = LIMIT_MEMBERS.get(call.endpoint.operation, ("max_output_tokens",))[0]
        return Unbounded(
            "Its answer has no limit, and how much the model can say is not known.",
            f"send '{member}', or have the operator set `profile: {{max_output_tokens: ...}}` at the deployment",
        )
    return Output(limit, answers_of(call), not _is_text_only(call, deployment))


def _is_text_only(call: CallRequest, deployment: Deployment) -> bool:
    """Tell whether the request says, in its vendor's own words, that it wants nothing but text."""
    if call.endpoint.dialect not in deployment.provider.dialects:
        # A translation may not say it.
        return False
    if call.endpoint.dialect != "gemini":
        return _wants_text(call.top, _CHAT_MODALITIES)
    configs = [config for name in call.top.names & GEMINI_CONFIGS if (config := gemini_config(call.top, name))]
    return bool(configs) and all(_wants_text(config, _GEMINI_MODALITIES) for config in configs)


def _wants_text(holder: TopLevel, names: frozenset[str]) -> bool:
    """Tell whether there is a list of modalities, and every one names text alone."""
    try:
        said = [_modalities_of(holder.raw(name) or b"") for name in holder.names & names]
    except msgspec.MsgspecError:
        return False
    return bool(said) and all(modalities and {each.lower() for each in modalities} == {"text"} for modalities in said)


def stops_when_cut(call: CallRequest) -> bool:
    """Tell whether a vendor makes no more of the answer once nobody listens: a stream, and not several at once."""
    try:
        return call.streamed and not call.is_background and answers_of(call) == 1
    except (MalformedBody, msgspec.MsgspecError):
        return False


def limit_to_say(call: CallRequest, deployment: Deployment) -> int | None:
    """Return the limit that a call is bounded by and its vendor is not told; None where the call says it, or need not.

    Beyond its window no model can say anything, and completions without a limit are short.
    """
    if call.endpoint.answers_with != "text":
        return None
    if call.endpoint.dialect != "gemini" and call.endpoint.operation not in LIMIT_MEMBERS:
        return None
    most, stated = find_profile(deployment).max_output_tokens, _stated(call, deployment)
    if most is None or (stated is None and call.endpoint.operation == "completions"):
        return None
    return most if stated is None or stated > most else None


def only_member(call: CallRequest, deployment: Deployment) -> str | None:
    """Return the one name of the limit that a vendor of chats is known to read; None where any name will do.

    Others it passes over in silence, or refuses. A translation reads them all.
    """
    if call.endpoint.operation != "chat.completions" or call.endpoint.dialect not in deployment.provider.dialects:
        return None
    return find_profile(deployment).output_limit_member


def _limit(call: CallRequest, deployment: Deployment) -> int | None:
    profile = find_profile(deployment)
    most = profile.max_output_tokens
    stated = _stated(call, deployment)
    if stated is None:
        return most or profile.context_tokens
    return stated if most is None else min(stated, most)


def _stated(call: CallRequest, deployment: Deployment) -> int | None:
    """Return what the caller allows: the most of what it says in several places, since a vendor reads one of them."""
    top, operation = call.top, call.endpoint.operation
    if call.endpoint.dialect == "gemini":
        return _gemini_limit(top)
    only = only_member(call, deployment)
    members = LIMIT_MEMBERS.get(operation, ()) if only is None else (only,)
    return max((limit for name in members if (limit := top.count(name))), default=None)


def _gemini_limit(top: TopLevel) -> int | None:
    configs = [gemini_config(top, name) for name in top.names & GEMINI_CONFIGS]
    config = configs[0] if len(configs) == 1 else None
    if config is None:
        # Of two, the vendor may read the one without a limit.
        return None
    limits: list[int] = []
    for field in GEMINI_LIMITS:
        # Google reads more spellings of a number than we do: what we cannot read is no limit to us.
        with suppress(MalformedBody):
            limits.append(config.count(field) or 0)
    return max(limits, default=0) or None


def answers_of(call: CallRequest) -> int:
    """Return how many answers a call asks for. Raises MalformedBody where that cannot be read."""
    top = call.top
    match call.endpoint.operation:
        case "chat.completions":
            return top.count("n") or 1
        case "completions":
            return max(top.count("n") or 1, top.count("best_of") or 1) * _prompts(top)
        case "generateContent" | "streamGenerateContent":
            inner = [config for name in top.names & GEMINI_CONFIGS if (config := gemini_config(top, name))]
            return max((config.count(name) or 1 for config in inner for name in _GEMINI_ANSWERS), default=1)
        case _:
            return 1


def _prompts(top: TopLevel) -> int:
    """Count what is to be completed: a list of numbers is one text, in tokens."""
    prompts = _prompts_of(top.raw("prompt") or b'""')
    if isinstance(prompts, str) or (prompts and isinstance(prompts[0], int)):
        return 1
    return max(1, len(prompts))
