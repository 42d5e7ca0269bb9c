import string
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drawbridge.identity.keys import hash_key, make_key, parse_key

SECRETS = st.binary(min_size=32, max_size=32)
BASE62 = string.ascii_letters + string.digits


def test_a_key_has_a_prefix_and_49_letters_and_digits() -> None:
    text = make_key().text

    assert text.startswith("dbk_")
    assert len(text) == 4 + 43 + 6
    assert set(text[4:]) <= set(BASE62)


def test_two_keys_differ() -> None:
    assert make_key().text != make_key().text


@given(SECRETS)
def test_every_key_is_recognised_and_found_by_its_hash(secret: bytes) -> None:
    key = make_key(secret)

    assert parse_key(key.text) == key.hash == hash_key(key.text)


@given(SECRETS, SECRETS)
def test_different_bits_make_different_keys(one: bytes, other: bytes) -> None:
    assume(one != other)

    assert make_key(one).text != make_key(other).text


@given(SECRETS, st.integers(4, 52), st.sampled_from(BASE62))
def test_a_key_with_one_letter_changed_is_refused_without_a_look_up(secret: bytes, place: int, letter: str) -> None:
    text = make_key(secret).text
    assume(text[place] != letter)

    assert parse_key(text[:place] + letter + text[place + 1 :]) is None


@given(SECRETS, st.integers(4, 51))
def test_a_key_with_two_neighbours_swapped_is_refused(secret: bytes, place: int) -> None:
    text = make_key(secret).text
    assume(text[place] != text[place + 1])

    assert parse_key(text[:place] + text[place + 1] + text[place] + text[place + 2 :]) is None


@pytest.mark.parametrize("text", ["", "dbk_", "sk-1234", "dbk_" + "0" * 49, "x" * 53, "é" * 53, "dbk_" + "é" * 49])
def test_what_is_no_key_is_refused(text: str) -> None:
    assert parse_key(text) is None


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    assert parse_key(text) is None
    assert parse_key("dbk_" + text) is None


def test_a_cut_or_prolonged_key_is_refused() -> None:
    text = make_key().text

    assert parse_key(text[:-1]) is None
    assert parse_key(text + "0") is None
    assert parse_key(f" {text}") is None


def test_the_checksum_is_crc32_so_that_scanners_of_leaked_secrets_can_check_it() -> None:
    text = make_key(bytes(range(32))).text

    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    number = 0
    for digit in text[-6:]:
        number = number * 62 + digits.index(digit)
    assert number == zlib.crc32(text[:-6].encode())


def test_a_hint_shows_eight_letters_of_a_key() -> None:
    key = make_key()

    assert key.hint == f"{key.text[:8]}…{key.text[-4:]}"


def test_a_key_does_not_show_in_a_log() -> None:
    key = make_key()

    assert key.text not in repr(key)


def test_fewer_random_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        make_key(b"x")
