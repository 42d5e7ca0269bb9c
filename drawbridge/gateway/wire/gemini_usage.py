"""Usage in Gemini's generateContent, its stream, and its embeddings."""

from typing import Final

import msgspec

from drawbridge.gateway.wire.counts import Counts, Seen, as_object, covering, read, text_bytes
from drawbridge.usage.events import Tokens


class _Part(msgspec.Struct, gc=False):
    text: object = None
    functionCall: msgspec.Raw = msgspec.Raw()  # noqa: N815 - Gemini's name
    executableCode: msgspec.Raw = msgspec.Raw()  # noqa: N815 - Gemini's name


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, gc=False, rename="camel"):
    index: int = 0
    content: _Content | None = None
    finish_reason: object = None


class _Reply(msgspec.Struct, gc=False, rename="camel"):
    response_id: object = None
    model_version: object = None
    candidates: list[_Candidate] | None = None
    prompt_feedback: object = None
    usage_metadata: object = None
    error: object = None


class _BareReply(msgspec.Struct, gc=False, rename="camel"):
    usage_metadata: object = None
    error: object = None


_read_reply: Final = msgspec.json.Decoder(_Reply).decode
_read_bare: Final = msgspec.json.Decoder(_BareReply).decode


class GeminiUsage:
    """Read a reply. Every piece of a stream counts cumulatively: what a later one has replaces what was there."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._usage = Counts({})
        self._begun: set[int] = set()
        self._finished: set[int] = set()

    def reply(self, body: bytes) -> None:
        """Read a whole reply, of embeddings too."""
        self.event(body)
        reply = read(_read_bare, body)
        if reply is None:
            return
        self.seen.complete = not reply.error
        self.seen.ended = True

    def event(self, data: bytes) -> None:
        """Read one piece of a streamed reply: each is shaped like a whole one."""
        reply = read(_read_reply, data)
        if reply is None:
            self._read_odd(data)
            return
        self._note_usage(reply.usage_metadata)
        self.seen.identify(reply.response_id, reply.model_version, self._usage.text("serviceTier"))
        for candidate in reply.candidates or ():
            self._read_candidate(candidate)
        self.seen.failed = self.seen.failed or bool(reply.error)
        if Counts(as_object(reply.prompt_feedback)).text("blockReason"):
            self.seen.complete = True

    def tokens(self) -> Tokens | None:
        """Return the vendor's count. Zeros may be absent; cached tokens are in the prompt's."""
        usage = self._usage
        prompt = usage.number("promptTokenCount")
        candidates = usage.number("candidatesTokenCount")
        if prompt is None and candidates is None:
            return None
        tools = usage.number("toolUsePromptTokenCount") or 0
        thoughts = usage.number("thoughtsTokenCount") or 0
        cached = usage.number("cachedContentTokenCount") or 0
        given = usage.parts("promptTokensDetails", "promptTokenDetails")
        given += usage.parts("toolUsePromptTokensDetails")
        made = usage.parts("candidatesTokensDetails")
        return Tokens(
            input=covering((prompt or 0) + tools, cached),
            input_cached=cached,
            input_audio=_of_kind(given, "AUDIO"),
            input_image=_of_kind(given, "IMAGE"),
            output=(candidates or 0) + thoughts,
            output_reasoning=thoughts,
            output_audio=_of_kind(made, "AUDIO"),
            output_image=_of_kind(made, "IMAGE"),
        )

    def _read_candidate(self, candidate: _Candidate) -> None:
        self._begun.add(candidate.index)
        if candidate.finish_reason is not None:
            self._finished.add(candidate.index)
            self.seen.complete = self._finished >= self._begun
        for part in (candidate.content.parts or ()) if candidate.content else ():
            written = memoryview(part.functionCall).nbytes + memoryview(part.executableCode).nbytes
            self.seen.output_bytes += text_bytes(part.text) + written

    def _note_usage(self, usage: object) -> None:
        if usage:
            self._usage = self._usage.updated(Counts(as_object(usage)))

    def _read_odd(self, data: bytes) -> None:
        """Read the count of a reply whose candidates are not shaped as expected."""
        reply = read(_read_bare, data)
        if reply is None:
            return
        self._note_usage(reply.usage_metadata)
        self.seen.failed = self.seen.failed or bool(reply.error)


def _of_kind(details: list[Counts], modality: str) -> int:
    return sum(part.number("tokenCount") or 0 for part in details if part.text("modality") == modality)
