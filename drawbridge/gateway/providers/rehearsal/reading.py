"""Parsing a request at the edge, with failures that name the field as the vendors do."""

import re
from typing import Final, TypeVar

import msgspec

from drawbridge.gateway.providers.rehearsal.failures import Failure, missing

T = TypeVar("T")

_AT: Final = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_LACKING: Final = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_STEP: Final = re.compile(r"\[(?P<index>\d+)\]|\.?(?P<key>[^.\[\]]+)|\[\.\.\.\]")


def read_json(body: bytes, shape: type[T]) -> T:
    """Return a request in its shape; fields that the shape does not have are passed over.

    Raises Failure: with the path of the field that is missing or of another type.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure("unreadable", f"The body of the request is not valid JSON: {error}") from error


def fit(value: object, shape: type[T], *place: str | int) -> T:
    """Return a decoded value in its shape. `place` is where it stands in the request. Raises Failure."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise _misfit(str(error), place) from error


def compact(value: object) -> str:
    """Return a value as JSON without spaces."""
    return msgspec.json.encode(value).decode()


def _misfit(told: str, place: tuple[str | int, ...] = ()) -> Failure:
    found = _AT.fullmatch(told)
    what = found["what"] if found else told
    path = (*place, *_path(found["path"] or "" if found else ""))
    lacking = _LACKING.fullmatch(what)
    return missing(*path, lacking["name"]) if lacking else Failure("invalid", what, path)


def _path(text: str) -> tuple[str | int, ...]:
    steps = (int(step["index"]) if step["index"] else step["key"] for step in _STEP.finditer(text))
    return tuple(step for step in steps if step is not None)
