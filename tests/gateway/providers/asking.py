"""Requests to the rehearsal provider in each dialect, and how to look into its replies."""

import json
from collections.abc import Mapping
from typing import Any, Final

from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.providers.rehearsal import RehearsedReply, answer

WEATHER: Final[dict[str, object]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 3}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TEXT_OPERATIONS: Final[tuple[Operation, ...]] = (
    "chat.completions",
    "responses",
    "messages",
    "generateContent",
    "streamGenerateContent",
)


def body_of(operation: Operation, text: str, **more: object) -> dict[str, object]:
    """Return a request that says a text, and more fields."""
    said = [{"role": "user", "content": text}]
    part = {"parts": [{"text": text}]}
    body: dict[str, object] = {"model": "rehearsal"}
    match operation:
        case "chat.completions" | "messages.count_tokens":
            body["messages"] = said
        case "messages":
            body |= {"max_tokens": 1024, "messages": said}
        case "completions" | "images.generations":
            body["prompt"] = text
        case "rerank":
            body |= {"query": text, "documents": ["Hello", "Goodbye"]}
        case "generateContent" | "streamGenerateContent" | "countTokens":
            body = {"contents": [{"role": "user", **part}]}
        case "embedContent":
            body = {"content": part}
        case "batchEmbedContents":
            body = {"requests": [{"content": part}]}
        case _:
            body["input"] = text
    return body | more


def ask(operation: Operation, body: Mapping[str, object], query: Mapping[str, str] | None = None) -> RehearsedReply:
    """Return the reply to a request."""
    return answer(operation, json.dumps(body).encode(), query or {}, "rehearsal")


def sent(reply: RehearsedReply) -> bytes:
    """Return all bytes of a reply."""
    return b"".join(piece.data for piece in reply.pieces)


def read(reply: RehearsedReply) -> Any:  # Any: JSON, looked into by each test
    """Return the JSON value of a reply."""
    return json.loads(sent(reply))


def events(reply: RehearsedReply) -> list[Any]:  # Any: JSON, looked into by each test
    """Return the JSON values of a stream of events."""
    lines = sent(reply).decode().splitlines()
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(it) for it in data if it != "[DONE]"]
