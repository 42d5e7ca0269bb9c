"""The rehearsal provider: it answers like the vendors, without a vendor, a key, or a model.

It lets a newcomer see everything work, and a test go through what vendors do seldom. The same request gets the same
bytes: ids come from a hash of the request, the time stands still. Every text says that no real model wrote it. It
streams in every dialect with the events of the real vendor, and takes any model name (`rehearsal`, `rehearsal-large`,
`rehearsal-embedding`).

What the last text of the user may ask for, in its first 4,000 characters:

    "use a tool", "use all tools",   call declared tools, with small valid instances of their schemas as arguments (a
    "call" and a tool's name         forced tool choice does the same); after the results it answers in text
    [fail 429]                       an error with that status (400 to 599) in the vendor's shape; 429 with retry-after
    [cut]                            the reply breaks off in the middle
    [slow], [slow 2.5]               a pause, of so many seconds, before each piece
    "help", or nothing               the list of these

Structured output is a small valid instance of the wished schema. Tokens follow one rule, in the counts and in the
usage: one for each four bytes of text begun, 256 for each image or other medium. The wished length and stop sequences
are kept to. Images are one grey square, speech is a short silence, a transcript is always the same sentence, no text
is flagged, and what shares words with the query ranks first. Nothing is stored, so no earlier response can be
continued. Not rehearsed: reasoning, citations, custom tools, tools that the vendor runs, several candidates of Gemini,
streams of images and transcripts in more than one event.
"""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.dialects import Operation, TaskOperation, Vendor
from drawbridge.gateway.providers.rehearsal import (
    anthropic_messages,
    gemini,
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_media,
    openai_responses,
    verdicts,
)
from drawbridge.gateway.providers.rehearsal.failures import Failure, write_failure
from drawbridge.gateway.providers.rehearsal.reply import Piece, RehearsedReply, Seed

__all__ = ["MODELS", "Piece", "RehearsedReply", "answer"]

MODELS: Final = ("rehearsal", "rehearsal-large", "rehearsal-embedding")

_REQUEST_ID_HEADER: Final[dict[Vendor, str]] = {"openai": "x-request-id", "anthropic": "request-id"}


def answer(operation: Operation, body: bytes, query: Mapping[str, str], upstream_model: str) -> RehearsedReply:
    """Return the reply to a request, always the same. `upstream_model` is the name that the reply carries."""
    sse = query.get("alt") == "sse"
    vendor = _vendor(operation)
    seed = Seed.of(operation.encode(), upstream_model.encode(), body)
    try:
        reply = _perform(operation, body, upstream_model, seed, sse=sse)
    except (Failure, RecursionError) as error:
        failure = error if isinstance(error, Failure) else Failure("unreadable", "The request is nested too deeply.")
        as_array = operation == "streamGenerateContent" and not sse
        reply = write_failure(failure, vendor, seed, as_array=as_array)
    header = _REQUEST_ID_HEADER.get(vendor)
    return reply if header is None else reply.with_header(header, seed.name("req_"))


def _vendor(operation: Operation) -> Vendor:
    match operation:
        case "messages" | "messages.count_tokens":
            return "anthropic"
        case "generateContent" | "streamGenerateContent" | "countTokens" | "embedContent" | "batchEmbedContents":
            return "gemini"
        case _:
            return "openai"


def _perform(operation: Operation, body: bytes, model: str, seed: Seed, *, sse: bool) -> RehearsedReply:
    match operation:
        case "chat.completions":
            return openai_chat.answer(body, model, seed)
        case "responses":
            return openai_responses.answer(body, model, seed)
        case "responses.compact":
            return openai_responses.compacted(body, seed)
        case "responses.input_tokens":
            return openai_responses.count(body)
        case "messages":
            return anthropic_messages.answer(body, model, seed)
        case "messages.count_tokens":
            return anthropic_messages.count(body)
        case "streamGenerateContent":
            return gemini.stream(body, model, seed, sse=sse)
        case "generateContent" | "countTokens" | "embedContent" | "batchEmbedContents":
            return gemini.answer(operation, body, model, seed)
        case _:
            return _perform_more(operation, body, model, seed)


def _perform_more(operation: TaskOperation, body: bytes, model: str, seed: Seed) -> RehearsedReply:
    match operation:
        case "embeddings":
            return openai_embeddings.answer(body, model)
        case "completions":
            return openai_completions.answer(body, model, seed)
        case "images.generations":
            return openai_media.generate(body)
        case "images.edits" | "images.variations":
            return openai_media.edit()
        case "audio.speech":
            return openai_media.speak(body)
        case "audio.transcriptions" | "audio.translations":
            return openai_media.transcribe()
        case "moderations":
            return verdicts.moderate(body, model, seed)
        case "rerank":
            return verdicts.rank(body, model, seed)
