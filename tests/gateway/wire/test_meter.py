"""What a vendor's reply says was used is read from it, in each dialect and at any cut."""

import json
import random
from collections.abc import Iterator
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.dialects import Operation, TaskOperation
from drawbridge.gateway.wire.meter import Metered, meter_for
from drawbridge.usage.events import Tokens
from tests.gateway.wire.recorded import Json

OPERATIONS: tuple[Operation, ...] = (
    "chat.completions", "responses", "embeddings", "messages", "messages.count_tokens", "generateContent",
    "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents",
)  # fmt: skip


def whole(operation: Operation, body: Json) -> Metered:
    meter = meter_for(operation)
    meter.reply(body if isinstance(body, bytes) else json.dumps(body).encode())
    return meter.result()


def streamed(operation: Operation, *pieces: bytes) -> Metered:
    meter = meter_for(operation)
    for piece in pieces:
        meter.piece(piece)
    return meter.result()


def events(*payloads: Json) -> bytes:
    texts = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    return b"".join(b"data: " + text.encode() + b"\n\n" for text in texts)


def cut(stream: bytes, seed: int) -> Iterator[bytes]:
    sizes = random.Random(seed)
    at = 0
    while at < len(stream):
        size = sizes.choice((1, 2, 7, 40, 300, 5000))
        yield stream[at : at + size]
        at += size


CHUNK: Json = {
    "id": "c-1",
    "model": "m-1",
    "choices": [{"index": 0, "delta": {"content": "grüße"}, "finish_reason": None}],
}
FINISH: Json = {"id": "c-1", "model": "m-1", "choices": [{"index": 0, "finish_reason": "stop"}]}
COUNT: Json = {"id": "c-1", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}


def test_a_chat_stream_tells_its_count_and_itself() -> None:
    metered = streamed("chat.completions", events({**CHUNK, "service_tier": "flex"}, FINISH, COUNT, "[DONE]"))

    assert metered == Metered(
        tokens=Tokens(input=9, output=4),
        exact=True,
        complete=True,
        seen_output_bytes=len("grüße".encode()),
        reply_model="m-1",
        service_tier="flex",
        reply_id="c-1",
        failed=False,
    )


def test_a_chat_stream_that_breaks_off_tells_what_was_seen() -> None:
    arguments: Json = {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"a":1}'}}], "reasoning": "hm"}}

    metered = streamed("chat.completions", events(CHUNK, {"choices": [arguments]})[:-1])

    assert (metered.tokens, metered.exact, metered.complete) == (None, False, False)
    assert metered.seen_output_bytes == len("grüße".encode()) + len('{"a":1}') + len("hm")


def test_a_chat_stream_is_complete_only_when_every_choice_is() -> None:
    other: Json = {"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": None}]}

    assert not streamed("chat.completions", events(CHUNK, other, FINISH)).complete
    assert streamed("chat.completions", events(CHUNK, FINISH)).complete


def test_a_chat_stream_has_ended_only_with_its_end_mark() -> None:
    meter = meter_for("chat.completions")

    meter.piece(events(CHUNK, FINISH))
    finished = meter.ended()
    meter.piece(events(COUNT, "[DONE]"))

    assert (finished, meter.ended()) == (False, True)


def test_the_last_of_several_counts_stands() -> None:
    earlier: Json = {**CHUNK, "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}}

    metered = streamed(
        "chat.completions", events(earlier, {**FINISH, "usage": COUNT["usage"]}, {**FINISH, "usage": None})
    )

    assert metered.tokens == Tokens(input=9, output=4)


def test_an_error_in_a_stream_is_told() -> None:
    assert streamed("chat.completions", events(CHUNK, {"error": {"message": "overloaded"}})).failed
    assert streamed("responses", events({"type": "error", "message": "no"})).failed
    assert streamed("messages", events({"type": "error", "error": {"type": "overloaded_error"}})).failed
    assert streamed("streamGenerateContent", events({"error": {"code": 503}})).failed


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 5, "image_tokens": 7},
                "completion_tokens_details": {"reasoning_tokens": 20, "audio_tokens": 3},
            },
            Tokens(
                input=100, input_cached=60, input_audio=5, input_image=7, output=50, output_reasoning=20, output_audio=3
            ),
        ),
        ({"prompt_tokens": 10, "prompt_cache_hit_tokens": 4}, Tokens(input=10, input_cached=4)),
        ({"prompt_tokens": 10, "num_cached_tokens": 4}, Tokens(input=10, input_cached=4)),
        ({"prompt_tokens": 10, "cached_tokens": 4}, Tokens(input=10, input_cached=4)),
        ({"prompt_tokens": 10, "cached_tokens": 40}, Tokens(input=50, input_cached=40)),
        (
            {
                "prompt_tokens": 12,
                "completion_tokens": 2,
                "total_tokens": 34,
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            Tokens(input=12, output=22, output_reasoning=20),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 201,
                "total_tokens": 585,
                "prompt_tokens_details": {"audio_tokens": 375},
            },
            Tokens(input=384, input_audio=375, output=201),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 20}, Tokens(input=9, output=11)),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3}},
            Tokens(input=9, input_cached=4, input_cache_write_5m=3),
        ),
        ({"prompt_tokens": 9.0, "completion_tokens": None, "prompt_tokens_details": None}, Tokens(input=9)),
        ({"prompt_tokens": "9", "completion_tokens": -3, "total_tokens": True}, None),
        ({"prompt_tokens": 1e30, "completion_tokens": 10**30}, None),
        ({"cost": 0.1}, None),
        ([], None),
        (None, None),
    ],
)  # fmt: skip
def test_a_chat_count_is_read_as_each_vendor_means_it(usage: object, tokens: Tokens | None) -> None:
    assert whole("chat.completions", {"id": "c", "usage": usage}).tokens == tokens


def test_groq_and_moonshot_count_in_places_of_their_own() -> None:
    groq: Json = {**FINISH, "x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}}
    moonshot: Json = {"choices": [{"index": 0, "delta": {}, "usage": {"prompt_tokens": 3, "completion_tokens": 4}}]}

    assert streamed("chat.completions", events(groq)).tokens == Tokens(input=3, output=4)
    assert streamed("chat.completions", events(moonshot)).tokens == Tokens(input=3, output=4)


def test_anthropic_cache_tokens_are_added_to_the_input_by_lifetime() -> None:
    usage: Json = {
        "input_tokens": 10,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 70,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 40},
        "output_tokens": 5,
        "output_tokens_details": {"thinking_tokens": 3},
        "service_tier": "standard",
        "server_tool_use": {"web_search_requests": 1},
    }

    metered = whole("messages", {"id": "msg_1", "model": "claude", "usage": usage})

    assert metered.exact
    assert metered.service_tier == "standard"
    assert metered.tokens == Tokens(
        input=180,
        input_cached=100,
        input_cache_write_5m=30,
        input_cache_write_1h=40,
        output=5,
        output_reasoning=3,
    )


def test_an_anthropic_cache_write_without_lifetime_is_the_short_one() -> None:
    metered = whole("messages", {"usage": {"input_tokens": 1, "cache_creation_input_tokens": 7, "output_tokens": 2}})

    assert metered.tokens == Tokens(input=8, input_cache_write_5m=7, output=2)


def test_an_anthropic_compaction_is_counted_and_an_advisor_is_not() -> None:
    usage: Json = {
        "input_tokens": 612,
        "output_tokens": 19,
        "iterations": [
            {"type": "compaction", "input_tokens": 60_000, "output_tokens": 500, "cache_read_input_tokens": 1_000},
            {"type": "advisor_message", "model": "other", "input_tokens": 5, "output_tokens": 6},
            {"type": "message", "input_tokens": 612, "output_tokens": 19},
        ],
    }

    metered = whole("messages", {"usage": usage})

    assert metered.tokens == Tokens(input=61_612, input_cached=1_000, output=519)


START: Json = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "model": "claude",
        "usage": {"input_tokens": 25, "cache_read_input_tokens": 5, "output_tokens": 1},
    },
}
TEXT: Json = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}
JSON_PART: Json = {
    "type": "content_block_delta",
    "index": 1,
    "delta": {"type": "input_json_delta", "partial_json": '{"a'},
}
DELTA: Json = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 15}}
STOP: Json = {"type": "message_stop"}


def test_an_anthropic_stream_counts_its_input_first_and_its_output_last() -> None:
    metered = streamed("messages", events(START, TEXT, JSON_PART, DELTA, STOP))

    assert metered.tokens == Tokens(input=30, input_cached=5, output=15)
    assert (metered.exact, metered.complete, metered.seen_output_bytes) == (True, True, 8)


def test_an_anthropic_stream_that_breaks_off_has_a_count_that_is_not_exact() -> None:
    metered = streamed("messages", events(START, TEXT))

    assert metered.tokens == Tokens(input=30, input_cached=5, output=1)
    assert (metered.exact, metered.complete, metered.seen_output_bytes) == (False, False, 5)


def test_an_anthropic_stream_without_a_closing_count_is_not_exact() -> None:
    metered = streamed("messages", events(START, TEXT, STOP))

    assert (metered.exact, metered.complete) == (False, True)


def test_a_repeated_anthropic_input_replaces_the_first() -> None:
    again: Json = {
        "type": "message_delta",
        "usage": {"input_tokens": 40, "cache_read_input_tokens": None, "output_tokens": 2},
    }

    assert streamed("messages", events(START, again, STOP)).tokens == Tokens(input=45, input_cached=5, output=2)


def test_gemini_adds_tool_prompts_to_the_input_and_thoughts_to_the_output() -> None:
    usage: Json = {
        "promptTokenCount": 100,
        "toolUsePromptTokenCount": 20,
        "cachedContentTokenCount": 60,
        "candidatesTokenCount": 30,
        "thoughtsTokenCount": 40,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 9}, {"modality": "IMAGE", "tokenCount": 8}, None],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 7}],
        "serviceTier": "flex",
    }

    metered = whole("generateContent", {"candidates": [{"finishReason": "STOP"}], "usageMetadata": usage})

    assert metered.service_tier == "flex"
    assert metered.tokens == Tokens(
        input=120, input_cached=60, input_audio=9, input_image=8, output=70, output_reasoning=40, output_image=7
    )


GEMINI: list[Json] = [
    {"candidates": [{"content": {"parts": [{"text": 'a "]} \\ b'}]}}], "usageMetadata": {"promptTokenCount": 4}},
    {
        "candidates": [{"content": {"parts": [{"functionCall": {"name": "f"}}]}}],
        "usageMetadata": {"promptTokenCount": 4},
    },
    {
        "candidates": [{"finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 6},
        "modelVersion": "gemini-x",
        "responseId": "r-1",
    },
]


@given(st.integers(min_value=0), st.sampled_from(["events", "array", "pretty"]))
def test_a_gemini_stream_is_read_in_either_form_at_any_cut(seed: int, form: str) -> None:
    array = json.dumps(GEMINI, indent=2 if form == "pretty" else None).encode()
    stream = events(*GEMINI) if form == "events" else array

    metered = streamed("streamGenerateContent", *cut(stream, seed))

    assert metered.tokens == Tokens(input=4, output=6)
    assert (metered.complete, metered.reply_model, metered.reply_id) == (True, "gemini-x", "r-1")
    assert metered.seen_output_bytes >= len('a "]} \\ b') + len('{"name": "f"}')


def test_a_gemini_array_that_breaks_off_is_read_up_to_there() -> None:
    stream = json.dumps(GEMINI).encode()

    metered = streamed("streamGenerateContent", stream[:-60])

    assert (metered.tokens, metered.complete, metered.exact) == (Tokens(input=4), False, False)


def test_a_blocked_gemini_prompt_is_a_complete_reply() -> None:
    blocked: Json = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}}

    metered = streamed("streamGenerateContent", events(blocked))

    assert (metered.tokens, metered.complete) == (Tokens(input=4), True)


@pytest.mark.parametrize("end", ["response.completed", "response.incomplete", "response.failed"])
def test_a_response_counts_in_its_last_event(end: str) -> None:
    usage: Json = {
        "input_tokens": 40,
        "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 2},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 15},
    }
    created: Json = {"type": "response.created", "response": {"id": "resp_1", "model": "m", "usage": None}}
    delta: Json = {"type": "response.output_text.delta", "delta": "Hello"}
    last: Json = {"type": end, "response": {"id": "resp_1", "service_tier": "default", "usage": usage}}

    metered = streamed("responses", events(created, delta, last))

    assert metered == Metered(
        tokens=Tokens(input=40, input_cached=30, input_cache_write_5m=2, output=20, output_reasoning=15),
        exact=True,
        complete=True,
        seen_output_bytes=5,
        reply_model="m",
        service_tier="default",
        reply_id="resp_1",
        failed=end == "response.failed",
    )


def test_a_response_that_runs_in_the_background_is_not_complete() -> None:
    metered = whole("responses", {"id": "resp_1", "status": "queued", "usage": None})

    assert (metered.tokens, metered.complete, metered.failed) == (None, False, False)


@pytest.mark.parametrize("operation", ["messages.count_tokens", "countTokens"])
def test_counting_tokens_uses_none(operation: Operation) -> None:
    metered = whole(operation, {"input_tokens": 2_000, "totalTokens": 2_000})

    assert (metered.tokens, metered.exact) == (Tokens(), True)


def test_a_whole_reply_in_the_place_of_a_stream_is_read_too() -> None:
    body = json.dumps({"id": "c-1", "usage": COUNT["usage"]}).encode()

    metered = streamed("chat.completions", b" ", body[:9], body[9:])

    assert (metered.tokens, metered.complete) == (Tokens(input=9, output=4), True)


@pytest.mark.parametrize("operation", [*get_args(TaskOperation), "chat.completions", "messages", "generateContent"])
def test_a_whole_reply_that_is_an_error_has_ended_and_failed(operation: Operation) -> None:
    meter = meter_for(operation)

    meter.reply(b'{"error": {"message": "no"}, "model": "m"}')

    told = meter.result()
    assert meter.ended()
    assert (told.failed, told.complete) == (True, False)


def test_half_an_emoji_does_not_hide_the_count() -> None:
    body = b'{"choices":[{"message":{"content":"\\ud83d"}}],"usage":{"prompt_tokens":9,"completion_tokens":4}}'

    assert whole("chat.completions", body).tokens == Tokens(input=9, output=4)


def test_an_unfinished_last_event_counts_if_it_is_whole_json() -> None:
    assert streamed("chat.completions", events(FINISH, COUNT).rstrip(b"\n")).tokens == Tokens(input=9, output=4)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            [
                "usage", "choices", "delta", "content", "tool_calls", "function", "type", "message", "response",
                "usageMetadata", "candidates", "parts", "text", "prompt_tokens", "input_tokens", "iterations", "error",
                "promptTokenCount", "promptTokensDetails", "cache_creation", "finish_reason", "x_groq", "id", "index",
            ]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
GARBAGE = (
    st.binary(max_size=60)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | JSON_VALUES.map(lambda value: b"data: " + json.dumps(value).encode() + b"\n\n")
    | st.sampled_from([b"[" * 5_000, b"data: " + b"[" * 5_000 + b"\n\n", b'{"a":' * 5_000, b'data: {"id":"\xff"}\n\n'])
)


@given(st.sampled_from(OPERATIONS), st.lists(GARBAGE, max_size=4))
def test_no_meter_raises_on_anything_a_vendor_sends(operation: Operation, pieces: list[bytes]) -> None:
    metered = streamed(operation, *pieces)
    whole(operation, b"".join(pieces))

    assert metered.seen_output_bytes >= 0
    assert metered.tokens is None or metered.tokens.input >= metered.tokens.input_cached
