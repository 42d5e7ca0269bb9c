"""Reads replies to chat completions requests: whole ones, streams and errors."""

from drawbridge.gateway.wire.canonical import Json, Request
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Closed, Event
from drawbridge.gateway.wire.framing import Framing, Payload
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_chat.called_names import CalledNames
from drawbridge.gateway.wire.openai_chat.completions import render_completion
from drawbridge.gateway.wire.openai_chat.failures import broken, read_failure, write_failure
from drawbridge.gateway.wire.openai_chat.read_choices import frame
from drawbridge.gateway.wire.openai_chat.read_chunks import Stream
from drawbridge.gateway.wire.openai_chat.read_whole import read_completion
from drawbridge.gateway.wire.openai_chat.rendering import COMPLETION
from drawbridge.gateway.wire.openai_chat.words import words_of
from drawbridge.gateway.wire.repeats import Repeats

_DONE = b"[DONE]"


class ChatReplyReader:
    """From a vendor's bytes to events."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self._head = head
        self._names = CalledNames(request)
        self._framing = Framing(streamed=head.streamed and head.status < 400)
        self._stream = Stream(self._names, head.provider)
        self._is_retold = request.dialect != "openai-chat"
        self._repeats = Repeats()
        self._is_over = False
        self._has_failed = False

    def feed(self, piece: bytes) -> list[Event]:
        """Return what this piece of the body tells."""
        return self._read_all(self._framing.feed(piece))

    def close(self) -> list[Event]:
        """Return what is left at the end of the body."""
        events = self._read_all(self._framing.close())
        if self._is_over or self._has_failed:
            return events
        if self._framing.fault is not None:
            return [*events, self._fail(self._framing.fault)]
        if self._framing.is_whole:
            return [*events, *self._fail_empty()]
        if self._stream.is_finished:
            # Perplexity and others leave the last event out (recorded 2026-08).
            self._is_over = True
            return [*events, *self._stream.close()]
        return [*events, self._fail("The vendor's stream ended before the answer did.")]

    def _read_all(self, payloads: list[Payload]) -> list[Event]:
        events: list[Event] = []
        for payload in payloads:
            events += self._read(payload)
        return events

    def _read(self, payload: Payload) -> list[Event]:
        if payload.text.strip() == _DONE:
            return self._read_done()
        if self._is_over or self._has_failed:
            return []
        body = members(payload.value)
        if not body:
            return [self._read_unreadable(payload)]
        return self._read_whole(body, payload.text) if self._framing.is_whole else self._read_chunk(body)

    def _read_done(self) -> list[Event]:
        if self._is_over:
            return []
        self._is_over = True
        if self._has_failed:
            return [Closed()]
        if not self._stream.has_begun:
            return [self._fail("The vendor's stream had no answer in it."), Closed()]
        return [*self._stream.close(), Closed()]

    def _read_chunk(self, chunk: dict[str, Json]) -> list[Event]:
        is_error = bool(chunk.get("error")) or not _is_chunk(chunk)
        if not is_error:
            return self._read_words(chunk) if self._is_retold else self._stream.read(chunk)
        self._has_failed = True
        return self._stream.read(chunk, read_failure(chunk, self._head))

    def _read_words(self, chunk: dict[str, Json]) -> list[Event]:
        words = words_of(chunk)
        grew = self._repeats.again(words)
        if grew is not None:
            return [grew]
        events = self._stream.read(chunk)
        self._repeats.remember(words, events)
        return events

    def _read_whole(self, body: dict[str, Json], text: bytes) -> list[Event]:
        self._is_over = True
        if self._head.status < 400 and not body.get("error") and elements(body.get("choices")):
            events = read_completion(body, self._names, self._head.provider)
            regular = render_completion(events)
            return [frame(COMPLETION, body, regular, arguments_change=self._names.are_changed), *events]
        failed = read_failure(body, self._head, text)
        return [frame(COMPLETION, body, write_failure(failed)), failed]

    def _read_unreadable(self, payload: Payload) -> Event:
        if self._head.status >= 400:
            self._has_failed = True
            return read_failure({}, self._head, payload.text)
        return self._fail("The vendor sent something that is no chat completion.")

    def _fail_empty(self) -> list[Event]:
        if self._head.status >= 400:
            self._has_failed = True
            return [read_failure({}, self._head)]
        return [self._fail("The vendor's reply was empty.")]

    def _fail(self, message: str) -> Event:
        self._has_failed = True
        return broken(message)


def _is_chunk(chunk: dict[str, Json]) -> bool:
    """Tell a chunk from an error that does not say so (`{"detail": ...}`)."""
    return isinstance(chunk.get("choices"), list) or bool(chunk.get("usage")) or "object" in chunk or "id" in chunk


def read_reply(head: ReplyHead, request: Request) -> ChatReplyReader:
    """Return a reader of the reply to a request that was written as a chat completion."""
    return ChatReplyReader(head, request)
