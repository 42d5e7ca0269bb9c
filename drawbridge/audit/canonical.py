"""The one way to write an event down: RFC 8785 (JSON Canonicalization Scheme), so that anyone can hash it again.

Numbers are whole ones that every JSON reader keeps exactly; the scheme's rules for fractions are not needed.
"""

import json
from collections.abc import Sequence
from typing import Final, TypeAlias, cast

import msgspec

from drawbridge.core.text import escape_unprintable

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

LARGEST_NUMBER: Final = 2**53 - 1
"""Beyond it, readers that keep numbers as IEEE 754 doubles lose digits (RFC 8785 section 3.2.2.3)."""
LONGEST_DETAIL_BYTES: Final = 8192

_KEPT_OF_A_CUT_DETAIL_BYTES: Final = 4000
"""Less than half: written as a string, each of its bytes may take two."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class NotCanonicalError(ValueError):
    """A value that the record never holds, such as a fraction."""


def canonical(value: Json) -> bytes:
    """Write a value: members sorted by the UTF-16 units of their names, no spaces, UTF-8.

    Raises NotCanonicalError for fractions, numbers beyond LARGEST_NUMBER and halves of characters.
    """
    try:
        return _encode(_in_order(value)).encode()
    except UnicodeEncodeError as error:
        raise NotCanonicalError("it holds half of a character") from error


def _in_order(value: Json) -> Json:
    match value:
        case dict():
            return {name: _in_order(value[name]) for name in sorted(value, key=_utf16)}
        case list():
            return [_in_order(item) for item in value]
        case bool() | None | str():
            return value
        case int() if -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            return value
        case _:
            raise NotCanonicalError(f"it holds the number {value}, which not every reader keeps as it is")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


def plain_detail(detail: object) -> dict[str, Json]:
    """Return a detail as it is kept: only what JSON holds exactly, text that can be shown in a line, bounded.

    Where it is too long, its beginning stays, with the mark `cut`: how many bytes there were.
    """
    plain = _plain(msgspec.to_builtins(detail, str_keys=True, enc_hook=str))
    assert isinstance(plain, dict)
    written = canonical(plain)
    if len(written) <= LONGEST_DETAIL_BYTES:
        return plain
    beginning = written[:_KEPT_OF_A_CUT_DETAIL_BYTES].decode(errors="ignore")
    return {"cut": len(written), "beginning": beginning}


def _plain(value: object) -> Json:
    match value:
        case dict():
            members = cast("dict[object, object]", value)  # msgspec does not say what the members are.
            return {escape_unprintable(str(name)): _plain(item) for name, item in members.items()}
        case list() | tuple():
            return [_plain(item) for item in cast("Sequence[object]", value)]
        case bool() | None:
            return value
        case int() if -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            return value
        case _:
            return escape_unprintable(str(value))
