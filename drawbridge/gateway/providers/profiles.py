"""What is known of models: which profile belongs to a deployment.

Only what a vendor says of itself, each with its source; what is not known refuses nothing and changes nothing. A
deployment's own `profile` in drawbridge.yaml stands over all of it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from drawbridge.gateway.entries import profile_over
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.wire.profiles import UNKNOWN, Profile
from drawbridge.usage.prices import context_window

_REMEMBERED: Final = 1024

# Any: the members are those of Profile, which `replace` checks.
_Rule = tuple[re.Pattern[str], Mapping[str, Any]]


def _rule(pattern: str, **known: Any) -> _Rule:
    return re.compile(pattern), known


_OPENAI: Final = (
    # https://developers.openai.com/api/docs/guides/reasoning: sampling is refused, the limit has another name.
    # Read 2026-11-23.
    _rule(
        r"(o\d|gpt-[5-9]|codex-)",
        thinking="effort",
        takes_sampling=False,
        images=True,
        documents=True,
        output_schema=True,
        tools=True,
        output_limit_member="max_completion_tokens",
    ),
    _rule(r"gpt-4", thinking="none", images=True, documents=True, output_schema=True, tools=True),
    _rule(r"gpt-3\.5", thinking="none", images=False, documents=False, output_schema=False, tools=True),
    # The pages of the models (https://developers.openai.com/api/docs/models/gpt-4o-audio-preview.md and so on) say
    # "v1/responses: Not supported"; all others that chat are served there: https://github.com/truefoundry/models/pull/2006.
    # Read 2026-11-23.
    _rule(r"gpt-audio|gpt-.*-audio-preview|gpt-.*-search-(preview|api)|o1-mini", takes_responses=False),
)

_ANTHROPIC: Final = (
    # https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking and .../effort. Read 2026-11-23.
    _rule(r".*claude", images=True, documents=True, audio=False, video=False, tools=True, thinking="budget"),
    _rule(r".*claude-(opus|sonnet)-4-6|.*claude-opus-4-[7-9]|.*claude-[a-z]+-[5-9]", thinking="adaptive"),
    # Temperature and top_p together are refused from Opus 4.1 on (release notes, 2025-08-05).
    _rule(r".*claude-(opus-4-[1-9]|sonnet-4-[5-9]|haiku-4-[5-9]|[a-z]+-[5-9])", takes_temperature_with_top_p=False),
    _rule(r".*claude-(3|2|instant)", thinking="none", takes_temperature_with_top_p=True),
    _rule(r".*claude-3-7", thinking="budget"),
)

_GEMINI: Final = (
    # https://ai.google.dev/gemini-api/docs/thinking and .../thought-signatures. Read 2026-11-23.
    _rule(r".*gemini-2\.5", thinking="budget"),
    _rule(r".*gemini-[3-9]", thinking="effort", needs_call_seals=True),
    _rule(r".*gemini-(1|2\.0)", thinking="none"),
    _rule(r".*gemini", images=True, documents=True, audio=True, video=True, tools=True, output_schema=True),
)

_XAI: Final = (
    # https://docs.x.ai/docs/guides/reasoning, read 2026-11-23: models that reason refuse these; of the effort only
    # grok-3-mini, grok-4.3 and the multi-agent models (whose effort counts agents) take anything.
    _rule(
        r"grok-4(?!.*non-reasoning)",
        refuses=frozenset({"presence_penalty", "frequency_penalty", "stop", "reasoning_effort"}),
    ),
    _rule(
        r"grok-(3-mini|4\.3|4\.20-multi-agent)",
        thinking="effort",
        refuses=frozenset({"presence_penalty", "frequency_penalty", "stop"}),
    ),
)

_MISTRAL: Final = (
    # https://github.com/mistralai/client-python (docs/sdks/chat), read 2026-11-23: a request has these members and no
    # others (a seed is `random_seed` there), and documents come as `document_url`.
    _rule(
        r"",
        extensions=frozenset({"document_url"}),
        refuses=frozenset(
            {"logit_bias", "logprobs", "seed", "service_tier", "store", "top_logprobs", "user", "verbosity"}
        ),
        output_limit_member="max_tokens",
    ),
)

_DEEPSEEK: Final = (
    # https://api-docs.deepseek.com/guides/thinking_mode and .../json_mode, read 2026-11-23: `thinking` is switched on
    # and off, and an answer is text or any JSON object.
    _rule(r"deepseek-", extensions=frozenset({"thinking"}), output_schema=False, output_limit_member="max_tokens"),
)

_CEREBRAS: Final = (
    # https://inference-docs.cerebras.ai/resources/openai, as told by https://hexdocs.pm/req_llm/cerebras.html, read
    # 2026-11-23: these are answered with 400.
    _rule(r"", refuses=frozenset({"frequency_penalty", "logit_bias", "presence_penalty", "service_tier"})),
)

_BY_VENDOR: Final[Mapping[str, tuple[_Rule, ...]]] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "anthropic": _ANTHROPIC,
    "google": _GEMINI,
    "x-ai": _XAI,
    "mistral": _MISTRAL,
    "deepseek": _DEEPSEEK,
    "cerebras": _CEREBRAS,
}


def find_profile(deployment: Deployment) -> Profile:
    """Return what is known of a deployment's model: of rules that match its name later ones win, then its own entry."""
    known = _known(deployment.provider.pricing_id, deployment.upstream_model)
    return known if deployment.profile is None else profile_over(known, deployment.profile)


@lru_cache(maxsize=_REMEMBERED)
def _known(vendor: str | None, upstream_model: str) -> Profile:
    profile = msgspec.structs.replace(UNKNOWN, context_tokens=context_window(vendor, upstream_model))
    for pattern, known in _BY_VENDOR.get(vendor or "", ()):
        if pattern.match(upstream_model):
            profile = msgspec.structs.replace(profile, **known)
    return profile
