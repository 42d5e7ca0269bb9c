"""What a call used, told from the vendor's own reply while it passes. Nothing that a vendor sends raises."""

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from drawbridge.core.sse import EventSplitter, EventTooLarge
from drawbridge.gateway.dialects import EndpointOperation, Operation
from drawbridge.gateway.wire.anthropic_usage import MessagesUsage
from drawbridge.gateway.wire.counts import Seen, UsageReader
from drawbridge.gateway.wire.gemini_usage import GeminiUsage
from drawbridge.gateway.wire.json_array import ArrayElements
from drawbridge.gateway.wire.openai_audio_usage import AudioUsage
from drawbridge.gateway.wire.openai_chat_usage import ChatUsage
from drawbridge.gateway.wire.openai_embeddings_usage import EmbeddingsUsage
from drawbridge.gateway.wire.openai_images_usage import ImagesUsage
from drawbridge.gateway.wire.openai_moderations_usage import ModerationsUsage
from drawbridge.gateway.wire.openai_responses_usage import ResponsesUsage
from drawbridge.gateway.wire.rerank_usage import RerankUsage
from drawbridge.usage.estimates import with_media
from drawbridge.usage.events import Tokens
from drawbridge.usage.rates import NO_EXTRAS, Extras

# A response's last event repeats all of its output, pictures included.
_EVENT_LIMIT_BYTES: Final = 64 << 20


class Metered(msgspec.Struct, frozen=True, gc=False):
    """What a reply told of itself."""

    tokens: Tokens | None
    """The vendor's count; None where it was not seen. Of a part of the reply only, unless `exact`."""
    exact: bool
    """`tokens` is the vendor's count of the whole reply."""
    complete: bool
    """The dialect's proper end was seen: a finish reason or end mark, not only the end of the bytes."""
    seen_output_bytes: int
    """The UTF-8 bytes of text, reasoning and tool arguments in the pieces of a stream; 0 for a whole reply."""
    reply_model: str | None
    service_tier: str | None
    reply_id: str | None
    failed: bool
    """The vendor reported an error inside the reply."""
    beside: Extras = NO_EXTRAS
    """What is there beside tokens that vendors charge for: searches of the web, pictures, sound."""


class Meter(Protocol):
    """Read one reply as it comes back: whole by `reply`, or streamed by `piece`."""

    def reply(self, body: bytes) -> None:
        """Read a whole reply, unpacked."""
        ...

    def piece(self, data: bytes) -> None:
        """Read the next bytes of a streamed reply, cut anywhere: events, Gemini's JSON array, or one JSON object."""
        ...

    def ended(self) -> bool:
        """Tell whether the end was seen behind which nothing can follow that `result` would tell."""
        ...

    def result(self) -> Metered:
        """Tell what was seen. Nothing may be fed after it."""
        ...


def meter_for(operation: EndpointOperation) -> Meter:
    """Return a meter for one reply to an operation."""
    if operation == "objects":
        return _ObjectMeter()
    if operation in _FREE:
        return _FreeMeter()
    reader = _READERS[operation]()
    return _SpeechMeter(reader) if operation == "audio.speech" else _ReplyMeter(reader)


_FREE: Final[frozenset[Operation]] = frozenset({"messages.count_tokens", "countTokens", "responses.input_tokens"})
_READERS: Final[dict[Operation, Callable[[], UsageReader]]] = {
    "chat.completions": ChatUsage,
    "completions": ChatUsage,
    "responses": ResponsesUsage,
    "responses.compact": ResponsesUsage,
    "embeddings": EmbeddingsUsage,
    "images.generations": ImagesUsage,
    "images.edits": ImagesUsage,
    "images.variations": ImagesUsage,
    "audio.speech": AudioUsage,
    "audio.transcriptions": AudioUsage,
    "audio.translations": AudioUsage,
    "moderations": ModerationsUsage,
    "rerank": RerankUsage,
    "messages": MessagesUsage,
    "generateContent": GeminiUsage,
    "streamGenerateContent": GeminiUsage,
    "embedContent": GeminiUsage,
    "batchEmbedContents": GeminiUsage,
}


class _ReplyMeter:
    """Take a reply apart, whatever its form, and let the dialect read it."""

    def __init__(self, reader: UsageReader) -> None:
        self._reader = reader
        self._form: _Form | None = None
        self._is_blind = False

    def reply(self, body: bytes) -> None:
        self._reader.reply(body)

    def piece(self, data: bytes) -> None:
        if self._form is None:
            self._form = self._recognise(data)
        if self._form is not None and not self._is_blind:
            try:
                self._form.piece(data)
            except (EventTooLarge, OverflowError):
                self._is_blind = True

    def ended(self) -> bool:
        return self._reader.seen.ended

    def result(self) -> Metered:
        if self._form is not None and not self._is_blind:
            self._form.close()
            self._form = None
        return _metered(self._reader.seen, self._reader.tokens())

    def _recognise(self, data: bytes) -> "_Form | None":
        """Tell the form by the first byte that is no white space; None where there is none yet."""
        match data.lstrip()[:1]:
            case b"":
                return None
            case b"[":
                return _Array(self._reader.event)
            case b"{":
                return _Whole(self._reader.reply)
            case _:
                return _Events(self._reader.event)


class _Form(Protocol):
    """How a reply is put together."""

    def piece(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class _Sound:
    """Nothing can be read of it."""

    def piece(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


class _Events:
    def __init__(self, read: Callable[[bytes], None]) -> None:
        self._read = read
        self._splitter = EventSplitter(_EVENT_LIMIT_BYTES)

    def piece(self, data: bytes) -> None:
        for event in self._splitter.feed(data):
            if payload := event.data:
                self._read(payload)

    def close(self) -> None:
        # Some end without the last blank line: what is whole JSON counts all the same.
        for event in self._splitter.close():
            if payload := event.data:
                self._read(payload)


class _Array:
    def __init__(self, read: Callable[[bytes], None]) -> None:
        self._read = read
        self._elements = ArrayElements(_EVENT_LIMIT_BYTES)

    def piece(self, data: bytes) -> None:
        for element in self._elements.feed(data):
            self._read(element)

    def close(self) -> None:
        pass


class _Whole:
    """A vendor that was asked for a stream may answer whole."""

    def __init__(self, read: Callable[[bytes], None]) -> None:
        self._read = read
        self._body = bytearray()

    def piece(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > _EVENT_LIMIT_BYTES:
            raise OverflowError(f"the reply is larger than {_EVENT_LIMIT_BYTES} bytes")

    def close(self) -> None:
        self._read(bytes(self._body))


class _SpeechMeter(_ReplyMeter):
    """Sound, which tells of nothing but its end; or events, with a count in the last."""

    def _recognise(self, data: bytes) -> "_Form | None":
        if data.startswith((b"data:", b"event:", b":")):
            return _Events(self._reader.event)
        # That the bytes end where the vendor said they would is seen to where they are received.
        self._reader.seen.complete = True
        self._reader.seen.output_bytes = with_media(0, 1)
        return _Sound()


class _FreeMeter:
    """Vendors count tokens at no price."""

    def __init__(self) -> None:
        self._seen = Seen()

    def reply(self, body: bytes) -> None:
        self._seen.complete = self._seen.ended = bool(body)

    def piece(self, data: bytes) -> None:
        self._seen.complete = bool(data)

    def ended(self) -> bool:
        return self._seen.ended

    def result(self) -> Metered:
        return _metered(self._seen, Tokens())


class _ObjectMeter(_FreeMeter):
    """What lives at a vendor is fetched at no price, and may be empty."""

    def piece(self, data: bytes) -> None:
        pass

    def result(self) -> Metered:
        self._seen.complete = True
        return super().result()


def _beside(seen: Seen) -> Extras:
    if not (seen.web_searches or seen.images or seen.audio_ms):
        return NO_EXTRAS
    return Extras(web_searches=seen.web_searches, images=seen.images, audio_ms=seen.audio_ms)


def _metered(seen: Seen, tokens: Tokens | None) -> Metered:
    return Metered(
        tokens=tokens,
        exact=tokens is not None and seen.complete and seen.counted_all,
        complete=seen.complete,
        seen_output_bytes=seen.output_bytes,
        reply_model=seen.model,
        service_tier=seen.service_tier,
        reply_id=seen.reply_id,
        failed=seen.failed,
        beside=_beside(seen),
    )
