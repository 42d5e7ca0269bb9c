"""What is known of each vendor, as data: where it is, what it speaks, how it wants its credential."""

from dataclasses import dataclass
from typing import Final, Literal

from drawbridge.gateway.dialects import AuthStyle, Dialect, UsageInStream

PresetName = Literal[
    "openai",
    "anthropic",
    "gemini",
    "azure",
    "mistral",
    "groq",
    "deepseek",
    "xai",
    "together",
    "fireworks",
    "openrouter",
    "cerebras",
    "cohere",
    "ollama",
    "vllm",
    "llama-cpp",
    "lm-studio",
    "tgi",
    "rehearsal",
]
"""The names that `preset:` takes. The first word an editor offers, so the best-known first."""

Hosting = Literal["vendor", "own"]
"""Who runs a model: whoever sells it as a service, or whoever installed Drawbridge."""

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
    ceiling_usd: str | None = None
    """What a call is held at where nobody can tell what it costs at most; never a preset's."""
    prefers: Dialect | None = None
    """The dialect in which to say what comes in one that the vendor does not speak; None for the first it has of chat
    completions, messages, Gemini and responses."""


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
    address_form: str = "http://localhost:8000/v1"
    """What an address looks like where it must be given."""

    @property
    def hosting(self) -> Hosting:
        """Who runs it: what wants no credential of a vendor's is one's own."""
        return "vendor" if self.environment else "own"


_OPENAI_DIALECTS: tuple[Dialect, ...] = ("openai-chat", "openai-responses", "openai-embeddings")
_ALL_OF_OPENAI: tuple[Dialect, ...] = (
    *_OPENAI_DIALECTS,
    "openai-completions",
    "openai-images",
    "openai-audio",
    "openai-moderations",
)

# https://developers.openai.com/api/reference/overview: root, bearer. Read 2026-11-22.
# A chat stream tells its usage only when asked by stream_options.include_usage.
_OPENAI = Preset(
    name="openai",
    title="OpenAI",
    base_url="https://api.openai.com/v1",
    dialects=(*_ALL_OF_OPENAI, "openai-files", "openai-batches"),
    traits=Traits(
        auth="bearer",
        pricing_id="openai",
        # Only there is a model's reasoning kept from one turn to the next.
        prefers="openai-responses",
        model_patterns=(
            "gpt-",
            "chatgpt-",
            "codex-",
            "computer-use-",
            "o1",
            "o3",
            "o4",
            "text-embedding-",
            "tts-",
            "whisper-",
            "omni-moderation-",
            "davinci-",
            "babbage-",
        ),
    ),
    environment=("OPENAI_API_KEY",),
)

# https://docs.claude.com/en/api/overview: x-api-key, Messages and Token Counting take at most 32 MB.
# Read 2026-11-22. Decimal or binary is not said: the larger, so that nothing is refused that it would take.
_ANTHROPIC = Preset(
    name="anthropic",
    title="Anthropic",
    base_url="https://api.anthropic.com/v1",
    dialects=("anthropic-messages", "anthropic-files", "anthropic-batches"),
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
    dialects=("gemini", "gemini-files", "gemini-caches"),
    traits=Traits(
        auth="x-goog-api-key",
        usage_in_stream="always",
        pricing_id="google",
        model_patterns=("gemini-", "gemma-", "learnlm-"),
    ),
    environment=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
)

# https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle: the v1 API needs no api-version, and takes
# `api-key` or a bearer; a model is called by the name of its deployment. Read 2026-11-23.
_AZURE = Preset(
    name="azure",
    title="Azure OpenAI",
    base_url=None,
    dialects=(*_OPENAI_DIALECTS, "openai-completions", "openai-images", "openai-audio"),
    traits=Traits(auth="api-key", pricing_id="azure"),
    environment=("AZURE_OPENAI_API_KEY",),
    address_form="https://RESOURCE.openai.azure.com/openai/v1",
)

# https://docs.mistral.ai/api: root, bearer. Read 2026-11-23. The usage stands beside a chat stream's last choice, asked
# or not (recorded 2026-08).
_MISTRAL = Preset(
    name="mistral",
    title="Mistral",
    base_url="https://api.mistral.ai/v1",
    dialects=("openai-chat", "openai-embeddings", "openai-audio", "openai-moderations"),
    traits=Traits(
        usage_in_stream="always",
        pricing_id="mistral",
        model_patterns=("mistral-", "ministral-", "magistral-", "codestral-", "devstral-", "pixtral-", "voxtral-"),
    ),
    environment=("MISTRAL_API_KEY",),
)

# https://console.groq.com/docs/openai and .../docs/responses-api: root, bearer. Read 2026-11-23. Unasked, the usage
# stands in the last choice's chunk as `x_groq.usage` (recorded 2026-08).
_GROQ = Preset(
    name="groq",
    title="Groq",
    base_url="https://api.groq.com/openai/v1",
    dialects=("openai-chat", "openai-responses", "openai-audio"),
    traits=Traits(usage_in_stream="always", pricing_id="groq"),
    environment=("GROQ_API_KEY",),
)

# https://api-docs.deepseek.com: root without a version, bearer. Read 2026-11-23. The usage stands beside a chat
# stream's last choice, asked or not; responses are at /responses (recorded 2026-08).
_DEEPSEEK = Preset(
    name="deepseek",
    title="DeepSeek",
    base_url="https://api.deepseek.com",
    dialects=("openai-chat", "openai-responses"),
    traits=Traits(usage_in_stream="always", pricing_id="deepseek", model_patterns=("deepseek-",)),
    environment=("DEEPSEEK_API_KEY",),
)

# https://docs.x.ai/docs/api-reference: root, bearer. Read 2026-11-23. Nothing is recorded of chat streams that were
# not asked for their usage: it is asked for.
_XAI = Preset(
    name="xai",
    title="xAI",
    base_url="https://api.x.ai/v1",
    dialects=("openai-chat", "openai-responses"),
    traits=Traits(pricing_id="x-ai", model_patterns=("grok-",)),
    environment=("XAI_API_KEY",),
)

# https://docs.together.ai/docs/openai-api-compatibility: root, bearer. Read 2026-11-23. The usage stands beside a chat
# stream's last choice unasked (recorded 2026-08).
_TOGETHER = Preset(
    name="together",
    title="Together AI",
    base_url="https://api.together.xyz/v1",
    dialects=("openai-chat", "openai-embeddings", "openai-completions", "openai-images", "rerank"),
    traits=Traits(usage_in_stream="always", pricing_id="together"),
    environment=("TOGETHER_API_KEY",),
)

# https://docs.fireworks.ai/tools-sdks/openai-compatibility: root, bearer. Read 2026-11-23.
_FIREWORKS = Preset(
    name="fireworks",
    title="Fireworks AI",
    base_url="https://api.fireworks.ai/inference/v1",
    dialects=(*_OPENAI_DIALECTS, "openai-completions"),
    traits=Traits(pricing_id="fireworks", model_patterns=("accounts/fireworks/",)),
    environment=("FIREWORKS_API_KEY",),
)

# https://openrouter.ai/docs/api-reference/overview: root, bearer. Read 2026-11-23. The usage stands beside a chat
# stream's last choice, asked or not (recorded 2026-08).
_OPENROUTER = Preset(
    name="openrouter",
    title="OpenRouter",
    base_url="https://openrouter.ai/api/v1",
    dialects=(*_OPENAI_DIALECTS, "rerank"),
    traits=Traits(usage_in_stream="always", pricing_id="openrouter"),
    environment=("OPENROUTER_API_KEY",),
)

# https://inference-docs.cerebras.ai/resources/openai: root, bearer. Read 2026-11-23.
_CEREBRAS = Preset(
    name="cerebras",
    title="Cerebras",
    base_url="https://api.cerebras.ai/v1",
    dialects=("openai-chat", "openai-completions"),
    traits=Traits(pricing_id="cerebras"),
    environment=("CEREBRAS_API_KEY",),
)

# https://docs.cohere.com/docs/compatibility-api: chat and embeddings, bearer. It refuses `stream_options`, says
# https://strandsagents.com/docs/user-guide/concepts/model-providers/cohere/. Both read 2026-11-23.
_COHERE = Preset(
    name="cohere",
    title="Cohere",
    base_url="https://api.cohere.ai/compatibility/v1",
    dialects=("openai-chat", "openai-embeddings"),
    traits=Traits(usage_in_stream="never", pricing_id="cohere", model_patterns=("command-", "c4ai-", "embed-")),
    environment=("COHERE_API_KEY",),
)

# https://docs.ollama.com/api/openai-compatibility and .../anthropic-compatibility: any key is accepted and
# ignored; responses keep no state; there is no count_tokens. Read 2026-11-22 (0.40).
_OLLAMA = Preset(
    name="ollama",
    title="Ollama",
    base_url="http://localhost:11434/v1",
    dialects=(*_OPENAI_DIALECTS, "openai-completions", "anthropic-messages"),
    traits=Traits(auth="none"),
)

# https://docs.vllm.ai/en/stable/serving/online_serving.html: /v1/chat/completions, /v1/responses, /v1/embeddings,
# /v1/completions, /v1/audio, /v1/rerank, /v1/messages with count_tokens; a bearer only where started with --api-key.
# Read 2026-11-22 (0.32). Typical: http://localhost:8000/v1
_VLLM = Preset(
    name="vllm",
    title="vLLM",
    base_url=None,
    dialects=(*_OPENAI_DIALECTS, "openai-completions", "openai-audio", "rerank", "anthropic-messages"),
    traits=Traits(auth="bearer"),
)

# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md: a bearer only where started with --api-key.
# Read 2026-11-23. It listens on 8080 by default, as Drawbridge does: its address is to be given.
_LLAMA_CPP = Preset(
    name="llama-cpp",
    title="llama.cpp",
    base_url=None,
    dialects=("openai-chat", "openai-embeddings", "openai-completions", "rerank"),
    traits=Traits(),
    address_form="http://localhost:8081/v1",
)

# https://lmstudio.ai/docs/developer/openai-compat: a credential is not looked at by default. Read 2026-11-23.
_LM_STUDIO = Preset(
    name="lm-studio",
    title="LM Studio",
    base_url="http://localhost:1234/v1",
    dialects=(*_OPENAI_DIALECTS, "openai-completions"),
    traits=Traits(),
)

# https://huggingface.co/docs/text-generation-inference/messages_api: a bearer only where started with --api-key.
# Read 2026-11-23.
_TGI = Preset(
    name="tgi",
    title="Hugging Face TGI",
    base_url=None,
    dialects=("openai-chat", "openai-completions"),
    traits=Traits(),
    address_form="http://localhost:3000/v1",
)

_REHEARSAL = Preset(
    name="rehearsal",
    title="Rehearsal (built in, no real model)",
    base_url=REHEARSAL_URL,
    dialects=(*_ALL_OF_OPENAI, "rerank", "anthropic-messages", "gemini"),
    traits=Traits(auth="none", pricing_id="rehearsal", model_patterns=("rehearsal",)),
)

PRESETS: Final[dict[str, Preset]] = {
    preset.name: preset
    for preset in (
        _OPENAI,
        _ANTHROPIC,
        _GEMINI,
        _AZURE,
        _MISTRAL,
        _GROQ,
        _DEEPSEEK,
        _XAI,
        _TOGETHER,
        _FIREWORKS,
        _OPENROUTER,
        _CEREBRAS,
        _COHERE,
        _OLLAMA,
        _VLLM,
        _LLAMA_CPP,
        _LM_STUDIO,
        _TGI,
        _REHEARSAL,
    )
}
