"""The wire formats that callers speak, and the operations that each of them has."""

from typing import Literal

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

Operation = Literal[
    "chat.completions",
    "responses",
    "responses.compact",
    "responses.input_tokens",
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
