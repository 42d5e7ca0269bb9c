"""Usage in OpenAI embeddings and their copies: input only, the reply is never a stream."""

from collections.abc import Mapping
from typing import Final

import msgspec

from drawbridge.gateway.wire.counts import Counts, Seen, as_object, read
from drawbridge.gateway.wire.openai_chat_usage import chat_tokens
from drawbridge.usage.events import Tokens


class _Reply(msgspec.Struct, gc=False):
    id: object = None
    model: object = None
    usage: object = None
    error: object = None


_read_reply: Final = msgspec.json.Decoder(_Reply).decode


class EmbeddingsUsage:
    """Read an embeddings reply. Voyage states `total_tokens` only (recorded 2026-08)."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._usage: Mapping[str, object] = {}

    def reply(self, body: bytes) -> None:
        """Read a whole reply."""
        reply = read(_read_reply, body)
        if reply is None:
            return
        self.seen.identify(reply.id, reply.model)
        self._usage = as_object(reply.usage)
        self.seen.end_whole(reply.error)

    def event(self, data: bytes) -> None:
        """Read nothing: embeddings are not streamed."""

    def tokens(self) -> Tokens | None:
        """Return the vendor's count."""
        return chat_tokens(Counts(self._usage)) if self._usage else None
