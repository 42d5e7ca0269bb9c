"""JSON objects by paths: what a reader has taken from one, and how one differs from another.

Paths are those of `losses`: `function.name`, `choices[0].delta`, `["a.b"]`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final, cast

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.losses import join, quoted, steps

_INDEX: Final = re.compile(r"\[\d+\]")

GONE: Final = "-"
"""Before a path: the member is not there."""


class Fields:
    """An object of a request while it is read: whatever nobody takes is an extra."""

    def __init__(self, raw: dict[str, Json]) -> None:
        self._raw = raw
        self._taken: set[str] = set()

    def text(self, path: str) -> str | None:
        """Take a string. Anything else stays, as it does for the other kinds."""
        value = self._at(path)
        return self._take(path, value) if isinstance(value, str) else None

    def flag(self, path: str) -> bool | None:
        """Take true or false."""
        value = self._at(path)
        return self._take(path, value) if isinstance(value, bool) else None

    def number(self, path: str) -> float | None:
        """Take a number."""
        value = self._at(path)
        return self._take(path, value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def whole(self, path: str) -> int | None:
        """Take a whole number."""
        value = self._at(path)
        return self._take(path, value) if isinstance(value, int) and not isinstance(value, bool) else None

    def object(self, path: str) -> dict[str, Json] | None:
        """Take an object."""
        value = self._at(path)
        # cast: the keys of a JSON object are strings.
        return cast("dict[str, Json]", self._take(path, value)) if isinstance(value, dict) else None

    def list(self, path: str) -> list[Json] | None:
        """Take a list that is not empty."""
        value = self._at(path)
        # cast: nothing is known of the elements, which is what Json says.
        return cast("list[Json]", self._take(path, value)) if isinstance(value, list) and value else None

    def any(self, path: str) -> Json:
        """Take what is there, whatever it is, but for null."""
        value = self._at(path)
        return None if value is None else self._take(path, value)

    def word(self, path: str, *expected: str) -> bool:
        """Take a string that is one of those expected, and tell whether it was."""
        if self._at(path) not in expected:
            return False
        self._take(path, None)
        return True

    def nothing(self, path: str) -> None:
        """Take a null."""
        if self._at(path) is None:
            self._take(path, None)

    def extras(self) -> dict[str, Json]:
        """Return what was not taken, by path."""
        return dict(self._left(self._raw, ""))

    def _at(self, path: str) -> Json:
        value: Json = self._raw
        for name in path.split("."):
            value = members(value).get(name)
        return value

    def _take(self, path: str, value: Json) -> Json:
        self._taken.add(path)
        return value

    def _left(self, value: dict[str, Json], path: str) -> Iterator[tuple[str, Json]]:
        for name, member in value.items():
            below = join(path, quoted(name))
            if below in self._taken:
                continue
            if isinstance(member, dict) and any(taken.startswith(f"{below}.") for taken in self._taken):
                yield from self._left(members(cast("Json", member)), below)
            else:
                yield below, member


def put(root: dict[str, Json], path: str, value: Json) -> None:
    """Set what stands at a path, making the objects and lists on the way. A list's end may be appended to."""
    *way, last = steps(path)
    inner: Json = root
    for step, following in pairwise([*way, last]):
        inner = _step_into(inner, step, [] if isinstance(following, int) else {})
    if isinstance(last, int) and last == len(inner):
        inner.append(value)
    else:
        inner[last] = value


def _step_into(holder: Json, step: int | str, fresh: Json) -> Json:
    if isinstance(step, str):
        return holder.setdefault(step, fresh)
    if step == len(holder):
        holder.append(fresh)
    return holder[step]


def put_all(root: dict[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """Set all of these; the root itself is given back."""
    for path, value in values.items():
        put(root, path, value)
    return root


def apply(root: dict[str, Json], differences: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    """Make an object what `differences` said it was."""
    for path, value in differences:
        if path.startswith(GONE):
            _remove(root, path[len(GONE) :])
        else:
            put(root, path, value)
    return root


def differences(wanted: Json, regular: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yield what makes `regular` the object that is wanted, leaf by leaf, in an order in which it can be applied."""
    if isinstance(wanted, dict) and isinstance(regular, dict):
        yield from _object_differences(members(cast("Json", wanted)), members(cast("Json", regular)), path)
    elif isinstance(wanted, list) and isinstance(regular, list):
        yield from _list_differences(elements(cast("Json", wanted)), elements(cast("Json", regular)), path)
    elif wanted != regular or isinstance(wanted, bool) != isinstance(regular, bool):
        if isinstance(wanted, dict | list) and not path.endswith("]"):
            yield GONE + path, None
            yield from leaves_of(cast("Json", wanted), path)
        else:
            yield path, wanted


def leaves_of(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Yield what makes nothing a value."""
    if isinstance(value, dict) and value:
        for name, member in members(cast("Json", value)).items():
            yield from leaves_of(member, join(path, quoted(name)))
    elif isinstance(value, list) and value:
        for index, element in enumerate(elements(cast("Json", value))):
            yield from leaves_of(element, f"{path}[{index}]")
    else:
        yield path, value


def _object_differences(wanted: dict[str, Json], regular: dict[str, Json], path: str) -> Iterator[tuple[str, Json]]:
    for name in regular:
        if name not in wanted:
            yield GONE + join(path, quoted(name)), None
    for name, value in wanted.items():
        is_there = name in regular
        if is_there and isinstance(value, str | None) and value == regular[name]:
            # Most members of most chunks: no path is made for them.
            continue
        below = join(path, quoted(name))
        if is_there:
            yield from differences(value, regular[name], below)
        else:
            yield from leaves_of(value, below)


def _list_differences(wanted: list[Json], regular: list[Json], path: str) -> Iterator[tuple[str, Json]]:
    for index in reversed(range(len(wanted), len(regular))):
        yield f"{GONE}{path}[{index}]", None
    for index, value in enumerate(wanted):
        below = f"{path}[{index}]"
        if index < len(regular):
            yield from differences(value, regular[index], below)
        else:
            yield from leaves_of(value, below)


def without_numbers(path: str) -> str:
    """Return a path that is the same for every element of a list."""
    return _INDEX.sub("[]", path)


def _remove(root: dict[str, Json], path: str) -> None:
    *way, last = steps(path)
    inner: Json = root
    for step in way:
        inner = inner[step]
    if isinstance(last, int):
        del inner[last:]
    else:
        inner.pop(last, None)
