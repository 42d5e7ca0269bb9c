"""A reply for a caller of Gemini's: whole, as events, or as the array that a stream is without `alt=sse`."""

from drawbridge.gateway.wire.canonical import Json, Request
from drawbridge.gateway.wire.events import Event, Failed, Frame
from drawbridge.gateway.wire.gemini.finish import status_of
from drawbridge.gateway.wire.gemini.read_reply import OWN
from drawbridge.gateway.wire.gemini.write_own_reply import OwnReply, write_own_failure
from drawbridge.gateway.wire.gemini.write_told_reply import ToldReply
from drawbridge.gateway.wire.json_text import encode, sse
from drawbridge.gateway.wire.losses import Losses

_BROKEN = Failed(kind="broken_reply", message="The model's reply broke off before its end.")


class GeminiReplyWriter:
    """Writes a reply. The events of one frame of Gemini's own must be fed together."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._is_array = "array" in request.shape.split(" ")
        self._own = OwnReply(request)
        self._told = ToldReply(request)
        self._is_own: bool | None = None
        self._failed: Failed | None = None
        self._pieces = 0
        self._whole: Json = None
        self._has_ended = False

    @property
    def losses(self) -> Losses:
        """What of the reply could not be said so far."""
        return self._told.losses

    @property
    def status(self) -> int:
        """The HTTP status: an error's, where nothing came before it."""
        return status_of(self._failed.kind, self._failed.status)[0] if self._failed and not self._pieces else 200

    @property
    def content_type(self) -> str:
        """What the bytes are."""
        is_plain = self._is_array or not self._request.streamed or (self._failed is not None and not self._pieces)
        return "application/json" if is_plain else "text/event-stream"

    def feed(self, events: list[Event]) -> bytes:
        """Return what these events say."""
        if self._failed is not None or not events:
            return b""
        if self._is_own is None:
            self._is_own = isinstance(events[0], Frame) and events[0].shape.startswith(OWN)
        failed = next((event for event in events if isinstance(event, Failed)), None)
        before = events if failed is None else events[: events.index(failed)]
        written = b"".join(self._write(piece) for piece in (self._own if self._is_own else self._told).write(before))
        return written if failed is None else written + self._fail(failed)

    def close(self) -> bytes:
        """Return the end of the body."""
        if self._failed is not None:
            return self._end()
        if not self._is_own:
            if not self._told.is_over:
                return self._fail(_BROKEN) + self._end()
            written = b"".join(self._write(piece) for piece in self._told.end())
            return written + self._end()
        return self._end()

    def _write(self, piece: Json) -> bytes:
        self._pieces += 1
        if not self._request.streamed:
            self._whole = piece
            return b""
        if not self._is_array:
            return sse(piece)
        return (b"[" if self._pieces == 1 else b",\n") + encode(piece)

    def _fail(self, failed: Failed) -> bytes:
        error = write_own_failure(failed) if failed.shape.startswith(OWN) else self._told.fail(failed)
        if not self._request.streamed:
            self._pieces = 0
            self._whole = error
            self._failed = failed
            return b""
        self._failed = failed
        if self._pieces == 0:
            return encode([error] if self._is_array else error)
        return self._write(error)

    def _end(self) -> bytes:
        if not self._request.streamed:
            return b"" if self._whole is None else encode(self._whole)
        return b"]" if self._is_array and self._pieces else b""
