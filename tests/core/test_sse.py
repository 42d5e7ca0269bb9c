"""Events come out of a stream the same, wherever it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.core.sse import Event, EventSplitter, EventTooLarge

STREAMS = st.lists(
    st.sampled_from(
        [
            b"data: x", b"data:y", b"data", b"data:  two", b"database: no", b"event: ping", b"id: 1", b": note",
            b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"\r\r", b"\xef\xbb\xbf", "data: ü".encode(),
        ]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


def split(*pieces: bytes) -> list[Event]:
    splitter = EventSplitter(limit=1 << 20)
    events = [event for piece in pieces for event in splitter.feed(piece)]
    return events + splitter.close()


def pieces_of(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(STREAMS, st.lists(st.integers(min_value=0)))
def test_any_cut_of_a_stream_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    events = split(*pieces_of(stream, cuts))

    assert events == split(stream)


@given(STREAMS)
def test_one_byte_at_a_time_gives_the_same_events(stream: bytes) -> None:
    events = split(*[stream[at : at + 1] for at in range(len(stream))])

    assert events == split(stream)


@given(STREAMS, st.lists(st.integers(min_value=0)))
def test_the_raws_of_all_events_are_the_stream(stream: bytes, cuts: list[int]) -> None:
    events = split(*pieces_of(stream, cuts))

    assert b"".join(event.raw for event in events) == stream


@given(STREAMS)
def test_the_line_ends_make_no_difference_to_the_data(stream: bytes) -> None:
    plain = stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    events = split(plain.replace(b"\n", b"\r\n"))

    assert [event.data for event in events] == [event.data for event in split(plain)]


@given(STREAMS)
def test_the_span_of_the_data_is_the_data(stream: bytes) -> None:
    for event in split(stream):
        span = event.data_span

        assert span is None or event.raw[slice(*span)] == event.data


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        (b"data: one\n\n", b"one"),
        (b"data:one\r\n\r\n", b"one"),
        (b"data: one\rdata: two\r\r", b"one\ntwo"),
        (b"data:  one\n\n", b" one"),
        (b"data\n\n", b""),
        (b"event: ping\nid: 7\n\n", None),
        (b": note\n\n", None),
        (b": data: no\n\n", None),
        (b"event: e\ndata: one\nretry: 3\n\n", b"one"),
        (b"\xef\xbb\xbfdata: one\n\n", b"one"),
        (b"database: one\n\n", None),
        (b"\n", None),
    ],
)
def test_an_event_tells_its_data(raw: bytes, data: bytes | None) -> None:
    (event,) = split(raw)

    assert event.data == data


def test_an_event_tells_its_last_name() -> None:
    named, nameless = split(b"event: first\nevent:last\ndata: event\n\ndata: event\n\n")

    assert (named.name, nameless.name) == ("last", None)


def test_an_event_is_given_with_its_last_byte() -> None:
    splitter = EventSplitter(limit=100)

    assert splitter.feed(b"data: one\n") == []
    assert splitter.feed(b"\ndata: two") == [Event(b"data: one\n\n")]
    assert splitter.close() == [Event(b"data: two")]
    assert splitter.close() == []


def test_an_event_beyond_the_limit_is_refused_and_given_back() -> None:
    splitter = EventSplitter(limit=10)
    splitter.feed(b"data: 0123456789")

    with pytest.raises(EventTooLarge, match="larger than 10 bytes"):
        splitter.feed(b"\n\n")

    assert splitter.close() == [Event(b"data: 0123456789")]


def test_a_large_event_in_small_pieces_takes_no_quadratic_time() -> None:
    splitter = EventSplitter(limit=1 << 30)
    piece = b"x" * 1024

    for _ in range(50_000):
        splitter.feed(piece)

    assert len(splitter.feed(b"\n\n")) == 1
