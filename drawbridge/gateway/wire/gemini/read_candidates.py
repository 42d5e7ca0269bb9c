"""The candidates of a reply: what of each piece's parts begins something, goes on with it, or ends it."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from drawbridge.gateway.wire.canonical import Json, Part, Request, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
    Ended,
    Event,
    Frame,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    PartEnded,
    TokenLogprob,
)
from drawbridge.gateway.wire.gemini.finish import read_reason, write_reason
from drawbridge.gateway.wire.gemini.grounding import Said, read_grounding
from drawbridge.gateway.wire.gemini.partial_calls import PartialCall
from drawbridge.gateway.wire.gemini.read_parts import read_part
from drawbridge.gateway.wire.gemini.spelling import Spelled, camel_case, tree
from drawbridge.gateway.wire.gemini.writing import RULE
from drawbridge.gateway.wire.json_text import elements, members, whole_number
from drawbridge.gateway.wire.losses import join
from drawbridge.gateway.wire.tool_names import ToolNames, free_text

# https://ai.google.dev/api/generate-content#candidate, read 2026-11-23.
_CANDIDATE: Final = tree("index content.role content.parts finishReason finishMessage groundingMetadata logprobsResult")
_AT: Final = "candidates[].content.parts[]"


class _Candidate(Struct):
    """What is known of a candidate so far."""

    choice: int
    parts: int = 0
    open: PartBegan | None = None
    is_sealed: bool = False
    """The open part has its signature: more words begin another one."""
    partial: PartialCall | None = None
    said: list[Said] = field(default_factory=list[Said])
    texts: dict[int, Text] = field(default_factory=dict[int, Text])
    has_calls: bool = False
    is_over: bool = False


class Candidates:
    """The candidates of one reply."""

    def __init__(self, request: Request, provider: str | None) -> None:
        self.seed = ""
        """Tells the reply from others: calls without an id get one that follows from it."""
        self._provider = provider
        self._names = None if request.dialect == "gemini" else ToolNames(request.tools, RULE)
        self._by_choice: dict[int, _Candidate] = {}
        self._parts = 0
        self._said: dict[int, Said] = {}
        self._is_whole = False

    @property
    def have_begun(self) -> bool:
        """There was one."""
        return bool(self._by_choice)

    @property
    def are_over(self) -> bool:
        """All that have begun have told why they ended."""
        return self.have_begun and all(candidate.is_over for candidate in self._by_choice.values())

    def end(self) -> list[Event]:
        """End those that have not told why, as fixtures of whole replies leave it out."""
        ended: list[Event] = []
        for candidate in self._by_choice.values():
            if not candidate.is_over:
                ended += [*self._close(candidate), Ended(shape="absent", reason="other", choice=candidate.choice)]
        return ended

    def go_on(self, grew: Grew) -> None:
        """Take note of words that go on with a part."""
        said = self._said.get(grew.index)
        if said is not None:
            said.pieces.append(grew.text)

    def read(self, fields: Spelled, marks: list[str], frame: Frame, *, is_whole: bool) -> Iterator[Event]:
        """Read the candidates of a piece, adding to the frame's marks and extras what no event holds."""
        self._is_whole = is_whole
        listed = fields.take_any("candidates")
        if not isinstance(listed, list):
            fields.leave("candidates")
            return
        if not listed:
            fields.stood("candidates", [])
        for place, raw in enumerate(elements(listed)):
            if isinstance(raw, dict):
                yield from self._candidate(members(raw), place, marks, frame)
            else:
                frame.extras[f"candidates[{place}]"] = raw

    def _candidate(self, raw: dict[str, Json], place: int, marks: list[str], frame: Frame) -> Iterator[Event]:
        fields = Spelled(raw, _CANDIDATE)
        choice = whole_number(fields.take_any("index"))
        if choice is None:
            fields.leave("index")
        else:
            fields.stood("index", choice)
        candidate = self._by_choice.setdefault(choice or 0, _Candidate(choice or 0))
        if isinstance(role := fields.take_any("content.role"), str):
            fields.stood("content.role", role)
        else:
            fields.leave("content.role")
        events: list[Event] = []
        if candidate.is_over:
            fields.leave("content.role")
        else:
            events += self._content(candidate, fields)
            events += self._about(candidate, fields, marks, place)
            events += self._finish(candidate, fields)
        yield from events
        above = f"candidates[{place}]"
        marks.append(f"of:{candidate.choice}")
        marks += fields.words(above)
        frame.extras.update({join(above, path): value for path, value in fields.extras().items()})

    def _content(self, candidate: _Candidate, fields: Spelled) -> Iterator[Event]:
        for _, raw in fields.take_several("content.parts"):
            yield from self._part(candidate, raw)

    def _part(self, candidate: _Candidate, raw: Json) -> Iterator[Event]:
        candidate.parts += 1
        call = _call_piece(raw)
        if call is not None and (candidate.partial is not None or _is_partial(call)):
            yield from self._piece_of_call(candidate, raw, call)
            return
        part = read_part(raw, _AT, self._provider, f"{self.seed}.{candidate.choice}.{candidate.parts}")
        before = candidate.open
        goes_on = before is not None and not candidate.is_sealed and type(before.part) is type(part)
        if before is not None and goes_on and isinstance(part, Text | Thinking):
            yield from self._go_on(candidate, before.index, part)
            return
        yield from self._close(candidate)
        if isinstance(part, ToolCall):
            candidate.has_calls = True
            if self._names is not None:
                part = self._names.restore(part)
        began = self._begin(candidate, part)
        yield began
        if isinstance(part, Text | Thinking) and not self._is_whole:
            candidate.open, candidate.is_sealed = began, part.seal is not None
        else:
            yield PartEnded(index=began.index)

    def _begin(self, candidate: _Candidate, part: Part) -> PartBegan:
        began = PartBegan(at=_AT, raw=part.raw, index=self._parts, part=part, choice=candidate.choice)
        self._parts += 1
        if isinstance(part, Text):
            candidate.said.append(Said(began.index, [part.text]))
            self._said[began.index] = candidate.said[-1]
            candidate.texts[began.index] = part
        return began

    def _go_on(self, candidate: _Candidate, index: int, part: Text | Thinking) -> Iterator[Event]:
        text = part.text if isinstance(part, Text) else "".join(part.paragraphs)
        yield Grew(at=join(_AT, "text"), raw=part.raw, extras=part.extras, shape=part.shape, index=index, text=text)
        if isinstance(part, Text):
            candidate.said[-1].pieces.append(text)
        if part.seal is not None:
            sealed = Text(text="", seal=part.seal) if isinstance(part, Text) else Thinking(seal=part.seal)
            yield Marked(at=join(_AT, "thoughtSignature"), shape=part.shape, index=index, part=sealed)
            candidate.is_sealed = True

    def _close(self, candidate: _Candidate) -> Iterator[Event]:
        if candidate.partial is not None:
            yield from self._end_call(candidate, candidate.partial)
        if candidate.open is not None:
            yield PartEnded(index=candidate.open.index)
            candidate.open = None

    def _piece_of_call(self, candidate: _Candidate, raw: Json, call: dict[str, Json]) -> Iterator[Event]:
        if candidate.partial is None or call.get("name"):
            yield from self._close(candidate)
            part = read_part(raw, _AT, self._provider, f"{self.seed}.{candidate.choice}.{candidate.parts}")
            assert isinstance(part, ToolCall), "a piece of a call has functionCall"
            began = self._begin(candidate, part)
            candidate.has_calls = True
            candidate.partial = PartialCall(began.index, part.name)
            candidate.partial.add(call)
            part.arguments = ""
            part.shape, part.extras = "partial", {}
            yield began if self._names is None else _renamed(began, part, self._names)
        else:
            candidate.partial.add(call)
            # How a piece was cut is nobody else's business: `raw` is for Gemini's own callers.
            yield Marked(at=_AT, raw=raw, shape="partial", index=candidate.partial.index)
        if not _get(call, "willContinue"):
            yield from self._end_call(candidate, candidate.partial)

    def _end_call(self, candidate: _Candidate, partial: PartialCall) -> Iterator[Event]:
        candidate.partial = None
        arguments = partial.arguments()
        if self._names is not None and self._names.takes_free_text(partial.name):
            arguments = free_text(arguments)
        yield Grew(at=join(_AT, "functionCall.args"), shape="joined", index=partial.index, text=arguments)
        yield PartEnded(index=partial.index)

    def _about(self, candidate: _Candidate, fields: Spelled, marks: list[str], place: int) -> Iterator[Event]:
        grounding = fields.take_any("groundingMetadata")
        if isinstance(grounding, dict):
            yield from self._ground(candidate, members(grounding), fields, marks, place)
        else:
            fields.leave("groundingMetadata")
        logprobs = fields.take_any("logprobsResult")
        if isinstance(logprobs, dict):
            yield _logprobs(members(logprobs), candidate.choice)
        else:
            fields.leave("logprobsResult")

    def _ground(
        self, candidate: _Candidate, raw: dict[str, Json], fields: Spelled, marks: list[str], place: int
    ) -> Iterator[Event]:
        """Tell the sources. `raw:` marks a member that the frame's own raw has for Gemini's own callers."""
        citations, rest = read_grounding(raw, candidate.said)
        still_open = candidate.open.index if candidate.open is not None else None
        if not self._is_whole and any(index != still_open for index, _ in citations):
            # They are about words that are over.
            fields.leave("groundingMetadata")
            return
        marks.append(f"raw:candidates[{place}].{fields.place('groundingMetadata')}")
        for index, citation in citations:
            if self._is_whole:
                candidate.texts[index].citations.append(citation)
            else:
                yield Marked(at=citation.at, index=index, citation=citation)
        for name, value in rest.items():
            fields.keep(join(fields.place("groundingMetadata"), name), value)

    def _finish(self, candidate: _Candidate, fields: Spelled) -> Iterator[Event]:
        said = fields.take_any("finishReason")
        if said is None:
            fields.leave("finishReason")
            return
        yield from self._close(candidate)
        candidate.is_over = True
        reason = read_reason(said, has_calls=candidate.has_calls)
        if said != write_reason(reason):
            fields.stood("finishReason", said)
        message = fields.take("finishMessage", str)
        yield Ended(at="candidates[].finishReason", raw=said, choice=candidate.choice, reason=reason, message=message)


def _call_piece(raw: Json) -> dict[str, Json] | None:
    part = members(raw)
    call = part.get("functionCall", part.get("function_call"))
    return members(call) if isinstance(call, dict) else None


def _is_partial(call: dict[str, Json]) -> bool:
    return bool(_get(call, "willContinue")) or _get(call, "partialArgs") is not None


def _get(call: dict[str, Json], name: str) -> Json:
    return next((value for key, value in call.items() if camel_case(key) == name), None)


def _renamed(began: PartBegan, part: ToolCall, names: ToolNames) -> PartBegan:
    began.part = names.restore(part)
    part.arguments = ""
    return began


def _logprobs(raw: dict[str, Json], choice: int) -> Logprobs:
    fields = Spelled(raw, tree("chosenCandidates topCandidates"))
    chosen = elements(fields.take_any("chosenCandidates"))
    tops = [elements(members(top).get("candidates")) for top in elements(fields.take_any("topCandidates"))]
    tokens = [_token(members(one)) for one in chosen]
    for token, top in zip(tokens, tops, strict=False):
        token.top = [_token(members(one)) for one in top]
    return Logprobs(
        at="candidates[].logprobsResult", raw=raw, extras=fields.extras(), shape="whole", tokens=tokens, choice=choice
    )


def _token(raw: dict[str, Json]) -> TokenLogprob:
    fields = Spelled(raw, tree("token logProbability"))
    token, logprob = fields.take("token", str), fields.take_number("logProbability")
    return TokenLogprob(token or "", logprob if logprob is not None else 0.0, extras=fields.extras())
