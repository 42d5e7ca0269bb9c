"""The way to a provider: outwards, or for the built-in rehearsal within this process."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from drawbridge.egress import BrokenReply, Door, IncomingReply, OutgoingRequest, RawHeaders
from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.multipart import is_form, read_form
from drawbridge.gateway.providers.presets import REHEARSAL_URL
from drawbridge.gateway.providers.rehearsal import RehearsedReply, answer

_BY_PATH: Final[dict[str, Operation]] = {
    "/chat/completions": "chat.completions",
    "/responses": "responses",
    "/responses/compact": "responses.compact",
    "/responses/input_tokens": "responses.input_tokens",
    "/embeddings": "embeddings",
    "/completions": "completions",
    "/images/generations": "images.generations",
    "/images/edits": "images.edits",
    "/images/variations": "images.variations",
    "/audio/speech": "audio.speech",
    "/audio/transcriptions": "audio.transcriptions",
    "/audio/translations": "audio.translations",
    "/moderations": "moderations",
    "/rerank": "rerank",
    "/messages": "messages",
    "/messages/count_tokens": "messages.count_tokens",
}
_BY_VERB: Final[dict[str, Operation]] = {
    "generateContent": "generateContent",
    "streamGenerateContent": "streamGenerateContent",
    "countTokens": "countTokens",
    "embedContent": "embedContent",
    "batchEmbedContents": "batchEmbedContents",
}


class ProviderDoor:
    """Answers `rehearsal:` addresses itself, and passes every other request on."""

    def __init__(self, outwards: Door) -> None:
        self._outwards = outwards

    def stream(self, request: OutgoingRequest) -> AbstractAsyncContextManager[IncomingReply]:
        """Send the request once, and open the reply."""
        return _rehearse(request) if request.url.startswith(REHEARSAL_URL) else self._outwards.stream(request)

    async def close(self) -> None:
        """Close every connection."""
        await self._outwards.close()


class _Named(msgspec.Struct):
    model: str | None = None


def _model(request: OutgoingRequest) -> str:
    content_type = dict(request.headers).get("content-type")
    if content_type is not None and is_form(content_type):
        return read_form(request.body, content_type).text("model") or ""
    return msgspec.json.decode(request.body, type=_Named).model or ""


@dataclass(frozen=True, slots=True)
class _Rehearsed:
    """A rehearsed reply, given out as a vendor's would arrive."""

    reply: RehearsedReply

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def raw_headers(self) -> RawHeaders:
        return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.reply.headers)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return self.reply.headers

    async def pieces(self) -> AsyncIterator[bytes]:
        for piece in self.reply.pieces:
            await asyncio.sleep(piece.pause_s)
            yield piece.data
        if self.reply.cut:
            raise BrokenReply("The rehearsal provider broke its reply off, as it was asked to.")


@asynccontextmanager
async def _rehearse(request: OutgoingRequest) -> AsyncGenerator[IncomingReply]:
    parts = urlsplit(request.url.removeprefix(REHEARSAL_URL))
    query = dict(parse_qsl(parts.query))
    operation = _BY_PATH.get(parts.path)
    if operation is None:
        named, _, verb = parts.path.removeprefix("/models/").rpartition(":")
        operation, model = _BY_VERB[verb], unquote(named)
    else:
        model = _model(request)
    yield _Rehearsed(answer(operation, request.body, query, model))
