"""The bound of any call: by the bytes of its body where it is only words, else by reading it, else none."""

import re
from functools import lru_cache
from typing import Final

from msgspec import MsgspecError, Struct

from drawbridge.gateway.aside import work_on
from drawbridge.gateway.bounds.bound import NOTHING, Bound, Unbounded
from drawbridge.gateway.bounds.output import Output, most_output
from drawbridge.gateway.bounds.plain import PLAIN, words_added
from drawbridge.gateway.bounds.reading import OPERATOR, bound_by_reading
from drawbridge.gateway.endpoints import TRANSLATED
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment

_SEARCH_UNASKED: Final = re.compile(r"sonar|search-preview|search-api|deep-research|(?:^|/)compound|:online$")
"""Perplexity's models, OpenAI's and Groq's that search the web, and what OpenRouter lets search (read 2026-11-23)."""


def bound_call(call: CallRequest, deployment: Deployment) -> Bound | Unbounded:
    """Return the most that a deployment can count for a call; Unbounded with words where that cannot be told.

    A few microseconds for a body of words, whatever the tokenizer; as long as a translation for one with media.
    """
    told = _tell_at_once(call, deployment)
    return _bound_by_reading(call, deployment, told) if isinstance(told, _Unread) else told


async def bound_beside(call: CallRequest, deployment: Deployment) -> Bound | Unbounded:
    """Return the same as `bound_call`. A large body that must be read is read beside the event loop."""
    told = _tell_at_once(call, deployment)
    if isinstance(told, _Unread):
        return await work_on(call.top.body, lambda: _bound_by_reading(call, deployment, told))
    return told


class _Unread(Struct, frozen=True, gc=False):
    """What is known of a call whose body must be read."""

    output: Output
    added: int
    strange: tuple[str, ...]


def _tell_at_once(call: CallRequest, deployment: Deployment) -> Bound | Unbounded | _Unread:
    if call.endpoint.answers_with == "count":
        return NOTHING
    if call.form is not None or call.endpoint.operation not in PLAIN:
        return Unbounded("What media cost cannot be told beforehand.", OPERATOR)
    if _reads_the_web(deployment.upstream_model):
        return Unbounded(f"The model '{deployment.upstream_model}' reads the web without being asked to.", OPERATOR)
    try:
        output = most_output(call, deployment)
    except (MalformedBody, MsgspecError) as error:
        return _unreadable(error)
    return output if isinstance(output, Unbounded) else _bound_words(call, deployment, output)


def _bound_words(call: CallRequest, deployment: Deployment, output: Output) -> Bound | Unbounded | _Unread:
    top, operation = call.top, call.endpoint.operation
    added = words_added(top, operation, deployment.upstream_model)
    strange = PLAIN[operation].strange(top)
    if not strange:
        return Bound(
            added + _most_words(call),
            output.each * output.answers,
            output.answers,
            may_be_media=output.may_be_media,
        )
    if call.endpoint in TRANSLATED:
        return _Unread(output, added, tuple(strange))
    return Unbounded(f"What '{strange[0]}' comes to cannot be told beforehand.", OPERATOR)


def _bound_by_reading(call: CallRequest, deployment: Deployment, unread: _Unread) -> Bound | Unbounded:
    try:
        read = bound_by_reading(call, deployment, unread.strange)
    except (MalformedBody, RecursionError) as error:
        return _unreadable(error)
    if isinstance(read, Unbounded):
        return read
    output = unread.output
    return Bound(
        unread.added + read.tokens,
        output.each * output.answers,
        output.answers,
        read.audio_tokens,
        read.image_tokens,
        output.may_be_media,
    )


def _unreadable(error: Exception) -> Unbounded:
    return Unbounded(f"The request cannot be read: {error}", "send what the API's reference describes")


def _most_words(call: CallRequest) -> int:
    top = call.top
    if call.endpoint.operation != "rerank":
        return len(top.body)
    # The question is read again with each document, and a document is no shorter than `"",`.
    documents = (top.raw("documents") or b"").count(b",") + 1
    return len(top.body) + documents * len(top.raw("query") or b"")


@lru_cache(maxsize=1_024)
def _reads_the_web(model: str) -> bool:
    return _SEARCH_UNASKED.search(model) is not None
