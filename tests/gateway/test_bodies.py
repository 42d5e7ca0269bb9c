"""Bodies are unpacked under a limit, read in one way only, and changed in nothing but what is asked."""

import gzip
import json
import random

import pytest
import zstandard
from hypothesis import assume, given
from hypothesis import strategies as st

from drawbridge.gateway.bodies import Edit, decode_content, scan, splice
from drawbridge.gateway.errors import BodyTooLarge, MalformedBody, UnpackableBody, UnsupportedEncoding

GUARDED = frozenset({"model", "stream", "max_tokens"})
TEXT = b'{"model": "m", "stream": true}' * 40


def zstd_of_unknown_size(data: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(TEXT),
    "zstd": zstandard.ZstdCompressor().compress(TEXT),
    "zstd of unknown size": zstd_of_unknown_size(TEXT),
}


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity , identity"])
def test_an_unpacked_body_is_taken_as_it_is(encoding: str | None) -> None:
    assert decode_content(TEXT, encoding, len(TEXT)) is TEXT


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_body_is_unpacked_up_to_the_limit(kind: str) -> None:
    encoding = kind.partition(" ")[0]

    assert decode_content(PACKED[kind], f"identity, {encoding.upper()}", len(TEXT)) == TEXT
    with pytest.raises(BodyTooLarge) as refused:
        decode_content(PACKED[kind], encoding, len(TEXT) - 1)
    assert (refused.value.status, refused.value.limit_bytes) == (413, len(TEXT) - 1)


def test_a_plain_body_beyond_the_limit_is_refused() -> None:
    with pytest.raises(BodyTooLarge):
        decode_content(TEXT, None, len(TEXT) - 1)


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_body_that_is_broken_is_refused(kind: str) -> None:
    packed, encoding = PACKED[kind], kind.partition(" ")[0]

    for broken in (packed[:-1], packed[: len(packed) // 2], packed + b"x", packed + packed, b"x" + packed, b"", b"{}"):
        with pytest.raises(UnpackableBody, match="Pack it again"):
            decode_content(broken, encoding, 1 << 20)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_before_it_is_unpacked(encoding: str) -> None:
    import tracemalloc

    zeros = bytes(200 << 20)
    bomb = gzip.compress(zeros) if encoding == "gzip" else zstd_of_unknown_size(zeros)
    del zeros

    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        decode_content(bomb, encoding, 1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 40 << 20


def test_a_zstd_frame_that_needs_a_large_window_is_refused() -> None:
    greedy = zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=25))
    packer = greedy.compressobj()

    with pytest.raises(UnpackableBody):
        decode_content(packer.compress(TEXT) + packer.flush(), "zstd", 1 << 20)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, zstd", "gzip, gzip", "\x00"])
def test_an_encoding_that_is_not_understood_is_refused_with_those_that_are(encoding: str) -> None:
    with pytest.raises(UnsupportedEncoding, match="gzip, zstd, identity") as refused:
        decode_content(TEXT, encoding, 1 << 20)

    assert (refused.value.status, refused.value.fault) == (415, "caller")


def test_members_are_found_as_they_are_written() -> None:
    body = b' { "a" : 1.50e+400 ,\n"b\\u0041":"\\u00e9\\/\\"}" , "c":[ {"c" : 2} ], "d":{ } } '

    top = scan(body)

    assert {name: top.raw(name) for name in top.members} == {
        "a": b"1.50e+400",
        "bA": b'"\\u00e9\\/\\"}"',
        "c": b'[ {"c" : 2} ]',
        "d": b"{ }",
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","model":"b"}',
        b'{"model":"a","x":1,"model":"a"}',
        b'{"model":"a","mod\\u0065l":"a"}',
        b'{"mod\\u0065l":"a","model":"a"}',
        b'{"model":12,"model":1}',
        b'{"model":1,"model":12}',
        b'{"x":{"model":1},"model":{"x":1},"model":{"model":1}}',
        b'{"model":"","y":"","x":"\\",\\"model\\":1}","model":"\\",\\"y\\":1}"}',
    ],
)
def test_a_member_that_is_there_twice_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="'model' is in the body twice") as refused:
        scan(body)

    assert refused.value.member == "model"


@pytest.mark.parametrize("name", [rb"mod\u0065l", rb"\u006dodel", "Model", "MODEL", "\u017ftream", "\u212aey"])
def test_a_guarded_name_in_disguise_is_refused(name: bytes | str) -> None:
    written = name if isinstance(name, bytes) else name.encode()

    with pytest.raises(MalformedBody, match="no escapes, no other case"):
        scan(b'{"x":1,"%b":"m"}' % written, GUARDED | {"key"})


def test_a_member_that_nobody_reads_may_be_written_with_escapes() -> None:
    top = scan(b'{"temper\\u0061ture":1,"model":"m","Seed":2}', GUARDED)

    assert list(top.members) == ["temperature", "model", "Seed"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[1]", "not an object"),
        (b"null", "not an object"),
        (b'"{}"', "not an object"),
        (b'\xef\xbb\xbf{"a":1}', "byte order mark"),
        (b'{"a":1', r"ends too early \(byte 6\)"),
        (b'{"a":1}x', r"trailing characters \(byte 8\)"),
        (b'{"a":1,}', "byte 7"),
        (b'{"a":{"x":[tru]}}', "byte 12"),
        (b'{"a":{"x":01}}', "byte"),
        (b'{"a":"\\q"}', "byte 7"),
        (b'{"a":"\n"}', "byte 6"),
        (b'{"a":NaN}', "byte 5"),
        (b'{"a":"x\xffx"}', r"not valid UTF-8 \(byte 7\)"),
        (b'{"a":"\xed\xa0\x80"}', "not valid UTF-8"),
        (b'{"x":{"\xff":1}}', "not valid UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not valid"),
        (b'{"a":"\\ud800","b":}', "byte 18"),
        (b'{"a":%b}' % (b"[" * 100_000 + b"]" * 100_000), "nested too deeply"),
        (b'{"a":%b}' % (b'{"a":' * 100_000 + b"1" + b"}" * 100_000), "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_json_object_in_utf8_is_refused_with_the_reason(body: bytes, told: str) -> None:
    with pytest.raises(MalformedBody, match=told) as refused:
        scan(body)

    assert (refused.value.status, refused.value.fault) == (400, "caller")


@pytest.mark.parametrize("half", [rb"\ud83d", rb"\uDE00", rb"\ud83d\ud83d\ude00", rb"\ud83dx", rb"\\ud83d\ud83d"])
def test_half_an_emoji_in_a_text_is_passed_on_as_it_is(half: bytes) -> None:
    body = b'{"messages":[{"content":"%b"}],"model":"m"}' % half

    top = scan(body, GUARDED)

    assert splice(body, [top.replace_text("model", "n")]) == body.replace(b'"m"', b'"n"')


def test_members_are_read_by_type() -> None:
    top = scan(b'{"model":"\\u006d\xc3\xbc","stream":false,"max_tokens":0,"user":null,"stream_options":{"a":1}}')
    inner = top.inner("stream_options")

    assert (top.text("model"), top.flag("stream"), top.count("max_tokens")) == ("mü", False, 0)
    assert (top.text("user"), top.flag("absent"), top.count("absent"), top.inner("absent")) == (None, None, None, None)
    assert inner is not None
    assert inner.count("a") == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"stream":"true"}', "'stream' must be true or false"),
        (b'{"stream":1}', "'stream' must be true or false"),
        (b'{"model":["m"]}', "'model' must be a string"),
        (b'{"max_tokens":-1}', "'max_tokens' must be a whole number"),
        (b'{"max_tokens":1.5}', "'max_tokens' must be a whole number"),
        (b'{"max_tokens":true}', "'max_tokens' must be a whole number"),
        (b'{"options":[]}', "'options' must be an object"),
        (b'{"options":{"a":1,"a":2}}', "'a' is in the body twice"),
    ],
)
def test_a_member_of_another_type_is_refused(body: bytes, told: str) -> None:
    top = scan(body)

    with pytest.raises(MalformedBody, match=told):
        _ = (top.text("model"), top.flag("stream"), top.count("max_tokens"), top.inner("options"))


@pytest.mark.parametrize(
    ("name", "left"),
    [("a", b'{ "b":2 ,"c":3 }'), ("b", b'{ "a" : 1 ,"c":3 }'), ("c", b'{ "a" : 1,"b":2  }')],
)
def test_a_member_is_removed_with_exactly_one_comma(name: str, left: bytes) -> None:
    body = b'{ "a" : 1,"b":2 ,"c":3 }'

    assert splice(body, [scan(body).remove(name)]) == left


def test_the_only_member_is_removed_without_a_comma() -> None:
    body = b'{ "a":1 }'

    assert splice(body, [scan(body).remove("a")]) == b"{  }"


def test_edits_in_each_others_way_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="overlap"):
        splice(b"abcdef", [Edit(0, 3, b""), Edit(2, 4, b"")])


class Writer:
    """Write JSON as odd as it may be: white space or none at all, escapes, numbers that no double holds."""

    def __init__(self, seed: int) -> None:
        self.choice = random.Random(seed)
        self.has_space = self.choice.random() < 0.5

    def space(self) -> str:
        if not self.has_space:
            return ""
        return "".join(self.choice.choices(" \t\r\n", k=self.choice.choice((0, 0, 0, 1, 3))))

    def text(self, value: str) -> str:
        written = json.dumps(value, ensure_ascii=self.choice.random() < 0.5)
        return written.replace("/", "\\/") if self.choice.random() < 0.5 else written

    def value(self, value: object) -> str:
        match value:
            case str():
                return self.text(value)
            case bool() | None:
                return json.dumps(value)
            case int() | float():
                return str(value) + self.choice.choice(("", "0" * 40 + "1", "e-999", "E+400"))
            case list():
                return self.joined("[", [self.value(item) for item in value], "]")  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            case _:
                assert isinstance(value, dict)
                return self.members([(str(k), self.value(v)) for k, v in value.items()])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def members(self, members: list[tuple[str, str]]) -> str:
        pairs = [f"{self.text(name)}{self.space()}:{self.space()}{value}" for name, value in members]
        return self.joined("{", pairs, "}")

    def joined(self, start: str, items: list[str], end: str) -> str:
        return start + ",".join(self.space() + item + self.space() for item in items or [""]) + end


NAMES = st.text(max_size=6).filter(lambda name: name.casefold() not in GUARDED)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1)
    | st.text(max_size=8)
    | st.sampled_from(['"', "\\", "}", '","model":"x']),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("model"), inner, max_size=3)
    ),
    max_leaves=8,
)
MEMBERS = st.lists(st.tuples(NAMES, VALUES), max_size=6, unique_by=lambda member: member[0])


@given(MEMBERS, st.integers(min_value=0))
def test_every_member_of_any_object_is_found_verbatim(members: list[tuple[str, object]], seed: int) -> None:
    writer = Writer(seed)
    written = [(name, writer.value(value)) for name, value in members]
    body = (writer.space() + writer.members(written) + writer.space()).encode()

    top = scan(body, GUARDED)

    assert [(name, top.raw(name)) for name in top.members] == [(name, value.encode()) for name, value in written]


@given(MEMBERS, st.integers(min_value=0), st.text(max_size=10))
def test_replacing_the_model_changes_nothing_else(members: list[tuple[str, object]], seed: int, model: str) -> None:
    writer = Writer(seed)
    at = writer.choice.randint(0, len(members))
    written = [(name, writer.value(value)) for name, value in members]
    marked = writer.members([*written[:at], ("model", "@@@"), *written[at:]])
    assume(marked.count("@@@") == 1)

    body = marked.replace("@@@", '"public"').encode()
    top = scan(body, GUARDED)
    spliced = splice(body, [top.replace_text("model", model)])

    head, tail = marked.encode().split(b"@@@")
    assert spliced.startswith(head)
    assert spliced.endswith(tail)
    assert json.loads(spliced[len(head) : len(spliced) - len(tail)]) == model


@given(MEMBERS, st.integers(min_value=0))
def test_what_is_inserted_can_be_removed_again(members: list[tuple[str, object]], seed: int) -> None:
    writer = Writer(seed)
    body = writer.members([(name, writer.value(value)) for name, value in members]).encode()

    longer = splice(body, [scan(body).put("model", b'"m"')])

    assert scan(longer).raw("model") == b'"m"'
    assert splice(longer, [scan(longer).remove("model")]) == body


@given(MEMBERS.filter(bool), st.integers(min_value=0), st.data())
def test_removing_a_member_leaves_the_others_verbatim(
    members: list[tuple[str, object]], seed: int, data: st.DataObject
) -> None:
    writer = Writer(seed)
    body = writer.members([(name, writer.value(value)) for name, value in members]).encode()
    gone = data.draw(st.sampled_from([name for name, _ in members]))
    top = scan(body)

    left = scan(splice(body, [top.remove(gone)]))

    assert {name: left.raw(name) for name in left.members} == {n: top.raw(n) for n in top.members if n != gone}


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:\\ua1d8 model', max_size=40).map(str.encode))
def test_a_body_is_scanned_or_refused_but_never_breaks_the_scan(body: bytes) -> None:
    try:
        top = scan(body, GUARDED)
    except MalformedBody:
        return

    assert set(json.loads(body)) == set(top.members)


@given(MEMBERS.filter(bool), st.integers(min_value=0), st.data())
def test_a_second_member_of_any_name_and_value_is_refused(
    members: list[tuple[str, object]], seed: int, data: st.DataObject
) -> None:
    writer = Writer(seed)
    written = [(name, writer.value(value)) for name, value in members]
    name, value = data.draw(st.sampled_from(written))
    again = data.draw(st.just(value) | VALUES.map(writer.value))
    written.insert(data.draw(st.integers(0, len(written))), (name, again))

    with pytest.raises(MalformedBody) as refused:
        scan(writer.members(written).encode())

    assert refused.value.member == name
