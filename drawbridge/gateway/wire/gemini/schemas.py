"""Gemini's own schemas, a subset of OpenAPI 3.0's, as JSON schemas.

https://ai.google.dev/api/caching#Schema, read 2026-11-23: types in capitals or as numbers, `nullable`, counts as texts.
"""

from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.gemini.spelling import camel_case
from drawbridge.gateway.wire.json_text import elements, members

_TYPES: Final = ("type_unspecified", "string", "number", "integer", "boolean", "array", "object", "null")
_COUNTS: Final = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
_NESTED: Final = frozenset({"items", "additionalProperties"})
_LISTED: Final = frozenset({"anyOf", "prefixItems"})


def to_json_schema(schema: Json) -> Json:
    """Return a schema of Gemini's as a JSON schema: the order that it asks for becomes that of the properties."""
    if not isinstance(schema, dict):
        return schema
    written: dict[str, Json] = {}
    given = members(schema)
    for name, value in given.items():
        _convert(camel_case(name), value, written)
    order = [name for name in elements(given.get("propertyOrdering", given.get("property_ordering"))) if name]
    if order and isinstance(written.get("properties"), dict):
        written["properties"] = _ordered(members(written["properties"]), order)
    if given.get("nullable") is True:
        _allow_null(written)
    return written


def _convert(name: str, value: Json, written: dict[str, Json]) -> None:
    if name == "type":
        written["type"] = _plain_type(value)
    elif name == "properties":
        written["properties"] = {inner: to_json_schema(schema) for inner, schema in members(value).items()}
    elif name in _NESTED:
        written[name] = to_json_schema(value)
    elif name in _LISTED:
        written[name] = [to_json_schema(schema) for schema in elements(value)]
    elif name in _COUNTS and isinstance(value, str) and value.isdecimal():
        written[name] = int(value)
    elif name == "example":
        written["examples"] = [value]
    elif not (name == "nullable" or (name == "format" and value == "enum")):
        written[name] = value


def _plain_type(value: Json) -> Json:
    if isinstance(value, int) and 0 <= value < len(_TYPES):
        # What protobuf's own libraries write (recorded 2026-08).
        return _TYPES[value]
    return value.lower() if isinstance(value, str) and value.lower() in _TYPES else value


def _ordered(properties: dict[str, Json], order: list[Json]) -> dict[str, Json]:
    first = {name: properties[name] for name in order if name in properties}
    return {**first, **properties}


def _allow_null(schema: dict[str, Json]) -> None:
    if "type" in schema:
        schema["type"] = [schema["type"], "null"]
    elif "anyOf" in schema:
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    if isinstance(schema.get("enum"), list):
        schema["enum"] = [*schema["enum"], None]
