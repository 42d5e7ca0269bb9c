"""Usage in rankings: Cohere's shape, and its copies by Jina, Voyage, Together and vLLM."""

from typing import Final

import msgspec

from drawbridge.gateway.wire.counts import Counts, Seen, as_object, read
from drawbridge.gateway.wire.openai_chat_usage import chat_tokens
from drawbridge.usage.events import Tokens


class _Reply(msgspec.Struct, gc=False):
    id: object = None
    model: object = None
    usage: object = None
    meta: object = None
    error: object = None


_read_reply: Final = msgspec.json.Decoder(_Reply).decode


class RerankUsage:
    """Read a ranking. Cohere bills searches, which are no tokens; the others tell tokens (recorded 2026-08)."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._usage = Counts({})
        self._meta = Counts({})

    def reply(self, body: bytes) -> None:
        """Read a whole reply."""
        reply = read(_read_reply, body)
        if reply is None:
            return
        self.seen.identify(reply.id, reply.model)
        self._usage, self._meta = Counts(as_object(reply.usage)), Counts(as_object(reply.meta))
        self.seen.end_whole(reply.error)

    def event(self, data: bytes) -> None:
        """Read nothing: rankings are not streamed."""

    def tokens(self) -> Tokens | None:
        """Return the vendor's count; None where it counts searches."""
        told = chat_tokens(self._usage)
        if told is not None:
            return told
        given = self._meta.part("tokens", "billed_units").number("input_tokens")
        return None if given is None else Tokens(input=given)
