"""A JSON object's members, taken one by one, and put back where they stood.

What is taken has a home in the canonical form; what is left over are a node's extras, by their paths.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import cast

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import elements, members, whole_number
from drawbridge.gateway.wire.losses import join, quoted, steps


class Fields:
    """A JSON object that is being read. A member of a wrong type, and null, stays with the rest."""

    def __init__(self, raw: Json) -> None:
        self.raw = members(raw)
        self._left = dict(self.raw)

    def text(self, name: str) -> str | None:
        """Take a string."""
        value = self.raw.get(name)
        return cast("str", self._left.pop(name)) if isinstance(value, str) else None  # cast: it was looked at

    def flag(self, name: str) -> bool | None:
        """Take a boolean."""
        value = self.raw.get(name)
        return bool(self._left.pop(name)) if isinstance(value, bool) else None

    def whole(self, name: str) -> int | None:
        """Take a whole number."""
        value = self.raw.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        del self._left[name]
        return value

    def number(self, name: str) -> int | float | None:
        """Take a number as it was written."""
        value = self.raw.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        del self._left[name]
        return value

    def given(self, name: str) -> Json:
        """Take whatever is there, but null."""
        return None if self.raw.get(name) is None else self._left.pop(name)

    def members(self, name: str) -> dict[str, Json] | None:
        """Take an object."""
        return members(self._left.pop(name)) if isinstance(self.raw.get(name), dict) else None

    def elements(self, name: str) -> list[Json] | None:
        """Take a list."""
        return elements(self._left.pop(name)) if isinstance(self.raw.get(name), list) else None

    def leave(self, name: str, below: Mapping[str, Json]) -> None:
        """Put back what nobody took of an object or a list, by the paths below it."""
        for path, value in below.items():
            self._left[join(quoted(name), path)] = value

    @property
    def extras(self) -> dict[str, Json]:
        """What was not taken, by path."""
        return {name if name not in self.raw else quoted(name): value for name, value in self._left.items()}


def put_back(extras: Mapping[str, Json], into: dict[str, Json]) -> dict[str, Json]:
    """Set members of an object by their paths. What a path goes through is made where it is missing."""
    for path, value in extras.items():
        put(into, path, value)
    return into


def put(tree: Json, path: str, value: Json) -> None:
    """Set one place of a JSON value. What a list lacks before it is null."""
    way = list(steps(path))
    for step, following in pairwise(way):
        tree = _enter(tree, step, [] if isinstance(following, int) else {})
    _set(tree, way[-1], value)


def _enter(tree: Json, step: int | str, missing: Json) -> Json:
    if isinstance(tree, list):
        # cast: nothing is known of the elements.
        listed = cast("list[Json]", tree)
        at = step if isinstance(step, int) else len(listed)
        listed.extend([None] * (at + 1 - len(listed)))
        if not isinstance(listed[at], dict | list):
            listed[at] = missing
        return listed[at]
    named = members(tree)
    if isinstance(named.get(str(step)), dict | list):
        return named[str(step)]
    named[str(step)] = missing
    return missing


def _set(tree: Json, step: int | str, value: Json) -> None:
    if isinstance(tree, list):
        # cast: nothing is known of the elements.
        listed = cast("list[Json]", tree)
        at = step if isinstance(step, int) else len(listed)
        listed.extend([None] * (at + 1 - len(listed)))
        listed[at] = value
    elif isinstance(tree, dict):
        tree[str(step)] = value


def difference(full: Json, said: Json, path: str = "") -> dict[str, Json]:
    """Return what must be put into `said`, by path, so that it equals `full`. Paths are in the order of writing."""
    if _same(full, said):
        return {}
    if isinstance(full, dict) and isinstance(said, dict) and said.keys() <= full.keys():
        return _members_difference(members(full), members(said), path)
    if isinstance(full, list) and isinstance(said, list) and said and len(elements(said)) <= len(elements(full)):
        return _elements_difference(elements(full), elements(said), path)
    return {path: full}


def _members_difference(full: dict[str, Json], said: dict[str, Json], path: str) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in full.items():
        below = join(path, quoted(name))
        if name in said:
            found.update(difference(value, said[name], below))
        else:
            found[below] = value
    return found


def _elements_difference(full: list[Json], said: list[Json], path: str) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for index, value in enumerate(full):
        below = f"{path}[{index}]"
        if index < len(said):
            found.update(difference(value, said[index], below))
        else:
            found[below] = value
    return found


def _same(one: Json, other: Json) -> bool:
    # In Python, true equals 1 and 1.0 equals 1; as JSON they are told apart where it is cheap to.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def index_of(value: Json) -> int | None:
    """Return a place in a list; None for what is none."""
    number = whole_number(value)
    return number if number is not None and number >= 0 else None
