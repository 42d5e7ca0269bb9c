"""JSON in unusual but valid spellings, and where the members of an object stand in its text."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast, get_args

Spelling = Literal["compact", "spaced", "escaped", "numbers", "shuffled"]
SPELLINGS: tuple[Spelling, ...] = get_args(Spelling)

_GAPS = ("", " ", "\n", "\t", "  \r\n ", "\n\n")
_NUMBERS = (
    "1e400,-1E+400,123456789012345678901234567890,-0,-0.0,0.10,1E+2,1.7976931348623157e308,5e-324,"
    "0.1000000000000000055511151231257827,9007199254740993"
)
_FLOAT_FORMS: tuple[Callable[[float], str], ...] = (lambda number: f"{number!r}0", lambda number: f"{number:.17E}")
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member stands in its object's text: its name, its value, and the commas beside it, or None."""

    key: int
    value: int
    end: int
    comma_before: int | None
    next_key: int | None

    def without(self, text: str) -> tuple[str, ...]:
        """Return the object's text without the member, in the ways in which its comma can go with it."""
        ways: list[str] = []
        if self.comma_before is not None:
            ways.append(text[: self.comma_before] + text[self.end :])
        if self.next_key is not None:
            ways.append(text[: self.key] + text[self.next_key :])
        return tuple(ways) or (text[: self.key] + text[self.end :],)


def members(text: str) -> dict[str, Member]:
    """Find the members of an object, without changing how anything is written."""
    at = _skip(text, text.index("{") + 1)
    found: dict[str, Member] = {}
    comma: int | None = None
    while text[at] == '"':
        key = at
        name, at = cast("tuple[str, int]", _decoder.raw_decode(text, at))
        value = _skip(text, _skip(text, at) + 1)
        _, end = _decoder.raw_decode(text, value)
        after = _skip(text, end)
        next_key = _skip(text, after + 1) if text[after] == "," else None
        found[name] = Member(key, value, end, comma, next_key)
        if next_key is None:
            break
        comma, at = after, next_key
    return found


def spell(value: object, spelling: Spelling, chance: random.Random) -> str:
    """Write a value in a spelling. An object's `numbers` spelling has one more member, full of numbers."""
    if spelling == "compact":
        return json.dumps(value, ensure_ascii=_needs_escapes(value), separators=(",", ":"))
    text = _Writer(spelling, chance).write(value)
    if spelling == "numbers" and isinstance(value, dict):
        separator = "," if value else ""
        return f'{text[:-1]}{separator}"x_numbers":[{_NUMBERS}]}}'
    return text


class _Writer:
    def __init__(self, spelling: Spelling, chance: random.Random) -> None:
        self._spelling = spelling
        self._chance = chance

    def write(self, value: object) -> str:
        if isinstance(value, dict):
            return self._object(cast("dict[str, object]", value))
        if isinstance(value, list):
            items = [self._around(self.write(item)) for item in cast("list[object]", value)]
            return f"[{','.join(items) or self._gap()}]"
        if isinstance(value, str):
            return self._string(value) if self._spelling == "escaped" else _quoted(value)
        if isinstance(value, float) and self._spelling == "numbers" and value % 1 and 1e-3 < abs(value) < 1e15:
            return self._chance.choice(_FLOAT_FORMS)(value)
        return json.dumps(value)

    def _object(self, value: dict[str, object]) -> str:
        names = list(value)
        if self._spelling == "shuffled":
            self._chance.shuffle(names)
        written = [self._around(_quoted(name)) + ":" + self._around(self.write(value[name])) for name in names]
        return "{" + (",".join(written) or self._gap()) + "}"

    def _around(self, text: str) -> str:
        return self._gap() + text + self._gap()

    def _gap(self) -> str:
        return self._chance.choice(_GAPS) if self._spelling == "spaced" else ""

    def _string(self, value: str) -> str:
        # Long strings (images, files) are escaped in part: sixfold they would only slow the test.
        rate = 0.3 if len(value) < 2000 else 0.001
        written = [self._escape(character) if self._chance.random() < rate else None for character in value]
        return '"' + "".join(new or _quoted(old)[1:-1] for new, old in zip(written, value, strict=True)) + '"'

    def _escape(self, character: str) -> str:
        if character == "/":
            return "\\/"
        units = character.encode("utf-16-be", "surrogatepass").hex()
        digits = units.upper() if self._chance.random() < 0.5 else units
        return "".join(f"\\u{digits[at : at + 4]}" for at in range(0, len(digits), 4))


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=_needs_escapes(value))


def _needs_escapes(value: object) -> bool:
    """Tell whether a value holds half a surrogate pair, which UTF-8 cannot say."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at
