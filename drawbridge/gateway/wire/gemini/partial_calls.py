"""Arguments of a call that come in pieces: Vertex's streamFunctionCallArguments.

https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc, read 2026-11-23:
a call with `willContinue` begins, pieces name their place by a JSON path and add to it, and a call without a name and
without `willContinue` ends it.
"""

import re
from itertools import pairwise
from typing import Final, cast

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.gemini.spelling import camel_case
from drawbridge.gateway.wire.json_text import elements, encode, members

_STEP: Final = re.compile(r"\[(\d{1,4})\]|\[['\"](.*?)['\"]\]|\.?([^.\[\]]+)")


class PartialCall:
    """The arguments of one call, put together."""

    def __init__(self, index: int, name: str) -> None:
        self.index = index
        self.name = name
        self._arguments: dict[str, Json] = {}

    def add(self, call: dict[str, Json]) -> None:
        """Take in what one piece has: pieces of arguments, or all of them."""
        for name, value in call.items():
            match camel_case(name):
                case "partialArgs":
                    for piece in elements(value):
                        self._add({camel_case(key): given for key, given in members(piece).items()})
                case "args":
                    self._arguments.update(members(value))
                case _:
                    pass

    def arguments(self) -> str:
        """Return the arguments so far as JSON text."""
        return encode(self._arguments).decode()

    def _add(self, piece: dict[str, Json]) -> None:
        path = piece.get("jsonPath")
        way = _steps(path) if isinstance(path, str) else []
        if way and isinstance(way[0], str):
            _add_at(self._arguments, way, _value(piece))


def _add_at(arguments: dict[str, Json], way: list[int | str], value: Json) -> None:
    """Add a value at a path; a text goes behind the text that is there already. Paths that fit nothing are ignored."""
    place: Json = arguments
    for step, following in pairwise(way):
        place = _below(place, step, [] if isinstance(following, int) else {})
    before = _below(place, way[-1], None)
    whole = before + value if isinstance(before, str) and isinstance(value, str) else value
    if isinstance(place, dict if isinstance(way[-1], str) else list):
        # cast: the step fits the place, as was just seen.
        cast("dict[int | str, Json]", place)[way[-1]] = whole


def _below(place: Json, step: int | str, fresh: Json) -> Json:
    """Return what is one step below, made where there is nothing yet; None where the step does not fit."""
    if isinstance(place, dict) and isinstance(step, str):
        return members(place).setdefault(step, fresh)
    if isinstance(place, list) and isinstance(step, int):
        listed = elements(place)
        while len(listed) <= step:
            # A fresh one each: they are filled apart.
            listed.append(None if fresh is None else type(fresh)())
        return listed[step]
    return None


def _steps(path: str) -> list[int | str]:
    found = _STEP.findall(path.removeprefix("$"))
    return [int(index) if index else quoted or name for index, quoted, name in found]


def _value(piece: dict[str, Json]) -> Json:
    for name in ("stringValue", "boolValue"):
        if name in piece:
            return piece[name]
    number = piece.get("numberValue")
    return int(number) if isinstance(number, float) and number.is_integer() else number
