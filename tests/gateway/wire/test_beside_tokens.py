"""What vendors charge for beside tokens: counted where a reply tells it."""

import json

import pytest

from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.wire.meter import meter_for
from drawbridge.usage.rates import NO_EXTRAS, Extras
from tests.parts.caller import Json


def events(*payloads: Json) -> bytes:
    return b"".join(b"data: " + json.dumps(payload).encode() + b"\n\n" for payload in payloads)


@pytest.mark.parametrize(
    ("operation", "reply", "beside"),
    [
        ("images.generations", {"data": [{"b64_json": "x"}, {"url": "y"}]}, Extras(images=2)),
        ("images.edits", {"data": [{"b64_json": "x"}], "usage": {"input_tokens": 1}}, Extras(images=1)),
        ("audio.transcriptions", {"text": "Hi", "usage": {"type": "duration", "seconds": 7}}, Extras(audio_ms=7_000)),
        ("audio.translations", {"text": "Hi", "usage": {"type": "duration", "seconds": 7.5}}, Extras(audio_ms=7_500)),
        (
            "messages",
            {"usage": {"output_tokens": 1, "server_tool_use": {"web_search_requests": 2}}},
            Extras(web_searches=2),
        ),
        ("images.generations", {"data": "none"}, NO_EXTRAS),
        ("images.generations", {"error": {}}, NO_EXTRAS),
        ("audio.transcriptions", {"usage": {"seconds": "seven"}}, NO_EXTRAS),
        ("audio.transcriptions", {"usage": {"seconds": -7}}, NO_EXTRAS),
        ("messages", {"usage": {"output_tokens": 1, "server_tool_use": None}}, NO_EXTRAS),
    ],
)
def test_a_whole_reply_is_counted(operation: Operation, reply: Json, beside: Extras) -> None:
    meter = meter_for(operation)

    meter.reply(json.dumps(reply).encode())

    assert meter.result().beside == beside


def test_the_searches_of_a_stream_are_those_told_last() -> None:
    meter = meter_for("messages")

    for searches in (1, 3):
        usage: Json = {"output_tokens": 9, "server_tool_use": {"web_search_requests": searches}}
        meter.piece(events({"type": "message_delta", "usage": usage}))

    assert meter.result().beside == Extras(web_searches=3)


def test_each_finished_image_of_a_stream_counts() -> None:
    meter = meter_for("images.generations")

    meter.piece(events({"type": "image_generation.partial_image"}, {"type": "image_generation.completed"}))
    meter.piece(events({"type": "image_generation.completed"}))

    assert meter.result().beside == Extras(images=2)
