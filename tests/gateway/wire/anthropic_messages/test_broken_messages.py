"""Replies that break the vendor's own rules end in a failure, never in an exception."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import ReplyHead, WireRequest
from drawbridge.gateway.wire.events import Closed, Ended, Event, Failed
from tests.gateway.wire.anthropic_messages.recorded_messages import asked, recorded
from tests.parts.same_wire import read_events

# Any: JSON of any shape.
Json = Any

WORDS = st.sampled_from(
    [
        "type",
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "error",
        "text",
        "text_delta",
        "thinking",
        "thinking_delta",
        "signature",
        "signature_delta",
        "tool_use",
        "input_json_delta",
        "partial_json",
        "citations",
        "citations_delta",
        "citation",
        "index",
        "delta",
        "content_block",
        "content",
        "message",
        "usage",
        "input_tokens",
        "stop_reason",
        "tool_result",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=12,
)
STREAM = ReplyHead(200, streamed=True)
WHOLE = ReplyHead(200)


def read(reply: bytes, head: ReplyHead = STREAM) -> list[Event]:
    request = Request(dialect="openai-chat", model="m", messages=[], streamed=head.streamed)
    reader = ANTHROPIC_MESSAGES.read_reply(head, request)
    return [*reader.feed(reply), *reader.close()]


def told(events: list[Event], *, streamed: bool) -> bytes:
    writer = ANTHROPIC_MESSAGES.write_reply(
        Request(dialect="anthropic-messages", model="m", messages=[], streamed=streamed)
    )
    return writer.feed(events) + writer.close()


def stream(*events: Json) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


START: Json = {"type": "message_start", "message": {"id": "msg_1", "content": [], "usage": {"input_tokens": 1}}}
TEXT: Json = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}


@given(st.lists(ANYTHING, max_size=6), st.booleans())
@settings(deadline=None)
def test_any_stream_ends_in_its_end_or_in_a_failure(events: list[Json], begins: bool) -> None:
    found = read(stream(*([START, TEXT] if begins else []), *events))

    assert isinstance(found[-1], Closed | Failed) or any(isinstance(event, Closed) for event in found)
    for streamed in (True, False):
        assert told(found, streamed=streamed)
        for event in found:
            event.shape = ""
        assert told(found, streamed=streamed)


@given(ANYTHING, st.sampled_from([200, 400, 429, 500, 529]))
@settings(deadline=None)
def test_any_whole_reply_is_a_message_or_a_failure(value: Json, status: int) -> None:
    found = read(json.dumps(value).encode(), ReplyHead(status))

    assert found
    assert isinstance(found[-1], Failed) is (status >= 400) or status < 400
    assert told(found, streamed=False)


@given(st.binary(max_size=60), st.booleans())
@settings(deadline=None)
def test_bytes_that_are_no_reply_at_all_are_a_failure(reply: bytes, streamed: bool) -> None:
    assert isinstance(read(reply, STREAM if streamed else WHOLE)[-1], Failed)


@given(ANYTHING)
@settings(deadline=None)
def test_any_request_is_read_or_refused_as_malformed(body: Json) -> None:
    messages = [{"role": "user", "content": [body]}, {"role": "assistant", "content": body}]
    for wrong in (body, {"model": "m", "messages": messages, "system": body, "tools": [body], "thinking": body}):
        try:
            ANTHROPIC_MESSAGES.read_request(WireRequest("POST", "/messages", body=wrong))
        except MalformedRequest:
            continue


@pytest.mark.recorded_traffic
def test_a_recorded_stream_that_breaks_off_is_a_failure_wherever_it_does() -> None:
    cuts = random.Random(7)

    for record in recorded("messages"):
        if b"message_stop" not in record.reply or record.reply.count(b'"message_start"') > 1:
            continue
        whole = record.reply[: record.reply.rindex(b'"message_stop"') - len(b'data: {"type":')]
        for _ in range(4):
            events = read_events(ANTHROPIC_MESSAGES, record, asked(record), [whole[: cuts.randrange(len(whole))]])
            assert isinstance(events[-1], Failed), record.id
            assert events[-1].kind == "broken_reply", record.id


@pytest.mark.parametrize(
    "events",
    [
        [TEXT],
        [START, {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "t"}}],
        [START, TEXT, TEXT],
        [
            START,
            TEXT,
            {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "t"}},
        ],
        [START, {"type": "content_block_stop", "index": 0}],
        [START, TEXT, {"type": "message_stop"}],
        [START, TEXT, START],
        [{"type": "message_stop"}],
        [START, {"type": "message_stop"}],
        ["no object"],
    ],
)
def test_a_stream_out_of_turn_is_a_failure(events: Json) -> None:
    (failed,) = [event for event in read(stream(*events)) if isinstance(event, Failed)]

    assert failed.kind == "broken_reply"
    assert failed.message.startswith("The vendor's stream is broken: ")


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8"}, "context_length"),
        (400, {"type": "invalid_request_error", "message": "Your credit balance is too low"}, "billing"),
        (400, {"type": "invalid_request_error", "message": "no"}, "bad_request"),
        (429, {"type": "rate_limit_error", "message": "no"}, "rate_limited"),
        (529, {"type": "overloaded_error", "message": "no"}, "overloaded"),
        (503, {"message": "no"}, "overloaded"),
    ],
)
def test_what_a_vendor_refuses_is_told_apart(status: int, error: Json, kind: str) -> None:
    head = ReplyHead(status, (("retry-after", "7"),))

    failed = read(json.dumps({"type": "error", "error": error}).encode(), head)[-1]

    assert isinstance(failed, Failed)
    assert (failed.kind, failed.status, failed.message) == (kind, status, error["message"])
    assert failed.retry_after_s == 7


def test_an_error_within_a_stream_ends_it() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}

    events = read(stream(START, TEXT, error, {"type": "message_stop"}))

    assert isinstance(events[-1], Failed)
    assert (events[-1].kind, events[-1].message) == ("overloaded", "busy")
    assert not any(isinstance(event, Ended | Closed) for event in events)


def test_an_error_page_is_told_in_its_words() -> None:
    (failed,) = read(b"<html>Bad gateway</html>", ReplyHead(502, streamed=True))

    assert isinstance(failed, Failed)
    assert (failed.status, failed.message) == (502, "<html>Bad gateway</html>")
