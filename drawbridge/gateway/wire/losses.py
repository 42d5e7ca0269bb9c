"""What a translation could not say, leaf by leaf. Nothing is dropped without an entry here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, cast

from msgspec import Struct

from drawbridge.gateway.wire.canonical import Json, Node

Effect = Literal["none", "answer", "price", "answer_and_price"]
"""What the loss can change."""

_NUMBER: Final = re.compile(r"\[\d+\]")
_PLAIN_NAME: Final = re.compile(r"[^.\[\]\"\s]+")


class Loss(Struct, frozen=True):
    """One leaf of the source that the target was not told, or was told in another way."""

    path: str
    """Where it stood in the source, such as `messages[2].content[0].cache_control.type`."""
    reason: str
    """Why, for people: one clause that names the target's limit."""
    effect: Effect = "answer"


class Losses:
    """Collects losses in the order in which they are found: one for each path, and the first reason holds."""

    def __init__(self) -> None:
        self._by_path: dict[str, Loss] = {}

    def __iter__(self) -> Iterator[Loss]:
        return iter(self._by_path.values())

    def __len__(self) -> int:
        return len(self._by_path)

    def add(self, others: Iterable[Loss]) -> None:
        """Take over what was found elsewhere."""
        for loss in others:
            self._by_path.setdefault(loss.path, loss)

    def lose(self, node: Node, reason: str, *, field: str | None = None, effect: Effect = "answer") -> None:
        """Report a node, or one field of it: each leaf of what stood there. What was never read is never lost."""
        if not node.at and node.raw is None:
            return
        path, value = (node.at, node.raw) if field is None else place_of(node, field)
        self.lose_tree(path, value, reason, effect=effect)

    def lose_extras(self, node: Node, reason: str, *, effect: Effect = "answer") -> None:
        """Report every member of a node that the canonical form has no field for."""
        for name, value in node.extras.items():
            place = join(node.at, quoted(name) if name in _members(node.raw) else name)
            for leaf, stated in leaves(value, place):
                self._lose(leaf, reason, "none" if _says_nothing(leaf, stated) else effect)

    def lose_tree(self, path: str, value: Json, reason: str, *, effect: Effect = "answer") -> None:
        """Report each leaf of a value that stood at a path of the source."""
        for leaf, _ in leaves(value, path):
            self._lose(leaf, reason, effect)

    def _lose(self, path: str, reason: str, effect: Effect) -> None:
        self._by_path.setdefault(path, Loss(path, reason, effect))


class ReplyLosses(Losses):
    """Losses of a reply: a place in each of its events, or in each element of a list, is one."""

    def _lose(self, path: str, reason: str, effect: Effect) -> None:
        super()._lose(_NUMBER.sub("[]", path), reason, effect)


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Walk a JSON value: each leaf with its path. Empty objects and lists are leaves too."""
    if isinstance(value, Mapping) and value:
        # cast: the keys of a JSON object are strings.
        for name, member in cast("Mapping[str, Json]", value).items():
            yield from leaves(member, join(path, quoted(name)))
    elif isinstance(value, list) and value:
        # cast: nothing is known of the elements, which is what Json says.
        for index, element in enumerate(cast("Sequence[Json]", value)):
            yield from leaves(element, f"{path}[{index}]")
    else:
        yield path, value


def _says_nothing(path: str, value: Json) -> bool:
    """Tell whether a leaf is what SDKs fill in where nobody has said anything: they send back all that they got."""
    return value is None or value == [] or (value == "completed" and path.endswith(".status"))


def place_of(node: Node, field: str) -> tuple[str, Json]:
    """Return where a field of a node was read, and what stood there; None where nothing did."""
    below = node.names.get(field, field)
    value = node.raw
    for step in steps(below):
        if isinstance(step, int):
            # cast: the index is looked at before it is used.
            listed = cast("list[Json]", value) if isinstance(value, list) else []
            value = listed[step] if step < len(listed) else None
        else:
            value = _members(value).get(step)
    return join(node.at, below), value


def join(path: str, below: str) -> str:
    """Put a path below another."""
    if not path or not below or below.startswith("["):
        return path + below
    return f"{path}.{below}"


def quoted(name: str) -> str:
    """Return a member's name as a step of a path."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    return '["' + name.replace("\\", "\\\\").replace('"', '\\"') + '"]'


def _members(value: Json) -> Mapping[str, Json]:
    # cast: the keys of a JSON object are strings.
    return cast("Mapping[str, Json]", value) if isinstance(value, dict) else {}


_STEP: Final = re.compile(r"\[(\d+)\]|\[\"((?:[^\"\\]|\\.)*)\"\]|([^.\[\]]+)")


def steps(path: str) -> Iterator[int | str]:
    """Cut a path into the names of members and the numbers of elements that it goes by."""
    for found in _STEP.finditer(path):
        index, quoted_name, name = found.groups()
        if index is not None:
            yield int(index)
        elif quoted_name is not None:
            yield re.sub(r"\\(.)", r"\1", quoted_name)
        else:
            yield name
