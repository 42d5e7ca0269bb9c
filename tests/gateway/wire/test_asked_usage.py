"""Usage that the caller did not ask for is asked of the vendor, and the caller never sees it."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.bodies import scan, splice
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.wire.asked_usage import TakeOut, ask
from tests.gateway.wire.recorded import records


def asked(body: bytes) -> bytes | None:
    edit = ask(scan(body))
    return None if edit is None else splice(body, [edit])


def taken_out(*pieces: bytes) -> bytes:
    take_out = TakeOut()
    return b"".join([take_out.feed(piece) for piece in pieces]) + take_out.close()


def cut(stream: bytes, seed: int) -> list[bytes]:
    sizes = random.Random(seed)
    pieces: list[bytes] = []
    while stream:
        size = sizes.choice((1, 2, 5, 50, 500))
        pieces.append(stream[:size])
        stream = stream[size:]
    return pieces


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b'{"stream":true}', b'{"stream":true,"stream_options":{"include_usage":true}}'),
        (b'{"stream":true ,"stream_options": null}', b'{"stream":true ,"stream_options": {"include_usage":true}}'),
        (b'{"stream":true,"stream_options":{}}', b'{"stream":true,"stream_options":{"include_usage":true}}'),
        (
            b'{"stream_options":{ "include_obfuscation" : false },"stream":true}',
            b'{"stream_options":{ "include_obfuscation" : false,"include_usage":true },"stream":true}',
        ),
        (
            b'{"stream":true,"stream_options":{"include_usage": false, "x":1}}',
            b'{"stream":true,"stream_options":{"include_usage": true, "x":1}}',
        ),
        (
            b'{"stream":true,"stream_options":{"include_usage":null}}',
            b'{"stream":true,"stream_options":{"include_usage":true}}',
        ),
    ],
)
def test_usage_is_asked_for_where_the_caller_did_not(body: bytes, sent: bytes) -> None:
    assert asked(body) == sent


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"stream":false}',
        b'{"stream":null,"stream_options":{}}',
        b'{"stream":true,"stream_options":{"include_usage":true}}',
    ],
)
def test_nothing_is_asked_where_nothing_streams_or_the_caller_asked(body: bytes) -> None:
    assert asked(body) is None


@pytest.mark.parametrize(
    "options", [b"[]", b'"x"', b'{"include_usage":1}', b'{"include_usage":true,"include_usage":false}']
)
def test_options_that_cannot_be_read_are_refused(options: bytes) -> None:
    with pytest.raises(MalformedBody):
        asked(b'{"stream":true,"stream_options":%b}' % options)


FIRST = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}],"usage":null,"obfuscation":"x"}\n\n'
COUNT = b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"total_tokens":1}}\n\n'
DONE = b"data: [DONE]\n\n"


def test_the_usage_chunk_goes_and_null_usage_with_it() -> None:
    assert taken_out(FIRST + COUNT + DONE) == FIRST.replace(b',"usage":null', b"") + DONE


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (b'data: {"choices":[{}], "usage": null}\n\n', b'data: {"choices":[{}]}\n\n'),
        (b'data:{"usage":null,"choices":[{}]}\n\n', b'data:{"choices":[{}]}\n\n'),
        (b'data: { "choices" : [{}] , "usage" : null }\n\n', b'data: { "choices" : [{}]  }\n\n'),
        (b'data: {"choices":[{}],"usage":{"total_tokens":1}}\n\n', b'data: {"choices":[{}]}\n\n'),
        (b'data: {"choices":[],"usage":null,"prompt_filter_results":[]}\n\n',
         b'data: {"choices":[],"prompt_filter_results":[]}\n\n'),
        (b'data: {"choices":[{"usage":null}]}\n\n', None),
        (b'data: {"choices":[{"x":1,"usage":null}],"usage":null}\n\n', b'data: {"choices":[{"x":1,"usage":null}]}\n\n'),
        (b'data: {"choices":[{"delta":{"content":",\\"usage\\":null"}}]}\n\n', None),
        (b'data: {"object":"usage","choices":[{}]}\n\n', None),
        (b'data: {"choices":[{"usage":1,"x":null}],"us\\u0061ge":null}\n\n',
         b'data: {"choices":[{"usage":1,"x":null}]}\n\n'),
        (b'data: {"choices":[{"y":1,"usage":null}],"us\\u0061ge":null}\n\n',
         b'data: {"choices":[{"y":1,"usage":null}]}\n\n'),
        (b': ,"usage":null}\n\n', None),
        (b'data: {"choices":[{}],"usage":null\n\n', None),
        (b'data: {"usage":null,"usage":null}\n\n', None),
        (b'data: ["usage"]\n\n', None),
        (b'data: {"choices":[],\ndata: "usage":{"total_tokens":1}}\n\n', b""),
        (b'event: x\r\nid: 1\r\ndata: {"choices":[{}],"usage":null}\r\n\r\n',
         b'event: x\r\nid: 1\r\ndata: {"choices":[{}]}\r\n\r\n'),
        (b'data: {"choices":[ ],"usage":{"total_tokens":1}}\r\n\r\n', b""),
        (b': ,"usage":null}\ndata: {"a":1,"usage":null}\n\n', b': ,"usage":null}\ndata: {"a":1}\n\n'),
        (b'data: {"a":1,"usage":null}', b'data: {"a":1}'),
        (b'data: {"a":1,"usage":nu', None),
    ],
)  # fmt: skip
def test_only_the_top_level_member_is_taken_out(event: bytes, left: bytes | None) -> None:
    assert taken_out(event) == (event if left is None else left)


def test_only_the_unfinished_event_is_held_back() -> None:
    take_out = TakeOut()

    assert take_out.feed(FIRST + FIRST[:40]) == FIRST.replace(b',"usage":null', b"")
    assert take_out.feed(FIRST[40:-1]) == b""
    assert take_out.feed(FIRST[-1:]) == FIRST.replace(b',"usage":null', b"")
    assert take_out.feed(b"data: half") == b""
    assert take_out.close() == b"data: half"


def test_a_chunk_beyond_the_limit_is_passed_on() -> None:
    pieces = [b"data: ", b"x" * (9 << 20), b"y", b"\n\n", FIRST]

    assert taken_out(*pieces) == b"".join(pieces)


@given(
    st.binary()
    | st.lists(st.sampled_from([b'"usage"', b"data: ", b"\n", b"\r", b"{", b"}", b":1", b"null"])).map(b"".join)
)
def test_what_is_no_chunk_is_passed_on_byte_for_byte(stream: bytes) -> None:
    if b'{"usage":' not in stream:
        assert taken_out(*cut(stream, len(stream))) == stream


# Any: what JSON can hold.
CHOICES: st.SearchStrategy[Any] = st.lists(
    st.fixed_dictionaries({"delta": st.dictionaries(st.text(), st.text())}), min_size=1, max_size=2
)
ALWAYS: dict[str, st.SearchStrategy[Any]] = {"id": st.text(max_size=5), "choices": CHOICES}
SOMETIMES: dict[str, st.SearchStrategy[Any]] = {
    "obfuscation": st.text(),
    "system_fingerprint": st.none(),
    "x": st.just({"usage": None}),
}
CHUNKS = st.lists(st.fixed_dictionaries(ALWAYS, optional=SOMETIMES), max_size=5)


@given(CHUNKS, st.integers(min_value=0), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_taking_out_what_was_added_gives_what_would_have_come(
    chunks: list[dict[str, Any]], seed: int, line_end: str, compact: bool
) -> None:
    odd = random.Random(seed)
    separators = (",", ":") if compact else (", ", ": ")

    def event(payload: dict[str, Any]) -> bytes:
        text = json.dumps(payload, separators=separators, ensure_ascii=odd.random() < 0.5)
        return f"data: {text}{line_end}{line_end}".encode()

    def with_usage(chunk: dict[str, Any]) -> dict[str, Any]:
        members = list(chunk.items())
        members.insert(odd.randint(0, len(members)), ("usage", odd.choice((None, {"total_tokens": 1}))))
        return dict(members)

    state = odd.getstate()
    without = b"".join(event(chunk) for chunk in chunks)
    odd.setstate(state)
    placed = [with_usage(chunk) for chunk in chunks]
    odd.setstate(state)
    stream = b"".join(event(chunk) for chunk in placed)
    count = event({"id": "c", "choices": [], "usage": {"total_tokens": 1}})
    done = f"data: [DONE]{line_end}{line_end}".encode()

    assert taken_out(*cut(stream + count + done, seed)) == without + done


@pytest.mark.recorded_traffic
def test_recorded_streams_lose_their_usage_and_nothing_else() -> None:
    changed = 0
    for record in records("chat"):
        stream = record["response"].get("sse", "").encode()
        relayed = taken_out(*cut(stream, len(stream)))
        before, after = (_top_level_members(text) for text in (stream, relayed))
        assert after == [
            [member for member in chunk if member[0] != "usage"]
            for chunk in before
            if not (("choices", []) in chunk and dict(chunk).get("usage"))
        ], record["id"]
        changed += relayed != stream
    print(f"chat: usage taken out of {changed} streams")
    assert changed > 0


def _top_level_members(stream: bytes) -> list[list[tuple[str, Any]]]:
    texts = [line[5:] for line in stream.splitlines() if line.startswith(b"data:") and b"[DONE]" not in line]
    return [list(json.loads(text).items()) for text in texts]
