"""Embeddings for callers of OpenAI's API from models of Gemini's, and the other way round."""

from collections.abc import Callable
from typing import Final

from drawbridge.gateway.endpoints import BATCH_EMBED, EMBED, EMBEDDINGS
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.refusals import Refusal, write_refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.translation import Translated, Wishes, insist, wire_of
from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.dialect import ReplyHead, Target, WireRequest
from drawbridge.gateway.wire.embeddings import (
    Told,
    gemini_reply_to_openai,
    gemini_request_to_openai,
    openai_reply_to_gemini,
    openai_request_to_gemini,
)
from drawbridge.gateway.wire.json_text import decode, elements, encode, members
from drawbridge.gateway.wire.losses import Losses

_JSON: Final = [(b"content-type", b"application/json")]


def translate_embeddings(call: CallRequest, deployment: Deployment, wishes: Wishes) -> Translated:
    """Say a request for embeddings in the deployment's dialect. Raises Refusal."""
    is_openai = call.endpoint is EMBEDDINGS
    asked = wire_of(call, wishes)
    target = Target(deployment.provider.name, deployment.upstream_model, find_profile(deployment))
    try:
        written = (openai_request_to_gemini if is_openai else gemini_request_to_openai)(asked, target)
    except TranslationError as error:
        raise Refusal("bad_request", error.message, param=error.param) from None
    endpoint = BATCH_EMBED if is_openai else EMBEDDINGS
    if wishes.strict:
        insist(written.losses, deployment, endpoint.dialect)
    return Translated(
        endpoint=endpoint,
        path=written.wire.path,
        headers=written.wire.headers,
        body=encode(written.wire.body),
        losses=written.losses,
        reply=_EmbeddingsReply(call, _teller(call, asked), _count(written.wire)),
        streamed=False,
    )


def _teller(call: CallRequest, asked: WireRequest) -> Callable[[int, Json], Told]:
    if call.endpoint is EMBEDDINGS:
        return lambda status, reply: gemini_reply_to_openai(status, reply, asked.body, call.model)
    return lambda status, reply: openai_reply_to_gemini(status, reply, is_batch=call.endpoint is not EMBED)


def _count(written: WireRequest) -> int:
    """Return how many vectors are asked for."""
    body = members(written.body)
    return len(elements(body.get("requests") or body.get("input")))


class _EmbeddingsReply:
    """A vendor's vectors on their way to the caller."""

    def __init__(self, call: CallRequest, tell: Callable[[int, Json], Told], wanted: int) -> None:
        self._call = call
        self._tell = tell
        self._wanted = wanted
        self._status = 200
        self._body = bytearray()
        self.losses = Losses()
        self.status = 200
        self.headers = _JSON

    def begin(self, head: ReplyHead) -> None:
        """Take the head of the reply."""
        self._status = head.status

    def feed(self, piece: bytes) -> bytes:
        """Keep a piece until the reply is whole."""
        self._body += piece
        return b""

    def close(self) -> bytes:
        """Return what the caller is told."""
        told = self._tell(self._status, decode(bytes(self._body)))
        self.status = told.status
        answered = members(told.body)
        vectors = answered.get("data") or answered.get("embeddings") or [answered.get("embedding")]
        if told.status >= 300 or len(elements(vectors)) == self._wanted:
            return encode(told.body)
        # Each vector is known by its place only: with one missing, all behind it would stand for other texts.
        self.status = 502
        why = f"The provider sent {len(elements(vectors))} vectors for {self._wanted} texts. Send the request again."
        return write_refusal(Refusal("provider_broke_off", why), self._call.endpoint.dialect, self.status)
