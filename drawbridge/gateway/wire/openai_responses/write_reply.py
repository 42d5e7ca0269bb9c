"""Writes a reply for a caller of responses: whole, as a stream, or an error."""

from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.events import Began, Event, Failed, Frame
from drawbridge.gateway.wire.json_text import encode, sse
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.openai_responses.compose import Composer
from drawbridge.gateway.wire.openai_responses.echo import Echo
from drawbridge.gateway.wire.openai_responses.failures import status_of, write_error
from drawbridge.gateway.wire.openai_responses.frames import ERROR, WHOLE, is_own


class ResponseWriter:
    """Writes a reply. Satisfies ReplyWriter."""

    def __init__(self, request: Request) -> None:
        self._is_streamed = request.streamed
        self._composer = Composer(request)
        self._echo: Echo | None = None
        self._has_begun = False
        self._is_json = not request.streamed
        self._status = 200

    @property
    def losses(self) -> Losses:
        """What of the reply could not be said so far."""
        return self._composer.losses

    @property
    def status(self) -> int:
        """The HTTP status of the reply: known once the first event was fed."""
        return self._status

    @property
    def content_type(self) -> str:
        """What the bytes are."""
        return "application/json" if self._is_json else "text/event-stream"

    def feed(self, events: list[Event]) -> bytes:
        """Return what these events say."""
        if events and not self._has_begun:
            self._has_begun = True
            self._choose(events)
        if self._echo is not None:
            return self._echo.feed(events)
        said = self._composer.hear(events)
        self._learn_status()
        return b"" if self._is_json else b"".join([sse(event, str(event["type"])) for event in said])

    def close(self) -> bytes:
        """Return the end of the body."""
        if self._echo is not None:
            return b""
        said = self._composer.close()
        self._learn_status()
        if not self._is_json:
            return b"".join([sse(event, str(event["type"])) for event in said])
        failed = self._composer.failed
        return encode(self._composer.response() if failed is None else write_error(failed))

    def _choose(self, events: list[Event]) -> None:
        """Pass on what came in this dialect, unless it came whole and was asked for as a stream or the other way."""
        first = events[0]
        if isinstance(first, Frame) and is_own(first):
            is_whole = first.kind in (WHOLE, ERROR)
            if first.kind == ERROR or is_whole != self._is_streamed:
                self._echo = Echo()
                self._is_json = is_whole
                self._status = _status_of_error(events) if first.kind == ERROR else 200
        elif any(isinstance(event, Failed) for event in events) and not any(
            isinstance(event, Began) for event in events
        ):
            # Nothing was said yet, so that it need not be said as a stream.
            self._is_json = True

    def _learn_status(self) -> None:
        failed = self._composer.failed
        if failed is not None and self._is_json:
            self._status = status_of(failed)


def _status_of_error(events: list[Event]) -> int:
    failed = next((event for event in events if isinstance(event, Failed)), None)
    return 500 if failed is None else failed.status or status_of(failed)
