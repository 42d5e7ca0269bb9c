"""JSON schemas as OpenAI takes them.

Parameters must be of the type object; with `strict` every object must be closed and require all of its members
(https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas, 2026-11).
"""

from collections.abc import Iterator
from typing import Final, cast

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import elements, members

_NOT_STRICT: Final = frozenset(
    {"allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "oneOf", "patternProperties"}
)
_MOST_DEPTH: Final = 10


def as_object_schema(schema: Json) -> dict[str, Json]:
    """Return a schema for a function's parameters: the source's own where it is one of an object."""
    given = members(schema)
    if given.get("type") == "object":
        return given
    if not given:
        return {"type": "object", "properties": {}}
    return {**given, "type": "object"}


def can_be_strict(schema: Json) -> bool:
    """Tell whether OpenAI takes a schema with `strict`."""
    root = members(schema)
    if root.get("type") != "object" or "anyOf" in root:
        return False
    return all(_is_closed(one, depth) for one, depth in _each_schema(root, 0))


def _is_closed(schema: dict[str, Json], depth: int) -> bool:
    if depth > _MOST_DEPTH or not _NOT_STRICT.isdisjoint(schema):
        return False
    kind = schema.get("type")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind) and "properties" not in schema:
        return True
    required = elements(schema.get("required"))
    is_complete = all(name in required for name in members(schema.get("properties")))
    return schema.get("additionalProperties") is False and is_complete


def _each_schema(schema: dict[str, Json], depth: int) -> Iterator[tuple[dict[str, Json], int]]:
    """Walk a schema and those within it, as deep as it can matter."""
    yield schema, depth
    if depth > _MOST_DEPTH:
        return
    inner = [members(schema.get(name)).values() for name in ("properties", "$defs", "definitions")]
    listed = [elements(schema.get(name)) for name in ("anyOf", "prefixItems")]
    for one in [*(value for values in inner for value in values), *(one for ones in listed for one in ones)]:
        yield from _each_schema(members(one), depth + 1)
    items = schema.get("items")
    if isinstance(items, dict):
        # cast: the keys of a JSON object are strings.
        yield from _each_schema(cast("dict[str, Json]", items), depth + 1)
