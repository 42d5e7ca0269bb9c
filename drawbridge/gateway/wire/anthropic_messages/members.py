"""A JSON object taken apart member by member, and put together again with what was left over."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import whole_number
from drawbridge.gateway.wire.losses import join, quoted

Block = dict[str, Json]
"""An object that is written."""

_STEP: Final = re.compile(r"\[\"((?:[^\"\\]|\\.)*)\"\]|([^.\[\]]+)")


class Members:
    """An object that is read: what is taken has the type that was asked for, what is not taken is left over."""

    def __init__(self, raw: Mapping[str, Json]) -> None:
        self._raw = raw
        self._taken: set[str] = set()

    @property
    def raw(self) -> Mapping[str, Json]:
        """The object itself."""
        return self._raw

    def take(self, name: str, *kinds: type) -> Json:
        """Return a member of one of these types, and count it as read; None where there is none such."""
        value = self._raw.get(name)
        if value is None or not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            return None
        self._taken.add(name)
        return value

    def text(self, name: str) -> str | None:
        """Return a string."""
        # cast: `take` has looked at the type.
        return cast("str | None", self.take(name, str))

    def flag(self, name: str) -> bool | None:
        """Return a boolean."""
        # cast: `take` has looked at the type.
        return cast("bool | None", self.take(name, bool))

    def whole(self, name: str) -> int | None:
        """Return a whole number."""
        number = whole_number(self._raw.get(name))
        if number is not None:
            self._taken.add(name)
        return number

    def texts(self, name: str) -> list[str] | None:
        """Return a list of strings."""
        value: Json = self._raw.get(name)
        # cast: nothing is known of the elements before they are looked at.
        if not isinstance(value, list) or not all(isinstance(one, str) for one in cast("list[Json]", value)):
            return None
        self._taken.add(name)
        return cast("list[str]", value)

    def is_exactly(self, name: str, value: Json) -> bool:
        """Tell whether a member has a value, and count it as read if so."""
        if self._raw.get(name) != value:
            return False
        self._taken.add(name)
        return True

    def below(self, name: str) -> "Members | None":
        """Return an object within this one, unless it is empty. Its rest is its own."""
        if not self._raw.get(name):
            return None
        found = self.take(name, dict)
        # cast: the keys of a JSON object are strings.
        return None if found is None else Members(cast("dict[str, Json]", found))

    def rest(self, prefix: str = "") -> dict[str, Json]:
        """Return what was not taken, by path below `prefix`."""
        left = ((name, value) for name, value in self._raw.items() if name not in self._taken)
        return {join(prefix, quoted(name)): value for name, value in left}

    def leave(self, names: Iterable[str]) -> None:
        """Count members as not read after all."""
        self._taken.difference_update(names)


def put_back(target: dict[str, Json], extras: Mapping[str, Json]) -> dict[str, Json]:
    """Put what was left over into an object, at the paths where it stood. Returns the object."""
    for path, value in extras.items():
        put(target, path, value)
    return target


def put(target: dict[str, Json], path: str, value: Json) -> None:
    """Put a value into an object at a path, making objects on the way."""
    *outer, last = _names(path)
    for name in outer:
        below = target.get(name)
        if not isinstance(below, dict):
            below = target[name] = {}
        # cast: the keys of a JSON object are strings.
        target = cast("dict[str, Json]", below)
    target[last] = value


def _names(path: str) -> Iterator[str]:
    for found in _STEP.finditer(path):
        quoted_name, name = found.groups()
        yield name if quoted_name is None else re.sub(r"\\(.)", r"\1", quoted_name)
