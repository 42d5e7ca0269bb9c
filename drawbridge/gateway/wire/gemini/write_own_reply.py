"""A reply of Gemini's for a caller of Gemini's: piece by piece as it came."""

from typing import Final, assert_never

from drawbridge.gateway.wire.canonical import Json, Opaque, Part, Request, Text, Thinking
from drawbridge.gateway.wire.dialect import Target
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
    PartEnded,
    TokenLogprob,
)
from drawbridge.gateway.wire.gemini.finish import write_reason
from drawbridge.gateway.wire.gemini.spelling import as_it_was, put
from drawbridge.gateway.wire.gemini.usage import write_own_usage
from drawbridge.gateway.wire.gemini.write_parts import write_part
from drawbridge.gateway.wire.gemini.writing import Writing
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.losses import place_of
from drawbridge.gateway.wire.opaque import hand_out
from drawbridge.gateway.wire.profiles import UNKNOWN

_TARGET: Final = Target("", "", UNKNOWN)


class HandingOut(Writing):
    """Writes parts for a caller: sealed values are handed out, whoever made them."""

    def __init__(self, request: Request) -> None:
        super().__init__(request, _TARGET)

    def seal(self, opaque: Opaque | None) -> str | None:
        return None if opaque is None else hand_out(opaque, "gemini")


class OwnReply:
    """Puts each frame's events together again. The events of one frame must be fed together."""

    def __init__(self, request: Request) -> None:
        self._writing = HandingOut(request)
        self._began: Began | None = None
        self._choices: dict[int, int] = {}
        self._kinds: dict[int, type[Part]] = {}

    def write(self, events: list[Event]) -> list[Json]:
        """Return the pieces that these events are."""
        pieces: list[Json] = []
        frame: list[Event] = []
        for event in events:
            if isinstance(event, Frame) and frame:
                pieces.append(self._piece(frame))
                frame = []
            frame.append(event)
        if frame and isinstance(frame[0], Frame):
            pieces.append(self._piece(frame))
        return pieces

    def _piece(self, events: list[Event]) -> Json:
        frame = events[0]
        assert isinstance(frame, Frame), "a piece begins with its frame"
        words = frame.shape.split(" ")
        # `of:1` tells which candidate stood in the next place of the list.
        places = [int(word.partition(":")[2]) for word in words if word.startswith("of:")]
        body: dict[str, Json] = {"candidates": [{} for _ in places]} if places else {}
        candidates = {choice: body["candidates"][place] for place, choice in enumerate(places)}
        for event in events[1:]:
            self._write(event, body, candidates)
        self._write_marks(frame, words, body)
        return as_it_was(body, frame)

    def _write(self, event: Event, body: dict[str, Json], candidates: dict[int, dict[str, Json]]) -> None:
        match event:
            case Began():
                self._began = event
            case PartBegan():
                self._choices[event.index] = event.choice
                self._kinds[event.index] = type(event.part)
                self._parts(event.index, candidates).extend(self._part(event))
            case Grew() | Marked():
                self._grow(event, candidates)
            case Logprobs():
                candidates[event.choice]["logprobsResult"] = _logprobs(event)
            case Counted():
                body["usageMetadata"] = write_own_usage(event)
            case Ended():
                self._end(event, body, candidates)
            case PartEnded() | Closed() | Failed() | Frame():
                pass
            case _:
                assert_never(event)

    def _parts(self, index: int, candidates: dict[int, dict[str, Json]]) -> list[Json]:
        content = candidates[self._choices[index]].setdefault("content", {})
        return content.setdefault("parts", [])

    def _part(self, began: PartBegan) -> list[Json]:
        if began.part.shape == "partial":
            return [began.raw]
        return [*write_part(began.part, self._writing)]

    def _grow(self, event: Grew | Marked, candidates: dict[int, dict[str, Json]]) -> None:
        if isinstance(event, Marked):
            if event.shape == "partial":
                self._parts(event.index, candidates).append(event.raw)
            elif isinstance(event.part, Text | Thinking) and event.part.seal is not None:
                last = self._parts(event.index, candidates)[-1]
                _sign(last, event, self._writing.seal(event.part.seal))
        elif event.shape != "joined":
            part: Part = Text(text=event.text, extras=event.extras, shape=event.shape)
            if self._kinds[event.index] is Thinking:
                part = Thinking(paragraphs=[event.text], extras=event.extras, shape=event.shape)
            self._parts(event.index, candidates).extend(write_part(part, self._writing))

    def _end(self, event: Ended, body: dict[str, Json], candidates: dict[int, dict[str, Json]]) -> None:
        if "feedback" in event.shape.split(" "):
            message = {} if event.message is None else {"blockReasonMessage": event.message}
            body["promptFeedback"] = as_it_was({**message}, event)
        elif event.shape != "absent":
            candidates[event.choice]["finishReason"] = write_reason(event.reason)
            if event.message is not None:
                candidates[event.choice]["finishMessage"] = event.message

    def _write_marks(self, frame: Frame, words: list[str], body: dict[str, Json]) -> None:
        for word in words:
            kind, _, what = word.partition(":")
            if kind == "again" and self._began is not None:
                body[what] = self._began.id if what == "responseId" else self._began.model
            elif kind == "raw":
                _, value = place_of(frame, what)
                put(body, what, dict(members(value)))


def _sign(part: Json, event: Marked, seal: str | None) -> None:
    part["thoughtSignature"] = seal
    as_it_was(part, event)


def _logprobs(event: Logprobs) -> Json:
    written: dict[str, Json] = {"chosenCandidates": [_token(token) for token in event.tokens]}
    if "topCandidates" in members(event.raw):
        written["topCandidates"] = [
            {"candidates": [_token(top) for top in token.top]}
            for token, _ in zip(event.tokens, elements(event.raw["topCandidates"]), strict=False)
        ]
    return as_it_was(written, event)


def _token(token: TokenLogprob) -> Json:
    return {"token": token.token, "logProbability": token.logprob, **token.extras}


def write_own_failure(failed: Failed) -> Json:
    """Write an error of Gemini's as it was."""
    words = failed.shape.split(" ")
    error: dict[str, Json] = {
        "code": None if "codeless" in words else failed.status,
        "message": None if "wordless" in words else failed.message,
        "status": failed.code,
    }
    return as_it_was({"error": {name: value for name, value in error.items() if value is not None}}, failed)
