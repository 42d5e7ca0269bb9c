"""Usage in OpenAI transcriptions, translations and speech, and in Mistral's transcriptions."""

from typing import Final

import msgspec

from drawbridge.gateway.wire.counts import MOST_TOKENS, Counts, Seen, as_object, covering, read, text_bytes
from drawbridge.gateway.wire.openai_chat_usage import chat_tokens
from drawbridge.usage.events import Tokens

# The last is Mistral's (https://docs.mistral.ai/api, audio transcriptions, read 2026-11-23).
_ENDS: Final = frozenset({"transcript.text.done", "speech.audio.done", "transcription.done"})
_TEXTS: Final = frozenset({"transcript.text.delta", "transcription.text.delta"})


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    model: object = None
    delta: object = None
    text: object = None
    usage: object = None
    error: object = None


_read_event: Final = msgspec.json.Decoder(_Event).decode


class AudioUsage:
    """Read a transcript, or the events of a spoken text.

    Some models are priced by tokens and tell them; of whisper's seconds no tokens can be made, and plain text,
    subtitles and sound tell nothing at all.
    """

    def __init__(self) -> None:
        self.seen = Seen()
        self._usage = Counts({})

    def reply(self, body: bytes) -> None:
        """Read a whole reply, which may be anything."""
        reply = read(_read_event, body)
        if reply is not None:
            self.seen.identify(None, reply.model)
            self._note(reply.usage)
        self.seen.end_whole(reply is not None and reply.error)

    def event(self, data: bytes) -> None:
        """Read one event."""
        event = read(_read_event, data)
        if event is None:
            return
        if event.type in _TEXTS:
            self.seen.output_bytes += text_bytes(event.delta or event.text)
        elif event.type in _ENDS:
            self.seen.identify(None, event.model)
            self._note(event.usage)
            self.seen.complete = self.seen.ended = True
        if event.error or event.type == "error":
            self.seen.failed = True

    def tokens(self) -> Tokens | None:
        """Return the vendor's count; None where it counts in seconds or not at all."""
        usage = self._usage
        given, made = usage.number("input_tokens"), usage.number("output_tokens")
        if given is None and made is None:
            return chat_tokens(usage)
        details = usage.part("input_token_details", "input_tokens_details")
        audio, text = details.number("audio_tokens") or 0, details.number("text_tokens") or 0
        return Tokens(input=covering(given, audio, text), input_audio=audio, output=made or 0)

    def _note(self, usage: object) -> None:
        self._usage = Counts(as_object(usage))
        seconds = self._usage.members.get("seconds")
        if isinstance(seconds, int | float) and 0 < seconds < MOST_TOKENS:
            self.seen.audio_ms = round(seconds * 1_000)
