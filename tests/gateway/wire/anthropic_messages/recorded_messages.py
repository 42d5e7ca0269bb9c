"""Recorded messages, as the tests of this dialect read them."""

import pytest

from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import Request
from tests.parts.same_wire import FOLDER, Record, records


def recorded(*endpoints: str) -> list[Record]:
    """Return the recorded messages. Skips the test where there are none."""
    if not (FOLDER / "messages.jsonl.gz").is_file():
        pytest.skip("There is no recorded traffic here: messages.jsonl.gz belongs into ../shared/traffic.")
    return [*records("messages", *endpoints)]


def asked(record: Record) -> Request:
    """Return the request of a record; one that asks for no more than the record's form where there is none."""
    if record.request is not None:
        return ANTHROPIC_MESSAGES.read_request(record.request)
    return Request(dialect=ANTHROPIC_MESSAGES.name, model="recorded", messages=[], streamed=record.head.streamed)
