"""API keys as text: how one is made, recognised and shown. Pure, apart from where the random bits come from.

A key is `dbk_`, 43 base62 digits for 256 random bits, and 6 base62 digits for a CRC-32 of all before them. The
checksum refuses a mistyped or cut key without a look-up, and lets scanners of leaked secrets be sure.
"""

import hashlib
import secrets
import zlib
from dataclasses import dataclass, field
from typing import NewType

KeyHash = NewType("KeyHash", bytes)

PREFIX = "dbk_"
SECRET_BYTES = 32

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_DIGITS = 43  # 62 ** 43 is the first power above 2 ** 256.
_CHECKSUM_DIGITS = 6  # 62 ** 6 is the first power above 2 ** 32.
_LENGTH = len(PREFIX) + _SECRET_DIGITS + _CHECKSUM_DIGITS
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment when its text is known."""

    text: str = field(repr=False)
    hash: KeyHash
    hint: str
    """Safe to show: tells keys apart for people."""


def make_key(secret: bytes | None = None) -> NewKey:
    """Make a key from 32 random bytes; None draws them."""
    material = secrets.token_bytes(SECRET_BYTES) if secret is None else secret
    if len(material) != SECRET_BYTES:
        raise ValueError(f"a key has {SECRET_BYTES} random bytes")
    body = PREFIX + _base62(int.from_bytes(material, "big"), _SECRET_DIGITS)
    text = body + _checksum(body)
    return NewKey(text, hash_key(text), hint_of(text))


def parse_key(text: str) -> KeyHash | None:
    """Return the hash by which a key is looked up; None for what cannot be a key, so no look-up is needed."""
    if len(text) != _LENGTH or not text.startswith(PREFIX) or not text.isascii():
        return None
    body, checksum = text[:-_CHECKSUM_DIGITS], text[-_CHECKSUM_DIGITS:]
    return hash_key(text) if checksum == _checksum(body) else None


def hash_key(text: str) -> KeyHash:
    """Return what is stored of a key.

    A plain SHA-256 is enough: nobody can try out 256 random bits, whatever the speed.
    """
    return KeyHash(hashlib.sha256(text.encode()).digest())


def hint_of(text: str) -> str:
    """Return the beginning and end of a key, such as `dbk_ab12…9xyz`: enough to recognise, too little to use."""
    return f"{text[: len(PREFIX) + _SHOWN]}…{text[-_SHOWN:]}"


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_DIGITS)


def _base62(number: int, width: int) -> str:
    digits: list[str] = []
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
