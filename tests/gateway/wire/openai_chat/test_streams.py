"""Streams of chat completions vendors, with all that they do differently, as events."""

from collections import Counter

import pytest

from drawbridge.gateway.wire.canonical import CustomTool, Function, Opaque, Text, Thinking, ToolCall
from drawbridge.gateway.wire.events import (
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Grew,
    Marked,
    PartBegan,
    PartEnded,
)
from drawbridge.gateway.wire.tool_names import as_arguments
from tests.gateway.wire.openai_chat.examples import Json, call, chunk, events_of, foreign, read, stream


def calls_of(events: list[Event]) -> list[tuple[str, str, str]]:
    """Return the calls, whole: id, name and arguments."""
    found: dict[int, ToolCall] = {}
    for event in events:
        if isinstance(event, PartBegan) and isinstance(event.part, ToolCall):
            found[event.index] = event.part
        elif isinstance(event, Grew) and event.index in found:
            found[event.index].arguments += event.text
    return [(part.id, part.name, part.arguments) for part in found.values()]


def test_parallel_calls_whose_pieces_come_by_turns_are_kept_apart() -> None:
    events = events_of(
        stream(
            chunk(tool_calls=[call(0, id="a", function={"name": "one", "arguments": ""})]),
            chunk(tool_calls=[call(1, id="b", function={"name": "two", "arguments": '{"x"'})]),
            chunk(tool_calls=[call(0, function={"arguments": "{}"}), call(1, function={"arguments": ":1}"})]),
            chunk(finish="tool_calls"),
        )
    )

    assert calls_of(events) == [("a", "one", "{}"), ("b", "two", '{"x":1}')]
    assert [event.reason for event in events if isinstance(event, Ended)] == ["tool_calls"]


def test_whole_calls_without_an_index_are_calls_of_their_own() -> None:
    # Mistral's, recorded 2026-08.
    events = events_of(
        stream(
            chunk(
                tool_calls=[
                    call(id="a", function={"name": "look", "arguments": "{}"}),
                    call(id="b", function={"name": "look", "arguments": "{}"}),
                ],
                finish="tool_calls",
            )
        )
    )

    assert calls_of(events) == [("a", "look", "{}"), ("b", "look", "{}")]


def test_calls_that_all_have_the_index_zero_are_told_apart_by_their_ids() -> None:
    events = events_of(
        stream(
            chunk(tool_calls=[call(0, id="a", function={"name": "look", "arguments": '{"x":1}'})]),
            chunk(tool_calls=[call(0, id="b", function={"name": "look", "arguments": '{"x":2}'})]),
            chunk(finish="tool_calls"),
        )
    )

    assert calls_of(events) == [("a", "look", '{"x":1}'), ("b", "look", '{"x":2}')]


def test_ids_and_names_that_are_repeated_in_each_piece_are_one_call() -> None:
    piece = {"name": "look", "arguments": "{"}
    events = events_of(
        stream(
            chunk(tool_calls=[call(0, id="a", function=piece)]),
            chunk(tool_calls=[call(0, id="a", function={"name": "look", "arguments": "}"})]),
            chunk(finish="tool_calls"),
        )
    )

    assert calls_of(events) == [("a", "look", "{}")]


def test_calls_with_the_same_id_or_none_get_ids_of_their_own() -> None:
    events = events_of(
        stream(
            chunk(tool_calls=[call(0, id="a", function={"name": "look", "arguments": "{}"})]),
            chunk(tool_calls=[call(1, id="a", function={"name": "look", "arguments": "{}"})]),
            chunk(tool_calls=[call(2, function={"name": "look", "arguments": "{}"})]),
            chunk(finish="tool_calls"),
        )
    )

    ids = [name for name, _, _ in calls_of(events)]
    assert ids[0] == "a"
    assert len(set(ids)) == 3


def test_a_name_that_comes_late_is_waited_for() -> None:
    events = events_of(
        stream(
            chunk(tool_calls=[call(0, id="a", function={"arguments": "{"})]),
            chunk(tool_calls=[call(0, function={"name": "look", "arguments": "}"})]),
            chunk(finish="tool_calls"),
        )
    )

    assert calls_of(events) == [("a", "look", "{}")]


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(content="a"), chunk(tool_calls=[call(0, id="x", function={"name": "n", "arguments": "{}"})])],
        [chunk(reasoning_content="a"), chunk(content="b"), chunk(reasoning_content="c"), chunk(content="d")],
        [chunk(content="a", index=1), chunk(content="b", index=0), chunk(content="c", index=1)],
        [chunk(refusal="no"), chunk(content="but")],
    ],
)
def test_every_part_begins_once_and_ends_once_and_grows_between(chunks: list[Json]) -> None:
    events = events_of(stream(*chunks, chunk(finish="stop"), chunk(finish="stop", index=1)))

    state: dict[int, str] = {}
    for event in events:
        if isinstance(event, PartBegan):
            assert event.index == len(state)
            state[event.index] = "open"
        elif isinstance(event, Grew | Marked):
            assert state[event.index] == "open"
        elif isinstance(event, PartEnded):
            assert state[event.index] == "open"
            state[event.index] = "ended"
    assert set(state.values()) == {"ended"}


def test_ends_come_last_after_the_usage() -> None:
    counted: Json = {**chunk(), "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}

    events = events_of(stream(chunk(content="a"), chunk(finish="stop"), counted))

    assert [type(event) for event in events[-3:]] == [Counted, Ended, Closed]


def test_reasoning_by_either_name_is_told_once() -> None:
    both = chunk(reasoning="hm", reasoning_content="hm")

    events = events_of(stream(both, chunk(content="a"), chunk(finish="stop")))

    thoughts = [event.part for event in events if isinstance(event, PartBegan) and isinstance(event.part, Thinking)]
    assert [thought.paragraphs for thought in thoughts] == [["hm"]]
    assert thoughts[0].seal == Opaque("reasoning_content", "openai-chat", "vendor")


def test_signatures_of_reasoning_come_with_its_end() -> None:
    events = events_of(
        stream(
            chunk(reasoning="h", reasoning_details=[{"type": "reasoning.text", "text": "h", "index": 0}]),
            chunk(reasoning="m", reasoning_details=[{"type": "reasoning.text", "text": "m", "index": 0}]),
            chunk(reasoning_details=[{"type": "reasoning.text", "signature": "s", "index": 0}]),
            chunk(content="a"),
            chunk(finish="stop"),
        )
    )

    marked = [event.part for event in events if isinstance(event, Marked)]
    assert [event.text for event in events if isinstance(event, Grew)] == ["m"]
    assert len(marked) == 1
    assert isinstance(marked[0], Thinking)
    assert marked[0].seal == Opaque('{"type":"reasoning.text","index":0,"signature":"s"}', "openai-chat", "vendor")


def test_thinking_within_lists_of_content_is_read() -> None:
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]

    events = events_of(stream(chunk(content=thinking), chunk(content="a"), chunk(finish="stop")))

    parts = [event.part for event in events if isinstance(event, PartBegan)]
    assert isinstance(parts[0], Thinking)
    assert parts[0].paragraphs == ["hm"]
    assert isinstance(parts[1], Text)


def test_citations_before_the_first_word_are_for_the_text_that_follows() -> None:
    cited = {"type": "url_citation", "url_citation": {"url": "https://example.com", "title": "E"}}

    events = events_of(stream(chunk(content="", annotations=[cited]), chunk(content="a"), chunk(finish="stop")))

    citations = [event.citation for event in events if isinstance(event, Marked)]
    assert [citation.url for citation in citations if citation is not None] == ["https://example.com"]


def test_calls_to_tools_with_made_up_names_come_back_under_the_callers_own() -> None:
    request = foreign(tools=[Function(name="do", namespace="mcp")])
    made_up = "mcp__do"

    events = events_of(
        stream(
            chunk(tool_calls=[call(0, id="a", function={"name": made_up, "arguments": "{}"})]), chunk(finish="stop")
        ),
        request,
    )

    part = next(event.part for event in events if isinstance(event, PartBegan))
    assert isinstance(part, ToolCall)
    assert (part.namespace, part.name) == ("mcp", "do")


def test_calls_to_custom_tools_are_told_as_free_text_once_they_are_whole() -> None:
    arguments = as_arguments("*** Begin")
    request = foreign(tools=[CustomTool(name="patch")])

    events = events_of(
        stream(
            chunk(tool_calls=[call(0, id="a", function={"name": "patch", "arguments": arguments[:5]})]),
            chunk(tool_calls=[call(0, function={"arguments": arguments[5:]})]),
            chunk(finish="tool_calls"),
        ),
        request,
    )

    part = next(event.part for event in events if isinstance(event, PartBegan))
    assert isinstance(part, ToolCall)
    assert (part.is_custom, part.arguments) == (True, "*** Begin")
    assert not any(isinstance(event, Grew) for event in events)


def test_a_stream_may_leave_its_last_event_out_once_all_choices_have_ended() -> None:
    events = events_of(stream(chunk(content="a"), chunk(finish="stop"), done=False))

    assert [event.reason for event in events if isinstance(event, Ended)] == ["end"]
    assert not any(isinstance(event, Failed) for event in events)


@pytest.mark.parametrize(
    "reply",
    [
        stream(chunk(content="a"), done=False),
        stream(chunk(content="a"), chunk(content="b", index=1), chunk(finish="stop"), done=False),
        stream(),
        b"",
        b"data: {broken\n\ndata: [DONE]\n\n",
        b"data: 7\n\n",
        b"<html>502</html>",
    ],
)
def test_a_stream_that_breaks_the_rules_ends_in_a_failure(reply: bytes) -> None:
    events = events_of(reply)

    kinds = Counter(type(event) for event in events)
    assert [event.kind for event in events if isinstance(event, Failed)] == ["broken_reply"]
    assert kinds[Ended] == 0
    assert isinstance(events[-1], Failed | Closed)


def test_an_error_in_a_stream_is_told_with_its_particulars() -> None:
    error = {"error": {"message": "Too many", "code": 429, "type": "rate_limit_error"}}

    events = events_of(stream(chunk(content="a"), error, chunk(content="b")), read(stream=True))

    failed = next(event for event in events if isinstance(event, Failed))
    assert (failed.kind, failed.status, failed.message) == ("rate_limited", 429, "Too many")
    assert isinstance(events[-1], Closed)
    assert not any(isinstance(event, Grew) for event in events)
