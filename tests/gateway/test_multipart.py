"""A form is read as strictly as its vendor reads it, and only the model's name in it is changed."""

import io
from contextlib import suppress

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.bodies import splice
from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.multipart import is_form, read_form
from drawbridge.gateway.request import read_request, write_body

TYPE = "multipart/form-data; boundary=X"
FILE = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n'
MODEL = b'--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
END = b"--X--\r\n"

# Bits of boundaries and line ends in any order: all that a boundary can be taken for, and its beginnings.
LOOK_ALIKES = st.lists(
    st.sampled_from([b"\r\n", b"--X", b"--", b"X", b"\n--X\n", b"--XY\r\n", b"\r\n--Xmodel", b"\r\n--X-", b"\0"])
    | st.binary(max_size=9),
    max_size=12,
).map(b"".join)


def field(name: str, text: str, more: str = "") -> bytes:
    return f'--X\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{text}\r\n'.encode()


def ends_the_part(content: bytes) -> bool:
    """Tell whether a content has a real boundary in it, which no client sends."""
    text = b"\r\n" + content + b"\r\n"
    places = (at for at in range(len(text)) if text.startswith(b"\r\n--X", at))
    return any(text[at + 5 :].lstrip(b" \t").startswith((b"--", b"\r\n")) for at in places)


@given(content=LOOK_ALIKES, is_first=st.booleans())
def test_any_content_of_a_file_passes_byte_for_byte(content: bytes, is_first: bool) -> None:
    file = FILE + content + b"\r\n"
    body = (file + MODEL if is_first else MODEL + file) + END
    if ends_the_part(content):
        return

    target = find_target("POST", "/v1/audio/transcriptions")
    assert isinstance(target, Target)
    assert target.endpoint is not None
    request = read_request(target.endpoint, None, body, TYPE)
    sent = write_body(request, "upstream", "asked").body

    assert request.model == "whisper-1"
    assert request.form is not None
    [found] = [part for part in request.form.parts if part.is_file]
    assert body[found.start : found.end] == content
    assert sent == body.replace(b"\r\n\r\nwhisper-1\r\n", b"\r\n\r\nupstream\r\n")


@given(st.binary(max_size=200) | LOOK_ALIKES)
def test_nothing_that_is_sent_as_a_form_breaks_the_gateway(body: bytes) -> None:
    for text in (body, FILE + body, MODEL + body + END):
        with suppress(MalformedBody):
            form = read_form(text, TYPE)
            assert all(0 <= part.start <= part.end <= len(text) for part in form.parts)


def test_the_fields_are_read_and_the_files_are_counted() -> None:
    form = read_form(MODEL + FILE + b"\xff\xd8" + b"\r\n" + field("stream", "true") + END, TYPE)

    assert (form.text("model"), form.text("stream"), form.text("language")) == ("whisper-1", "true", None)
    assert (form.files, form.text_bytes) == (1, len("whisper-1") + len("true"))


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/form-data; boundary="X"',
        "Multipart/Form-Data;charset=utf-8;boundary=X",
        "multipart/form-data ; Boundary=X",
    ],
)
def test_a_boundary_may_be_written_in_many_ways(content_type: str) -> None:
    assert is_form(content_type)
    assert read_form(MODEL + END, content_type).text("model") == "whisper-1"


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("multipart/related; boundary=X", MODEL + END, "Send the body as multipart/form-data"),
        ("multipart/form-data", MODEL + END, "names no boundary"),
        ("multipart/form-data; boundary=", MODEL + END, "names no boundary"),
        ("multipart/form-data; boundary=X; boundary=Y", MODEL + END, "names no boundary"),
        (TYPE, b"", "does not begin with its boundary"),
        (TYPE, b"preamble\r\n" + MODEL + END, "does not begin with its boundary"),
        (TYPE, MODEL, "ends without its last boundary"),
        (TYPE, MODEL.replace(b"\r\n", b"\n") + END, "followed by something else"),
        (TYPE, MODEL + END + b"--X\r\n", "something follows"),
        (TYPE, b"--X\r\nContent-Disposition: form-data\r\n\r\n\r\n" + END, "does not tell its name"),
        (TYPE, b'--X\r\nContent-Disposition: attachment; name="a"\r\n\r\n\r\n' + END, "does not tell its name"),
        (TYPE, b'--X\r\nContent-Disposition: form-data; name="a"; name="b"\r\n\r\n\r\n' + END, "not tell its name"),
        (TYPE, field("model", "m", "; name*=utf-8''other") + END, "does not tell its name plainly"),
        (TYPE, field("model", "m", "; name*0=other") + END, "does not tell its name plainly"),
        (TYPE, field("mo\\del", "m") + END, "does not tell its name plainly"),
        (TYPE, field("model", "m", "\r\nA: b\nContent-Disposition: x") + END, "cannot be read"),
        (TYPE, field("model", "m", "\r\nA: b\rContent-Disposition: x") + END, "cannot be read"),
        (TYPE, field("model", "m", "\r\nA: \0") + END, "cannot be read"),
        (TYPE, field("images[][File_ID]", "file_1") + END, "in a JSON body"),
        (TYPE, field("mask[file_id]", "file_1") + END, "in a JSON body"),
        (TYPE, b"--X\r\nno colon\r\n\r\n\r\n" + END, "cannot be read"),
        (TYPE, b"--X\r\nA: " + b"b" * 9_000 + b"\r\n\r\n\r\n" + END, "has no end"),
        (TYPE, field("a", "b") * 201 + END, "more than 200 parts"),
    ],
)
def test_a_broken_form_is_refused_with_what_is_wrong(content_type: str, body: bytes, message: str) -> None:
    with pytest.raises(MalformedBody, match=message):
        read_form(body, content_type)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (MODEL + MODEL + END, "'model' is in the form twice"),
        (field("model", "m", '; filename="m.txt"') + END, "'model' as short plain text"),
        (field("model", "m" * 2_000) + END, "'model' as short plain text"),
        (field("model", "m", "\r\nContent-Transfer-Encoding: base64") + END, "'model' as short plain text"),
    ],
)
def test_a_model_that_could_be_read_in_two_ways_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(MalformedBody, match=message):
        read_form(body, TYPE).text("model")


def test_a_name_inside_of_a_file_name_is_no_name() -> None:
    form = read_form(field("file", "x", '; filename="; name=model"') + MODEL + END, TYPE)

    assert [part.name for part in form.parts] == ["file", "model"]


def test_an_upstream_name_cannot_end_its_field() -> None:
    form = read_form(MODEL + END, TYPE)

    with pytest.raises(ValueError, match="one line"):
        splice(form.body, [form.replace_text("model", "a\r\n--X--")])


async def test_what_an_http_library_writes_is_read() -> None:
    written = aiohttp.FormData(quote_fields=True)
    written.add_field("file", io.BytesIO(bytes(range(256))), filename='ü "1".mp3', content_type="audio/mpeg")
    written.add_field("model", "gpt-4o-transcribe")
    payload = written()
    assert isinstance(payload, aiohttp.MultipartWriter)

    form = read_form(await payload.as_bytes(), payload.content_type)

    assert form.text("model") == "gpt-4o-transcribe"
    assert [form.body[part.start : part.end] for part in form.parts if part.is_file] == [bytes(range(256))]
