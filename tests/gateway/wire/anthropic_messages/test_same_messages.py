"""What is read from Anthropic messages and written to them again is the same, however a stream is cut."""

import random

import pytest

from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from tests.gateway.wire.anthropic_messages.recorded_messages import asked, recorded
from tests.parts.same_wire import exceptions, read_events, reply_difference, request_difference

pytestmark = pytest.mark.recorded_traffic

_MOST_EXCEPTIONS = 0.005


def test_every_recorded_request_is_the_same_after_reading_and_writing() -> None:
    requests = [record for record in recorded() if record.request is not None]

    different = {record.id: found for record in requests if (found := request_difference(ANTHROPIC_MESSAGES, record))}

    assert len(requests) > 300
    assert different == {}


def test_every_recorded_reply_is_the_same_after_reading_and_writing() -> None:
    excused = exceptions("anthropic-messages")

    different = {
        record.id: found
        for record in recorded()
        if (found := reply_difference(ANTHROPIC_MESSAGES, record, asked(record)))
    }

    assert different.keys() == excused.keys(), different
    assert len(excused) <= _MOST_EXCEPTIONS * len(recorded())


def test_any_cut_of_a_recorded_reply_tells_the_same_events() -> None:
    sizes = random.Random(4)

    for record in recorded():
        request = asked(record)
        at_once = read_events(ANTHROPIC_MESSAGES, record, request, [record.reply])
        pieces = [record.reply[at : at + 1] for at in range(min(len(record.reply), 4000))] + [record.reply[4000:]]
        assert read_events(ANTHROPIC_MESSAGES, record, request, pieces) == at_once, record.id
        assert read_events(ANTHROPIC_MESSAGES, record, request, _cut(record.reply, sizes)) == at_once, record.id


def _cut(reply: bytes, sizes: random.Random) -> list[bytes]:
    pieces: list[bytes] = []
    while reply:
        size = sizes.choice((1, 2, 7, 60, 500, 4_000))
        pieces.append(reply[:size])
        reply = reply[size:]
    return pieces
