"""Events as the JSON of a chat completion, or of one chunk of a stream, in its regular form.

A reader renders what it has read, and keeps how the vendor's JSON differs from that. So a writer of the same dialect
can give it back as it was, and whatever is in no event is noticed.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.canonical import Citation, Json, Part, Refusal, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
    Began,
    Counted,
    Ended,
    Event,
    Failed,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    TokenLogprob,
)
from drawbridge.gateway.wire.openai_chat.failures import write_failure
from drawbridge.gateway.wire.openai_chat.members import put
from drawbridge.gateway.wire.openai_chat.read_thinking import CONTENT, DETAILS, PLAIN, words_in
from drawbridge.gateway.wire.openai_chat.stop_reasons import write_reason
from drawbridge.gateway.wire.openai_chat.usage import write_usage

CHUNK: Final = "chat.completion.chunk"
COMPLETION: Final = "chat.completion"

LEGACY_CALL: Final = "function_call"
"""The shape of a call in the member that came before `tool_calls`."""


class Place(Struct):
    """Where a part of the answer is written."""

    choice: int
    part: Part
    call_index: int = 0
    paragraph: int = 0


class Chunks:
    """Renders chunks; remembers what later ones refer to."""

    def __init__(self, *, repeats_names: bool = False) -> None:
        """`repeats_names` is whether every piece of a call has a name, an empty one where it was told before."""
        self._repeats_names = repeats_names
        self.began = Began(id="", model="", created_at=0)
        self._places: dict[int, Place] = {}
        self._calls: dict[int, int] = {}
        self._citations: dict[int, int] = {}

    def render(self, events: Iterable[Event], choices: Sequence[int] = ()) -> dict[str, Json]:
        """Return the chunk that says these events. `choices` are those in it, whether they say something or not."""
        chunk: dict[str, Json] = {"choices": [_empty_choice(choice) for choice in choices]}
        for event in events:
            self._add(chunk, event)
        if isinstance(chunk.get("error"), dict) and not chunk["choices"]:
            return {"error": chunk["error"]}
        began = self.began
        return {"id": began.id, "object": CHUNK, "created": began.created_at, "model": began.model, **chunk}

    def _add(self, chunk: dict[str, Json], event: Event) -> None:
        match event:
            case Began():
                self.began = event
            case PartBegan():
                self._begin(chunk, event)
            case Grew():
                self._grow(chunk, event)
            case Marked() if event.citation is not None:
                self._cite(chunk, self._places[event.index].choice, event.citation)
            case Logprobs():
                _choice(chunk, event.choice)["logprobs"] = write_logprobs(event)
            case Counted():
                put(chunk, event.at or "usage", write_usage(event.usage))
                if event.service_tier is not None:
                    chunk["service_tier"] = event.service_tier
            case Ended():
                _choice(chunk, event.choice)["finish_reason"] = write_reason(event.reason)
            case Failed():
                chunk.update(write_failure(event))
            case _:
                pass

    def _begin(self, chunk: dict[str, Json], event: PartBegan) -> None:
        part = event.part
        place = Place(event.choice, part)
        self._places[event.index] = place
        delta = _delta(chunk, event.choice)
        match part:
            case Text():
                _add_text(delta, part.text, part.shape)
                for citation in part.citations:
                    self._cite(chunk, event.choice, citation)
            case Refusal():
                delta["refusal"] = delta.get("refusal", "") + part.text
            case Thinking():
                place.paragraph = max(len(part.paragraphs) - 1, 0)
                if part.paragraphs:
                    _add_thought(delta, part.paragraphs, part.shape, part)
            case ToolCall():
                place.call_index = self._calls.get(event.choice, 0)
                self._calls[event.choice] = place.call_index + 1
                _begin_call(delta, part, place.call_index)
            case _:
                pass

    def _cite(self, chunk: dict[str, Json], choice: int, citation: Citation) -> None:
        # OpenAI's SDK puts lists of several chunks together by the index of their elements, and raises without one.
        index = self._citations.get(choice, 0)
        self._citations[choice] = index + 1
        _list(_delta(chunk, choice), "annotations").append({"index": index, **write_citation(citation)})

    def _grow(self, chunk: dict[str, Json], event: Grew) -> None:
        place = self._places[event.index]
        delta = _delta(chunk, place.choice)
        match place.part:
            case Text():
                _add_text(delta, event.text, event.shape or place.part.shape)
            case Refusal():
                delta["refusal"] = delta.get("refusal", "") + event.text
            case Thinking():
                text = event.text if event.paragraph == place.paragraph else f"\n\n{event.text}"
                place.paragraph = event.paragraph
                _add_thought(delta, [text], event.shape or place.part.shape, place.part)
            case ToolCall():
                _grow_call(delta, place, event.text, repeats_names=self._repeats_names)
            case _:
                pass


def _begin_call(delta: dict[str, Json], call: ToolCall, index: int) -> None:
    if LEGACY_CALL in call.shape.split():
        delta[LEGACY_CALL] = {"name": call.name, "arguments": call.arguments}
        return
    _list(delta, "tool_calls").append({"index": index, **write_call(call)})


def _grow_call(delta: dict[str, Json], place: Place, text: str, *, repeats_names: bool) -> None:
    call = place.part
    if LEGACY_CALL in call.shape.split():
        function = delta.setdefault(LEGACY_CALL, {"arguments": ""})
        function["arguments"] += text
        return
    holder, word = ("custom", "input") if isinstance(call, ToolCall) and call.is_custom else ("function", "arguments")
    for written in _list(delta, "tool_calls"):
        if written["index"] == place.call_index:
            written[holder][word] += text
            return
    grown = {"name": "", word: text} if repeats_names else {word: text}
    _list(delta, "tool_calls").append({"index": place.call_index, holder: grown})


def write_call(call: ToolCall) -> dict[str, Json]:
    """Return a call as it stands in an answer."""
    if call.is_custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def write_citation(citation: Citation) -> dict[str, Json]:
    """Return an annotation. Those of addresses are all that OpenAI has; it always gives a range and a title."""
    cited: dict[str, Json] = {
        "url": citation.url or "",
        "title": citation.title or "",
        "start_index": citation.start or 0,
        "end_index": citation.end or 0,
    }
    if citation.cited_text is not None:
        # OpenRouter's name for it (recorded 2026-08).
        cited["content"] = citation.cited_text
    return {"type": "url_citation", "url_citation": cited}


def write_logprobs(logprobs: Logprobs) -> dict[str, Json]:
    """Return the `logprobs` of a choice."""
    refusal = logprobs.refusal_tokens
    return {
        "content": [_write_token(token) for token in logprobs.tokens],
        "refusal": None if refusal is None else [_write_token(token) for token in refusal],
    }


def _write_token(token: TokenLogprob) -> dict[str, Json]:
    top = [{"token": one.token, "logprob": one.logprob, "bytes": one.bytes, **one.extras} for one in token.top]
    said = {"token": token.token, "logprob": token.logprob, "bytes": token.bytes}
    return {**said, "top_logprobs": top, **token.extras}


def _add_text(delta: dict[str, Json], text: str, shape: str) -> None:
    if shape == "list":
        _list(delta, "content").append({"type": "text", "text": text})
    else:
        delta["content"] = delta.get("content", "") + text


def _add_thought(delta: dict[str, Json], texts: list[str], shape: str, part: Thinking) -> None:
    """Write words into each of the members in which the vendor has them."""
    members = shape.split()
    if CONTENT in members:
        words = [{"type": "text", "text": text} for text in texts]
        _list(delta, "content").append({"type": "thinking", "thinking": words})
        return
    text = "\n\n".join(texts)
    if DETAILS in members:
        _list(delta, DETAILS).append({words_in(part): text})
    plain = [member for member in PLAIN if member in members]
    for member in plain if plain or DETAILS in members else PLAIN[:1]:
        delta[member] = delta.get(member, "") + text


def _delta(chunk: dict[str, Json], choice: int) -> dict[str, Json]:
    return _choice(chunk, choice)["delta"]


def _choice(chunk: dict[str, Json], index: int) -> dict[str, Json]:
    for choice in chunk["choices"]:
        if choice["index"] == index:
            return choice
    chunk["choices"].append(_empty_choice(index))
    return chunk["choices"][-1]


def _empty_choice(index: int) -> dict[str, Json]:
    return {"index": index, "delta": {}, "finish_reason": None}


def _list(holder: dict[str, Json], name: str) -> list[Json]:
    return holder.setdefault(name, [])
