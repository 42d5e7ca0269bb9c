"""The bound of any call: by the bytes of its body where it is only words, else by reading it, else none."""

import re
from functools import lru_cache
from typing import Final

from msgspec import MsgspecError

from drawbridge.gateway.bounds.bound import NOTHING, Bound, Unbounded
from drawbridge.gateway.bounds.output import most_output
from drawbridge.gateway.bounds.plain import PLAIN, words_added
from drawbridge.gateway.bounds.reading import OPERATOR, bound_by_reading
from drawbridge.gateway.endpoints import TRANSLATED
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment

_SEARCH_UNASKED: Final = re.compile(r"sonar|search-preview|search-api|deep-research|(?:^|/)compound|:online$")
"""Perplexity's models, OpenAI's and Groq's that search the web, and what OpenRouter lets search (read 2026-11-23)."""


def bound_call(call: CallRequest, deployment: Deployment) -> Bound | Unbounded:
    """Return the most that a deployment can count for a call; Unbounded with words where that cannot be told.

    A few microseconds for a body of words, whatever the tokenizer; as long as a translation for one with media.
    """
    if call.endpoint.answers_with == "count":
        return NOTHING
    if call.form is not None or call.endpoint.operation not in PLAIN:
        return Unbounded("What media cost cannot be told beforehand.", OPERATOR)
    if _reads_the_web(deployment.upstream_model):
        return Unbounded(f"The model '{deployment.upstream_model}' reads the web without being asked to.", OPERATOR)
    try:
        output = most_output(call, find_profile(deployment))
        if isinstance(output, Unbounded):
            return output
        input_tokens = _most_input(call, deployment)
    except (MalformedBody, MsgspecError, RecursionError) as error:
        return Unbounded(f"The request cannot be read: {error}", "send what the API's reference describes")
    if isinstance(input_tokens, Unbounded):
        return input_tokens
    return Bound(input_tokens, output.each * output.answers, output.answers)


def _most_input(call: CallRequest, deployment: Deployment) -> int | Unbounded:
    top, operation = call.top, call.endpoint.operation
    added = words_added(top, operation, deployment.upstream_model)
    strange = PLAIN[operation].strange(top)
    if not strange:
        return added + _most_words(call)
    if call.endpoint not in TRANSLATED:
        return Unbounded(f"What '{strange[0]}' comes to cannot be told beforehand.", OPERATOR)
    read = bound_by_reading(call, deployment, strange)
    return read if isinstance(read, Unbounded) else added + read


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
