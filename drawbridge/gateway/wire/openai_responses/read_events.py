"""Reads the events of a stream of a response.

Source: https://platform.openai.com/docs/api-reference/responses-streaming, and recorded traffic, as of 2026-11-23. Only
`response.output_item.done` and `response.completed` are taken for granted: other vendors leave out what they like.
"""

from collections.abc import Callable, Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import Json, Part, Refusal, Request, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import Began, Counted, Ended, Event, Failed, StopReason
from drawbridge.gateway.wire.json_text import elements, members, text_or_none, whole_number
from drawbridge.gateway.wire.openai_responses.counting import read_usage
from drawbridge.gateway.wire.openai_responses.failures import read_error
from drawbridge.gateway.wire.openai_responses.fields import index_of
from drawbridge.gateway.wire.openai_responses.frames import WHOLE, framed
from drawbridge.gateway.wire.openai_responses.items import opaque
from drawbridge.gateway.wire.openai_responses.read_output import OutputReader
from drawbridge.gateway.wire.openai_responses.told import Place

Body = dict[str, Json]

_MOST_ITEMS: Final = 4096
_INCOMPLETE: Final[Mapping[str, StopReason]] = {"max_output_tokens": "length", "content_filter": "filtered"}


class EventReader:
    """Tells what the vendor's events tell, each with a frame of what of it is in no other event."""

    def __init__(self, request: Request, provider: str | None) -> None:
        self._provider = provider
        self._output = OutputReader(request, provider)
        self._items: dict[str, int] = {}
        self._last_output = -1
        self._pieces: dict[tuple[int, str], int] = {}
        self.has_failed = False
        self.has_ended = False
        """The vendor has said that the reply is over."""

    def read(self, value: Json) -> list[Event]:
        """Read an event."""
        event = members(value)
        kind = event.get("type")
        if not isinstance(kind, str):
            return [broken("an event of the stream has no type")]
        if self.has_ended or self.has_failed:
            return [*self._frame(kind, event, [])]
        self._output.events = []
        self._output.told.turn()
        handle = _HANDLERS.get(kind)
        if handle is not None and (fault := handle(self, event)) is not None:
            return [broken(f"'{kind}' {fault}")]
        return self._frame(kind, event, self._output.events)

    def whole(self, response: Body) -> list[Event]:
        """Read a response that comes in one piece."""
        self._output.events = []
        self._begin(response)
        self._end(response)
        return [framed(WHOLE, response, self._output.told.response()), *self._output.events]

    def _frame(self, kind: str, event: Body, told: list[Event]) -> list[Event]:
        rest = {name: value for name, value in event.items() if name != "type"}
        return [framed(kind, rest, self._output.told.event(kind, event)), *told]

    def begin(self, event: Body) -> str | None:
        """Read that the response begins."""
        self._begin(members(event.get("response")))
        return None

    def _begin(self, response: Body) -> None:
        if self._output.told.began is None:
            created_at = whole_number(response.get("created_at"))
            began = Began(
                id=text_or_none(response.get("id")), model=text_or_none(response.get("model")), created_at=created_at
            )
            self._output.tell(began)

    def end(self, event: Body) -> str | None:
        """Read that the response is over, and what of it was not told before."""
        response = members(event.get("response"))
        if not response:
            return "has no response"
        self._begin(response)
        self._end(response)
        self.has_ended = True
        return None

    def _end(self, response: Body) -> None:
        for number, item in enumerate(elements(response.get("output"))[:_MOST_ITEMS]):
            # Items that the vendor does not show are counted in its events, but are not in the list (recorded 2026-08).
            output = self._items.get(text_or_none(members(item).get("id")) or "", number)
            self._output.end_item(output, members(item))
        self._output.end_all()
        usage, tier = read_usage(response), text_or_none(response.get("service_tier"))
        if usage is not None:
            self._output.tell(Counted(usage=usage, service_tier=tier))
        if response.get("status") in ("failed", "cancelled") or members(response.get("error")):
            self.has_failed = True
            self._output.tell(read_error(response.get("error") or f"The response was {response.get('status')}."))
        else:
            self._output.tell(_ended(response, [spoken.part for spoken in self._output.told.parts.values()]))

    def fail(self, event: Body) -> str | None:
        """Read an error."""
        self.has_failed = True
        self._output.tell(read_error(event.get("error") or event))
        return None

    def add_item(self, event: Body) -> str | None:
        """Read that an item begins."""
        output = self._output_index(event)
        if output is None:
            return "is of no item"
        self._output.add_item(output, members(event.get("item")))
        return None

    def end_item(self, event: Body) -> str | None:
        """Read that an item is whole."""
        output = self._output_index(event)
        if output is None or not members(event.get("item")):
            return "is of no item"
        self._output.end_item(output, members(event.get("item")))
        return None

    def add_content(self, event: Body) -> str | None:
        """Read that a part of a message begins."""
        place = self._content_place(event)
        if place is None:
            return "is of no part"
        if members(event.get("part")).get("type") in ("output_text", "refusal"):
            self._output.content(place, event.get("part"))
        return None

    def end_content(self, event: Body) -> str | None:
        """Read that a part of a message is whole."""
        place = self._content_place(event)
        if place is None:
            return "is of no part"
        if members(event.get("part")).get("type") in ("output_text", "refusal"):
            self._output.content(place, event.get("part"))
            self._output.end_at(place)
        return None

    def grow_text(self, event: Body) -> str | None:
        """Read a piece of a text."""
        place, piece = self._content_place(event), event.get("delta")
        if place is None or not isinstance(piece, str):
            return "has no text for any part"
        self._output.grow(place, piece, Text(at="output[].content[]", shape="output_text", text=""))
        self._output.probable(place, event.get("logprobs"))
        return None

    def end_text(self, event: Body) -> str | None:
        """Read a text again that is whole."""
        return self._again(self._content_place(event), event.get("text"), Text(shape="output_text", text=""))

    def grow_refusal(self, event: Body) -> str | None:
        """Read a piece of a refusal."""
        place, piece = self._content_place(event), event.get("delta")
        if place is None or not isinstance(piece, str):
            return "has no text for any part"
        self._output.grow(place, piece, Refusal(at="output[].content[]", text=""))
        return None

    def end_refusal(self, event: Body) -> str | None:
        """Read a refusal again that is whole."""
        return self._again(self._content_place(event), event.get("refusal"), Refusal(text=""))

    def cite(self, event: Body) -> str | None:
        """Read a citation."""
        place = self._content_place(event)
        if place is None:
            return "is of no part"
        self._output.cite(place, event.get("annotation"))
        return None

    def grow_call(self, event: Body) -> str | None:
        """Read a piece of a call's arguments."""
        output, piece = self._output_index(event), event.get("delta")
        if output is None or not isinstance(piece, str):
            return "has no arguments for any call"
        if not isinstance(self._part(output), ToolCall):
            return "is of no call that has begun"
        self._output.grow(Place(output), piece, ToolCall(id="", name="", arguments=""))
        return None

    def end_call(self, event: Body) -> str | None:
        """Read the arguments of a call that are whole; some vendors send them here only."""
        output = self._output_index(event)
        written = event.get("arguments", event.get("input"))
        if output is not None and isinstance(written, str) and isinstance(self._part(output), ToolCall):
            self._output.rest(Place(output), written)
        return None

    def grow_reasoning(self, event: Body, kind: str) -> str | None:
        """Read a piece of reasoning or of its summary."""
        output, piece = self._output_index(event), event.get("delta", "")
        paragraph = index_of(event.get(f"{kind}_index", 0))
        if output is None or paragraph is None or not isinstance(piece, str):
            return "has no text for any reasoning"
        self._output.grow(Place(output, 0, kind), piece, self._thinking(event, kind), paragraph)
        return None

    def end_reasoning(self, event: Body, kind: str) -> str | None:
        """Read a paragraph of reasoning, or of its summary, that is whole."""
        output, text = self._output_index(event), event.get("text", members(event.get("part")).get("text"))
        paragraph = index_of(event.get(f"{kind}_index", 0))
        if output is None or paragraph is None or not isinstance(text, str):
            return "has no text for any reasoning"
        place = Place(output, 0, kind)
        if self._output.told.at(place) is None:
            self._output.grow(place, text, self._thinking(event, kind), paragraph)
        else:
            self._output.rest(place, text, paragraph)
        return None

    def _thinking(self, event: Body, kind: str) -> Thinking:
        item_id = opaque(text_or_none(event.get("item_id")), self._provider)
        return Thinking(at="output[]", is_summary=kind == "summary", id=item_id)

    def _again(self, place: Place | None, text: Json, new: Part) -> str | None:
        if place is None or not isinstance(text, str):
            return "has no text for any part"
        if self._output.told.at(place) is None:
            self._output.grow(place, text, new)
        else:
            self._output.rest(place, text)
        return None

    def _part(self, output: int) -> Part | None:
        spoken = self._output.told.at(Place(output))
        return None if spoken is None else spoken.part

    def _output_index(self, event: Body) -> int | None:
        """Return which item an event is about: by its number, else by its id."""
        item_id = text_or_none(event.get("item_id")) or text_or_none(members(event.get("item")).get("id"))
        output = index_of(event.get("output_index"))
        if output is None and item_id is not None:
            output = self._items.get(item_id)
        if output is None and "item" in event:
            output = 1 + self._last_output
        if output is None or output >= _MOST_ITEMS:
            return None
        # An item without an id is known by its number.
        self._items.setdefault(item_id or f"[{output}]", output)
        self._last_output = max(self._last_output, output)
        return output

    def _content_place(self, event: Body) -> Place | None:
        output, within = self._output_index(event), index_of(event.get("content_index", 0))
        return None if output is None or within is None or within >= _MOST_ITEMS else Place(output, within)


def broken(fault: str) -> Failed:
    """Return the failure of a reply that breaks the dialect's rules."""
    return Failed(kind="broken_reply", message=f"The vendor's reply cannot be read: {fault}.")


def _ended(response: Body, parts: list[Part]) -> Ended:
    reason = members(response.get("incomplete_details")).get("reason")
    if response.get("status") == "incomplete":
        return Ended(reason=_INCOMPLETE.get(str(reason), "other"), message=text_or_none(reason))
    if response.get("status") in ("queued", "in_progress"):
        return Ended(reason="other", message="The response runs on in the background.")
    if any(isinstance(part, ToolCall) for part in parts):
        return Ended(reason="tool_calls")
    return Ended(reason="refusal" if any(isinstance(part, Refusal) for part in parts) else "end")


def _of(kind: str, handle: Callable[[EventReader, Body, str], str | None]) -> Callable[[EventReader, Body], str | None]:
    return lambda reader, event: handle(reader, event, kind)


_HANDLERS: Final[Mapping[str, Callable[[EventReader, Body], str | None]]] = {
    "response.created": EventReader.begin,
    "response.queued": EventReader.begin,
    "response.in_progress": EventReader.begin,
    "response.completed": EventReader.end,
    "response.incomplete": EventReader.end,
    "response.failed": EventReader.end,
    "error": EventReader.fail,
    "response.output_item.added": EventReader.add_item,
    "response.output_item.done": EventReader.end_item,
    "response.content_part.added": EventReader.add_content,
    "response.content_part.done": EventReader.end_content,
    "response.output_text.delta": EventReader.grow_text,
    "response.output_text.done": EventReader.end_text,
    "response.output_text.annotation.added": EventReader.cite,
    "response.refusal.delta": EventReader.grow_refusal,
    "response.refusal.done": EventReader.end_refusal,
    "response.function_call_arguments.delta": EventReader.grow_call,
    "response.function_call_arguments.done": EventReader.end_call,
    "response.custom_tool_call_input.delta": EventReader.grow_call,
    "response.custom_tool_call_input.done": EventReader.end_call,
    "response.reasoning_summary_part.added": _of("summary", EventReader.end_reasoning),
    "response.reasoning_summary_text.delta": _of("summary", EventReader.grow_reasoning),
    "response.reasoning_summary_text.done": _of("summary", EventReader.end_reasoning),
    "response.reasoning_summary_part.done": _of("summary", EventReader.end_reasoning),
    "response.reasoning_part.added": _of("content", EventReader.end_reasoning),
    "response.reasoning_text.delta": _of("content", EventReader.grow_reasoning),
    "response.reasoning_text.done": _of("content", EventReader.end_reasoning),
    "response.reasoning_part.done": _of("content", EventReader.end_reasoning),
}
"""What is read of the events by their type. What any other tells is of use to callers of this dialect only."""
