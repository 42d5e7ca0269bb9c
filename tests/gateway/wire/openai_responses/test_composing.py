"""Responses that are composed from replies of other dialects, as the official SDK understands them."""

import json
from typing import Any

import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from drawbridge.gateway.wire.canonical import (
    Citation,
    Hosted,
    Medium,
    Opaque,
    Refusal,
    Request,
    Text,
    Thinking,
    ToolCall,
)
from drawbridge.gateway.wire.dialect import WireRequest
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
    StopReason,
    TokenLogprob,
    Usage,
)
from drawbridge.gateway.wire.openai_responses import OPENAI_RESPONSES
from tests.parts.same_wire import payloads
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

# Any: JSON as it was written.
Body = dict[str, Any]

_EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
_ASKED: Body = {
    "model": "public",
    "input": "hi",
    "instructions": "Be brief.",
    "temperature": 0.5,
    "tool_choice": "required",
    "tools": [{"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}],
}
_BEGAN = Began(id="chatcmpl-1", model="upstream", created_at=1763474589)
_SEAL = Opaque("c2ln", "gemini", "google")


def _request(*, streamed: bool = True) -> Request:
    return OPENAI_RESPONSES.read_request(WireRequest("POST", "/responses", body={**_ASKED, "stream": streamed}))


def _written(*events: Event, streamed: bool = True) -> bytes:
    writer = OPENAI_RESPONSES.write_reply(_request(streamed=streamed))
    return writer.feed([*events]) + writer.close()


def _events(*events: Event) -> list[Body]:
    """Return the stream, each event of which the SDK's types must hold strictly."""
    written = payloads(_written(*events))
    for event in written:
        _EVENT.validate_json(json.dumps(event), strict=True)
    assert [event["sequence_number"] for event in written] == list(range(len(written)))
    return written


async def _accumulated(*events: Event) -> Response:
    """Return what the SDK makes of the stream."""
    headers = (("content-type", "text/event-stream"),)
    answer = Answer(status=200, headers=headers, pieces=((_written(*events), 0.0),))
    async with (
        ScriptedVendor(always(answer)) as vendor,
        openai.AsyncOpenAI(api_key="key", base_url=f"{vendor.url}/v1", max_retries=0) as client,
        client.responses.stream(model="public", input="hi") as stream,
    ):
        return await stream.get_final_response()


def _part(index: int, part: Any, *pieces: str) -> list[Event]:
    grown = [Grew(index=index, text=piece) for piece in pieces]
    return [PartBegan(index=index, part=part), *grown, PartEnded(index=index)]


def _call(number: int, **more: Any) -> ToolCall:
    return ToolCall(id=f"call_{number}", name="look", arguments="", **more)


_AGENTIC: list[Event] = [
    _BEGAN,
    *_part(0, Thinking(seal=Opaque("abc", "anthropic-messages", "anthropic")), "hm", " yes"),
    *_part(1, Text(text=""), "Let me ", "look: 文 ü."),
    *_part(2, _call(1), '{"a"', ":1}"),
    *_part(3, _call(2), '{"b":2}'),
    Counted(usage=Usage(input=10, cached=4, output=5, reasoning=2)),
    Ended(reason="tool_calls"),
    Closed(),
]


def test_the_events_of_a_stream_have_the_order_of_the_reference() -> None:
    kinds = [
        event["type"].removeprefix("response.") for event in _events(*_AGENTIC[:5], *_AGENTIC[5:10], *_AGENTIC[-3:])
    ]

    assert kinds == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


async def test_the_sdk_accumulates_what_was_said() -> None:
    response = await _accumulated(*_AGENTIC)

    assert [item.type for item in response.output] == ["reasoning", "message", "function_call", "function_call"]
    assert response.output_text == "Let me look: 文 ü."
    calls = [item for item in response.output if item.type == "function_call"]
    assert [(call.call_id, call.name, call.arguments) for call in calls] == [
        ("call_1", "look", '{"a":1}'),
        ("call_2", "look", '{"b":2}'),
    ]
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.input_tokens_details.cached_tokens) == (10, 4)
    assert (response.usage.output_tokens, response.usage.output_tokens_details.reasoning_tokens) == (5, 2)


def test_a_whole_response_says_the_same_as_the_stream() -> None:
    last = _events(*_AGENTIC)[-1]["response"]
    whole = json.loads(_written(*_AGENTIC, streamed=False))

    Response.model_validate_json(json.dumps(whole), strict=True)
    assert whole == last


def test_a_response_repeats_what_was_asked_for() -> None:
    response = json.loads(_written(*_AGENTIC, streamed=False))

    assert (response["model"], response["instructions"], response["temperature"]) == ("public", "Be brief.", 0.5)
    assert (response["tool_choice"], response["tools"][0]["name"], response["store"]) == ("required", "look", False)
    assert response["created_at"] == 1763474589
    assert response["id"].startswith("resp_")


def test_reasoning_comes_back_to_its_maker() -> None:
    [item, *_] = json.loads(_written(*_AGENTIC, streamed=False))["output"]

    request = OPENAI_RESPONSES.read_request(WireRequest("POST", "/responses", body={"model": "m", "input": [item]}))

    thinking = request.messages[0].parts[0]
    assert isinstance(thinking, Thinking)
    assert thinking.paragraphs == ["hm yes"]
    assert thinking.seal == Opaque("abc", "anthropic-messages", "anthropic")


def test_the_signature_of_a_call_comes_back_with_the_call() -> None:
    events = [_BEGAN, *_part(0, _call(1, seal=_SEAL), "{}"), Ended(reason="tool_calls")]
    output = _events(*events)[-1]["response"]["output"]

    request = OPENAI_RESPONSES.read_request(WireRequest("POST", "/responses", body={"model": "m", "input": output}))

    [message] = request.messages
    assert isinstance(message.parts[0], ToolCall)
    assert message.parts[0].seal == _SEAL


async def test_calls_that_grow_interleaved_arrive_whole() -> None:
    begun = [PartBegan(index=number, part=_call(number)) for number in (0, 1)]
    grown = [
        Grew(index=1, text='{"b"'),
        Grew(index=0, text='{"a"'),
        Grew(index=1, text=":2}"),
        Grew(index=0, text=":1}"),
    ]
    ended = [PartEnded(index=1), PartEnded(index=0)]
    events = [_BEGAN, *begun, *grown, *ended, Ended(reason="tool_calls")]

    _events(*events)
    response = await _accumulated(*events)

    assert [item.arguments for item in response.output if item.type == "function_call"] == ['{"a":1}', '{"b":2}']


async def test_texts_that_follow_each_other_are_one_message() -> None:
    events = [_BEGAN, *_part(0, Text(text="one ")), *_part(1, Text(text="two")), Ended(reason="end")]

    _events(*events)
    response = await _accumulated(*events)

    assert [item.type for item in response.output] == ["message"]
    assert response.output_text == "one two"


async def test_a_text_that_goes_on_behind_a_call_stays_in_its_message() -> None:
    events = [
        _BEGAN,
        PartBegan(index=0, part=Text(text="a")),
        *_part(1, _call(1), "{}"),
        Grew(index=0, text="b"),
        PartEnded(index=0),
        Ended(reason="tool_calls"),
    ]

    _events(*events)

    assert (await _accumulated(*events)).output_text == "ab"


def test_a_call_of_a_custom_tool_in_a_namespace_is_one() -> None:
    part = ToolCall(id="c", name="exec", namespace="functions", arguments="ls\n", is_custom=True)

    [item] = _events(_BEGAN, *_part(0, part), Ended(reason="tool_calls"))[-1]["response"]["output"]

    assert (item["type"], item["name"], item["namespace"], item["input"]) == (
        "custom_tool_call",
        "exec",
        "functions",
        "ls\n",
    )


def test_a_call_without_arguments_has_an_empty_object() -> None:
    [item] = _events(_BEGAN, *_part(0, _call(1)), Ended(reason="tool_calls"))[-1]["response"]["output"]

    assert item["arguments"] == "{}"


def test_a_refusal_is_told_as_one() -> None:
    last = _events(_BEGAN, *_part(0, Refusal(text=""), "I ", "won't."), Ended(reason="refusal"))[-1]

    assert last["type"] == "response.completed"
    assert last["response"]["output"][0]["content"] == [{"type": "refusal", "refusal": "I won't."}]


@pytest.mark.parametrize(
    ("reason", "told"), [("length", "max_output_tokens"), ("filtered", "content_filter"), ("refusal", "content_filter")]
)
def test_an_answer_that_was_cut_short_is_incomplete(reason: StopReason, told: str) -> None:
    last = _events(_BEGAN, *_part(0, Text(text="a")), Ended(reason=reason))[-1]

    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": told}


def test_citations_and_probabilities_are_told() -> None:
    token = TokenLogprob(token="a", logprob=-0.5, top=[TokenLogprob(token="b", logprob=-1.5)])
    citation = Citation(kind="url", url="https://a.org", title="A")
    events = [
        _BEGAN,
        PartBegan(index=0, part=Text(text="")),
        Grew(index=0, text="abc"),
        Logprobs(tokens=[token]),
        Marked(index=0, citation=citation),
        PartEnded(index=0),
        Ended(reason="end"),
    ]

    [content] = _events(*events)[-1]["response"]["output"][0]["content"]

    assert content["annotations"] == [
        {"type": "url_citation", "url": "https://a.org", "title": "A", "start_index": 0, "end_index": 3}
    ]
    assert content["logprobs"] == [
        {
            "token": "a",
            "logprob": -0.5,
            "bytes": [97],
            "top_logprobs": [{"token": "b", "logprob": -1.5, "bytes": [98]}],
        }
    ]


def test_an_image_of_the_answer_is_told_as_a_generated_one() -> None:
    part = Medium(kind="image", media_type="image/png", data="iVBO")

    [item] = _events(_BEGAN, PartBegan(index=0, part=part), PartEnded(index=0), Ended(reason="end"))[-1]["response"][
        "output"
    ]

    assert (item["type"], item["result"]) == ("image_generation_call", "iVBO")


def test_what_a_response_cannot_say_is_reported_without_numbers() -> None:
    writer = OPENAI_RESPONSES.write_reply(_request())
    hosted = Hosted(at="content[3]", raw={"type": "server_tool_use", "name": "web_search"}, tool="web_search")

    writer.feed(
        [
            Frame(extras={"choices[0].odd": 1}),
            _BEGAN,
            *_part(0, hosted),
            PartBegan(index=1, part=Text(at="choices[1].message", raw={"content": "b"}, text="b"), choice=1),
        ]
    )

    assert [(loss.path, loss.effect) for loss in writer.losses] == [
        ("choices[].odd", "none"),
        ("content[].type", "answer"),
        ("content[].name", "answer"),
        ("choices[].message.content", "answer"),
    ]


def test_a_stream_that_fails_keeps_what_was_said_and_ends_in_a_failure() -> None:
    failed = Failed(kind="rate_limited", message="Too fast.", status=429)

    last = _events(_BEGAN, PartBegan(index=0, part=Text(text="half")), failed)[-1]

    assert last["type"] == "response.failed"
    assert last["response"]["error"] == {"code": "rate_limit_exceeded", "message": "Too fast."}
    assert last["response"]["output"][0]["content"][0]["text"] == "half"


def test_a_stream_without_an_end_ends_in_a_failure() -> None:
    assert _events(_BEGAN, PartBegan(index=0, part=Text(text="half")))[-1]["type"] == "response.failed"


def test_a_failure_before_anything_was_said_is_an_error_with_its_status() -> None:
    writer = OPENAI_RESPONSES.write_reply(_request())

    body = writer.feed([Frame(kind="error"), Failed(kind="overloaded", message="Busy.", status=529)]) + writer.close()

    assert (writer.status, writer.content_type) == (503, "application/json")
    assert json.loads(body)["error"]["message"] == "Busy."


def test_a_service_tier_that_openai_does_not_have_is_not_told() -> None:
    writer = OPENAI_RESPONSES.write_reply(_request(streamed=False))
    counted = Counted(at="usage", raw={"service_tier": "standard"}, usage=Usage(), service_tier="standard")

    response = json.loads(writer.feed([_BEGAN, counted, Ended(reason="end")]) + writer.close())

    assert response["service_tier"] == "default"
    assert [loss.path for loss in writer.losses] == ["usage.service_tier"]
