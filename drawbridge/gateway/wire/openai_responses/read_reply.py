"""Reads a reply to a request for a response: whole, as a stream, or an error."""

from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Closed, Event, Failed
from drawbridge.gateway.wire.framing import Framing, Payload
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, members
from drawbridge.gateway.wire.openai_responses.failures import read_error
from drawbridge.gateway.wire.openai_responses.frames import ERROR, framed
from drawbridge.gateway.wire.openai_responses.read_events import EventReader, broken

_DONE = b"[DONE]"
_LONGEST_MESSAGE = 2000


class ResponseReader:
    """Reads a reply. Satisfies ReplyReader."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self._head = head
        self._framing = Framing(streamed=head.streamed)
        self._events = EventReader(request, head.provider)
        self._is_broken = False

    def feed(self, piece: bytes) -> list[Event]:
        """Return what this piece of the body tells."""
        payloads = self._framing.feed(piece)
        return [] if self._framing.is_whole else self._read(payloads)

    def close(self) -> list[Event]:
        """Return what is left. A stream that has not come to its end ends in Failed."""
        payloads = self._framing.close()
        events = self._whole(payloads) if self._framing.is_whole else self._read(payloads)
        if self._framing.fault is not None:
            events += self._break(broken(self._framing.fault))
        elif not self._framing.is_whole and not self._has_end:
            events += self._break(broken("it breaks off before its end"))
        return events

    @property
    def _has_end(self) -> bool:
        return self._events.has_ended or self._events.has_failed

    def _break(self, failed: Failed) -> list[Event]:
        if self._is_broken or self._has_end:
            return []
        self._is_broken = True
        return [failed]

    def _read(self, payloads: list[Payload]) -> list[Event]:
        events: list[Event] = []
        for payload in payloads:
            if self._is_broken:
                break
            if payload.text.strip() == _DONE:
                events += [Closed()] if self._has_end else self._break(broken("it breaks off before its end"))
            elif payload.value is UNREADABLE_JSON:
                events += self._break(broken("an event of the stream is no JSON"))
            else:
                read = self._events.read(payload.value)
                self._is_broken = any(isinstance(event, Failed) and event.kind == "broken_reply" for event in read)
                events += read
        return events

    def _whole(self, payloads: list[Payload]) -> list[Event]:
        if not payloads:
            return self._failure("", b"") if self._head.status >= 400 else self._break(broken("it is empty"))
        payload = payloads[0]
        body = members(payload.value)
        is_error = body.get("error") is not None and "id" not in body
        if self._head.status >= 400 or is_error:
            return self._failure(payload.value, payload.text)
        if not body:
            return self._break(broken("it is no JSON object"))
        return self._events.whole(body)

    def _failure(self, value: object, text: bytes) -> list[Event]:
        body = members(value)
        if not body:
            message = text.decode("utf-8", "replace")[:_LONGEST_MESSAGE].strip()
            return [read_error(message, self._head.status)]
        failed = read_error(body.get("error", body), self._head.status)
        return [framed(ERROR, body, {}), failed]
