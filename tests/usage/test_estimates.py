"""What a request is taken to cost before its vendor has counted."""

import base64
import json

import pytest

from drawbridge.usage.estimates import estimate_unheard, text_bytes_in
from drawbridge.usage.events import Tokens

PICTURE = base64.b64encode(bytes(range(256)) * 400).decode()


def test_text_is_counted_by_its_bytes() -> None:
    body = json.dumps({"input": 'some words \n\\ "quoted" ' * 5_000}).encode()

    assert text_bytes_in(body) == len(body)


@pytest.mark.parametrize("picture", [PICTURE, "data:image/png;base64," + PICTURE, PICTURE.replace("+", "-")])
def test_a_medium_counts_at_a_flat_rate_whatever_its_bytes(picture: str) -> None:
    text = json.dumps({"text": "What is this?", "data": ""}).encode()
    body = json.dumps({"text": "What is this?", "data": picture}).encode()

    escaped = body.replace(b"/", b"\\/")

    assert len(body) > 100_000
    assert abs(text_bytes_in(body) - len(text) - 4_000) < 40
    assert abs(text_bytes_in(escaped) - len(text) - 4_000) < 45


def test_a_medium_between_much_text_is_found() -> None:
    words = "some words " * 20_000
    body = json.dumps([words, PICTURE, words]).encode()

    assert text_bytes_in(body) < 2 * len(words) + 5_000


def test_a_count_and_a_verdict_are_free() -> None:
    assert estimate_unheard(9_000, None, "count") == estimate_unheard(9_000, None, "verdict") == Tokens()
    assert estimate_unheard(4_000, None, "media") == Tokens(input=1_000, output=1_000)
