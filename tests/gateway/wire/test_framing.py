"""A reply's bytes give the same JSON values, however they are cut."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.framing import Framing
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON

EVENTS = b'event: a\ndata: {"n":1}\n\n: ping\n\ndata: {"n":"\xc3\xbc"}\r\n\r\ndata: [DONE]\n\n'
ARRAY = b'[{"n":1}\n,\r\n{"n":{"m":"]}"}}]\n'
WHOLE = b' {"n": [1, 2]}\n'


def read(text: bytes, cuts: list[int]) -> list[object]:
    framing = Framing(streamed=True)
    places = sorted({0, len(text), *cuts})
    payloads = [payload for a, b in itertools.pairwise(places) for payload in framing.feed(text[a:b])]
    return [
        payload.text if payload.value is UNREADABLE_JSON else payload.value for payload in payloads + framing.close()
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (EVENTS, [{"n": 1}, {"n": "ü"}, b"[DONE]"]),
        (ARRAY, [{"n": 1}, {"n": {"m": "]}"}}]),
        (WHOLE, [{"n": [1, 2]}]),
        (b"<html>502</html>", [b"<html>502</html>"]),
        (b"", []),
    ],
)
@given(cuts=st.lists(st.integers(0, 80), max_size=12))
def test_any_cut_gives_the_same_values(text: bytes, values: list[object], cuts: list[int]) -> None:
    assert read(text, [cut for cut in cuts if cut < len(text)]) == values


def test_a_reply_that_was_not_asked_for_as_a_stream_is_one_value() -> None:
    framing = Framing(streamed=False)

    assert framing.feed(b"[1,") == []
    assert framing.feed(b"2]") == []
    assert [payload.value for payload in framing.close()] == [[1, 2]]


def test_half_a_character_in_an_escape_is_mended() -> None:
    framing = Framing(streamed=True)

    found = [*framing.feed(b'data: {"t":"\\ud83d"}\n\n'), *framing.close()]
    assert [payload.value for payload in found] == [{"t": "�"}]


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    framing = Framing(streamed=True)

    for payload in [*framing.feed(data[:50]), *framing.feed(data[50:]), *framing.close()]:
        assert payload.value is UNREADABLE_JSON or json.dumps(payload.value)
