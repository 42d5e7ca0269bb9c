"""Replies of OpenAI moderations and of Cohere's rerank: nothing is flagged, and what shares words comes first.

Sources: https://platform.openai.com/docs/api-reference/moderations; https://docs.cohere.com/reference/rerank;
recorded traffic. All as of 2026-11-23.
"""

import re
from typing import Annotated, Final

from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.failures import Failure
from drawbridge.gateway.providers.rehearsal.reading import compact, read_json
from drawbridge.gateway.providers.rehearsal.reply import RehearsedReply, Seed, whole
from drawbridge.gateway.providers.rehearsal.script import count_tokens, read_effects

_CATEGORIES: Final = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
_WORD: Final = re.compile(r"\w+")


class _Moderation(Struct):
    input: str | list[str | dict[str, object]]


class _Ranking(Struct):
    query: str
    documents: list[str | dict[str, object]]
    top_n: Annotated[int, Meta(ge=1)] | None = None
    return_documents: bool | None = None


def moderate(body: bytes, model: str, seed: Seed) -> RehearsedReply:
    """Return the reply to a moderation. Raises Failure."""
    given = read_json(body, _Moderation).input
    texts = [given] if isinstance(given, str) else [it for it in given if isinstance(it, str)]
    # Parts with types make one input together.
    count = len(texts) or 1
    effects = read_effects("\n".join(texts))
    return whole({"id": seed.name("modr-"), "model": model, "results": [_harmless()] * count}, effects)


def rank(body: bytes, model: str, seed: Seed) -> RehearsedReply:
    """Return the reply to a ranking. Raises Failure."""
    request = read_json(body, _Ranking)
    if not request.documents:
        raise Failure("empty", "at least one document is required", ("documents",))
    texts = [it if isinstance(it, str) else compact(it) for it in request.documents]
    effects = read_effects(request.query)
    wanted = _words(request.query)
    scores = [_score(wanted, text) for text in texts]
    order = sorted(range(len(texts)), key=lambda index: (-scores[index], index))[: request.top_n]
    results: list[dict[str, object]] = [{"index": index, "relevance_score": scores[index]} for index in order]
    if request.return_documents:
        results = [{**result, "document": {"text": texts[index]}} for index, result in zip(order, results, strict=True)]
    tokens = count_tokens(sum(len(text.encode()) for text in (request.query, *texts)))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return whole({"id": seed.name("rerank-"), "model": model, "results": results, "usage": usage}, effects)


def _harmless() -> dict[str, object]:
    return {
        "flagged": False,
        "categories": dict.fromkeys(_CATEGORIES, False),
        "category_scores": dict.fromkeys(_CATEGORIES, 0.0),
        "category_applied_input_types": {category: ["text"] for category in _CATEGORIES},
    }


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _score(wanted: set[str], text: str) -> float:
    """Return the share of the wanted words that a text has, from 0 to 1."""
    return len(wanted & _words(text)) / len(wanted) if wanted else 0.0
