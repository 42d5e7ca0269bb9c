"""What a request is taken to cost before its vendor has counted."""

import base64
import json

import pytest

from drawbridge.usage.estimates import estimate_unheard, most_within, text_bytes_in
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


@pytest.mark.parametrize("text", ["a" * 800_000, "Word" * 200_000, "kebab-case/" * 80_000, "line\n" * 160_000])
def test_letters_without_spaces_are_text_wherever_nothing_says_that_they_are_a_medium(text: str) -> None:
    body = json.dumps({"messages": [{"content": text, "text": [text]}]}).encode()

    assert text_bytes_in(body) == len(body)


@pytest.mark.parametrize(
    "head", ['"data":"', '"inlineData": {"data" : "', '"file_data":\n  "', '"bytesBase64Encoded":"', '"url":"data:a/b,']
)
def test_letters_are_a_medium_where_their_place_says_so(head: str) -> None:
    body = b"[" + head.encode() + b"A" * 800_000 + b'"]'

    assert text_bytes_in(body) == len(body) - 800_000 + 4_000


def test_a_medium_between_much_text_is_found() -> None:
    words = "some words " * 20_000
    body = json.dumps([words, PICTURE, words]).encode()

    assert text_bytes_in(body) < 2 * len(words) + 5_000


def test_a_count_and_a_verdict_are_free() -> None:
    assert estimate_unheard(9_000, None, "count") == estimate_unheard(9_000, None, "verdict") == Tokens()
    assert estimate_unheard(4_000, None, "media") == Tokens(input=1_000, output=1_000)


def test_what_can_have_been_made_by_a_moment_is_what_was_seen_and_what_the_time_allows() -> None:
    unheard, seen = Tokens(input=25, output=1_000), Tokens(input=30, output=12)

    assert most_within(unheard, seen, 2_500) == Tokens(input=100, output=2_512)
    assert most_within(unheard, Tokens(input=700), 0) == Tokens(input=700)
