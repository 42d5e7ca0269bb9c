"""Embeddings between OpenAI's API and Gemini's: requests and replies, both ways, without streams.

https://developers.openai.com/api/reference/resources/embeddings and https://ai.google.dev/api/embeddings, read
2026-11-23.
"""

import struct
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from drawbridge.gateway.errors import ImpossibleRequest, MalformedRequest
from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.json_text import elements, members, text_or_none, whole_number
from drawbridge.gateway.wire.losses import Effect, Losses, join

_SAID_IN_THE_REPLY: Final = frozenset({"model", "input", "dimensions", "encoding_format"})
_UNTOLD: Final[Mapping[str, Effect]] = {"user": "none"}
_CONFIG: Final = ("embedContentConfig", "embed_content_config")
_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


_LARGEST: Final = 3.4e38
"""Vectors are 32-bit numbers."""


class Told(Struct, frozen=True):
    """A reply for the caller."""

    status: int
    body: Json


def openai_request_to_gemini(wire: WireRequest, target: Target) -> Written:
    """Write a request of OpenAI's as batchEmbedContents. Raises MalformedRequest, ImpossibleRequest."""
    body, losses = members(wire.body), Losses()
    dimensions = whole_number(body.get("dimensions"))
    shared = {} if dimensions is None else {"outputDimensionality": dimensions}
    requests: list[Json] = [
        {"model": f"models/{target.model}", "content": {"parts": [{"text": text}]}, **shared} for text in _inputs(body)
    ]
    for name, value in body.items():
        if name not in _SAID_IN_THE_REPLY:
            losses.lose_tree(
                name, value, "Gemini's embeddings have no member for it", effect=_UNTOLD.get(name, "answer")
            )
    path = f"/models/{quote(target.model, safe='-._~@')}:batchEmbedContents"
    return Written(WireRequest("POST", path, body={"requests": requests}), losses)


def _inputs(body: dict[str, Json]) -> list[str]:
    given: Json = body.get("input")
    texts: list[Json] = [given] if isinstance(given, str) else elements(given)
    if not texts:
        raise MalformedRequest("There is nothing to embed.", param="input")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            # Numbers are tokens of OpenAI's own tokenizer, which stand for no words elsewhere.
            raise ImpossibleRequest("This model embeds text only, no tokens.", param=f"input[{number}]")
    return texts


def gemini_request_to_openai(wire: WireRequest, target: Target) -> Written:
    """Write embedContent or batchEmbedContents as a request of OpenAI's. Raises MalformedRequest, ImpossibleRequest."""
    body, losses = members(wire.body), Losses()
    listed = body.get("requests")
    asked = [(f"requests[{place}]", members(one)) for place, one in enumerate(elements(listed))]
    asked = asked if isinstance(listed, list) else [("", body)]
    if not asked:
        raise MalformedRequest("There is nothing to embed.", param="requests")
    texts = [_text_of(one, at) for at, one in asked]
    dimensions = [_lose_about(one, at, losses) for at, one in asked]
    known = {size for size in dimensions if size is not None}
    if len(known) > 1 or (known and None in dimensions):
        raise ImpossibleRequest("All texts of one request get vectors of the same size.", param="requests")
    written: dict[str, Json] = {"model": target.model, "input": texts, "encoding_format": "float"}
    if known:
        written["dimensions"] = known.pop()
    return Written(WireRequest("POST", "/embeddings", body=written), losses)


def _text_of(request: dict[str, Json], at: str) -> str:
    place = join(at, "content.parts")
    texts: list[str] = []
    for number, part in enumerate(elements(members(request.get("content")).get("parts"))):
        text = text_or_none(members(part).get("text"))
        if text is None:
            raise ImpossibleRequest("This model embeds text only.", param=f"{place}[{number}]")
        texts.append(text)
    if not texts:
        raise MalformedRequest("There is nothing to embed.", param=place)
    # The parts of a content make one vector.
    return "\n".join(texts)


def _lose_about(request: dict[str, Json], at: str, losses: Losses) -> int | None:
    """Report what OpenAI's embeddings cannot be told of one text; return the size of vector that it asks for."""
    dimensions: int | None = None
    for name, value in request.items():
        if name in _CONFIG:
            below = _lose_about(members(value), join(at, name), losses)
            dimensions = below if below is not None else dimensions
        elif name in {"outputDimensionality", "output_dimensionality"}:
            dimensions = whole_number(value)
        elif name not in {"model", "content"}:
            losses.lose_tree(join(at, name), value, "OpenAI's embeddings have no member for it")
    return dimensions


def gemini_reply_to_openai(status: int, reply: Json, asked: Json, model: str) -> Told:
    """Tell a reply of Gemini's to a caller of OpenAI's, in the encoding that `asked`, its request, asks for.

    Where Gemini does not count (gemini-embedding-001, recorded 2026-08), the usage is 0, since it must be a number.
    """
    error = members(members(reply).get("error"))
    if status >= 400 or error:
        return _openai_error(status if status >= 400 else 502, text_or_none(error.get("message")))
    answered = members(reply)
    listed = elements(answered.get("embeddings")) or [answered.get("embedding")]
    vectors = [_numbers(members(one).get("values")) for one in listed]
    if any(vector is None for vector in vectors):
        return _openai_error(502, "The model's vendor sent something that is no vectors.")
    is_packed = members(asked).get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if is_packed else vector}
        for index, vector in enumerate(vectors)
        if vector is not None
    ]
    tokens = whole_number(members(answered.get("usageMetadata")).get("promptTokenCount")) or 0
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return Told(200, {"object": "list", "data": data, "model": model, "usage": usage})


def openai_reply_to_gemini(status: int, reply: Json, *, is_batch: bool) -> Told:
    """Tell a reply of OpenAI's to a caller of Gemini's: to embedContent, or to batchEmbedContents."""
    error = members(members(reply).get("error"))
    if status >= 400 or error:
        return _gemini_error(status if status >= 400 else 502, text_or_none(error.get("message")))
    answered = members(reply)
    data = sorted((members(one) for one in elements(answered.get("data"))), key=_index)
    vectors = [_numbers(one.get("embedding")) for one in data]
    if not vectors or any(vector is None for vector in vectors):
        return _gemini_error(502, "The model's vendor sent something that is no vectors.")
    found = [{"values": vector} for vector in vectors]
    written: dict[str, Json] = {"embeddings": found} if is_batch else {"embedding": found[0]}
    tokens = whole_number(members(answered.get("usage")).get("prompt_tokens"))
    if tokens is not None:
        written["usageMetadata"] = {"promptTokenCount": tokens, "totalTokenCount": tokens}
    return Told(200, written)


def _index(one: dict[str, Json]) -> int:
    return whole_number(one.get("index")) or 0


def _numbers(values: Json) -> list[float] | None:
    """Return a vector, also one of little-endian 32-bit numbers in base64; None for anything else."""
    if isinstance(values, str):
        return _unpacked(values)
    numbers = elements(values)
    return numbers if numbers and all(_is_number(number) for number in numbers) else None


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _packed(vector: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _unpacked(text: str) -> list[float] | None:
    try:
        packed = b64decode(text, validate=True)
        return [*struct.unpack(f"<{len(packed) // 4}f", packed)]
    except (Error, struct.error):
        return None


def _openai_error(status: int, message: str | None) -> Told:
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    error = {"message": message or _UNEXPLAINED, "type": kind, "param": None, "code": None}
    return Told(status, {"error": error})


def _gemini_error(status: int, message: str | None) -> Told:
    label = _STATUSES.get(status, "FAILED_PRECONDITION" if status < 500 else "INTERNAL")
    return Told(status, {"error": {"code": status, "message": message or _UNEXPLAINED, "status": label}})


_UNEXPLAINED: Final = "The model's vendor refused the request without saying why."
