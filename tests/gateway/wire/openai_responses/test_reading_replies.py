"""What is read of a reply of a Responses vendor."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.canonical import CustomTool, Hosted, Opaque, Request, Text, Thinking, ToolCall
from drawbridge.gateway.wire.dialect import ReplyHead, Target
from drawbridge.gateway.wire.events import (
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
)
from drawbridge.gateway.wire.openai_responses import OPENAI_RESPONSES
from drawbridge.gateway.wire.profiles import UNKNOWN
from tests.gateway.wire.openai_responses.replies import ASKED, Body, added, call, completed, done, read, stream
from tests.parts.same_wire import payloads

_MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}


def _texts(events: list[Event]) -> dict[int, str]:
    told: dict[int, str] = {}
    for event in events:
        if isinstance(event, PartBegan):
            match event.part:
                case Text() as part:
                    told[event.index] = part.text
                case ToolCall() as part:
                    told[event.index] = part.arguments
                case _:
                    told[event.index] = ""
        elif isinstance(event, Grew):
            told[event.index] += event.text
    return told


def _reason(events: list[Event]) -> str:
    assert isinstance(events[-1], Ended)
    return events[-1].reason


def test_arguments_that_come_only_at_the_end_are_told() -> None:
    events = read(
        stream(
            added(0, call(1)),
            {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"a":1}'},
            done(0, call(1)),
            completed(),
        )
    )

    assert _texts(events) == {0: '{"a":1}'}
    assert _reason(events) == "tool_calls"


def test_a_stream_of_whole_items_only_tells_all_of_them() -> None:
    message: Body = {**_MESSAGE, "content": [{"type": "output_text", "text": "hi", "annotations": []}]}

    events = read(stream(done(0, message), done(1, call(1, "{}")), completed()))

    assert _texts(events) == {0: "hi", 1: "{}"}
    assert sum(isinstance(event, PartEnded) for event in events) == 2


def test_a_stream_with_nothing_but_its_end_tells_the_output_of_that() -> None:
    message: Body = {**_MESSAGE, "content": [{"type": "output_text", "text": "hi", "annotations": []}]}

    assert _texts(read(stream(completed(message)))) == {0: "hi"}


def test_what_is_said_again_is_told_once() -> None:
    item: Body = {**_MESSAGE, "content": [{"type": "output_text", "text": "hi there", "annotations": []}]}
    place = {"output_index": 0, "content_index": 0}

    events = read(
        stream(
            added(0, {**_MESSAGE, "content": []}),
            {"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": ""}},
            {"type": "response.output_text.delta", **place, "delta": "hi "},
            {"type": "response.output_text.delta", **place, "delta": "there"},
            {"type": "response.output_text.done", **place, "text": "hi there"},
            {"type": "response.content_part.done", **place, "part": {"type": "output_text", "text": "hi there"}},
            done(0, item),
            completed(item),
        )
    )

    assert _texts(events) == {0: "hi there"}


def test_calls_that_come_interleaved_stay_apart() -> None:
    def piece(index: int, text: str) -> Body:
        return {"type": "response.function_call_arguments.delta", "output_index": index, "delta": text}

    events = read(
        stream(
            added(0, call(1)),
            added(1, call(2)),
            piece(1, '{"b"'),
            piece(0, '{"a"'),
            piece(1, ":2}"),
            piece(0, ":1}"),
            done(1, call(2, '{"b":2}')),
            done(0, call(1, '{"a":1}')),
            completed(),
        )
    )

    assert _texts(events) == {0: '{"a":1}', 1: '{"b":2}'}
    ids = [event.part.id for event in events if isinstance(event, PartBegan) and isinstance(event.part, ToolCall)]
    assert ids == ["call_1", "call_2"]


def test_a_run_of_the_vendors_own_tool_is_hosted_and_the_answer_behind_it_is_told() -> None:
    search = {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    }
    message: Body = {**_MESSAGE, "content": [{"type": "output_text", "text": "found", "annotations": []}]}

    events = read(
        stream(added(0, {"type": "web_search_call", "id": "ws_1"}), done(0, search), done(1, message), completed())
    )

    begun = [event.part for event in events if isinstance(event, PartBegan)]
    assert [type(part) for part in begun] == [Hosted, Text]
    marked = [event.part for event in events if isinstance(event, Marked)]
    assert isinstance(marked[0], Hosted)
    assert marked[0].text == "q"
    assert _reason(events) == "end"


def test_reasoning_is_told_by_paragraphs_and_sealed_at_its_end() -> None:
    def piece(paragraph: int, text: str) -> Body:
        kind = "response.reasoning_summary_text.delta"
        return {"type": kind, "item_id": "rs_1", "output_index": 0, "summary_index": paragraph, "delta": text}

    item: Body = {"type": "reasoning", "id": "rs_1", "summary": []}
    summary = [{"type": "summary_text", "text": text} for text in ("one", "two")]

    events = read(
        stream(
            added(0, item),
            piece(0, "one"),
            piece(1, "two"),
            done(0, {**item, "summary": summary, "encrypted_content": "abc"}),
            completed(),
        )
    )

    assert [(event.text, event.paragraph) for event in events if isinstance(event, Grew)] == [("one", 0), ("two", 1)]
    [marked] = [event.part for event in events if isinstance(event, Marked)]
    assert isinstance(marked, Thinking)
    assert marked.seal == Opaque("abc", "openai-responses", "vendor", "rs_1")


def test_probabilities_and_usage_are_told() -> None:
    logprobs: list[Body] = [{"token": "hi", "logprob": -0.5, "bytes": [104, 105], "top_logprobs": []}]
    part: Body = {"type": "output_text", "text": "hi", "annotations": [], "logprobs": logprobs}
    details = {"input_tokens_details": {"cached_tokens": 2}, "output_tokens_details": {"reasoning_tokens": 1}}
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7, **details}
    body: Body = {"id": "resp_1", "status": "completed", "output": [{**_MESSAGE, "content": [part]}], "usage": usage}

    events = read(json.dumps(body).encode())

    [told] = [event for event in events if isinstance(event, Logprobs)]
    assert (told.tokens[0].token, told.tokens[0].logprob, told.index) == ("hi", -0.5, 0)
    [counted] = [event.usage for event in events if isinstance(event, Counted)]
    assert (counted.input, counted.cached, counted.output, counted.reasoning) == (3, 2, 4, 1)


def test_a_call_by_a_name_that_was_made_fit_comes_back_by_the_callers_name() -> None:
    request = Request(dialect="anthropic-messages", model="m", messages=[], tools=[CustomTool(name="shell.run")])
    item: Body = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": "shell_run_", "input": "ls"}
    written = OPENAI_RESPONSES.write_request(request, _TARGET).wire.body["tools"][0]["name"]

    events = read(stream(done(0, {**item, "name": written}), completed()), request)

    [part] = [event.part for event in events if isinstance(event, PartBegan)]
    assert isinstance(part, ToolCall)
    assert (part.name, part.arguments, part.is_custom) == ("shell.run", "ls", True)


def test_an_incomplete_response_ends_for_its_reason() -> None:
    for reason, told in (("max_output_tokens", "length"), ("content_filter", "filtered")):
        response: Body = {"id": "r", "status": "incomplete", "incomplete_details": {"reason": reason}, "output": []}

        events = read(stream({"type": "response.incomplete", "response": response}))

        assert _reason(events) == told


def test_an_error_in_a_stream_and_an_error_instead_of_a_reply_are_failures() -> None:
    error = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "No money.", "param": None}

    [in_stream] = read(stream({"type": "error", "sequence_number": 0, "error": error}))
    [instead] = read(json.dumps({"error": error}).encode(), status=429)
    [no_json] = read(b"{upstream connect error", status=503)

    assert isinstance(in_stream, Failed)
    assert isinstance(instead, Failed)
    assert isinstance(no_json, Failed)
    assert (in_stream.kind, in_stream.message) == ("quota", "No money.")
    assert (instead.kind, instead.status) == ("quota", 429)
    assert (no_json.kind, no_json.message) == ("overloaded", "{upstream connect error")


def test_a_stream_that_breaks_off_or_breaks_the_rules_ends_in_a_failure() -> None:
    broken: tuple[bytes, ...] = (
        stream(added(0, call(1))),
        stream({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": 5}),
        stream({"type": "response.function_call_arguments.delta", "output_index": 3, "delta": "{"}),
        stream({"type": "response.output_item.added", "output_index": 10**9, "item": call(1)}),
        stream({"no": "type"}),
        b"data: {nonsense\n\n",
        b"",
    )

    for reply in broken:
        last = read(reply)[-1]
        assert isinstance(last, Failed), reply
        assert last.kind == "broken_reply", reply


def test_what_only_holds_a_reply_together_is_no_loss_to_callers_of_other_dialects() -> None:
    response: Body = {"id": "resp_1", "object": "response", "status": "in_progress", "temperature": 1.0, "odd": 1}
    delta: Body = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "sequence_number": 1}
    reader = OPENAI_RESPONSES.read_reply(ReplyHead(200, streamed=True), ASKED)

    events = reader.feed(
        stream({"type": "response.created", "response": response}, {**delta, "delta": "a", "obfuscation": "x"})
    )

    frames = [event for event in events if isinstance(event, Frame)]
    assert [frame.extras for frame in frames] == [{"response.odd": 1}, {}]


_KINDS = st.sampled_from(
    [
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.refusal.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.reasoning_summary_text.delta",
        "response.reasoning_text.done",
        "response.completed",
        "error",
        "made up",
    ]
)
_WORDS = st.sampled_from(
    ["message", "reasoning", "function_call", "custom_tool_call", "web_search_call", "output_text", "refusal", "x", ""]
)
_SCALARS = st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False, allow_infinity=False) | _WORDS
_NAMES = st.sampled_from(
    [
        "type", "id", "call_id", "name", "arguments", "input", "content", "summary", "text", "delta", "part", "item",
        "response", "output", "usage", "output_index", "content_index", "summary_index", "annotations", "annotation",
        "logprobs", "token", "logprob", "error", "status", "item_id", "encrypted_content",
    ]
)  # fmt: skip
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=6), max_leaves=12
)
_MEMBERS = st.dictionaries(_NAMES, _VALUES, max_size=8)
_TARGET = Target("vendor", "up", UNKNOWN)


@given(st.lists(st.tuples(_KINDS, _MEMBERS), max_size=6))
def test_whatever_a_vendor_streams_the_reading_ends_well_and_is_written_as_it_was(
    events: list[tuple[str, Body]],
) -> None:
    sent = [{**rest, "type": kind} for kind, rest in events]
    reader = OPENAI_RESPONSES.read_reply(ReplyHead(200, streamed=True, provider="vendor"), ASKED)
    streamed, whole = (OPENAI_RESPONSES.write_reply(_caller(streamed=streamed)) for streamed in (True, False))

    told = [*reader.feed(stream(*sent)), *reader.close()]
    written = streamed.feed(told) + streamed.close()

    assert any(isinstance(event, Ended | Failed) for event in told)
    assert whole.feed(told) + whole.close()
    framed = sum(isinstance(event, Frame) for event in told)
    assert not framed or payloads(written)[:framed] == sent[:framed]


@given(_VALUES, st.sampled_from([200, 400, 500]))
def test_whatever_a_vendor_answers_the_reading_ends_well_and_can_be_written(value: Any, status: int) -> None:
    reader = OPENAI_RESPONSES.read_reply(ReplyHead(status, provider="vendor"), ASKED)
    writer = OPENAI_RESPONSES.write_reply(_caller(streamed=False))

    told = [*reader.feed(json.dumps(value).encode()), *reader.close()]

    assert any(isinstance(event, Ended | Failed) for event in told)
    assert writer.feed(told) + writer.close()


def _caller(*, streamed: bool) -> Request:
    return Request(dialect="openai-responses", model="public", messages=[], streamed=streamed)


def test_an_annotation_whose_type_is_no_word_is_passed_over() -> None:
    annotation: dict[str, object] = {"type": ["file_citation"], "url": {}}
    text: dict[str, object] = {"type": "output_text", "text": "Yes.", "annotations": [annotation]}

    events = read(stream(completed({**_MESSAGE, "content": [text]})))

    assert _texts(events) == {0: "Yes."}
    assert _reason(events) == "end"


def test_a_stream_that_says_it_is_done_before_its_end_has_failed() -> None:
    events = read(stream(added(0, call(1))) + b"data: [DONE]\n\n")

    assert isinstance(events[-1], Failed)
    assert events[-1].kind == "broken_reply"
