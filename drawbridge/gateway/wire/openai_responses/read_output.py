"""Reads the items of a response's output, whole ones and those that come in pieces, each piece once."""

from msgspec.structs import replace

from drawbridge.gateway.wire.canonical import Json, Part, Refusal, Request, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import Event, Grew, Logprobs, Marked, PartBegan, PartEnded, TokenLogprob
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_responses.annotations import read_annotation
from drawbridge.gateway.wire.openai_responses.counting import read_logprobs
from drawbridge.gateway.wire.openai_responses.items import CALLS, read_call, read_other, read_reasoning
from drawbridge.gateway.wire.openai_responses.parts import NAME, read_part
from drawbridge.gateway.wire.openai_responses.told import Place, Spoken, Told
from drawbridge.gateway.wire.openai_responses.writing import NAMES
from drawbridge.gateway.wire.tool_names import ToolNames

_CONTENT = "output[].content[]"
_ITEM = "output[]"

Body = dict[str, Json]


class OutputReader:
    """Tells the parts of an output as events. What was told is not told again."""

    def __init__(self, request: Request, provider: str | None) -> None:
        self.told = Told()
        self.events: list[Event] = []
        self._provider = provider
        # The names of this dialect's own requests went up as they are.
        self._names = None if request.dialect == NAME else ToolNames(request.tools, NAMES)
        self._indexes: dict[Place, int] = {}
        self._ended: set[int] = set()
        self._whole: set[int] = set()

    def tell(self, event: Event) -> None:
        """Add an event to those that are told."""
        self.events.append(event)
        self.told.hear(event)

    def add_item(self, output: int, item: Body) -> None:
        """Tell that an item begins, as far as it is there."""
        match item.get("type"):
            case "message" | "reasoning":
                # Their parts are told when they come.
                if elements(item.get("content")) or elements(item.get("summary")):
                    self._fill(output, item)
            case _:
                self._fill(output, item)

    def end_item(self, output: int, item: Body) -> None:
        """Tell what of an item was not told before, and that it is whole."""
        if output in self._whole:
            return
        self._whole.add(output)
        self._fill(output, item, is_whole=True)
        for spoken in self.told.of(output):
            self._end(self._indexes[spoken.place])

    def end_all(self) -> None:
        """Tell the end of every part that has not ended."""
        for index in self._indexes.values():
            self._end(index)

    def content(self, place: Place, raw: Json) -> None:
        """Tell what of a message's part was not told before."""
        part = read_part(raw, _CONTENT, self._provider)
        index = self._indexes.get(place)
        if index is None:
            logprobs = read_logprobs(members(raw).get("logprobs"))
            self._begin(place, part)
            self._probable(place, logprobs)
            return
        spoken = self.told.parts[index]
        if isinstance(part, Text | Refusal):
            self.rest(place, part.text)
        if isinstance(part, Text):
            for citation in part.citations[len(spoken.citations) :]:
                self.tell(Marked(index=index, citation=citation))

    def grow(self, place: Place, text: str, new: Part, paragraph: int = 0) -> None:
        """Tell more of a part; `new` is what begins where none has."""
        if place not in self._indexes:
            self._begin(place, new)
        self.tell(Grew(index=self._indexes[place], text=text, paragraph=paragraph))

    def probable(self, place: Place, raw: Json) -> None:
        """Tell the probabilities of a piece's tokens."""
        self._probable(place, read_logprobs(raw))

    def cite(self, place: Place, raw: Json) -> None:
        """Tell a citation of a message's part."""
        if place not in self._indexes:
            self._begin(place, Text(at=_CONTENT, shape="output_text", text=""))
        citation = read_annotation(raw, f"{_CONTENT}.annotations[]", self._provider)
        self.tell(Marked(index=self._indexes[place], citation=citation))

    def rest(self, place: Place, text: str, paragraph: int = 0) -> None:
        """Tell what of a part's text was not told before. A text that is another than the told one is not told."""
        spoken = self._spoken(place)
        if spoken is None:
            return
        known = spoken.text(paragraph)
        if (len(text) > len(known) and text.startswith(known)) or paragraph not in spoken.pieces:
            self.tell(Grew(index=self._indexes[place], text=text[len(known) :], paragraph=paragraph))

    def end_at(self, place: Place) -> None:
        """Tell that a part is whole."""
        if place in self._indexes:
            self._end(self._indexes[place])

    def _fill(self, output: int, item: Body, *, is_whole: bool = False) -> None:
        match item.get("type"):
            case "message":
                # Bedrock's gpt-oss counts a message's parts from 1 in its events (recorded 2026-08).
                begun = sorted(place for place in self._indexes if place.output == output)
                for number, raw in enumerate(elements(item.get("content"))):
                    self.content(begun[number] if number < len(begun) else Place(output, number), raw)
            case "reasoning":
                self._reasoning(output, item, is_whole=is_whole)
            case str() as kind if kind in CALLS:
                self._call(output, item)
            case _:
                self._other(output, item)

    def _reasoning(self, output: int, item: Body, *, is_whole: bool) -> None:
        for number, part in enumerate(read_reasoning(item, _ITEM, self._provider)):
            kind = "content" if part.paragraphs and not part.is_summary else "summary"
            place = Place(output, 0, kind)
            if place not in self._indexes and not part.paragraphs and self._first_of(output) is not None:
                place = self._first_of(output) or place
            if place not in self._indexes:
                self._begin(place, part)
                continue
            for paragraph, text in enumerate(part.paragraphs):
                self.rest(place, text, paragraph)
            if number == 0 and is_whole:
                self._seal(output, part)

    def _first_of(self, output: int) -> Place | None:
        return next((spoken.place for spoken in self.told.of(output)), None)

    def _seal(self, output: int, part: Thinking) -> None:
        """Tell the seal and the id of reasoning, which are known at its end, of the first part of the item."""
        place = self._first_of(output)
        spoken = None if place is None else self._spoken(place)
        if place is None or spoken is None or not isinstance(spoken.part, Thinking):
            return
        if (spoken.part.seal, spoken.part.id) != (part.seal, part.id):
            marked = replace(spoken.part, seal=part.seal, id=part.id, paragraphs=[], is_redacted=False, extras={})
            self.tell(Marked(index=self._indexes[place], part=marked))

    def _call(self, output: int, item: Body) -> None:
        place, call = Place(output), read_call(item, _ITEM, self._provider)
        if call is None:
            self._other(output, item)
            return
        if self._names is not None:
            written = call.arguments
            call = self._names.restore(call)
            call.arguments = written
        if place not in self._indexes:
            self._begin(place, call)
            return
        self.rest(place, call.arguments)
        spoken = self._spoken(place)
        old = spoken.part if spoken is not None else None
        if isinstance(old, ToolCall) and (old.id, old.name, old.item_id) != (call.id, call.name, call.item_id):
            self.tell(Marked(index=self._indexes[place], part=replace(call, arguments="", extras={})))

    def _other(self, output: int, item: Body) -> None:
        place, part = Place(output), read_other(item, _ITEM)
        spoken = self._spoken(place)
        if spoken is None:
            self._begin(place, part)
        elif spoken.part.raw != item:
            self.tell(Marked(index=self._indexes[place], part=part))

    def _begin(self, place: Place, part: Part) -> None:
        index = len(self._indexes)
        self._indexes[place] = index
        # What has no field is in the frame: of the same item it is said more than once.
        self.tell(PartBegan(index=index, part=replace(part, extras={}), shape=str(place)))

    def _probable(self, place: Place, tokens: list[TokenLogprob]) -> None:
        if tokens and place in self._indexes:
            self.tell(Logprobs(tokens=tokens, index=self._indexes[place]))

    def _end(self, index: int) -> None:
        if index not in self._ended:
            self._ended.add(index)
            self.tell(PartEnded(index=index))

    def _spoken(self, place: Place) -> Spoken | None:
        index = self._indexes.get(place)
        return None if index is None else self.told.parts[index]
