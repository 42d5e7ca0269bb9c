"""Writes replies to callers of chat completions, whole or streamed, whatever dialect they come from."""

from collections.abc import Mapping
from copy import copy
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Citation, Json, Request, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
    Began,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Frame,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    Usage,
)
from drawbridge.gateway.wire.json_text import encode, sse
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.openai_chat.completions import render_completion
from drawbridge.gateway.wire.openai_chat.failures import broken, status_of, write_failure
from drawbridge.gateway.wire.openai_chat.read_choices import as_it_was, choices_of, shape_of
from drawbridge.gateway.wire.openai_chat.rendering import CHUNK, COMPLETION, LEGACY_CALL, Chunks
from drawbridge.gateway.wire.openai_chat.reply_losses import NotedLosses
from drawbridge.gateway.wire.openai_chat.usage import merge, write_usage

_DONE: Final = b"data: [DONE]\n\n"
_ID: Final = "chatcmpl-"

_TIERS: Final[Mapping[str, str]] = {
    "auto": "auto",
    "default": "default",
    "standard": "default",
    "flex": "flex",
    "scale": "scale",
    "priority": "priority",
}
"""OpenAI's words for how a call was served; the SDK's types allow no others."""


class ChatReplyWriter:
    """From events to a caller's bytes. What comes framed by this dialect itself is given back frame by frame."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._streamed = request.streamed
        self._noted = NotedLosses()
        self._own_chunks = Chunks()
        # Mistral's SDK (mistralai 3.7) refuses pieces of calls without a name; to all others an empty one adds nothing.
        self._chunks = Chunks(repeats_names=True)
        self._translation = _Translation(request)
        self._frame: Frame | None = None
        self._pending: list[Event] = []
        self._whole: list[Event] = []
        self._usage: Usage | None = None
        self._has_begun = False
        self._has_ended = False
        self._is_over = False
        self._failed: Failed | None = None

    @property
    def losses(self) -> Losses:
        """What of the reply could not be said so far."""
        return self._noted.losses

    @property
    def status(self) -> int:
        """The HTTP status: an error's where nothing came before it."""
        return 200 if self._failed is None or self._has_begun else status_of(self._failed)

    @property
    def content_type(self) -> str:
        """A stream, unless the reply is whole or an error from the beginning."""
        is_error = self._failed is not None and not self._has_begun
        return "text/event-stream" if self._streamed and not is_error else "application/json"

    def feed(self, events: list[Event]) -> bytes:
        """Return what these events say."""
        written = b"".join([self._take(event) for event in events])
        return written + self._flush()

    def close(self) -> bytes:
        """Return the end of the body."""
        written = self._flush()
        if not self._streamed or (self._failed is not None and not self._has_begun):
            return written + self._write_whole()
        if self._is_over or self._failed is not None or self._is_own:
            return written
        if self._has_ended:
            return written + self._end()
        return written + self._fail(broken("The reply ended before the answer did."))

    @property
    def _is_own(self) -> bool:
        return self._frame is not None and self._frame.kind == (CHUNK if self._streamed else COMPLETION)

    def _take(self, event: Event) -> bytes:
        if isinstance(event, Frame):
            written = self._flush()
            self._frame = event
            self._pending = [event] if self._is_own else []
            if not self._is_own and event.kind not in (CHUNK, COMPLETION):
                self._noted.note(event)
            return written
        if not self._streamed:
            return self._collect(event)
        if self._is_own:
            return self._take_own(event)
        return self._translate(event)

    def _take_own(self, event: Event) -> bytes:
        match event:
            case Closed():
                self._is_over = True
                return self._flush() + _DONE
            case Ended():
                # Its word is in the frame that it came in.
                return b""
            case Failed() if not self._pending or event.kind == "broken_reply":
                # It was noticed here, and is in no frame.
                return self._flush() + self._fail(event)
            case Failed():
                self._failed = event
            case _:
                pass
        self._pending.append(event)
        return b""

    def _flush(self) -> bytes:
        """Write the chunk whose frame has come."""
        if not self._streamed or not self._pending:
            return b""
        pending, self._pending = self._pending, []
        self._has_begun = True
        shape = shape_of(pending[0])
        return sse(as_it_was(pending[0], shape, self._own_chunks.render(pending[1:], choices_of(shape))))

    def _collect(self, event: Event) -> bytes:
        if isinstance(event, Failed):
            self._failed = event
        if self._is_own or self._failed is not None:
            self._whole.append(event)
            return b""
        self._noted.note(event)
        self._whole.append(self._translation.event(event))
        return b""

    def _write_whole(self) -> bytes:
        if self._failed is None and not any(isinstance(event, Ended) for event in self._whole):
            self._failed = broken("The reply ended before the answer did.")
        regular = write_failure(self._failed) if self._failed is not None else render_completion(self._whole)
        frame = self._frame
        if frame is None or frame.kind != COMPLETION or not (self._is_own or self._failed is not None):
            return encode(regular)
        return encode(as_it_was(frame, shape_of(frame), regular))

    def _translate(self, event: Event) -> bytes:
        """Write an event that came in another frame as chunks of its own."""
        if self._is_over or self._failed is not None:
            return b""
        self._noted.note(event)
        match event:
            case Failed():
                return self._fail(event)
            case Closed():
                return self._end()
            case Counted():
                self._usage = self._usage or Usage()
                merge(self._usage, event.usage)
                return b""
            case Began():
                return self._begin(event)
            case Ended():
                self._has_ended = True
                return self._say(self._translation.event(event))
            case PartBegan() | Grew() | Marked() | Logprobs():
                return self._say(self._translation.event(event))
            case _:
                return b""

    def _begin(self, event: Began) -> bytes:
        if self._has_begun:
            return b""
        self._has_begun = True
        chunk = self._chunks.render([self._translation.event(event)], [0])
        chunk["choices"][0]["delta"] = {"role": "assistant", "content": ""}
        return sse(self._with_usage(chunk))

    def _say(self, event: Event) -> bytes:
        chunk = self._chunks.render([event])
        return sse(self._with_usage(chunk)) if any(_says(choice) for choice in chunk["choices"]) else b""

    def _with_usage(self, chunk: dict[str, Json]) -> dict[str, Json]:
        # OpenAI's chunks have it as null up to the last (recorded 2026-08).
        return {**chunk, "usage": None} if self._request.wants_stream_usage else chunk

    def _end(self) -> bytes:
        self._is_over = True
        if not self._request.wants_stream_usage or self._usage is None:
            return _DONE
        return sse({**self._chunks.render([]), "usage": write_usage(self._usage)}) + _DONE

    def _fail(self, failed: Failed) -> bytes:
        self._failed = failed
        if not self._has_begun:
            return b""
        return sse(write_failure(failed))


class _Translation:
    """Makes events of other dialects fit: their shapes and ids mean nothing here."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._has_functions = bool(request.tools) and all(tool.shape == "functions" for tool in request.tools)
        self._thought: set[int] = set()
        self._said: dict[int, int] = {}
        self._texts: dict[int, _Said] = {}

    def event(self, event: Event) -> Event:
        """Return an event as it is rendered."""
        match event:
            case Began():
                return Began(id=_own_id(event), model=self._request.model, created_at=event.created_at or 0)
            case PartBegan():
                return self._part(event)
            case Grew():
                self._grow(event.index, event.text)
                return Grew(index=event.index, text=event.text, paragraph=event.paragraph)
            case Marked():
                return Marked(index=event.index, citation=self._cited(event.index, event.citation))
            case Counted():
                return Counted(usage=event.usage, service_tier=_TIERS.get(event.service_tier or ""))
            case _:
                return event

    def _part(self, event: PartBegan) -> PartBegan:
        part = copy(event.part)
        part.shape = ""
        match part:
            case ToolCall():
                part.shape = LEGACY_CALL if self._has_functions else ""
            case Text():
                said = self._said.get(event.choice, 0)
                self._texts[event.index] = _Said(event.choice, said)
                self._grow(event.index, part.text)
                cited = [self._cited(event.index, citation) for citation in part.citations]
                part.citations = [citation for citation in cited if citation is not None]
            case Thinking() if self._request.streamed and event.choice in self._thought:
                # What follows other reasoning is a paragraph of its own.
                part.paragraphs = ["", *(part.paragraphs or [""])]
            case Thinking():
                self._thought.add(event.choice)
            case _:
                pass
        return PartBegan(index=event.index, part=part, choice=event.choice)

    def _grow(self, index: int, text: str) -> None:
        said = self._texts.get(index)
        if said is not None:
            said.length += len(text)
            self._said[said.choice] = said.start + said.length

    def _cited(self, index: int, citation: Citation | None) -> Citation | None:
        """Return a citation of an address with its range in all of the answer's text, not only in the part."""
        if citation is None or citation.kind != "url" or citation.url is None:
            return None
        said = self._texts.get(index) or _Said(0, 0)
        placed = copy(citation)
        placed.start = said.start + (citation.start or 0)
        placed.end = said.start + (said.length if citation.end is None else citation.end)
        return placed


class _Said(Struct):
    """Where a text stands in its choice's answer, in characters."""

    choice: int
    start: int
    length: int = 0


def _own_id(event: Began) -> str:
    if event.id is not None and event.id.startswith(_ID):
        return event.id
    return derived_id(f"{event.id}", _ID)


def _says(choice: dict[str, Json]) -> bool:
    return bool(choice["delta"]) or choice["finish_reason"] is not None or "logprobs" in choice


def write_reply(request: Request) -> ChatReplyWriter:
    """Return a writer of the reply to a request that was read from a chat completion."""
    return ChatReplyWriter(request)
