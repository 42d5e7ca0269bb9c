"""Recorded traffic, read and written again: equal as JSON, and the same wherever a stream is cut."""

import random

import pytest

from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.openai_responses import OPENAI_RESPONSES
from tests.parts.same_wire import FOLDER, exceptions, read_events, records, reply_difference, request_difference

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the recorded traffic is not there")

_CUTS = 6


def _asked(streamed: bool) -> Request:
    return Request(dialect="openai-responses", model="recorded", messages=[], streamed=streamed)


def test_every_recorded_request_is_written_as_it_was_read() -> None:
    known = exceptions("openai-responses")
    found = [record for record in records("responses") if record.request is not None and record.request.body]

    differences = {record.id: request_difference(OPENAI_RESPONSES, record) for record in found}

    assert len(found) > 300
    assert {name: why for name, why in differences.items() if why is not None and name not in known} == {}


def test_every_recorded_reply_is_written_as_it_was_read() -> None:
    known = exceptions("openai-responses")
    found = [*records("responses")]

    differences = {
        record.id: reply_difference(OPENAI_RESPONSES, record, _asked(record.head.streamed)) for record in found
    }

    assert len(found) > 400
    assert {name: why for name, why in differences.items() if why is not None and name not in known} == {}


def test_a_stream_tells_the_same_wherever_it_is_cut() -> None:
    chance = random.Random(20261123)
    for record in records("responses"):
        if not record.reply.startswith((b"event", b"data")):
            continue
        whole = read_events(OPENAI_RESPONSES, record, _asked(True), [record.reply])

        places = sorted(chance.sample(range(1, len(record.reply)), _CUTS))
        cuts = zip([0, *places], [*places, len(record.reply)], strict=True)
        pieces = [record.reply[start:end] for start, end in cuts]

        assert read_events(OPENAI_RESPONSES, record, _asked(True), pieces) == whole, record.id


def test_a_stream_in_single_bytes_tells_the_same() -> None:
    streams = [record for record in records("responses") if record.reply.startswith((b"event", b"data"))]
    record = min(streams, key=lambda record: len(record.reply))

    pieces = [bytes([byte]) for byte in record.reply]

    whole = read_events(OPENAI_RESPONSES, record, _asked(True), [record.reply])
    assert read_events(OPENAI_RESPONSES, record, _asked(True), pieces) == whole
