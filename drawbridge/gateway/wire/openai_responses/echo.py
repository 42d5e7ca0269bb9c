"""Writes the reply of a vendor of this dialect, event by event as it came."""

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import Closed, Event, Failed, Frame
from drawbridge.gateway.wire.json_text import encode, sse
from drawbridge.gateway.wire.openai_responses.failures import write_stream_error
from drawbridge.gateway.wire.openai_responses.fields import index_of
from drawbridge.gateway.wire.openai_responses.frames import ERROR, WHOLE, rest_of, unframed
from drawbridge.gateway.wire.openai_responses.told import Told

DONE = b"data: [DONE]\n\n"

Body = dict[str, Json]


class Echo:
    """Writes each of the vendor's events again, with what has become of its content in between.

    A frame and what belongs to it must come in one feed.
    """

    def __init__(self) -> None:
        self._told = Told()
        self._frame: Frame | None = None
        self._number = 0

    def feed(self, events: list[Event]) -> bytes:
        """Return the events that were fed; of a whole reply all of it."""
        written: list[bytes] = []
        for event in events:
            if isinstance(event, Frame):
                written.append(self._flush())
                self._told.turn()
                self._frame = event
            elif isinstance(event, Closed):
                written += [self._flush(), DONE]
            elif isinstance(event, Failed) and event.kind == "broken_reply":
                # The vendor has said nothing of the kind: it is told in its stead.
                written += [self._flush(), self._failed(event)]
            else:
                self._told.hear(event)
        return b"".join([*written, self._flush()])

    def _flush(self) -> bytes:
        frame, self._frame = self._frame, None
        if frame is None:
            return b""
        if frame.kind in (WHOLE, ERROR):
            return encode(unframed(frame, self._told.response() if frame.kind == WHOLE else {}))
        rest = rest_of(frame)
        self._number = index_of(rest.get("sequence_number")) or self._number
        said = unframed(frame, self._told.event(frame.kind, rest))
        return sse({"type": frame.kind, **said}, frame.kind)

    def _failed(self, failed: Failed) -> bytes:
        said: Body = {"object": "response", "status": "failed", "error": write_stream_error(failed), "output": []}
        response = {**said, **self._told.response()}
        event = {"type": "response.failed", "sequence_number": self._number + 1, "response": response}
        return sse(event, "response.failed")
