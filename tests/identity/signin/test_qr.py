"""QR codes, against what the library qrcode 8 makes of the same texts (level M, mask 0, 2026-11-23)."""

import hashlib

import pytest

from drawbridge.identity.signin.qr import qr_rows

_RECORDED = {
    14: "8332c0f218dfcae0",
    26: "78d1cc5b4fe25793",
    42: "1c53afbbbf58016e",
    62: "d054220980e53b6d",
    84: "67c0c1a6bc1ccc81",
    106: "b42dcd97f04f0bd1",
    122: "e9da722c0541bee0",
    152: "ec4205859ae6cd2b",
    180: "38d1f19ce2e3b1a6",
    213: "07b46061f4ca9373",
}
"""By the length of the text, a hash of the rows: one for each size from 1 to 10."""


def _text(length: int) -> str:
    return ("otpauth://totp/Drawbridge:ana%40example.com?secret=" + "ABCDEFGH" * 40)[:length]


@pytest.mark.parametrize(("length", "expected"), _RECORDED.items())
def test_a_code_is_square_for_square_what_another_encoder_makes(length: int, expected: str) -> None:
    rows = qr_rows(_text(length))

    assert rows is not None
    assert hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16] == expected


def test_the_recorded_codes_are_of_every_size() -> None:
    assert [len(qr_rows(_text(length)) or ()) for length in _RECORDED] == [17 + 4 * number for number in range(1, 11)]


def test_a_text_too_long_has_no_code() -> None:
    assert qr_rows(_text(214)) is None
