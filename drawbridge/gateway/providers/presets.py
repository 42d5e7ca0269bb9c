"""What is known of each vendor, as data: where it is, what it speaks, how it wants its credential."""

from dataclasses import dataclass
from typing import Final, Literal

from drawbridge.gateway.dialects import AuthStyle, Dialect, UsageInStream

PresetName = Literal["openai", "anthropic", "gemini", "ollama", "vllm", "rehearsal"]
"""The names that `preset:` takes. The first word an editor offers, so the best-known first."""

REHEARSAL_URL: Final = "rehearsal:"
"""Where the built-in provider is: in this process."""

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Traits:
    """How a vendor behaves: what the data plane must know besides address and credential."""

    auth: AuthStyle = "bearer"
    usage_in_stream: UsageInStream = "asked"
    model_patterns: tuple[str, ...] = ()
    """Beginnings of the model names that an open provider claims; `""` claims every name."""
    max_body_bytes: int | None = None
    """The largest request that the vendor takes; None where it tells none."""
    pricing_id: str | None = None
    """The vendor's id in the price data (genai-prices); None where it has no prices."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A vendor as it comes out of the box."""

    name: PresetName
    title: str
    base_url: str | None
    """The API's root with its version, without a slash at the end; None where every installation differs."""
    dialects: tuple[Dialect, ...]
    traits: Traits
    environment: tuple[str, ...] = ()
    """The variables in which the vendor's own SDKs look for the credential, the one to prefer first."""


_OPENAI_DIALECTS: tuple[Dialect, ...] = ("openai-chat", "openai-responses", "openai-embeddings")

# https://developers.openai.com/api/reference/overview: root, bearer. Read 2026-11-22.
# A chat stream tells its usage only when asked by stream_options.include_usage.
_OPENAI = Preset(
    name="openai",
    title="OpenAI",
    base_url="https://api.openai.com/v1",
    dialects=_OPENAI_DIALECTS,
    traits=Traits(
        auth="bearer",
        pricing_id="openai",
        model_patterns=("gpt-", "chatgpt-", "codex-", "computer-use-", "o1", "o3", "o4", "text-embedding-"),
    ),
    environment=("OPENAI_API_KEY",),
)

# https://docs.claude.com/en/api/overview: x-api-key, Messages and Token Counting take at most 32 MB.
# Read 2026-11-22. Decimal or binary is not said: the larger, so that nothing is refused that it would take.
_ANTHROPIC = Preset(
    name="anthropic",
    title="Anthropic",
    base_url="https://api.anthropic.com/v1",
    dialects=("anthropic-messages",),
    traits=Traits(
        auth="x-api-key",
        usage_in_stream="always",
        pricing_id="anthropic",
        model_patterns=("claude-",),
        max_body_bytes=32 * _MIB,
    ),
    environment=("ANTHROPIC_API_KEY",),
)

# https://ai.google.dev/api: root, x-goog-api-key. google-genai 3.4.0 (_api_client.py) takes GOOGLE_API_KEY
# before GEMINI_API_KEY when both are set; here the name that can mean nothing else comes first. 2026-11-22.
_GEMINI = Preset(
    name="gemini",
    title="Google Gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta",
    dialects=("gemini",),
    traits=Traits(
        auth="x-goog-api-key",
        usage_in_stream="always",
        pricing_id="google",
        model_patterns=("gemini-", "gemma-", "learnlm-"),
    ),
    environment=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
)

# https://docs.ollama.com/api/openai-compatibility and .../anthropic-compatibility: any key is accepted and
# ignored; responses keep no state; there is no count_tokens. Read 2026-11-22 (0.40).
_OLLAMA = Preset(
    name="ollama",
    title="Ollama",
    base_url="http://localhost:11434/v1",
    dialects=(*_OPENAI_DIALECTS, "anthropic-messages"),
    traits=Traits(auth="none"),
)

# https://docs.vllm.ai/en/stable/serving/online_serving.html: /v1/chat/completions, /v1/responses,
# /v1/embeddings, /v1/messages with count_tokens; a bearer only where started with --api-key.
# Read 2026-11-22 (0.32). Typical: http://localhost:8000/v1
_VLLM = Preset(
    name="vllm",
    title="vLLM",
    base_url=None,
    dialects=(*_OPENAI_DIALECTS, "anthropic-messages"),
    traits=Traits(auth="bearer"),
)

_REHEARSAL = Preset(
    name="rehearsal",
    title="Rehearsal (built in, no real model)",
    base_url=REHEARSAL_URL,
    dialects=(*_OPENAI_DIALECTS, "anthropic-messages", "gemini"),
    traits=Traits(auth="none", pricing_id="rehearsal", model_patterns=("rehearsal",)),
)

PRESETS: Final[dict[str, Preset]] = {
    preset.name: preset for preset in (_OPENAI, _ANTHROPIC, _GEMINI, _OLLAMA, _VLLM, _REHEARSAL)
}
