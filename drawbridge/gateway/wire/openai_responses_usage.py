"""Usage in OpenAI responses."""

from typing import Final

import msgspec

from drawbridge.gateway.wire.counts import Counts, Seen, as_object, covering, read, text_bytes
from drawbridge.usage.events import Tokens

_ENDS: Final = frozenset({"response.completed", "response.failed", "response.incomplete"})
_BEGINNINGS: Final = frozenset({"response.created", "response.queued", "response.in_progress"})
_UNFINISHED: Final = frozenset({"queued", "in_progress"})


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    delta: object = None
    response: msgspec.Raw = msgspec.Raw(b"{}")


class _Response(msgspec.Struct, gc=False):
    id: object = None
    model: object = None
    status: object = None
    service_tier: object = None
    usage: object = None
    error: object = None


_read_event: Final = msgspec.json.Decoder(_Event).decode
_read_response: Final = msgspec.json.Decoder(_Response).decode


class ResponsesUsage:
    """Read a response. The count comes with the last event only."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._usage = Counts({})

    def reply(self, body: bytes) -> None:
        """Read a whole response. One that runs on in the background is not complete, and has no count."""
        response = self._read(body)
        if response is not None:
            self.seen.failed = bool(response.error) or response.status == "failed"
            known = isinstance(response.status, str) or not response.error
            self.seen.complete = known and response.status not in _UNFINISHED
            self.seen.ended = True

    def event(self, data: bytes) -> None:
        """Read one event."""
        event = read(_read_event, data)
        if event is None:
            return
        kind = event.type
        if kind.endswith(".delta"):
            if "audio.delta" not in kind:
                self.seen.output_bytes += text_bytes(event.delta)
        elif kind in _ENDS:
            self._read(bytes(event.response))
            self.seen.complete = self.seen.ended = True
            self.seen.failed = self.seen.failed or kind == "response.failed"
        elif kind in _BEGINNINGS:
            # It repeats the whole request: read it once.
            if self.seen.reply_id is None:
                self._read(bytes(event.response))
        elif kind == "error":
            self.seen.failed = True

    def tokens(self) -> Tokens | None:
        """Return the vendor's count."""
        usage = self._usage
        given = usage.number("input_tokens")
        made = usage.number("output_tokens")
        if given is None and made is None:
            return None
        details = usage.part("input_tokens_details")
        cached = details.number("cached_tokens") or 0
        written = details.number("cache_write_tokens") or 0
        made_details = usage.part("output_tokens_details")
        reasoning = made_details.number("reasoning_tokens") or 0
        return Tokens(
            input=covering(given, cached, written),
            input_cached=cached,
            input_cache_write_5m=written,
            input_audio=details.number("audio_tokens") or 0,
            input_image=details.number("image_tokens") or 0,
            output=covering(made, reasoning),
            output_reasoning=reasoning,
            output_audio=made_details.number("audio_tokens") or 0,
            output_image=made_details.number("image_tokens") or 0,
        )

    def _read(self, text: bytes) -> _Response | None:
        response = read(_read_response, text)
        if response is None:
            return None
        self.seen.identify(response.id, response.model, response.service_tier)
        self._usage = Counts(as_object(response.usage))
        return response
