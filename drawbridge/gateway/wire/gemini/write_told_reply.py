"""Another vendor's reply for a caller of Gemini's."""

from typing import Final, assert_never

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Citation, Json, Node, Request
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
    StopReason,
    TokenLogprob,
    Usage,
)
from drawbridge.gateway.wire.gemini.finish import status_of, write_reason
from drawbridge.gateway.wire.gemini.grounding import Said, write_grounding
from drawbridge.gateway.wire.gemini.told_parts import NO_PLACE, Pieces, TellingParts
from drawbridge.gateway.wire.gemini.usage import write_usage
from drawbridge.gateway.wire.losses import Losses, ReplyLosses

_RPC: Final = "type.googleapis.com/google.rpc."


class ToldReply:
    """Says events as pieces of a stream; a whole reply is one such piece."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.losses: Losses = ReplyLosses()
        self._parts = TellingParts(self.losses, is_whole=not request.streamed)
        self._began = Began()
        self._usage = Usage()
        self._is_counted = False
        self._ended: dict[int, Ended] = {}
        self._logprobs: dict[int, list[TokenLogprob]] = {}

    @property
    def is_over(self) -> bool:
        """The reply has come to its end."""
        return bool(self._ended)

    def write(self, events: list[Event]) -> list[Json]:
        """Return the pieces that these events are."""
        told: list[tuple[int, list[Json]]] = []
        for event in events:
            told += self._tell(event)
        if not self._request.streamed:
            return []
        return [self._piece([self._candidate(choice, parts)]) for choice, parts in told if parts]

    def end(self) -> list[Json]:
        """Return the last piece: of a whole reply all of it."""
        candidates: list[Json] = []
        for choice in sorted(self._ended):
            ended = self._ended[choice]
            parts = [*self._parts.whole(choice), *self._parts.unsaid(choice)]
            candidate = self._candidate(choice, parts or [{"text": ""}])
            malformed = self._parts.malformed.get(choice)
            candidate["finishReason"] = write_reason("malformed_call" if malformed else self._reason(ended))
            if message := malformed or ended.message or self._why_refused(choice):
                candidate["finishMessage"] = message
            self._add_about(choice, candidate)
            candidates.append(candidate)
        counted = {"usageMetadata": write_usage(self._usage)} if self._is_counted else {}
        return [{**self._piece(candidates), **counted}]

    def fail(self, failed: Failed) -> Json:
        """Write a failure. What Gemini's error has no member for is in its details."""
        code, status = status_of(failed.kind, failed.status)
        details: list[Json] = []
        if failed.code is not None:
            details.append({"@type": f"{_RPC}ErrorInfo", "reason": failed.code, "domain": "drawbridge"})
        if failed.param is not None:
            violation = {"field": failed.param, "description": failed.message}
            details.append({"@type": f"{_RPC}BadRequest", "fieldViolations": [violation]})
        if failed.retry_after_s is not None:
            details.append({"@type": f"{_RPC}RetryInfo", "retryDelay": f"{failed.retry_after_s:g}s"})
        error = {"code": code, "message": failed.message, "status": status}
        return {"error": {**error, **({"details": details} if details else {})}}

    def _reason(self, ended: Ended) -> StopReason:
        # Chat completions and responses may end a refusal like any answer: only its part tells that it is one.
        return "refusal" if ended.reason == "end" and ended.choice in self._parts.refused else ended.reason

    def _why_refused(self, choice: int) -> str | None:
        return "The model refuses to answer." if choice in self._parts.refused else None

    def _tell(self, event: Event) -> Pieces:
        if not isinstance(event, PartBegan):
            self._lose_extras(event)
        match event:
            case Began():
                self._began = event
            case PartBegan() | Grew() | Marked() | PartEnded():
                return self._parts.tell(event)
            case Logprobs():
                self._logprobs.setdefault(event.choice, []).extend(event.tokens)
                self._lose_about(event)
            case Counted():
                self._count(event)
            case Ended():
                self._ended[event.choice] = event
                if event.stop_sequence is not None:
                    self.losses.lose(event, "Gemini does not tell which stop sequence it was", field="stop_sequence")
            case Frame() | Closed() | Failed():
                pass
            case _:
                assert_never(event)
        return []

    def _lose_extras(self, event: Node) -> None:
        self.losses.lose_extras(event, NO_PLACE, effect="none")

    def _lose_about(self, event: Logprobs) -> None:
        if event.refusal_tokens:
            self.losses.lose(event, NO_PLACE, field="refusal_tokens", effect="none")
        if any(token.bytes is not None for token in event.tokens):
            self.losses.lose_tree(f"{event.at}[].bytes", None, NO_PLACE, effect="none")

    def _count(self, event: Counted) -> None:
        self._is_counted = True
        for name in Usage.__struct_fields__:
            value = getattr(event.usage, name)
            if value is not None:
                setattr(self._usage, name, value)
        for name in ("cache_written", "searches"):
            if getattr(event.usage, name):
                self.losses.lose(event, "Gemini has no such count", field=name, effect="none")
        if event.service_tier is not None:
            self.losses.lose(event, NO_PLACE, field="service_tier", effect="none")

    def _candidate(self, choice: int, parts: list[Json]) -> dict[str, Json]:
        return {"content": {"parts": parts, "role": "model"}, "index": choice}

    def _piece(self, candidates: list[dict[str, Json]]) -> dict[str, Json]:
        identity = self._began.id or derived_id(self._request.model, "resp_")
        return {"candidates": candidates, "modelVersion": self._request.model, "responseId": identity}

    def _add_about(self, choice: int, candidate: dict[str, Json]) -> None:
        citations: list[tuple[int, Citation]] = self._parts.citations.get(choice, [])
        if citations:
            texts = [Said(index, words) for index, words in self._parts.said.get(choice, {}).items()]
            candidate["groundingMetadata"] = write_grounding(citations, texts)
        if choice in self._logprobs:
            candidate["logprobsResult"] = _logprobs(self._logprobs[choice])


def _logprobs(tokens: list[TokenLogprob]) -> Json:
    return {
        "chosenCandidates": [_token(token) for token in tokens],
        "topCandidates": [{"candidates": [_token(top) for top in token.top]} for token in tokens],
    }


def _token(token: TokenLogprob) -> Json:
    return {"token": token.token, "logProbability": token.logprob}
