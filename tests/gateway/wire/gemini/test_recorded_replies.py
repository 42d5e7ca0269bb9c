"""[wire_same] and [wire_laws] on every recorded reply."""

import random

import pytest

from drawbridge.gateway.wire.events import Failed
from drawbridge.gateway.wire.gemini import GEMINI
from tests.gateway.wire.gemini.examples import request_of
from tests.parts.same_wire import FOLDER, exceptions, read_events, records, reply_difference

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the recorded traffic is not beside the project")

_ENDPOINTS = ("generateContent", "streamGenerateContent")


def test_recorded_replies_are_the_same_after_reading_and_writing() -> None:
    excused = exceptions("gemini")
    recorded = list(records("gemini", *_ENDPOINTS))

    different = {record.id: reply_difference(GEMINI, record, request_of(record)) for record in recorded}

    assert {id_: found for id_, found in different.items() if found is not None and id_ not in excused} == {}
    assert len(recorded) == 415


def test_no_recorded_answer_fails_and_every_recorded_error_does() -> None:
    recorded = list(records("gemini", *_ENDPOINTS))

    failed = {
        record.id
        for record in recorded
        if any(isinstance(event, Failed) for event in read_events(GEMINI, record, request_of(record), [record.reply]))
    }

    assert failed == {record.id for record in recorded if record.head.status >= 400}


def test_any_cut_of_a_recorded_stream_gives_the_same_events() -> None:
    chance = random.Random(0)
    streams = [record for record in records("gemini", *_ENDPOINTS) if record.head.streamed]

    for record in streams:
        request = request_of(record)
        whole = read_events(GEMINI, record, request, [record.reply])
        for _ in range(3):
            cut = _cut(record.reply, chance)
            assert read_events(GEMINI, record, request, cut) == whole, record.id
    assert len(streams) == 58


def test_a_recorded_stream_in_single_bytes_gives_the_same_events() -> None:
    streams = [record for record in records("gemini", *_ENDPOINTS) if record.head.streamed and len(record.reply) < 6000]

    for record in streams:
        request = request_of(record)
        single = [record.reply[place : place + 1] for place in range(len(record.reply))]
        assert read_events(GEMINI, record, request, single) == read_events(GEMINI, record, request, [record.reply])
    assert streams


def _cut(reply: bytes, chance: random.Random) -> list[bytes]:
    places = sorted(chance.randrange(len(reply)) for _ in range(20))
    return [reply[start:end] for start, end in zip([0, *places], [*places, len(reply)], strict=True)]
