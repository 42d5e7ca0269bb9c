"""Usage in Anthropic messages."""

from typing import Final

import msgspec

from drawbridge.gateway.wire.counts import Counts, Seen, as_object, covering, read, text_bytes
from drawbridge.usage.events import Tokens


class _Delta(msgspec.Struct, gc=False):
    text: object = None
    partial_json: object = None
    thinking: object = None


class _Message(msgspec.Struct, gc=False):
    id: object = None
    model: object = None
    usage: object = None
    error: object = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    delta: _Delta | None = None
    message: _Message | None = None
    usage: object = None


_read_event: Final = msgspec.json.Decoder(_Event).decode
_read_message: Final = msgspec.json.Decoder(_Message).decode


class MessagesUsage:
    """Read a message.

    A stream tells the input at its start; `message_delta` counts cumulatively and may repeat the input: what it
    has replaces what was there (platform.claude.com, Streaming messages, 2026-08).
    """

    def __init__(self) -> None:
        self.seen = Seen(counted_all=False)
        self._usage = Counts({})

    def reply(self, body: bytes) -> None:
        """Read a whole message."""
        message = read(_read_message, body)
        if message is None:
            return
        self._begin(message)
        self.seen.end_whole(message.error)
        self.seen.counted_all = True

    def event(self, data: bytes) -> None:
        """Read one event."""
        event = read(_read_event, data)
        if event is None:
            return
        match event.type:
            case "content_block_delta":
                if (delta := event.delta) is not None:
                    self.seen.output_bytes += text_bytes(delta.text or delta.partial_json or delta.thinking)
            case "message_start":
                if event.message is not None:
                    self._begin(event.message)
            case "message_delta":
                self._note_usage(event.usage)
                self.seen.counted_all = self.seen.counted_all or bool(event.usage)
            case "message_stop":
                self.seen.complete = self.seen.ended = True
            case "error":
                self.seen.failed = True
            case _:
                pass

    def tokens(self) -> Tokens | None:
        """Return the vendor's count: of the whole reply, or of its beginning where it broke off."""
        usage = self._usage
        if usage.number("input_tokens") is None and usage.number("output_tokens") is None:
            return None
        # The input and output of a compaction are in its iteration only (platform.claude.com, Compaction, 2026-10).
        # An advisor's iteration is left out: another model made it, at another price.
        parts = [usage, *(i for i in usage.parts("iterations") if i.text("type") == "compaction")]
        cached, short, long = (sum(counts) for counts in zip(*map(_cache_of, parts), strict=True))
        reasoning = usage.part("output_tokens_details").number("thinking_tokens") or 0
        return Tokens(
            input=sum(part.number("input_tokens") or 0 for part in parts) + cached + short + long,
            input_cached=cached,
            input_cache_write_5m=short,
            input_cache_write_1h=long,
            output=covering(sum(part.number("output_tokens") or 0 for part in parts), reasoning),
            output_reasoning=reasoning,
        )

    def _begin(self, message: _Message) -> None:
        self.seen.identify(message.id, message.model)
        self._note_usage(message.usage)

    def _note_usage(self, usage: object) -> None:
        self._usage = self._usage.updated(Counts(as_object(usage)))
        self.seen.service_tier = self._usage.text("service_tier")
        self.seen.web_searches = self._usage.part("server_tool_use").number("web_search_requests") or 0


def _cache_of(usage: Counts) -> tuple[int, int, int]:
    """Return the cached tokens: read, written for 5 minutes, written for 1 hour. `input_tokens` has none of them."""
    by_lifetime = usage.part("cache_creation")
    long = by_lifetime.number("ephemeral_1h_input_tokens") or 0
    short = by_lifetime.number("ephemeral_5m_input_tokens") or 0
    written = usage.number("cache_creation_input_tokens") or 0
    return usage.number("cache_read_input_tokens") or 0, max(short, written - long), long
