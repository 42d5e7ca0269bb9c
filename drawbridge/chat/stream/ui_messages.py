"""The events of a run, as chunks of the UI message stream protocol v1 of the AI SDK (ai@6). No I/O.

    start start-step
      (reasoning-start reasoning-delta* reasoning-end | text-start text-delta* text-end)*
      message-metadata
    finish-step finish   |   message-metadata error   |   message-metadata abort

Source: ui-message-stream/ui-message-chunks.ts of ai 6.0 (2026-11-23), whose objects are strict: a member that it does
not name is an error at the reader. What it has no chunk for goes into `messageMetadata`, in the words of our own API.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

# An object of JSON. Any: events are read leniently, since a newer node may have written them.
Json = dict[str, Any]

PartKind = Literal["text", "reasoning"]

_FINISH_REASONS: Final[Mapping[str, str]] = {
    "end": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "context_length": "length",
    "tool_calls": "tool-calls",
    "refusal": "content-filter",
    "filtered": "content-filter",
}
"""The canonical form's stop reasons in the AI SDK's words."""


class UiMessages:
    """Translates the events of one run, in their order, each once.

    The same events always give the same chunks, so that a reader who was cut off can go on at any of them.
    """

    def __init__(self, message_id: str, about: Mapping[str, Any]) -> None:
        """Take the answer's id, and what is told of it with its beginning."""
        self._message_id = message_id
        self._about = dict(about)
        self._open: tuple[PartKind, object] | None = None
        """The kind and the number of the part that is being written."""
        self._parts = 0
        self._stop_reason = "other"
        self._is_begun = False
        self._is_over = False

    def feed(self, kind: str, data: Mapping[str, Any]) -> list[Json]:
        """Return the chunks of one event; none for what pages need not know, and none after the end."""
        return [] if self._is_over else list(self._chunks(kind, data))

    def _chunks(self, kind: str, data: Mapping[str, Any]) -> Iterator[Json]:
        match kind:
            case "run.started":
                yield from self._begin()
            case "delta":
                yield from self._begin()
                yield from self._grow(data)
            case "message.completed":
                yield from self._begin()
                yield from self._close()
                self._stop_reason = str(data.get("stop_reason"))
                yield {"type": "message-metadata", "messageMetadata": known(data)}
            case "run.completed":
                yield from self._end()
                yield {"type": "finish-step"}
                reason = _FINISH_REASONS.get(self._stop_reason, "other")
                yield {"type": "finish", "finishReason": reason, "messageMetadata": {"state": "complete"} | known(data)}
            case "run.failed":
                yield from self._end()
                yield {"type": "message-metadata", "messageMetadata": {"state": "failed"} | known(data)}
                yield {"type": "error", "errorText": str(data.get("message", "The answer could not be made."))}
            case "run.cancelled":
                yield from self._end()
                yield {"type": "message-metadata", "messageMetadata": {"state": "cancelled"} | known(data)}
                yield {"type": "abort"}
            case _:
                return

    def _begin(self) -> Iterator[Json]:
        if not self._is_begun:
            self._is_begun = True
            about = {"state": "running", **self._about}
            yield {"type": "start", "messageId": self._message_id, "messageMetadata": about}
            yield {"type": "start-step"}

    def _grow(self, data: Mapping[str, Any]) -> Iterator[Json]:
        kind: PartKind = "reasoning" if data.get("kind") == "reasoning" else "text"
        if self._open != (kind, data.get("part")):
            yield from self._close()
            self._open = (kind, data.get("part"))
            self._parts += 1
            yield {"type": f"{kind}-start", "id": str(self._parts)}
        yield {"type": f"{kind}-delta", "id": str(self._parts), "delta": str(data.get("text", ""))}

    def _close(self) -> Iterator[Json]:
        if self._open is not None:
            kind, _ = self._open
            self._open = None
            yield {"type": f"{kind}-end", "id": str(self._parts)}

    def _end(self) -> Iterator[Json]:
        yield from self._begin()
        yield from self._close()
        self._is_over = True


def known(data: Mapping[str, Any]) -> Json:
    """Return what an event tells about an answer beside its words, by the names of our own API; None is left out."""
    found: Json = {ours: data.get(theirs) for theirs, ours in _TOLD.items()}
    usage: Mapping[str, Any] = data.get("usage") or {}
    found |= {name: usage.get(name) for name in ("input_tokens", "output_tokens")}
    found["estimated"] = data.get("estimated") or None
    if data.get("code") is not None:
        found["failure"] = {"code": data["code"], "message": data.get("message", "")}
    return {name: value for name, value in found.items() if value is not None}


_TOLD: Final[Mapping[str, str]] = {
    "stop_reason": "stop_reason",
    "call_id": "call_id",
    "model": "answered_by",
    "deployment": "deployment",
    "losses": "losses",
    "cost_nanousd": "cost_nanousd",
}
"""Members of events, and what they are called at the reader."""
