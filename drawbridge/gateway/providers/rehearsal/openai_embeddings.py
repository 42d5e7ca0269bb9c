"""Replies of OpenAI embeddings. Source: https://platform.openai.com/docs/api-reference/embeddings, 2026-11-22."""

import base64
from typing import Annotated, Literal

from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.failures import Failure
from drawbridge.gateway.providers.rehearsal.reading import compact, read_json
from drawbridge.gateway.providers.rehearsal.reply import RehearsedReply, whole
from drawbridge.gateway.providers.rehearsal.script import count_tokens, read_effects
from drawbridge.gateway.providers.rehearsal.vectors import DIMENSIONS, DIMENSIONS_LIMIT, as_floats, embed

_INPUTS_LIMIT = 2048


class _Request(Struct):
    model: str
    input: str | list[str | int | list[int]]
    dimensions: Annotated[int, Meta(ge=1, le=DIMENSIONS_LIMIT)] = DIMENSIONS
    encoding_format: Literal["float", "base64"] = "float"


def answer(body: bytes, model: str) -> RehearsedReply:
    """Return the reply to a request for embeddings. Raises Failure."""
    request = read_json(body, _Request)
    inputs = _inputs(request)
    effects = read_effects("\n".join(text for text in inputs if isinstance(text, str)))
    tokens = sum(count_tokens(len(it.encode())) if isinstance(it, str) else len(it) for it in inputs)
    data = [
        {"object": "embedding", "index": index, "embedding": _embedding(it, request)} for index, it in enumerate(inputs)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return whole({"object": "list", "data": data, "model": model, "usage": usage}, effects)


def _inputs(request: _Request) -> list[str | list[int]]:
    """Return what to embed, each a text or a list of tokens."""
    if isinstance(request.input, str):
        return [_not_empty(request.input)]
    tokens = [it for it in request.input if isinstance(it, int)]
    if tokens and len(tokens) == len(request.input):
        return [tokens]
    if tokens or not 0 < len(request.input) <= _INPUTS_LIMIT:
        raise Failure("invalid", f"expected a text, or 1 to {_INPUTS_LIMIT} texts or lists of tokens", ("input",))
    return [_not_empty(it) for it in request.input if not isinstance(it, int)]


def _not_empty(it: str | list[int]) -> str | list[int]:
    if not it:
        raise Failure("invalid", "input cannot be an empty string or list", ("input",))
    return it


def _embedding(it: str | list[int], request: _Request) -> str | list[float]:
    text = it if isinstance(it, str) else compact(it)
    vector = embed(text.encode(), request.dimensions)
    return base64.b64encode(vector).decode() if request.encoding_format == "base64" else as_floats(vector)
