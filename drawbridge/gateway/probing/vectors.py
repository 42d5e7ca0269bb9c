"""Asks a deployment for vectors: by the pipeline itself, since conversations are all that the inner door knows."""

import asyncio
from typing import Final

import msgspec

from drawbridge.core.ids import CallId
from drawbridge.gateway.attempt import Attempt
from drawbridge.gateway.endpoints import EMBEDDINGS
from drawbridge.gateway.inner.hearing import Hearing
from drawbridge.gateway.permission import Asking
from drawbridge.gateway.pipeline import Pipeline
from drawbridge.gateway.probing.hearing import trouble_of
from drawbridge.gateway.probing.records import LONGEST_S, TOO_SLOW, Probe, Trouble
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest, asking_itself, read_request
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.vendor_words import error_words

_FIRST_ERROR: Final = 400
_UNREADABLE: Final = "The answer holds no vector: is this the name of a model that makes vectors?"


class _Vector(msgspec.Struct):
    embedding: list[float] | str


class _Vectors(msgspec.Struct):
    data: list[_Vector]


_read: Final = msgspec.json.Decoder(_Vectors).decode


async def probe_vectors(
    pipeline: Pipeline, asking: Asking, deployment: Deployment, words: str, call_id: CallId
) -> Probe:
    """Ask for the vector of a few words. Raises Refusal."""
    body = msgspec.json.encode({"model": deployment.upstream_model, "input": words})
    call = asking_itself(read_request(EMBEDDINGS, None, body), deployment)

    async def say(instead: str | None) -> CallRequest | None:
        return call if instead is None else None

    hearing = Hearing(None)
    admitted = await pipeline.afford(asking, say)
    attempt = pipeline.attempt(hearing, asking, admitted, call_id)
    trouble = None
    try:
        async with asyncio.timeout(LONGEST_S):
            await pipeline.answer(hearing, asking.caller, admitted, attempt)
    except TimeoutError:
        trouble = TOO_SLOW
    except Refusal as refusal:
        if attempt.settlement is None:
            raise
        trouble = trouble_of(refusal, attempt.settlement.status)
    await hearing.close()
    reply = b""
    while (piece := await hearing.next()) is not None:
        reply += piece
    return _probe(deployment, attempt, trouble or _trouble(hearing.status, reply), reply)


def _trouble(status: int, reply: bytes) -> Trouble | None:
    if status >= _FIRST_ERROR:
        words = error_words(reply) or f"It answered with status {status}."
        return Trouble(code="vendor", message=words, status=status)
    return None if _length(reply) else Trouble(code="broken_reply", message=_UNREADABLE, status=status)


def _probe(deployment: Deployment, attempt: Attempt, trouble: Trouble | None, reply: bytes) -> Probe:
    settled = attempt.settlement
    assert settled is not None, "a call that was answered is settled"
    return Probe(
        task="vectors",
        provider=deployment.provider.name,
        upstream_model=deployment.upstream_model,
        call_id=attempt.intent.call_id,
        answer="" if trouble else str(_length(reply)),
        stop_reason=None,
        trouble=trouble,
        duration_ms=settled.duration_ms,
        time_to_first_byte_ms=settled.time_to_first_byte_ms,
        input_tokens=settled.tokens.input,
        output_tokens=settled.tokens.output,
        cost_nanousd=settled.cost_nanousd,
        estimated=settled.estimated,
    )


def _length(reply: bytes) -> int:
    """Return how many numbers the first vector has; 0 where there is none."""
    try:
        data = _read(reply).data
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0
    return len(data[0].embedding) if data else 0
