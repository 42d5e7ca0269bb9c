"""What a reply has told so far, and how the vendor repeats it.

A stream of responses says most things several times: in pieces, when a part ends, when its item ends and when all ends.
The reader needs to know what of an event is new, and the writer of the same dialect what to repeat. Both keep this
state from the same canonical events; what of an event it cannot say are its frame's extras.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from drawbridge.gateway.wire.canonical import Citation, Hosted, Json, Part, Refusal, Text, Thinking, ToolCall, Unknown
from drawbridge.gateway.wire.events import (
    Began,
    Counted,
    Event,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    TokenLogprob,
    Usage,
)
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.openai_responses.annotations import same_annotation
from drawbridge.gateway.wire.openai_responses.counting import merged, same_usage, write_logprobs
from drawbridge.gateway.wire.openai_responses.fields import index_of
from drawbridge.gateway.wire.openai_responses.items import same_call, same_reasoning

Body = dict[str, Json]


class Place(Struct, frozen=True, order=True):
    """Where a part stands: in which item of the output, and where within it."""

    output: int
    within: int = 0
    kind: str = ""
    """`summary` or `content` for the two kinds of reasoning of one item."""

    def __str__(self) -> str:
        return f"{self.output} {self.within} {self.kind}"


def place_from(shape: str) -> Place:
    """Return the place that a beginning of a part tells."""
    output, _, rest = shape.partition(" ")
    within, _, kind = rest.partition(" ")
    return Place(int(output), int(within), kind)


class Spoken(Struct):
    """A part, as far as it was told."""

    part: Part
    place: Place
    pieces: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    """By paragraph; all is one paragraph but in reasoning."""
    citations: list[Citation] = field(default_factory=list[Citation])
    logprobs: list[TokenLogprob] = field(default_factory=list[TokenLogprob])

    def text(self, paragraph: int = 0) -> str:
        """Return what was told of a paragraph."""
        return "".join(self.pieces.get(paragraph, ()))

    def whole(self) -> Part:
        """Return the part with all that was told of it."""
        match self.part:
            case Text():
                return replace(self.part, text=self.text(), citations=self.citations)
            case Refusal():
                return replace(self.part, text=self.text())
            case Thinking():
                return replace(self.part, paragraphs=[self.text(number) for number in sorted(self.pieces)])
            case ToolCall():
                return replace(self.part, arguments=self.text())
            case part:
                return part


class Told:
    """What a reply has told, from its canonical events."""

    def __init__(self) -> None:
        self.began: Began | None = None
        self.usage: Usage | None = None
        self.service_tier: str | None = None
        self.parts: dict[int, Spoken] = {}
        self._by_place: dict[Place, Spoken] = {}
        self._by_output: dict[int, list[Spoken]] = {}
        self.grown = ""
        self.probable: list[TokenLogprob] = []
        self.cited: Citation | None = None

    def turn(self) -> None:
        """Begin with the next event of the vendor's."""
        self.grown, self.probable, self.cited = "", [], None

    def hear(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case Began():
                self.began = event
            case PartBegan():
                self._begin(event)
            case Grew():
                self.grown = event.text
                self.parts[event.index].pieces.setdefault(event.paragraph, []).append(event.text)
            case Marked():
                self._mark(event)
            case Logprobs():
                self.probable = event.tokens
                if event.index is not None:
                    self.parts[event.index].logprobs.extend(event.tokens)
            case Counted():
                self.usage = merged(self.usage or Usage(), replace(event.usage))
                self.service_tier = event.service_tier or self.service_tier
            case _:
                pass

    def _begin(self, event: PartBegan) -> None:
        spoken = self.parts[event.index] = _begin(event)
        self._by_place.setdefault(spoken.place, spoken)
        self._by_output.setdefault(spoken.place.output, []).append(spoken)

    def _mark(self, event: Marked) -> None:
        spoken = self.parts[event.index]
        if event.citation is not None:
            self.cited = event.citation
            spoken.citations.append(event.citation)
        if event.part is not None:
            spoken.part = event.part

    def at(self, place: Place) -> Spoken | None:
        """Return the part at a place."""
        return self._by_place.get(place)

    def of(self, output: int) -> Sequence[Spoken]:
        """Return the parts of an item, in the order in which they began."""
        return self._by_output.get(output, ())

    def item(self, output: int) -> Body:
        """Say an item, as far as it was told; nothing where none of its parts has begun."""
        within = sorted(self.of(output), key=_place)
        if not within:
            return {}
        match within[0].part:
            case Text() | Refusal():
                return {"type": "message", "content": [say_content(spoken) for spoken in within]}
            case Thinking():
                return same_reasoning([part for spoken in within if isinstance(part := spoken.whole(), Thinking)])
            case ToolCall():
                call = within[0].whole()
                return same_call(call) if isinstance(call, ToolCall) else {}
            case Hosted() | Unknown() as part:
                return members(part.raw)
            case _:
                return {}

    def response(self) -> Body:
        """Say the response, as far as it was told."""
        said: Body = {}
        if self.began is not None:
            known = {"id": self.began.id, "model": self.began.model, "created_at": self.began.created_at}
            said |= {name: value for name, value in known.items() if value is not None}
        if self.usage is not None:
            said["usage"] = same_usage(self.usage)
        if self.service_tier is not None:
            said["service_tier"] = self.service_tier
        if self._by_output:
            said["output"] = [self.item(number) for number in range(max(self._by_output) + 1)]
        return said

    def event(self, kind: str, placed: Mapping[str, Json]) -> Body:
        """Say what an event repeats. `placed` has the members that tell which part or item it is about."""
        say = _SAYERS.get(kind)
        return {} if say is None else say(self, placed)


def _place(spoken: Spoken) -> Place:
    return spoken.place


def _begin(event: PartBegan) -> Spoken:
    part, spoken = event.part, Spoken(event.part, place_from(event.shape))
    match part:
        case Text():
            spoken.citations = [*part.citations]
            spoken.pieces[0] = [part.text]
        case Refusal():
            spoken.pieces[0] = [part.text]
        case ToolCall():
            spoken.pieces[0] = [part.arguments]
        case Thinking():
            spoken.pieces = {number: [text] for number, text in enumerate(part.paragraphs)}
        case _:
            pass
    return spoken


def say_content(spoken: Spoken) -> Body:
    """Say a part of a message."""
    if isinstance(spoken.part, Refusal):
        return {"type": "refusal", "refusal": spoken.text()}
    shape = spoken.part.shape if isinstance(spoken.part, Text) else ""
    said: Body = {"type": shape or "output_text", "text": spoken.text()}
    if spoken.citations:
        said["annotations"] = [same_annotation(citation) for citation in spoken.citations]
    if spoken.logprobs:
        said["logprobs"] = write_logprobs(spoken.logprobs, with_bytes=True)
    return said


def content_place(placed: Mapping[str, Json]) -> Place | None:
    """Return the place of a message's part that an event is about."""
    output, within = index_of(placed.get("output_index")), index_of(placed.get("content_index"))
    return None if output is None or within is None else Place(output, within)


def item_place(placed: Mapping[str, Json], kind: str = "") -> Place | None:
    """Return the place of a part that is an item of its own."""
    output = index_of(placed.get("output_index"))
    return None if output is None else Place(output, 0, kind)


def _response(told: Told, _placed: Mapping[str, Json]) -> Body:
    return {"response": told.response()}


def _item(told: Told, placed: Mapping[str, Json]) -> Body:
    output = index_of(placed.get("output_index"))
    return {} if output is None else {"item": told.item(output)}


def _content(told: Told, placed: Mapping[str, Json]) -> Body:
    spoken = _spoken(told, content_place(placed))
    return {} if spoken is None else {"part": say_content(spoken)}


def _spoken(told: Told, place: Place | None) -> Spoken | None:
    return None if place is None else told.at(place)


def _delta(told: Told, _placed: Mapping[str, Json]) -> Body:
    return {"delta": told.grown}


def _text_delta(told: Told, _placed: Mapping[str, Json]) -> Body:
    said: Body = {"delta": told.grown}
    if told.probable:
        said["logprobs"] = write_logprobs(told.probable, with_bytes=False)
    return said


def _content_done(member: str) -> Callable[[Told, Mapping[str, Json]], Body]:
    def say(told: Told, placed: Mapping[str, Json]) -> Body:
        spoken = _spoken(told, content_place(placed))
        if spoken is None:
            return {}
        said: Body = {member: spoken.text()}
        if spoken.logprobs:
            said["logprobs"] = write_logprobs(spoken.logprobs, with_bytes=False)
        return said

    return say


def _call_done(member: str) -> Callable[[Told, Mapping[str, Json]], Body]:
    def say(told: Told, placed: Mapping[str, Json]) -> Body:
        spoken = _spoken(told, item_place(placed))
        return {} if spoken is None else {member: spoken.text()}

    return say


def _reasoning_done(kind: str, *, is_part: bool) -> Callable[[Told, Mapping[str, Json]], Body]:
    def say(told: Told, placed: Mapping[str, Json]) -> Body:
        spoken = _spoken(told, item_place(placed, kind))
        paragraph = index_of(placed.get(f"{kind}_index"))
        if spoken is None or paragraph is None:
            return {}
        text = spoken.text(paragraph)
        word = "summary_text" if kind == "summary" else "reasoning_text"
        return {"part": {"type": word, "text": text}} if is_part else {"text": text}

    return say


def _annotation(told: Told, _placed: Mapping[str, Json]) -> Body:
    return {} if told.cited is None else {"annotation": same_annotation(told.cited)}


_SAYERS: Final[Mapping[str, Callable[[Told, Mapping[str, Json]], Body]]] = {
    "response.created": _response,
    "response.queued": _response,
    "response.in_progress": _response,
    "response.completed": _response,
    "response.incomplete": _response,
    "response.failed": _response,
    "response.output_item.added": _item,
    "response.output_item.done": _item,
    "response.content_part.added": _content,
    "response.content_part.done": _content,
    "response.output_text.delta": _text_delta,
    "response.output_text.done": _content_done("text"),
    "response.output_text.annotation.added": _annotation,
    "response.refusal.delta": _delta,
    "response.refusal.done": _content_done("refusal"),
    "response.function_call_arguments.delta": _delta,
    "response.function_call_arguments.done": _call_done("arguments"),
    "response.custom_tool_call_input.delta": _delta,
    "response.custom_tool_call_input.done": _call_done("input"),
    "response.reasoning_summary_text.delta": _delta,
    "response.reasoning_summary_text.done": _reasoning_done("summary", is_part=False),
    "response.reasoning_summary_part.added": _reasoning_done("summary", is_part=True),
    "response.reasoning_summary_part.done": _reasoning_done("summary", is_part=True),
    "response.reasoning_text.delta": _delta,
    "response.reasoning_text.done": _reasoning_done("content", is_part=False),
    "response.reasoning_part.added": _reasoning_done("content", is_part=True),
    "response.reasoning_part.done": _reasoning_done("content", is_part=True),
}
"""What the events repeat, by their type. Any other repeats nothing."""
