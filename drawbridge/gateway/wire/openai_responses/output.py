"""The output of a response that is composed here: its items, and the events that tell of them.

Source: https://platform.openai.com/docs/api-reference/responses-streaming, and the order of events in recorded traffic,
as of 2026-11-23.
"""

from msgspec import Struct, field

from drawbridge.gateway.wire.call_ids import derived_id
from drawbridge.gateway.wire.canonical import Citation, Json, Opaque, Refusal, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import TokenLogprob
from drawbridge.gateway.wire.opaque import hand_out
from drawbridge.gateway.wire.openai_responses.annotations import url_annotation
from drawbridge.gateway.wire.openai_responses.carried import carry
from drawbridge.gateway.wire.openai_responses.counting import write_logprobs
from drawbridge.gateway.wire.openai_responses.items import CALLS
from drawbridge.gateway.wire.openai_responses.parts import NAME

Body = dict[str, Json]


class Output:
    """The items so far, in order, and the events that have not been taken yet."""

    def __init__(self) -> None:
        self.items: list[Body] = []
        self.id_seed = ""
        """What the items' ids follow from: the response's id."""
        self._events: list[Body] = []
        self._number = 0

    def take(self) -> list[Body]:
        """Return the events that were said since the last time."""
        events, self._events = self._events, []
        return events

    def say(self, kind: str, said: Body) -> None:
        """Add an event."""
        self._events.append({"type": kind, "sequence_number": self._number, **said})
        self._number += 1

    def made_up(self, prefix: str) -> str:
        """Return the id of the next item."""
        return derived_id(f"{self.id_seed} {len(self.items)}", prefix)

    def add(self, begun: Body) -> int:
        """Say that an item begins. Returns its place."""
        self.items.append(begun)
        place = len(self.items) - 1
        self.say("response.output_item.added", {"output_index": place, "item": begun})
        return place

    def end(self, place: int, item: Body) -> None:
        """Say that an item is whole."""
        self.items[place] = item
        self.say("response.output_item.done", {"output_index": place, "item": item})

    def add_whole(self, item: Body) -> None:
        """Say an item that comes at once."""
        self.end(self.add({**item, **({"status": "in_progress"} if "status" in item else {})}), item)


class Content(Struct):
    """A text or a refusal within a message."""

    message: "MessageItem"
    within: int
    is_refusal: bool
    pieces: list[str] = field(default_factory=list[str])
    annotations: list[Body] = field(default_factory=list[Body])
    waiting: list[Citation] = field(default_factory=list[Citation])
    """Citations for all of the text, which is not there yet."""
    logprobs: list[TokenLogprob] = field(default_factory=list[TokenLogprob])
    is_open: bool = True

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def grow(self, piece: str, logprobs: list[TokenLogprob]) -> None:
        """Say more of the text."""
        self.pieces.append(piece)
        self.logprobs.extend(logprobs)
        if self.is_refusal:
            self._say("response.refusal.delta", {"delta": piece})
        else:
            probable = write_logprobs(logprobs, with_bytes=False)
            self._say("response.output_text.delta", {"delta": piece, "logprobs": probable})

    def cite(self, citation: Citation) -> bool:
        """Say a citation, at once or when the text is whole. Returns whether it can be said."""
        if citation.url is None or self.is_refusal:
            return False
        if citation.end is None:
            self.waiting.append(citation)
        else:
            self._annotate(citation)
        return True

    def _annotate(self, citation: Citation) -> None:
        annotation = url_annotation(citation, self.text)
        if annotation is not None:
            self.annotations.append(annotation)
            said = {"annotation_index": len(self.annotations) - 1, "annotation": annotation}
            self._say("response.output_text.annotation.added", said)

    def end(self) -> None:
        """Say that the text is whole."""
        for citation in self.waiting:
            self._annotate(citation)
        if self.is_refusal:
            self._say("response.refusal.done", {"refusal": self.text})
        else:
            probable = write_logprobs(self.logprobs, with_bytes=False)
            self._say("response.output_text.done", {"text": self.text, "logprobs": probable})
        self._say("response.content_part.done", {"part": self.said()})
        self.is_open = False
        self.message.end_if_done()

    def said(self) -> Body:
        """Return the part as far as it was said."""
        if self.is_refusal:
            return {"type": "refusal", "refusal": self.text}
        probable = write_logprobs(self.logprobs, with_bytes=True)
        return {"type": "output_text", "text": self.text, "annotations": [*self.annotations], "logprobs": probable}

    def _say(self, kind: str, said: Body) -> None:
        self.message.say(kind, {"content_index": self.within, **said})


class MessageItem:
    """A message: texts and refusals that follow each other."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._contents: list[Content] = []
        self._id = output.made_up("msg_")
        self._takes_more = True
        self._has_ended = False
        self._place = output.add(self._said("in_progress"))

    def begin(self, part: Text | Refusal) -> Content:
        """Say that another text begins."""
        content = Content(self, len(self._contents), isinstance(part, Refusal))
        self.say("response.content_part.added", {"content_index": content.within, "part": content.said()})
        self._contents.append(content)
        if part.text:
            content.grow(part.text, [])
        return content

    def close(self) -> None:
        """Let no more texts begin: something else follows."""
        self._takes_more = False
        self.end_if_done()

    def end_if_done(self) -> None:
        """Say that the message is whole once all of its texts are, and no more may come."""
        if self._takes_more or self._has_ended or any(content.is_open for content in self._contents):
            return
        self._has_ended = True
        self._output.end(self._place, self._said("completed"))

    def say(self, kind: str, said: Body) -> None:
        self._output.say(kind, {"item_id": self._id, "output_index": self._place, **said})

    def _said(self, status: str) -> Body:
        content = [content.said() for content in self._contents]
        return {"id": self._id, "type": "message", "status": status, "role": "assistant", "content": content}


class ReasoningItem:
    """Reasoning, told as a summary. Where there is neither a word nor a seal of it, it is not told at all."""

    def __init__(self, output: Output, part: Thinking) -> None:
        self._output = output
        self._seal = part.seal
        self._paragraphs: list[list[str]] = []
        self._numbers: list[int] = []
        self._id = ""
        self._place: int | None = None
        for number, text in enumerate(part.paragraphs):
            self.grow(text, number)

    def grow(self, piece: str, paragraph: int) -> None:
        """Say more of the reasoning."""
        self._begin()
        if not self._numbers or self._numbers[-1] != paragraph:
            self._end_paragraph()
            self._numbers.append(paragraph)
            self._paragraphs.append([])
            self._say("response.reasoning_summary_part.added", {"part": {"type": "summary_text", "text": ""}})
        self._paragraphs[-1].append(piece)
        if piece:
            self._say("response.reasoning_summary_text.delta", {"delta": piece})

    def seal(self, seal: Opaque | None) -> None:
        """Take what it is signed with, where that comes late."""
        self._seal = seal or self._seal

    def end(self) -> None:
        """Say that the reasoning is whole."""
        if self._place is None and self._seal is None:
            return
        place = self._begin()
        self._end_paragraph()
        self._output.end(place, self._said())

    def _begin(self) -> int:
        if self._place is None:
            self._id = self._output.made_up("rs_")
            self._place = self._output.add({"id": self._id, "type": "reasoning", "summary": []})
        return self._place

    def _end_paragraph(self) -> None:
        if self._paragraphs:
            text = "".join(self._paragraphs[-1])
            self._say("response.reasoning_summary_text.done", {"text": text})
            self._say("response.reasoning_summary_part.done", {"part": {"type": "summary_text", "text": text}})

    def _said(self) -> Body:
        summary = [{"type": "summary_text", "text": "".join(pieces)} for pieces in self._paragraphs]
        said: Body = {"id": self._id, "type": "reasoning", "summary": summary}
        return said if self._seal is None else said | {"encrypted_content": hand_out(self._seal, NAME)}

    def _say(self, kind: str, said: Body) -> None:
        place = {"item_id": self._id, "output_index": self._place, "summary_index": len(self._paragraphs) - 1}
        self._output.say(kind, {**place, **said})


class CallItem:
    """A call to a tool of the client. What it is signed with goes before it, as reasoning."""

    def __init__(self, output: Output, call: ToolCall) -> None:
        self._output = output
        if call.seal is not None:
            sealed: Body = {"id": output.made_up("rs_"), "type": "reasoning", "summary": []}
            output.end(output.add(sealed), sealed | {"encrypted_content": carry(call.seal)})
        self.call = call
        self._kind = "custom_tool_call" if call.is_custom else "function_call"
        self._events = "custom_tool_call_input" if call.is_custom else "function_call_arguments"
        self._pieces: list[str] = []
        self._id = output.made_up("ctc_" if call.is_custom else "fc_")
        self._place = output.add(self._said("in_progress", ""))
        if call.arguments:
            self.grow(call.arguments)

    def grow(self, piece: str) -> None:
        """Say more of the arguments."""
        self._pieces.append(piece)
        self._say("delta", {"delta": piece})

    def end(self) -> None:
        """Say that the call is whole."""
        written = "".join(self._pieces)
        if not written and not self.call.is_custom:
            # No arguments are an object too: clients parse them.
            self.grow("{}")
            written = "{}"
        self._say("done", {CALLS[self._kind]: written})
        self._output.end(self._place, self._said("completed", written))

    def _said(self, status: str, written: str) -> Body:
        call = self.call
        said: Body = {"id": self._id, "type": self._kind, "call_id": call.id, "name": call.name}
        said[CALLS[self._kind]] = written
        if not call.is_custom:
            said["status"] = status
        return said if call.namespace is None else said | {"namespace": call.namespace}

    def _say(self, kind: str, said: Body) -> None:
        self._output.say(f"response.{self._events}.{kind}", {"item_id": self._id, "output_index": self._place, **said})
