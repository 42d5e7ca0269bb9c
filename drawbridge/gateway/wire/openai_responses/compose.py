"""Composes a response from the reply of a vendor of another dialect."""

from typing import Final, assert_never

from drawbridge.gateway.wire.canonical import (
    Citation,
    Hosted,
    Json,
    Medium,
    Node,
    Part,
    Refusal,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
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
    Usage,
)
from drawbridge.gateway.wire.losses import Losses, ReplyLosses, join
from drawbridge.gateway.wire.openai_responses.counting import full_usage, merged
from drawbridge.gateway.wire.openai_responses.failures import write_stream_error
from drawbridge.gateway.wire.openai_responses.output import CallItem, Content, MessageItem, Output, ReasoningItem
from drawbridge.gateway.wire.openai_responses.settings import SERVICE_TIERS
from drawbridge.gateway.wire.openai_responses.skeleton import response_id, skeleton

Body = dict[str, Json]

_NO_PLACE: Final = "a response has no place for it"
_ONE_CHOICE: Final = "a response has one choice"
_INCOMPLETE: Final = {
    "length": "max_output_tokens",
    "context_length": "max_output_tokens",
    "filtered": "content_filter",
}


class Composer:
    """Says a response: its events as they come, and all of it at the end."""

    def __init__(self, request: Request) -> None:
        self.losses: Losses = ReplyLosses()
        self.failed: Failed | None = None
        self._request = request
        self._output = Output()
        self._began: Began | None = None
        self._ended: Ended | None = None
        self._usage: Usage | None = None
        self._service_tier: str | None = None
        self._message: MessageItem | None = None
        self._open: dict[int, Content | ReasoningItem | CallItem] = {}
        self._refused = False
        self.is_over = False

    def hear(self, events: list[Event]) -> list[Body]:
        """Return the events that say these."""
        for number, event in enumerate(events):
            following = events[number + 1] if number + 1 < len(events) else None
            match event:
                case _ if self.is_over:
                    break
                case Grew() if isinstance(following, Logprobs):
                    self._grow(event, following.tokens)
                case Logprobs() if number and isinstance(events[number - 1], Grew):
                    pass
                case _:
                    self._hear(event)
        return self._output.take()

    def close(self) -> list[Body]:
        """Return the end: the response as it has become."""
        if self.is_over:
            return []
        if self._ended is None:
            return self.hear([Failed(kind="broken_reply", message="The vendor's reply broke off before its end.")])
        self._end_all()
        self.is_over = True
        response = self.response()
        self._output.say(f"response.{response['status']}", {"response": response})
        return self._output.take()

    def response(self) -> Body:
        """Return the response as far as it is there."""
        response = skeleton(self._request, self._began or Began())
        response["output"] = [*self._output.items]
        response["usage"] = None if self._usage is None else full_usage(self._usage)
        response["service_tier"] = self._service_tier or response["service_tier"]
        if self.failed is not None:
            return response | {"status": "failed", "error": write_stream_error(self.failed)}
        if self._ended is None:
            return response
        reason = _INCOMPLETE.get(self._ended.reason)
        if self._ended.reason == "refusal" and not self._refused:
            reason = "content_filter"
        if reason is None:
            return response | {"status": "completed"}
        return response | {"status": "incomplete", "incomplete_details": {"reason": reason}}

    def _hear(self, event: Event) -> None:
        self._lose_extras(event)
        match event:
            case PartBegan():
                self._begin_part(event)
            case Grew():
                self._grow(event, [])
            case Marked():
                self._mark(event)
            case PartEnded():
                self._end(event.index)
            case Logprobs():
                self._probable(event)
            case _:
                self._hear_of_reply(event)

    def _hear_of_reply(self, event: Frame | Began | Counted | Ended | Failed | Closed) -> None:
        match event:
            case Frame() | Closed():
                pass
            case Began():
                self._begin(event)
            case Counted():
                self._count(event)
            case Ended():
                self._finish(event)
            case Failed():
                self._fail(event)
            case _:
                assert_never(event)

    def _begin(self, event: Began) -> None:
        if self._began is None:
            self._began = event
            self._output.id_seed = response_id(event)
            self._output.say("response.created", {"response": self.response()})
            self._output.say("response.in_progress", {"response": self.response()})

    def _begin_part(self, event: PartBegan) -> None:
        self._begin(Began())
        part = event.part
        if event.choice:
            self.losses.lose(part, _ONE_CHOICE)
            return
        self._lose_extras(part)
        if not isinstance(part, Text | Refusal):
            self._close_message()
        match part:
            case Text() | Refusal():
                self._begin_content(event.index, part)
            case Thinking():
                self._open[event.index] = ReasoningItem(self._output, part)
            case ToolCall():
                self._open[event.index] = CallItem(self._output, part)
            case Medium() if part.kind == "image" and part.data is not None:
                said = {"id": self._output.made_up("ig_"), "type": "image_generation_call", "status": "completed"}
                self._output.add_whole(said | {"result": part.data})
            case Medium() | Hosted() | ToolResult() | Unknown():
                self.losses.lose(part, _NO_PLACE)
            case _:
                assert_never(part)

    def _begin_content(self, index: int, part: Text | Refusal) -> None:
        if self._message is None:
            self._message = MessageItem(self._output)
        content = self._message.begin(part)
        self._open[index] = content
        self._refused = self._refused or isinstance(part, Refusal)
        if isinstance(part, Text):
            for citation in part.citations:
                self._cite(content, citation)
            self._lose_seal(part)

    def _lose_seal(self, part: Part) -> None:
        if isinstance(part, Text | Medium) and part.seal is not None:
            self.losses.lose(part, "a text has no place for a signature", field="seal", effect="none")

    def _cite(self, content: Content, citation: Citation) -> None:
        if content.cite(citation):
            if citation.cited_text is not None:
                self.losses.lose(citation, _NO_PLACE, field="cited_text")
            self._lose_extras(citation)
        else:
            self.losses.lose(citation, "a citation needs an address")

    def _grow(self, event: Grew, logprobs: list[TokenLogprob]) -> None:
        match self._open.get(event.index):
            case Content() as content:
                content.grow(event.text, logprobs)
            case ReasoningItem() as reasoning:
                reasoning.grow(event.text, event.paragraph)
            case CallItem() as call:
                call.grow(event.text)
            case None:
                pass

    def _probable(self, event: Logprobs) -> None:
        texts = [part for part in self._open.values() if isinstance(part, Content) and not part.is_refusal]
        found = self._open.get(event.index) if event.index is not None else (texts[-1] if texts else None)
        if event.choice == 0 and isinstance(found, Content) and event.tokens:
            found.grow("", event.tokens)

    def _mark(self, event: Marked) -> None:
        found, part = self._open.get(event.index), event.part
        if event.citation is not None and isinstance(found, Content):
            self._cite(found, event.citation)
        if part is None:
            return
        self._lose_extras(part)
        if isinstance(found, ReasoningItem) and isinstance(part, Thinking):
            found.seal(part.seal)
        elif isinstance(found, CallItem) and isinstance(part, ToolCall):
            if part.seal is not None and part.seal != found.call.seal:
                self.losses.lose(part, "the call had begun before its signature came", field="seal")
        elif isinstance(found, Content):
            self._lose_seal(part)

    def _end(self, index: int) -> None:
        part = self._open.pop(index, None)
        if part is not None:
            part.end()

    def _close_message(self) -> None:
        if self._message is not None:
            self._message.close()
            self._message = None

    def _end_all(self) -> None:
        for index in [*self._open]:
            self._end(index)
        self._close_message()

    def _finish(self, event: Ended) -> None:
        self._begin(Began())
        if event.choice:
            self.losses.lose(event, _ONE_CHOICE)
            return
        self._ended = event
        if event.stop_sequence is not None:
            self.losses.lose(event, "a response does not tell where it stopped", field="stop_sequence", effect="none")
        if event.reason in ("paused", "malformed_call", "other"):
            self.losses.lose(event, "a response is completed or incomplete, and has no such reason", field="reason")

    def _count(self, event: Counted) -> None:
        self._usage = merged(self._usage or Usage(), event.usage)
        if event.service_tier in SERVICE_TIERS:
            self._service_tier = event.service_tier
        elif event.service_tier is not None:
            self.losses.lose(event, "a tier that OpenAI does not have", field="service_tier", effect="none")

    def _fail(self, event: Failed) -> None:
        self._begin(Began())
        self._end_all()
        self.failed = event
        self._output.say("response.failed", {"response": self.response()})
        self.is_over = True

    def _lose_extras(self, node: Node) -> None:
        for name, value in node.extras.items():
            self.losses.lose_tree(join(node.at, name), value, _NO_PLACE, effect="none")
