"""Marks where each node of a conversation stands: what was never read is never told as lost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar, cast

from msgspec import Struct, structs

from drawbridge.gateway.wire.canonical import Json, Node, Setting, SettingName

_OF_EVERY_NODE: Final = frozenset(Node.__struct_fields__)
_Placed = TypeVar("_Placed", bound=Node)


def placed(node: _Placed, at: str) -> _Placed:
    """Return a copy of a node, and of all nodes in it, that knows its place: `messages[2]` and what stands below."""
    below = {name: _placed_in(value, f"{at}.{name}") for name, value in _own(node) if _has_nodes(value)}
    return structs.replace(node, at=at, raw=_told(node), names={}, shape="", **below)


def placed_each(nodes: Sequence[_Placed], at: str) -> list[_Placed]:
    """Return copies of nodes that know their places in a list."""
    return [placed(node, f"{at}[{number}]") for number, node in enumerate(nodes)]


def placed_settings(settings: Mapping[SettingName, Json]) -> dict[SettingName, Setting]:
    """Return settings that know their places."""
    return {
        name: Setting(at=f"settings.{name}", raw=_told(value), value=_placed_in(value, f"settings.{name}"))
        for name, value in settings.items()
        if value is not None
    }


def _placed_in(value: Json, at: str) -> Json:
    if isinstance(value, Node):
        return placed(value, at)
    return placed_each(_listed(value), at) if _has_nodes(value) else value


def _has_nodes(value: Json) -> bool:
    return isinstance(value, Node) or (
        isinstance(value, list) and any(isinstance(each, Node) for each in _listed(value))
    )


def _told(value: Json) -> Json:
    """Return a value as JSON, of nodes only what is not as it is by default."""
    if isinstance(value, Node):
        return {name: _told(inner) for name, inner in _own(value)} | value.extras
    if isinstance(value, list):
        return [_told(each) for each in _listed(value)]
    if isinstance(value, Struct):
        return {name: inner for name, inner in structs.asdict(value).items() if inner is not None}
    return value


def _own(node: Node) -> Iterator[tuple[str, Json]]:
    """Yield the fields of a node that say something."""
    for each in structs.fields(node):
        value = getattr(node, each.name)
        says_nothing = value is None or value == each.default or value in ([], {})
        if each.name not in _OF_EVERY_NODE and not says_nothing:
            yield each.name, value


def _listed(value: Json) -> Sequence[Json]:
    # cast: nothing is known of the elements, which is what Json says.
    return cast("Sequence[Json]", value)
