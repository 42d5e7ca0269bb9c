"""What is read of replies with images, sound, verdicts and rankings."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.wire.meter import Metered, meter_for
from drawbridge.usage.events import Tokens
from tests.gateway.wire.recorded import Json, payloads, records

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "usage", "meta", "error", "model", "delta", "input_tokens", "input_token_details"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=9,
)


def whole(operation: Operation, body: bytes | Json) -> Metered:
    meter = meter_for(operation)
    meter.reply(body if isinstance(body, bytes) else json.dumps(body).encode())
    return meter.result()


def streamed(operation: Operation, *events: Json) -> Metered:
    meter = meter_for(operation)
    for event in events:
        meter.piece(b"data: " + json.dumps(event).encode() + b"\n\n")
    return meter.result()


@pytest.mark.parametrize("operation", OPERATIONS)
@given(value=JSON, noise=st.binary(max_size=40))
def test_no_reply_breaks_a_meter(operation: Operation, value: Json, noise: bytes) -> None:
    text = json.dumps(value).encode()

    for body in (text, noise, text[:-1], b'{"usage":' + text + b"}"):
        whole(operation, body)
        meter = meter_for(operation)
        for piece in (b"data: ", body, b"\n\n", noise):
            meter.piece(piece)
        meter.result()


def test_images_are_counted_by_kind() -> None:
    usage: Json = {
        "input_tokens": 50,
        "input_tokens_details": {"image_tokens": 40, "text_tokens": 10},
        "output_tokens": 300,
        "output_tokens_details": {"image_tokens": 272, "text_tokens": 28},
    }

    metered = whole("images.generations", {"data": [], "usage": usage})

    assert metered.tokens == Tokens(input=50, input_image=40, output=300, output_image=272)
    assert metered.exact


def test_the_output_of_images_is_images_where_its_parts_are_not_told() -> None:
    metered = whole("images.edits", {"usage": {"input_tokens": 1, "output_tokens": 272}})

    assert metered.tokens == Tokens(input=1, output=272, output_image=272)


def test_images_that_come_one_after_the_other_are_counted_together() -> None:
    done: Json = {"type": "image_generation.completed", "usage": {"input_tokens": 10, "output_tokens": 200}}

    metered = streamed("images.generations", {"type": "image_generation.partial_image"}, done, done)

    assert metered.tokens == Tokens(input=20, output=400, output_image=400)
    assert metered.exact


@pytest.mark.parametrize("operation", ["images.generations", "audio.transcriptions", "rerank"])
def test_a_whole_reply_without_a_count_is_complete_and_not_exact(operation: Operation) -> None:
    metered = whole(operation, {"data": [], "text": "hi", "usage": {"type": "duration", "seconds": 9}})

    assert (metered.complete, metered.exact, metered.tokens) == (True, False, None)


def test_a_transcript_of_mistral_is_counted() -> None:
    usage: Json = {"prompt_tokens": 4, "completion_tokens": 635, "total_tokens": 639, "prompt_audio_seconds": 203}

    assert whole("audio.transcriptions", {"text": "hi", "usage": usage}).tokens == Tokens(input=4, output=635)
    assert streamed("audio.transcriptions", {"type": "transcription.done", "usage": usage}).exact


@pytest.mark.parametrize("first", [b"ID3", b"\xff\xfb", b"RIFF", b"{", b"[", b" ", b"\n\n"])
def test_sound_is_complete_when_it_has_come_and_tells_nothing(first: bytes) -> None:
    meter = meter_for("audio.speech")
    for piece in (first, b"data: {}\n\n", bytes(range(256))):
        meter.piece(piece)

    metered = meter.result()
    assert (metered.complete, metered.exact, metered.tokens, metered.seen_output_bytes) == (True, False, None, 4_000)


def test_a_verdict_is_free_unless_the_vendor_counts() -> None:
    free = whole("moderations", {"results": []})
    counted = whole("moderations", {"results": [], "usage": {"prompt_tokens": 9, "total_tokens": 9}})

    assert (free.tokens, free.exact) == (Tokens(), True)
    assert (counted.tokens, counted.exact) == (Tokens(input=9), True)


def test_an_error_inside_of_a_stream_of_media_is_seen() -> None:
    assert streamed("images.generations", {"error": {"message": "no"}}).failed
    assert streamed("audio.speech", {"type": "error"}).failed


OTHER: dict[str, Operation] = {
    "completions": "completions",
    "moderations": "moderations",
    "rerank": "rerank",
    "cohere/v1/rerank": "rerank",
    "cohere/v2/rerank": "rerank",
    "images": "images.generations",
}


def counted(usage: Json) -> Tokens | None:
    if not usage:
        return None
    if "completion_tokens" not in usage:
        return Tokens(input=usage["total_tokens"])
    details: Json = usage.get("completion_tokens_details") or {}
    return Tokens(
        input=usage["prompt_tokens"],
        output=usage["completion_tokens"],
        output_image=details.get("image_tokens", 0),
    )


@pytest.mark.recorded_traffic
def test_recorded_replies_are_metered_as_a_plain_reading_counts_them() -> None:
    seen: set[str] = set()
    for record in records("other"):
        response, operation = record["response"], OTHER.get(record["endpoint"])
        if operation is None or response["status"] != 200:
            continue
        seen.add(record["endpoint"])
        if "sse" in response:
            meter = meter_for(operation)
            meter.piece(response["sse"].encode())
            metered = meter.result()
            pieces = payloads(response["sse"])
            usage = next((piece["usage"] for piece in pieces if piece.get("usage")), None)
        else:
            metered, usage = whole(operation, response["body"]), response["body"].get("usage")
        wanted = Tokens() if operation == "moderations" else counted(usage)
        assert (metered.tokens, metered.complete) == (wanted, True), record["id"]
    assert seen == set(OTHER)


@pytest.mark.recorded_traffic
def test_recorded_compactions_are_metered_as_a_plain_reading_counts_them() -> None:
    found = [record["response"]["body"] for record in records("responses") if record["endpoint"] == "responses/compact"]

    assert found
    for body in found:
        usage, metered = body["usage"], whole("responses.compact", body)
        assert metered.tokens == Tokens(input=usage["input_tokens"], output=usage["output_tokens"])
        assert metered.exact
