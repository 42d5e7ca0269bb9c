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
from drawbridge.gateway.providers.presets import REHEARSAL_URL
from drawbridge.gateway.providers.rehearsal import RehearsedReply, answer

_BY_PATH: Final[dict[str, Operation]] = {
    "/chat/completions": "chat.completions",
    "/responses": "responses",
    "/embeddings": "embeddings",
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
    model: str


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
        model = msgspec.json.decode(request.body, type=_Named).model
    yield _Rehearsed(answer(operation, request.body, query, model))
