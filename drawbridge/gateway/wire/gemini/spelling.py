"""Gemini takes every member in camelCase and in snake_case. Here both are read as one, and written as they were read.

A node's shape is a list of words, parted by blanks, that only this dialect's own writer understands:

    inline_data.mime_type      this path was spelled so
    role="function"            this value stood there, and says nothing that the node's fields do not say
    roleless, alone:tools      marks, each explained where it is set
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, TypeVar, cast

from drawbridge.gateway.wire.canonical import Json, Node
from drawbridge.gateway.wire.json_text import decode, elements, encode, members
from drawbridge.gateway.wire.losses import join, quoted, steps

Value = TypeVar("Value")

# Any: trees within trees, which the checker cannot be told of an alias.
Tree = Mapping[str, Any]
"""The members that are known of an object, those of its objects below them: `{"inlineData": {"data": {}}}`."""

_NOT_PLACED: Final[Mapping[str, str]] = {}


def tree(paths: str) -> Tree:
    """Return the tree of the camelCase paths in a text."""
    root: dict[str, Any] = {}
    for path in paths.split():
        branch = root
        for name in path.split("."):
            branch = branch.setdefault(name, {})
    return root


class Spelled:
    """An object whose known members are found by their camelCase paths, however they were spelled."""

    def __init__(self, raw: dict[str, Json], known: Tree) -> None:
        self.raw = raw
        self._leaves: dict[str, Json] = {}
        self._branches: set[str] = set()
        self._taken: set[str] = set()
        self._places: dict[str, str] = {}
        self._unknown: dict[str, Json] = {}
        self._words: list[str] = []
        self._walk(raw, known, "", "")

    def has(self, path: str) -> bool:
        """Tell whether something other than null stands at a path."""
        return path in self._branches or path in self._leaves

    def take(self, path: str, kind: type[Value]) -> Value | None:
        """Return a value of the kind that a field can hold; None where there is none. Others stay in the extras."""
        value = self._leaves.get(path)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            return None
        self._taken.add(path)
        return value

    def take_any(self, path: str) -> Json:
        """Return what stands at a path; None where there is nothing, or null."""
        if path not in self._leaves:
            return None
        self._taken.add(path)
        return self._leaves[path]

    def take_number(self, path: str) -> float | None:
        """Return a number, whole or not."""
        whole = self.take(path, int)
        return self.take(path, float) if whole is None else whole

    def take_several(self, path: str) -> Iterator[tuple[str, Json]]:
        """Return the elements of a list with their places; also of one that stands without its list."""
        value = self.take_any(path)
        place = self.place(path)
        if isinstance(value, dict):
            self._words.append(f"alone:{path}")
            yield place, cast("Json", value)
        elif isinstance(value, list):
            if not value:
                self.stood(path, [])
            # cast: nothing is known of the elements.
            for index, element in enumerate(cast("list[Json]", value)):
                yield f"{place}[{index}]", element
        else:
            self._taken.discard(path)

    def leave(self, path: str) -> None:
        """Give back to the extras what was taken."""
        self._taken.discard(path)

    def keep(self, place: str, value: Json) -> None:
        """Add to the extras what is left of something that was taken."""
        self._unknown[place] = value

    def stood(self, path: str, value: Json) -> None:
        """Remember a value that says nothing of its own, so that it can be written again."""
        self._taken.add(path)
        # Blanks part the words.
        literal = encode(value).decode().replace(" ", "\\u0020")
        self._words.append(f"{self.place(path)}={literal}")

    def place(self, path: str) -> str:
        """Return a camelCase path as it was spelled."""
        return self._places.get(path, path)

    def extras(self) -> dict[str, Json]:
        """Return what no field has taken, by path as it was spelled."""
        left = {self.place(path): value for path, value in self._leaves.items() if path not in self._taken}
        return {**self._unknown, **left}

    def shape(self, *marks: str) -> str:
        """Return the words by which the object is written again."""
        return " ".join([*self._words, *marks])

    def words(self, above: str) -> list[str]:
        """Return these words as those of what the object is a part of, at a path of it."""
        return [join(above, word) for word in self._words]

    def names(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        """Return where fields stand that are in a node by other names. `fields` are camelCase paths."""
        if self._places is _NOT_PLACED or not self._places:
            return fields
        return {field: self.place(path) for field, path in fields.items()}

    def _walk(self, raw: dict[str, Json], known: Tree, path: str, place: str) -> None:
        for name, value in raw.items():
            camel = camel_case(name)
            if camel not in known or (camel != name and camel in raw):
                self._unknown[join(place, quoted(name))] = value
                continue
            where, stood = join(path, camel), join(place, name)
            if camel != name:
                self._words.append(stood)
            if where != stood:
                self._places[where] = stood
            self._keep(value, known[camel], where, stood)

    def _keep(self, value: Json, below: Tree, where: str, stood: str) -> None:
        if value is None:
            self._words.append(f"{stood}=null")
        elif not below:
            self._leaves[where] = value
        elif not isinstance(value, dict):
            self._unknown[stood] = value
        else:
            self._branches.add(where)
            if not value:
                self._words.append(f"{stood}={{}}")
            # cast: the keys of a JSON object are strings.
            self._walk(cast("dict[str, Json]", value), below, where, stood)


@lru_cache(maxsize=1024)
def camel_case(name: str) -> str:
    """Return a member's name in camelCase: `inline_data` as `inlineData`."""
    if "_" not in name.strip("_"):
        return name
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def as_it_was(written: dict[str, Json], node: Node) -> dict[str, Json]:
    """Spell what was written of a node, in camelCase, as the node was read, and put back what no field holds."""
    words = node.shape.split(" ") if node.shape else []
    for word in words:
        if "=" not in word and ":" not in word and "_" in word:
            _respell(written, word)
    for path, value in node.extras.items():
        put(written, path, value)
    for word in words:
        path, is_value, value = word.partition("=")
        if is_value:
            put(written, path, decode(value))
    return written


def put(target: dict[str, Json], path: str, value: Json) -> None:
    """Put a value at a path, with the objects and lists on the way to it."""
    whole = [*steps(path)]
    last = whole[-1]
    # Any: objects and lists, as the path has it.
    place: Any = target
    for step, after in pairwise(whole):
        place = _below(place, step, [] if isinstance(after, int) else {})
    if isinstance(last, int):
        _below(place, last, value)
    else:
        place[last] = value


def _below(place: Any, step: int | str, fresh: Json) -> Json:
    if isinstance(step, str):
        return place.setdefault(step, fresh)
    while len(place) <= step:
        place.append(fresh if len(place) == step else {})
    return place[step]


def _respell(written: dict[str, Json], word: str) -> None:
    *way, last = steps(word)
    # Any: walked down by names and indices.
    place: Any = written
    for step in way:
        place = members(place).get(step) if isinstance(step, str) else dict(enumerate(elements(place))).get(step)
    camel, found = camel_case(str(last)), members(place)
    if camel in found:
        found[str(last)] = found.pop(camel)
