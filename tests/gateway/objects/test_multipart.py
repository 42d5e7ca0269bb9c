"""A form that is written anew says what the form that came in said, or is refused."""

import pytest

from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.multipart import read_form
from drawbridge.gateway.objects.multipart import Field, take_fields, write_form

TYPE = "multipart/form-data; boundary=b"


def fields(*heads: bytes) -> list[Field]:
    body = b"".join(b"--b\r\n" + head + b"\r\n\r\ncontent\r\n" for head in heads)
    return take_fields(read_form(body + b"--b--\r\n", TYPE))


def test_fields_that_are_written_are_read_again() -> None:
    written = [
        Field("purpose", b"user_data"),
        Field("file", bytes(range(256)), "ü, 1.txt", "text/plain; charset=utf-8"),
        Field("include[]", b"a"),
        Field("include[]", b"\r\n--b\r\n"),
    ]

    content_type, body = write_form(written)

    assert take_fields(read_form(body, content_type)) == written


def test_an_escaped_quote_in_a_files_name_is_written_as_browsers_do() -> None:
    taken = fields(b'Content-Disposition: form-data; name="file"; filename="a \\"1\\".txt"')

    assert taken[0].filename == 'a "1".txt'
    assert b'filename="a %221%22.txt"' in write_form(taken)[1]


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ([b'Content-Disposition: form-data; name="a"'] * 2, "'a' is in the form twice"),
        ([b'Content-Disposition: form-data; name="a"; size=1'], "says more of itself"),
        ([b'Content-Disposition: form-data; name="a"\r\nContent-Language: en'], "says more of itself"),
        ([b'Content-Disposition: form-data; name="a"; filename="\xff"'], "the name of a file is not UTF-8"),
        ([b'Content-Disposition: form-data; name="a\x01"'], "cannot be printed"),
        ([b'Content-Disposition: form-data; name="a"\r\nContent-Type: \xc3\xbc'], "the type of a part"),
    ],
)
def test_what_would_be_lost_or_read_in_another_way_is_refused(heads: list[bytes], message: str) -> None:
    with pytest.raises(MalformedBody, match=message):
        fields(*heads)
