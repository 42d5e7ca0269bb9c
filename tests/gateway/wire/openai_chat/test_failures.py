"""Whatever a vendor sends, reading it never raises; its errors are told in words for people."""

import json
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Closed, Ended, Failed, FailureKind
from drawbridge.gateway.wire.openai_chat import OPENAI_CHAT
from tests.gateway.wire.openai_chat.examples import Json, call, chunk, events_of, foreign, read, stream
from tests.parts.oracle.facts import inside

_NAMES = st.sampled_from(
    [
        *("id", "choices", "index", "delta", "message", "content", "role", "tool_calls", "function", "name"),
        *("arguments", "finish_reason", "usage", "prompt_tokens", "error", "code", "type", "text", "thinking"),
        *("reasoning_details", "reasoning", "annotations", "url_citation", "url", "logprobs", "token", "refusal"),
        *("custom", "input", "top_logprobs", "bytes", "function_call", "signature", "created", "model"),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


def changed(value: Json, data: st.DataObject) -> Json:
    """Put anything in the place of something."""
    members = inside(value)
    if members and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(members)))
        return {**members, name: changed(members[name], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        # cast: nothing is known of the elements.
        first, *others = cast("list[Json]", value)
        return [changed(first, data), *others]
    return data.draw(ANYTHING)


CHUNKS = [
    chunk(role="assistant", content=""),
    chunk(content="a", reasoning="b", reasoning_details=[{"type": "reasoning.text", "text": "b"}]),
    chunk(tool_calls=[call(0, id="a", function={"name": "look", "arguments": "{}"})]),
    chunk(finish="tool_calls"),
    {**chunk(), "usage": {"prompt_tokens": 1, "completion_tokens": 1}},
]


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_no_chunk_makes_reading_or_writing_raise(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(CHUNKS) - 1))
    chunks = [*CHUNKS]
    chunks[place] = changed(chunks[place], data)

    for request in (foreign(streamed=True), read(stream=True)):
        events = events_of(stream(*chunks), request)
        writer = OPENAI_CHAT.write_reply(read(stream=True))
        written = writer.feed(events) + writer.close()

        assert any(isinstance(event, Failed | Ended) for event in events)
        assert written


@settings(deadline=None, max_examples=200)
@given(body=ANYTHING, status=st.sampled_from([200, 400, 500]), streamed=st.booleans())
def test_no_whole_reply_makes_reading_or_writing_raise(body: Json, status: int, streamed: bool) -> None:
    events = events_of(json.dumps(body).encode(), read(stream=streamed), status=status, streamed=streamed)
    writer = OPENAI_CHAT.write_reply(read(stream=streamed))

    assert writer.feed(events) + writer.close()
    assert any(isinstance(event, Failed | Ended) for event in events)


@settings(deadline=None, max_examples=200)
@given(text=st.binary(max_size=60), streamed=st.booleans())
def test_no_bytes_make_reading_raise(text: bytes, streamed: bool) -> None:
    events = events_of(text, streamed=streamed)

    assert [event for event in events if isinstance(event, Failed)]
    assert isinstance(events[-1], Failed | Closed)


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (401, {"error": {"message": "Bad key", "code": "invalid_api_key"}}, "credential", "Bad key"),
        (429, {"error": {"message": "Slow down"}}, "rate_limited", "Slow down"),
        (429, {"error": {"message": "Pay", "code": "insufficient_quota"}}, "quota", "Pay"),
        (400, {"error": {"message": "Too long", "code": "context_length_exceeded"}}, "context_length", "Too long"),
        (400, {"error": {"message": "Filtered", "code": "content_filter"}}, "filtered", "Filtered"),
        # Mistral's and vLLM's forms.
        (400, {"object": "error", "message": "Wrong", "type": "invalid_request_error"}, "bad_request", "Wrong"),
        (422, {"detail": [{"loc": ["body"], "msg": "Extra inputs"}]}, "bad_request", "Extra inputs"),
        (401, {"detail": "Unauthorized"}, "credential", "Unauthorized"),
        # Ollama's.
        (404, {"error": "model not found"}, "not_found", "model not found"),
        (503, {"error": {"message": "Busy"}}, "overloaded", "Busy"),
        (200, {"error": {"message": "Upstream", "code": 502}}, "vendor", "Upstream"),
    ],
)
def test_errors_are_read_in_whatever_form_they_come(status: int, body: Json, kind: FailureKind, message: str) -> None:
    events = events_of(json.dumps(body).encode(), status=status, streamed=False)

    failed = events[-1]
    assert isinstance(failed, Failed)
    assert (failed.kind, failed.message) == (kind, message)


def test_an_error_that_is_no_json_is_told_by_its_text() -> None:
    failed = events_of(b"upstream connect error", status=502)[-1]

    assert isinstance(failed, Failed)
    assert (failed.kind, failed.status, failed.message) == ("vendor", 502, "upstream connect error")


def test_when_to_try_again_is_read_from_the_headers() -> None:
    head = ReplyHead(429, (("retry-after", "7"),))
    reader = OPENAI_CHAT.read_reply(head, foreign())

    failed = [*reader.feed(b'{"error":{"message":"x"}}'), *reader.close()][-1]

    assert isinstance(failed, Failed)
    assert failed.retry_after_s == 7
