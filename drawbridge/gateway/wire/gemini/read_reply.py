"""A reply of generateContent, whole or as a stream of pieces that are shaped like whole ones."""

from datetime import datetime
from typing import Final

from drawbridge.gateway.wire.canonical import Json, Request
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Began, Ended, Event, Failed, Frame
from drawbridge.gateway.wire.framing import Framing, Payload
from drawbridge.gateway.wire.gemini.finish import failure_kind
from drawbridge.gateway.wire.gemini.read_candidates import Candidates
from drawbridge.gateway.wire.gemini.spelling import Spelled, tree
from drawbridge.gateway.wire.gemini.usage import read_usage
from drawbridge.gateway.wire.gemini.words import words_of
from drawbridge.gateway.wire.json_text import elements, members, text_or_none, whole_number
from drawbridge.gateway.wire.repeats import Repeats

OWN: Final = "gemini"
"""The first word of the shape of a frame, or of a failure, that is Gemini's."""

# https://ai.google.dev/api/generate-content#generatecontentresponse, read 2026-11-23.
_REPLY: Final = tree("candidates promptFeedback usageMetadata modelVersion responseId createTime")
_FEEDBACK: Final = tree("blockReason blockReasonMessage")
_ERROR: Final = tree("error.code error.message error.status")
_SHOWN: Final = 300


class GeminiReplyReader:
    """Reads a reply. Each piece of a stream becomes one frame, and the events of what is new in it."""

    def __init__(self, head: ReplyHead, request: Request) -> None:
        self._head = head
        self._framing = Framing(streamed=head.streamed)
        self._candidates = Candidates(request, head.provider)
        self._began: Began | None = None
        self._is_over = False
        self._is_blocked = False
        self._is_retold = request.dialect != OWN
        self._repeats = Repeats()
        self._uncounted: dict[str, Json] = {}
        """What pieces have told of the usage since it was last told on."""

    def feed(self, piece: bytes) -> list[Event]:
        """Return what this piece of the body tells."""
        return self._read(self._framing.feed(piece))

    def close(self) -> list[Event]:
        """Return what is left at the end of the body."""
        events = self._read(self._framing.close())
        if not self._is_over:
            events += [*self._count(), *self._end()]
        return events

    def _read(self, payloads: list[Payload]) -> list[Event]:
        events: list[Event] = []
        for payload in payloads:
            if not self._is_over:
                events += self._payload(payload)
        return events

    def _payload(self, payload: Payload) -> list[Event]:
        value: Json = payload.value
        if isinstance(value, list) and self._framing.is_whole and len(elements(value)) == 1:
            # A stream that is refused at once comes as a list with the error in it.
            value = elements(value)[0]
        error = members(value).get("error")
        if error or self._head.status >= 400:
            return [*self._count(), *self._fail(value, payload.text)]
        if not isinstance(value, dict):
            return [*self._count(), *self._break("The model's vendor sent something that is no JSON object.")]
        return self._retell(members(value)) if self._is_retold else self._piece(members(value))

    def _retell(self, raw: dict[str, Json]) -> list[Event]:
        words, usage = words_of(raw), members(raw.get("usageMetadata"))
        grew = self._repeats.again(words)
        if grew is not None:
            # Every piece counts anew: of all those counts the last is enough.
            self._uncounted |= usage
            self._candidates.go_on(grew)
            return [grew]
        if self._uncounted and (usage or "usageMetadata" not in raw):
            raw["usageMetadata"] = {**self._uncounted, **usage}
            self._uncounted = {}
        events = self._piece(raw)
        self._repeats.remember(words, events)
        return events

    def _piece(self, raw: dict[str, Json]) -> list[Event]:
        fields = Spelled(raw, _REPLY)
        frame = Frame(raw=raw)
        events: list[Event] = [frame]
        marks = self._identify(fields, events)
        told = [*self._candidates.read(fields, marks, frame, is_whole=self._framing.is_whole)]
        if isinstance(feedback := fields.take_any("promptFeedback"), dict):
            told += self._feedback(fields, members(feedback))
        events += [event for event in told if not isinstance(event, Ended)]
        if isinstance(usage := fields.take_any("usageMetadata"), dict):
            events.append(read_usage(members(usage)))
        else:
            fields.leave("usageMetadata")
        # What was used is told before the end, which is where most dialects want it.
        events += [event for event in told if isinstance(event, Ended)]
        frame.extras = {**fields.extras(), **frame.extras}
        frame.shape = " ".join([OWN, *fields.shape().split(), *marks])
        return events

    def _count(self) -> list[Event]:
        uncounted, self._uncounted = self._uncounted, {}
        return [read_usage(uncounted)] if uncounted else []

    def _identify(self, fields: Spelled, events: list[Event]) -> list[str]:
        """Tell the reply's particulars once. Marks of a piece that repeats them: `id`, `model`, `created`."""
        found = {name: fields.take(name, str) for name in ("responseId", "modelVersion", "createTime")}
        if self._began is None:
            began = Began(at="", raw=fields.raw, names={"id": "responseId", "model": "modelVersion"})
            began.id, began.model = found["responseId"], found["modelVersion"]
            began.created_at = _unix_time(found["createTime"] or "")
            self._began = began
            self._candidates.seed = began.id or ""
            events.append(began)
        said = {"responseId": self._began.id, "modelVersion": self._began.model}
        marks: list[str] = []
        for name, value in found.items():
            if value is not None and value == said.get(name):
                marks.append(f"again:{name}")
            elif value is not None and " " not in value:
                fields.stood(name, value)
            elif value is not None:
                fields.leave(name)
        return marks

    def _feedback(self, fields: Spelled, raw: dict[str, Json]) -> list[Event]:
        feedback = Spelled(raw, _FEEDBACK)
        reason = feedback.take("blockReason", str)
        if reason is None or self._is_blocked:
            fields.leave("promptFeedback")
            return []
        message = feedback.take("blockReasonMessage", str)
        feedback.stood("blockReason", reason)
        self._is_blocked = True
        return [
            Ended(
                at="promptFeedback",
                raw=raw,
                names={"reason": "blockReason", "message": "blockReasonMessage"},
                extras=feedback.extras(),
                shape=feedback.shape("feedback"),
                reason="filtered",
                message=message,
            )
        ]

    def _fail(self, value: Json, text: bytes) -> list[Event]:
        self._is_over = True
        fields = Spelled(members(value), _ERROR)
        code = whole_number(fields.take_any("error.code"))
        message = fields.take("error.message", str) or text_or_none(members(value).get("error"))
        is_error = fields.has("error")
        status = code if code is not None and 400 <= code < 600 else self._head.status
        if code != status:
            fields.leave("error.code")
        shown = message or text[:_SHOWN].decode("utf-8", "replace") or f"The vendor answered with status {status}."
        marks = ["codeless"] * (code != status) + ["wordless"] * (message is None)
        return [
            Failed(
                at="error",
                raw=value,
                extras=fields.extras() if is_error else {},
                shape=" ".join([OWN, *fields.shape(*marks).split()]) if is_error else "",
                kind=failure_kind(status, shown),
                message=shown,
                status=status if status >= 400 else None,
                code=fields.take("error.status", str),
                retry_after_s=self._retry_after(members(members(value).get("error"))),
            )
        ]

    def _retry_after(self, error: dict[str, Json]) -> float | None:
        for detail in elements(error.get("details")):
            delay = text_or_none(members(detail).get("retryDelay")) or ""
            if (seconds := _seconds(delay.removesuffix("s"))) is not None:
                return seconds
        return _seconds(next((value for name, value in self._head.headers if name == "retry-after"), ""))

    def _break(self, message: str) -> list[Event]:
        self._is_over = True
        return [Failed(kind="broken_reply", message=message)]

    def _end(self) -> list[Event]:
        if self._framing.fault is not None:
            return self._break(f"The model's reply cannot be read: {self._framing.fault}.")
        if self._head.status >= 400:
            return self._fail(None, b"")
        if self._is_blocked or self._candidates.are_over:
            return []
        if self._framing.is_whole and self._candidates.have_begun:
            return self._candidates.end()
        return self._break("The model's reply broke off before its end.")


def _unix_time(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None
