"""Recorded chat completions come out of reading and writing as they went in, and any cut tells the same."""

import functools
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.gateway.wire.canonical import Request
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.openai_chat import OPENAI_CHAT
from tests.parts.oracle.facts import inside
from tests.parts.same_wire import (
    FOLDER,
    Record,
    exceptions,
    read_events,
    records,
    reply_difference,
    request_difference,
)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="there is no recorded traffic beside the project")


def asked(record: Record) -> Record:
    """Return a record whose request names its model, as Azure's need not."""
    wire = record.request
    if wire is None or not inside(wire.body) or "model" in wire.body:
        return record
    body = {"model": "recorded", **inside(wire.body)}
    named = WireRequest(wire.method, wire.path, wire.query, wire.headers, body)
    return Record(record.id, record.provider, record.endpoint, named, record.head, record.reply, record.tags)


def request_of(record: Record) -> Request:
    """Return the request of a record; where there is none, the least that a reply needs."""
    if record.request is None or not inside(record.request.body):
        return Request(dialect="openai-chat", model="m", messages=[], streamed=record.head.streamed)
    return OPENAI_CHAT.read_request(record.request)


def all_records() -> Iterator[Record]:
    return (asked(record) for record in records("chat"))


@functools.cache
def streams() -> list[Record]:
    return [record for record in all_records() if record.head.streamed]


def test_recorded_requests_are_the_same_when_written_again() -> None:
    found = [record for record in all_records() if record.request is not None and record.request.body]

    differences = {record.id: request_difference(OPENAI_CHAT, record) for record in found}

    assert len(found) > 800
    assert {name: what for name, what in differences.items() if what and name not in exceptions("openai-chat")} == {}


def test_recorded_replies_are_the_same_when_written_again() -> None:
    found = list(all_records())

    differences = {record.id: reply_difference(OPENAI_CHAT, record, request_of(record)) for record in found}

    assert len(found) > 800
    assert {name: what for name, what in differences.items() if what and name not in exceptions("openai-chat")} == {}


def test_few_recordings_are_excepted() -> None:
    assert len(exceptions("openai-chat")) <= 0.005 * len(list(records("chat")))


def test_bytes_one_by_one_tell_the_same_as_the_whole() -> None:
    short = [record for record in streams() if len(record.reply) < 8_000]

    for record in short:
        request = request_of(record)
        whole = read_events(OPENAI_CHAT, record, request, [record.reply])
        pieces = [bytes([byte]) for byte in record.reply]
        assert read_events(OPENAI_CHAT, record, request, pieces) == whole, record.id

    assert len(short) > 30


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_cut_tells_the_same_as_the_whole(data: st.DataObject) -> None:
    record = data.draw(st.sampled_from(streams()))
    cuts = data.draw(st.lists(st.integers(0, len(record.reply)), max_size=8).map(sorted))
    pieces = [record.reply[start:end] for start, end in itertools.pairwise([0, *cuts, len(record.reply)])]
    request = request_of(record)

    assert read_events(OPENAI_CHAT, record, request, pieces) == read_events(
        OPENAI_CHAT, record, request, [record.reply]
    )
