"""Replies of other dialects are told so that the official SDK understands all of them, streamed or not."""

import json
from typing import Any

import anthropic
import pytest

from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import Citation, Medium, Opaque, Request, Text, Thinking, ToolCall
from drawbridge.gateway.wire.dialect import Target, WireRequest
from drawbridge.gateway.wire.events import (
    Began,
    Ended,
    Event,
    Failed,
    FailureKind,
    Frame,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    PartEnded,
    StopReason,
    TokenLogprob,
)
from drawbridge.gateway.wire.profiles import UNKNOWN
from tests.gateway.wire.anthropic_messages.recorded_messages import asked, recorded
from tests.gateway.wire.anthropic_messages.telling import reply, told, understood, whole
from tests.parts.oracle.gathered import gather
from tests.parts.same_wire import payloads, read_events

# Any: JSON of any shape.
Json = Any

SEAL = Opaque("sealed", "gemini", "google")
BOTH = pytest.mark.parametrize("streamed", [False, True])


def blocks(events: list[Event], *, streamed: bool) -> list[Json]:
    return [block.model_dump(exclude_none=True) for block in understood(events, streamed=streamed).content]


@BOTH
def test_text_thinking_and_calls_are_understood(streamed: bool) -> None:
    events = reply(
        PartBegan(index=0, part=Thinking()),
        Grew(index=0, text="one"),
        Grew(index=0, text="two", paragraph=1),
        Marked(index=0, part=Thinking(seal=SEAL)),
        PartEnded(index=0),
        PartBegan(index=1, part=Text(text="Hel")),
        Grew(index=1, text="lo ✓"),
        PartEnded(index=1),
        PartBegan(index=2, part=ToolCall(id="call_1", name="weather", arguments="")),
        Grew(index=2, text='{"city":'),
        Grew(index=2, text='"Åre"}'),
        PartEnded(index=2),
        reason="tool_calls",
    )

    message = understood(events, streamed=streamed)

    thinking, text, call = (block.model_dump() for block in message.content)
    assert thinking["thinking"] == "one\n\ntwo"
    assert text["text"] == "Hello ✓"
    assert (call["id"], call["name"], call["input"]) == ("call_1", "weather", {"city": "Åre"})
    assert message.stop_reason == "tool_use"
    assert (message.model, message.id[:4]) == ("public", "msg_")


@BOTH
def test_usage_is_told_without_what_the_cache_holds(streamed: bool) -> None:
    usage = understood(reply(*whole(0, Text(text="t"))), streamed=streamed).usage

    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (4, 5, 3)
    assert usage.output_tokens == 9
    assert usage.output_tokens_details is not None
    assert usage.output_tokens_details.thinking_tokens == 4


def test_blocks_of_a_stream_never_interleave() -> None:
    calls = [ToolCall(id=f"c{n}", name="weather", arguments="") for n in range(3)]
    events = reply(
        *(PartBegan(index=n, part=call) for n, call in enumerate(calls)),
        *(Grew(index=n, text=text) for text in ('{"n":', "1}") for n in (2, 0, 1)),
        PartEnded(index=2),
        PartEnded(index=0),
        PartEnded(index=1),
    )

    _, body = told(events, streamed=True)

    indexes = [event["index"] for event in payloads(body) if "index" in event]
    assert indexes == sorted(indexes)
    assert [(block["id"], block["input"]) for block in blocks(events, streamed=True)] == [
        (f"c{n}", {"n": 1}) for n in range(3)
    ]


def test_every_event_of_a_stream_has_a_line_with_its_name() -> None:
    _, body = told(reply(*whole(0, Text(text="t"))), streamed=True)

    for event in body.decode().strip().split("\n\n"):
        name, data = event.split("\n")
        assert name == f"event: {json.loads(data.removeprefix('data: '))['type']}"


@BOTH
def test_the_seal_of_a_call_comes_back_onto_the_call(streamed: bool) -> None:
    call = ToolCall(id="c", name="weather", arguments="{}", seal=SEAL)
    content = blocks(reply(*whole(0, call)), streamed=streamed)
    message = {"role": "assistant", "content": content}
    body: Json = {"model": "m", "max_tokens": 1, "messages": [message]}

    request = ANTHROPIC_MESSAGES.read_request(WireRequest("POST", "/messages", body=body))

    assert [block["type"] for block in content] == ["redacted_thinking", "tool_use"]
    (part,) = request.messages[0].parts
    assert isinstance(part, ToolCall)
    assert part.seal == SEAL


@BOTH
def test_the_seal_that_a_text_gets_at_its_end_comes_back_onto_the_text(streamed: bool) -> None:
    began: list[Event] = [PartBegan(index=0, part=Text(text="t")), Marked(index=0, part=Text(text="", seal=SEAL))]
    content = blocks(reply(*began, PartEnded(index=0)), streamed=streamed)
    body: Json = {"model": "m", "messages": [{"role": "assistant", "content": content}]}

    request = ANTHROPIC_MESSAGES.read_request(WireRequest("POST", "/messages", body=body))

    (part,) = request.messages[0].parts
    assert isinstance(part, Text)
    assert (part.text, part.seal) == ("t", SEAL)


@BOTH
def test_reasoning_without_words_is_redacted_thinking_and_comes_back_to_its_maker(streamed: bool) -> None:
    content = blocks(reply(*whole(0, Thinking(seal=SEAL, is_redacted=True))), streamed=streamed)
    body: Json = {"model": "m", "messages": [{"role": "assistant", "content": content}]}

    (part,) = ANTHROPIC_MESSAGES.read_request(WireRequest("POST", "/messages", body=body)).messages[0].parts

    assert isinstance(part, Thinking)
    assert (part.is_redacted, part.seal) == (True, SEAL)


@BOTH
def test_thinking_without_a_seal_comes_back_without_and_is_never_sent_to_anthropic(streamed: bool) -> None:
    content = blocks(reply(*whole(0, Thinking(paragraphs=["hm"])), *whole(1, Text(text="t"))), streamed=streamed)
    body: Json = {"model": "m", "messages": [{"role": "assistant", "content": content}]}

    request = ANTHROPIC_MESSAGES.read_request(WireRequest("POST", "/messages", body=body))

    thinking = request.messages[0].parts[0]
    assert isinstance(thinking, Thinking)
    assert (thinking.paragraphs, thinking.seal) == (["hm"], None)
    assert [block["type"] for block in _sent_on(request)["messages"][0]["content"]] == ["text"]


@BOTH
def test_a_web_page_that_is_cited_is_told_and_never_sent_to_anthropic(streamed: bool) -> None:
    note = Citation(at="annotations[]", raw={"start": 1}, kind="url", url="https://e.org", title="E", start=1, end=2)
    writer, _ = told(reply(*whole(0, Text(text="t", citations=[note]))), streamed=streamed)
    content = blocks(reply(*whole(0, Text(text="t", citations=[note]))), streamed=streamed)
    body: Json = {"model": "m", "messages": [{"role": "assistant", "content": content}]}

    request = ANTHROPIC_MESSAGES.read_request(WireRequest("POST", "/messages", body=body))

    (cited,) = content[0]["citations"]
    assert (cited["type"], cited["url"], cited["title"]) == ("web_search_result_location", "https://e.org", "E")
    assert {loss.path for loss in writer.losses} == {"annotations[].start", "annotations[].end"}
    assert "citations" not in _sent_on(request)["messages"][0]["content"][0]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end", "end_turn"),
        ("length", "max_tokens"),
        ("refusal", "refusal"),
        ("filtered", "refusal"),
        ("paused", "pause_turn"),
        ("context_length", "model_context_window_exceeded"),
        ("other", "end_turn"),
    ],
)
@BOTH
def test_why_a_reply_ended_is_told(reason: StopReason, expected: str, streamed: bool) -> None:
    message = understood(reply(*whole(0, Text(text="t")), reason=reason), streamed=streamed)

    assert message.stop_reason == expected


def test_a_stop_sequence_is_named() -> None:
    events: list[Event] = [Began(), *whole(0, Text(text="t")), Ended(reason="stop_sequence", stop_sequence="END")]

    assert understood(events, streamed=True).stop_sequence == "END"


@BOTH
def test_a_reply_with_calls_ends_for_them_whatever_its_vendor_says(streamed: bool) -> None:
    events = reply(*whole(0, ToolCall(id="c", name="n", arguments="{}")), reason="end")

    assert understood(events, streamed=streamed).stop_reason == "tool_use"


@BOTH
def test_what_a_message_cannot_say_is_reported(streamed: bool) -> None:
    token = TokenLogprob("t", -0.1)
    writer, _ = told(
        reply(
            *whole(0, Medium(at="output[].image", raw="x", kind="image", data="x")),
            Logprobs(at="choices[].logprobs", raw=1, tokens=[token]),
            PartBegan(index=1, part=Text(at="choices[].message", raw="b", text="b"), choice=1),
            Frame(at="", raw={}, extras={"system_fingerprint": "fp"}),
        ),
        streamed=streamed,
    )

    assert {loss.path: loss.effect for loss in writer.losses} == {
        "output[].image": "answer",
        "choices[].logprobs": "answer",
        "choices[].message": "answer",
        "system_fingerprint": "none",
    }


@BOTH
def test_blank_text_is_no_block(streamed: bool) -> None:
    assert blocks(reply(*whole(0, Text(text="")), *whole(1, Text(text=" \n"))), streamed=streamed) == []


def test_arguments_that_are_no_object_are_kept_and_reported() -> None:
    writer, body = told(reply(*whole(0, ToolCall(id="c", name="n", arguments="[1"))), streamed=False)

    assert json.loads(body)["content"][0]["input"] == {"arguments": "[1"}
    assert len(writer.losses) == 1


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("bad_request", 400, anthropic.BadRequestError),
        ("credential", 401, anthropic.AuthenticationError),
        ("forbidden", 403, anthropic.PermissionDeniedError),
        ("not_found", 404, anthropic.NotFoundError),
        ("rate_limited", 429, anthropic.RateLimitError),
        ("broken_reply", 502, anthropic.InternalServerError),
    ],
)
@BOTH
def test_a_failure_is_the_sdks_error(
    kind: FailureKind, status: int, error: type[anthropic.APIStatusError], streamed: bool
) -> None:
    with pytest.raises(error, match="no luck") as raised:
        understood([Failed(kind=kind, message="no luck")], streamed=streamed)

    assert raised.value.status_code == status


def test_a_failure_within_a_stream_is_its_last_event() -> None:
    events: list[Event] = [Began(), PartBegan(index=0, part=Text(text="t")), Failed(kind="vendor", message="no luck")]
    writer, body = told(events, streamed=True)

    assert writer.status == 200
    assert payloads(body)[-1] == {"type": "error", "error": {"type": "api_error", "message": "no luck"}}
    with pytest.raises(anthropic.APIStatusError, match="no luck"):
        understood(events, streamed=True)


@BOTH
def test_a_reply_that_just_stops_is_ended_properly(streamed: bool) -> None:
    events: list[Event] = [Began(), PartBegan(index=0, part=Text(text="half"))]

    assert blocks(events, streamed=streamed) == [{"type": "text", "text": "half"}]


def test_no_reply_at_all_is_a_failure() -> None:
    writer, body = told([], streamed=True)

    assert (writer.status, writer.content_type) == (502, "application/json")
    assert json.loads(body)["type"] == "error"


@pytest.mark.recorded_traffic
def test_recorded_replies_told_as_if_of_another_dialect_are_understood_alike() -> None:
    for record in recorded("messages"):
        events = read_events(ANTHROPIC_MESSAGES, record, asked(record), [record.reply])
        if any(isinstance(event, Failed) for event in events) or record.reply.count(b'"message_start"') > 1:
            # Some reframed fixtures hold several replies, one behind the other.
            continue
        for event in events:
            event.shape = ""
        at_once, streamed = (understood(events, streamed=form).model_dump() for form in (False, True))
        assert at_once["content"] == streamed["content"], record.id
        assert at_once["stop_reason"] == streamed["stop_reason"], record.id
        assert _calls(at_once["content"]) == _calls(_content(record.reply)), record.id
        assert _words(at_once["content"]) == _words(_content(record.reply)), record.id


def _content(reply: bytes) -> Json:
    """Return the blocks of a recorded reply."""
    found = payloads(reply)
    message: Json = gather("anthropic-messages", found) if reply[:1] != b"{" else found
    return message["content"]


def _calls(content: Json) -> Json:
    return [(block["id"], block["name"], block["input"]) for block in content if block["type"] == "tool_use"]


def _words(content: Json) -> Json:
    told = [block.get("text") or block.get("thinking") or "" for block in content]
    return [words for words in told if words.strip()]


def _sent_on(request: Request) -> Json:
    return ANTHROPIC_MESSAGES.write_request(request, Target("anthropic", "m", UNKNOWN)).wire.body
