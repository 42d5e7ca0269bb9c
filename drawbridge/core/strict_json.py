"""JSON that every reader reads alike: no member twice, nothing that is no text, no depth that could break a parser."""

import json
from typing import Final, NoReturn

from drawbridge.core.errors import DrawbridgeError

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

DEEPEST: Final = 64


class BadJsonError(DrawbridgeError):
    """A body is no JSON, or JSON that two readers could understand differently."""

    code = "bad_json"
    status = 400
    fault = "caller"


def read_json(body: bytes) -> JsonValue:
    """Read a JSON text in UTF-8.

    Raises BadJsonError for broken syntax, members that are given twice, NaN and Infinity, numbers beyond 64 bits, lone
    halves of characters, and nesting deeper than `DEEPEST`.
    """
    try:
        text = body.decode()
        _require_shallow(text)
        value: JsonValue = json.loads(
            text, object_pairs_hook=_members, parse_constant=_no_constant, parse_int=_whole, parse_float=_fraction
        )
    except UnicodeDecodeError as error:
        raise BadJsonError("The body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadJsonError(f"The body is no JSON: {error.msg} ({place}).") from error
    if "\\u" in text:
        _require_whole_characters(value)
    return value


def _require_shallow(text: str) -> None:
    depth = deepest = 0
    in_string = False
    characters = iter(text)
    for mark in characters:
        if in_string:
            if mark == "\\":
                next(characters, None)
            elif mark == '"':
                in_string = False
        elif mark == '"':
            in_string = True
        elif mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    if deepest > DEEPEST:
        raise BadJsonError(f"The body is nested deeper than {DEEPEST} levels.")


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJsonError(f"The member {twice!a} is given twice.")
    return members


def _no_constant(written: str) -> NoReturn:
    raise BadJsonError(f"{written} is no JSON number.")


def _whole(written: str) -> int:
    number = int(written) if len(written) <= 20 else 1 << 64
    if not -(1 << 63) <= number < 1 << 63:
        raise BadJsonError("A whole number is beyond 64 bits.")
    return number


def _fraction(written: str) -> float:
    number = float(written)
    if number in {float("inf"), float("-inf")}:
        raise BadJsonError("A number is too large.")
    return number


def _require_whole_characters(value: JsonValue) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadJsonError("A text holds half of a character: a lone surrogate.") from error
