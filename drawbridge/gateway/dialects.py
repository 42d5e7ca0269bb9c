"""The wire formats that callers speak, and the operations that each of them has."""

from typing import Literal, assert_never

Dialect = Literal[
    "openai-chat",
    "openai-responses",
    "openai-embeddings",
    "openai-completions",
    "openai-images",
    "openai-audio",
    "openai-moderations",
    "rerank",
    "openai-files",
    "openai-batches",
    "anthropic-messages",
    "anthropic-files",
    "anthropic-batches",
    "gemini",
    "gemini-files",
    "gemini-caches",
]

Vendor = Literal["openai", "anthropic", "gemini"]
"""Whose conventions a dialect follows where it is not about its own matter, such as in its errors."""


def vendor_of(dialect: Dialect) -> Vendor:
    """Return whose conventions a dialect follows."""
    match dialect:
        case (
            "openai-chat"
            | "openai-responses"
            | "openai-embeddings"
            | "openai-completions"
            | "openai-images"
            | "openai-audio"
            | "openai-moderations"
            | "openai-files"
            | "openai-batches"
            | "rerank"
        ):
            return "openai"
        case "anthropic-messages" | "anthropic-files" | "anthropic-batches":
            return "anthropic"
        case "gemini" | "gemini-files" | "gemini-caches":
            return "gemini"
        case _:
            assert_never(dialect)


TaskOperation = Literal[
    "embeddings",
    "completions",
    "images.generations",
    "images.edits",
    "images.variations",
    "audio.speech",
    "audio.transcriptions",
    "audio.translations",
    "moderations",
    "rerank",
]
"""The operations of OpenAI's conventions that are no conversation: each does one thing to what it is given."""

Operation = Literal[
    TaskOperation,
    "chat.completions",
    "responses",
    "responses.compact",
    "responses.input_tokens",
    "messages",
    "messages.count_tokens",
    "generateContent",
    "streamGenerateContent",
    "countTokens",
    "embedContent",
    "batchEmbedContents",
]

EndpointOperation = Literal[Operation, "objects"]
"""`objects` stands for every call about objects that live at a vendor: they are metered alike."""

UsageInStream = Literal["asked", "always", "never"]
"""Whether a vendor counts tokens in a stream: when asked by `stream_options`, unasked, or not at all."""

AuthStyle = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "none"]
"""Where a vendor wants its credential."""
