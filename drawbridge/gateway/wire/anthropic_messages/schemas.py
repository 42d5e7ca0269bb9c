"""JSON schemas as Anthropic takes them: of a tool's input, and of an answer."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, decode, elements, encode, members
from drawbridge.gateway.wire.losses import join, quoted

_Schema = dict[str, Json]

WRAPPING: Final = "value"
"""The member that holds what a tool is called with, where that is no plain object."""

_DEFINITIONS: Final = ("$defs", "definitions")
_ALTERNATIVES: Final = ("anyOf", "oneOf", "allOf")
_UNSUPPORTED: Final = frozenset(
    [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "patternProperties",
        "propertyNames",
        "contains",
        "minContains",
        "maxContains",
        "prefixItems",
        "additionalItems",
        "unevaluatedItems",
        "unevaluatedProperties",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "if",
        "then",
        "else",
        "not",
    ]
)
"""https://platform.claude.com/docs/en/build-with-claude/structured-outputs, "JSON Schema limitations", and what the
official SDK (anthropic 2.12.0) moves into descriptions. Read 2026-11-23."""
_FORMATS: Final = frozenset(
    [
        "date-time",
        "time",
        "date",
        "duration",
        "email",
        "hostname",
        "uri",
        "ipv4",
        "ipv6",
        "uuid",
    ]
)
_HARD_PATTERN: Final = re.compile(r"\(\?|\\[1-9bB]")
_BY_NAME: Final = ("properties", *_DEFINITIONS)


def input_schema(schema: Json) -> _Schema:
    """Return a schema for a tool's input: an object at the top, without alternatives. Others are wrapped in one."""
    if not isinstance(schema, dict) or not schema:
        return {"type": "object", "properties": {}}
    # cast: the keys of a JSON object are strings.
    written = cast("_Schema", schema)
    if is_wrapped(written):
        inner = {name: value for name, value in written.items() if name not in _DEFINITIONS}
        outer: _Schema = {"type": "object", "properties": {WRAPPING: inner}, "required": [WRAPPING]}
        return outer | {name: written[name] for name in _DEFINITIONS if name in written}
    return written if "type" in written else {"type": "object", **written}


def is_wrapped(schema: Json) -> bool:
    """Tell whether a tool is called with its arguments inside an object that is not the caller's."""
    written = members(schema)
    return any(name in written for name in _ALTERNATIVES) or written.get("type", "object") != "object"


def wrapped(arguments: str) -> Json | None:
    """Return arguments inside the object that such a tool is called with; None for what is no JSON."""
    value = decode(arguments)
    return None if value is UNREADABLE_JSON else {WRAPPING: value}


def unwrapped(arguments: str) -> str:
    """Return the arguments that the caller's tool expects; what a model wrote otherwise comes as it is."""
    value = members(decode(arguments))
    return encode(value[WRAPPING]).decode() if WRAPPING in value else arguments


class OutputSchema:
    """A schema to which an answer can be held, and what had to be left out of it."""

    def __init__(self, schema: Json) -> None:
        self.left_out: list[tuple[str, Json]] = []
        """Paths below the schema, and what stood there."""
        self.schema: _Schema = members(self._held(schema, ""))

    def _held(self, schema: Json, at: str) -> Json:
        if not isinstance(schema, dict):
            return schema
        held: _Schema = {}
        # cast: the keys of a JSON object are strings.
        for name, value in cast("_Schema", schema).items():
            path = join(at, quoted(name))
            if _is_refused(name, value):
                self.left_out.append((path, value))
            else:
                if name == "oneOf":
                    # It is said as anyOf, which allows more than one.
                    self.left_out.append((path, value))
                held["anyOf" if name == "oneOf" else name] = self._below(name, value, path)
        if _is_object(held):
            if held.get("additionalProperties", False) is not False:
                self.left_out.append((join(at, "additionalProperties"), held["additionalProperties"]))
            held["additionalProperties"] = False
        return held

    def _below(self, name: str, value: Json, path: str) -> Json:
        if name in _BY_NAME:
            return {each: self._held(one, join(path, quoted(each))) for each, one in members(value).items()}
        if name in _ALTERNATIVES:
            return [self._held(one, f"{path}[{number}]") for number, one in enumerate(elements(value))]
        return self._held(value, path) if name == "items" else value


def schema_parts(schema: Json) -> Iterator[_Schema]:
    """Walk a schema and all schemas in it."""
    if not isinstance(schema, dict):
        return
    # cast: the keys of a JSON object are strings.
    written = cast("_Schema", schema)
    yield written
    for name, value in written.items():
        inner: list[Any] = []
        if name in _BY_NAME:
            inner = [*members(value).values()]
        elif name in _ALTERNATIVES:
            inner = elements(value)
        elif name == "items":
            inner = [value]
        for one in inner:
            yield from schema_parts(one)


def can_be_strict(schema: Json) -> bool:
    """Tell whether Anthropic can hold a tool's input to a schema."""
    return not is_wrapped(schema) and not OutputSchema(schema).left_out and all(map(_is_closed, schema_parts(schema)))


def _is_closed(schema: Mapping[str, Json]) -> bool:
    return not _is_object(schema) or schema.get("additionalProperties") is False


def _is_object(schema: Mapping[str, Json]) -> bool:
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


def _is_refused(name: str, value: Json) -> bool:
    match name:
        case "format":
            return value not in _FORMATS
        case "minItems":
            return value not in (0, 1)
        case "pattern":
            return not isinstance(value, str) or _HARD_PATTERN.search(value) is not None
        case _:
            return name in _UNSUPPORTED
