"""Whether a request's body is nothing but words: then its bytes bound its tokens, and nobody has to read it.

No tokenizer makes more tokens of a text than it has bytes in UTF-8, escapes in JSON only make a text longer, and the
marks that a vendor puts around each message are fewer than the members and quotes that JSON has there. What a vendor
adds to a request beyond that is allowed for by `words_added`. Whatever is not known here is not plain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec
from msgspec import Raw

from drawbridge.gateway.bodies import TopLevel
from drawbridge.gateway.bounds.shapes import (
    ChatMessage,
    ChatTool,
    GeminiContent,
    GeminiEmbedding,
    GeminiTool,
    MessagesBlock,
    MessagesContext,
    MessagesMessage,
    MessagesTool,
    ResponsesItem,
    ResponsesReasoning,
    ResponsesTool,
)
from drawbridge.gateway.dialects import EndpointOperation
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.request import scan_config

_REQUEST_TOKENS: Final = 80
"""What vendors put before a conversation: the most is 76, by gpt-oss."""
_TOOLS_TOKENS: Final = 640
"""What vendors put before tools to explain them: Llama 4 at Groq 610 tokens, Claude up to 550."""
_GROK_TOKENS: Final = 420
"""xAI's own system prompt: 160 tokens (grok-4-1-fast), 190 (grok-4.3), up to 410 with an output schema."""
_COMPACTION_TOKENS: Final = 400
"""How to sum a conversation up."""
_DECLARATION_TOKENS: Final = 24
_FORMAT_TOKENS: Final = 640
"""What vendors put before an output format to explain it: some make a tool of a schema."""

WORDS_ADDED: Final[Mapping[str, int]] = {
    "tools": _TOOLS_TOKENS,
    "functions": _TOOLS_TOKENS,
    "response_format": _FORMAT_TOKENS,
    "text": _FORMAT_TOKENS,
    "output_config": _FORMAT_TOKENS,
    "output_format": _FORMAT_TOKENS,
    "generationConfig": _FORMAT_TOKENS,
    "generation_config": _FORMAT_TOKENS,
    # Mistral's own words on what not to say (https://docs.mistral.ai/capabilities/guardrailing, read 2026-11-23).
    "safe_prompt": 120,
}
"""Tokens that a vendor may add for a member that is there, from recorded traffic; tests hold them against it."""

# Any: what a value is read into does not matter, only that it can be.
_Read = Callable[[bytes], Any]


def _of(kind: Any) -> _Read:
    return msgspec.json.Decoder(kind).decode


def _items(raw: bytes) -> None:
    """Read the input of a response. Raises ValidationError where something in it is completed from what is stored."""
    items = _read_items(raw)
    if not isinstance(items, str) and not all(item.is_whole() for item in items):
        raise msgspec.ValidationError("an item that is not whole")


_read_items: Final = msgspec.json.Decoder(str | list[ResponsesItem]).decode


@dataclass(frozen=True, slots=True)
class Members:
    """The members at the top of an object that is nothing but words."""

    plain: frozenset[str]
    """Those that add no more tokens than they have bytes, whatever their value is."""
    read: Mapping[str, _Read] = field(default_factory=dict[str, _Read])
    """Those of which that must be seen: reading raises for anything else."""

    def strange(self, top: TopLevel) -> list[str]:
        """Return the members of an object that are not as they are here. Null is as good as absent."""
        return [name for name in top.names - self.plain if not self._is_read(name, top.raw(name) or b"")]

    def _is_read(self, name: str, raw: bytes) -> bool:
        if raw == b"null":
            return True
        read = self.read.get(name)
        if read is None:
            return False
        try:
            read(raw)
        except (msgspec.MsgspecError, MalformedBody, RecursionError, UnicodeDecodeError):
            return False
        return True


_SAMPLING: Final = """
    temperature top_p top_k min_p seed random_seed stop presence_penalty frequency_penalty repetition_penalty
    logit_bias logprobs top_logprobs
"""
_CALLERS: Final = "user safety_identifier metadata service_tier prompt_cache_key prompt_cache_retention store"


def _names(*lists: str) -> frozenset[str]:
    return frozenset(name for listed in lists for name in listed.split())


def _both_cases(*lists: str) -> frozenset[str]:
    """Return names in camel case and as Google takes them too, in snake case."""
    names = _names(*lists)
    return names | {"".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in names}


CHAT: Final = Members(
    _names(
        _SAMPLING,
        _CALLERS,
        """
        model stream stream_options max_tokens max_completion_tokens n tool_choice parallel_tool_calls function_call
        response_format reasoning_effort reasoning thinking enable_thinking thinking_budget clear_thinking
        reasoning_format include_reasoning verbosity prompt_cache_options safe_prompt chat_template_kwargs usage
        transforms keep_alive think min_tokens ignore_eos stop_token_ids skip_special_tokens length_penalty
        include_stop_str_in_output guided_json guided_regex guided_choice guided_grammar structured_outputs
        """,
    ),
    {
        "messages": _of(list[ChatMessage]),
        "tools": _of(list[ChatTool]),
        "functions": _of(list[Raw]),
        "modalities": _of(list[Literal["text"]]),
    },
)
RESPONSES: Final = Members(
    _names(
        _SAMPLING,
        _CALLERS,
        """
        model stream stream_options max_output_tokens tool_choice parallel_tool_calls text truncation include
        background max_tool_calls prompt_cache_options client_metadata
        """,
    ),
    {
        "input": _items,
        "instructions": _of(str),
        "tools": _of(list[ResponsesTool]),
        "reasoning": _of(ResponsesReasoning),
    },
)
MESSAGES: Final = Members(
    _names(
        """
        model max_tokens stream temperature top_p top_k stop_sequences metadata service_tier thinking tool_choice
        output_config output_format cache_control anthropic_version anthropic_beta
        """
    ),
    {
        "messages": _of(list[MessagesMessage]),
        "system": _of(str | list[MessagesBlock]),
        "tools": _of(list[MessagesTool]),
        "context_management": _of(MessagesContext),
        # Answers that come faster, or from a place of the caller's choice, have prices of their own.
        "speed": _of(Literal["standard"]),
        "inference_geo": _of(Literal["global", "not_available"]),
    },
)
GEMINI_CONFIG: Final = Members(
    _both_cases(
        """
        temperature topP topK seed presencePenalty frequencyPenalty stopSequences candidateCount maxOutputTokens
        responseLogprobs logprobs responseMimeType responseSchema responseJsonSchema _responseJsonSchema thinkingConfig
        mediaResolution enableEnhancedCivicAnswers
        """
    ),
    dict.fromkeys(("responseModalities", "response_modalities"), _of(list[Literal["TEXT"]])),
)


def _config(raw: bytes) -> None:
    """Read how Gemini is to answer. Raises MalformedBody where more than words is asked for."""
    for name in GEMINI_CONFIG.strange(scan_config(raw)):
        raise MalformedBody(f"'{name}' asks for more than words.", member=name)


GEMINI: Final = Members(
    _both_cases("model toolConfig safetySettings labels serviceTier"),
    {
        "contents": _of(list[GeminiContent] | GeminiContent),
        "tools": _of(list[GeminiTool] | GeminiTool),
        **dict.fromkeys(("systemInstruction", "system_instruction"), _of(GeminiContent)),
        **dict.fromkeys(("generationConfig", "generation_config"), _config),
    },
)
COMPACT: Final = Members(_names(_CALLERS, "model prompt_cache_options"), {"input": _items, "instructions": _of(str)})
COMPLETIONS: Final = Members(
    _names(_SAMPLING, _CALLERS, "model max_tokens n best_of suffix echo stream stream_options"),
    {"prompt": _of(str | list[str | int | list[int]])},
)
EMBEDDINGS: Final = Members(
    _names("model dimensions encoding_format user input_type output_dimension output_dtype truncate truncation task"),
    {"input": _of(str | list[str | int | list[int]])},
)
EMBED: Final = Members(_both_cases("model title taskType outputDimensionality"), {"content": _of(GeminiContent)})
BATCH_EMBED: Final = Members(_names("model"), {"requests": _of(list[GeminiEmbedding])})
MODERATIONS: Final = Members(_names("model user"), {"input": _of(str | list[str])})
RERANK: Final = Members(
    _names("model query top_n top_k return_documents rank_fields max_tokens_per_doc max_chunks_per_doc truncation"),
    {"documents": _of(list[Raw])},
)

PLAIN: Final[Mapping[EndpointOperation, Members]] = {
    "chat.completions": CHAT,
    "responses": RESPONSES,
    "responses.compact": COMPACT,
    "messages": MESSAGES,
    "generateContent": GEMINI,
    "streamGenerateContent": GEMINI,
    "completions": COMPLETIONS,
    "embeddings": EMBEDDINGS,
    "embedContent": EMBED,
    "batchEmbedContents": BATCH_EMBED,
    "moderations": MODERATIONS,
    "rerank": RERANK,
}
"""By operation. Those that are missing make or read media."""


def words_added(top: TopLevel, operation: EndpointOperation, model: str) -> int:
    """Return how many tokens a vendor may add to the words of a request."""
    added = _REQUEST_TOKENS
    for name in top.names & WORDS_ADDED.keys():
        added += WORDS_ADDED[name]
    if _is_grok(model):
        added += _GROK_TOKENS
    match operation:
        case "generateContent" | "streamGenerateContent":
            # Google's JSON says so little around a function that a vendor's marks may be more.
            added += _DECLARATION_TOKENS * (top.raw("tools") or b"").count(b'"name"')
        case "responses.compact":
            added += _COMPACTION_TOKENS
        case _:
            pass
    return added


@lru_cache(maxsize=1_024)
def _is_grok(model: str) -> bool:
    return "grok" in model.lower()
