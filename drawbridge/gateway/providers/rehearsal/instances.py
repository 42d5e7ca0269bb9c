"""Small valid instances of JSON schemas: the arguments of rehearsed tool calls, and structured answers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from drawbridge.gateway.providers.rehearsal.failures import Failure

Schema = Mapping[str, object]

_WORD: Final = "rehearsal"
_NODES_LIMIT: Final = 2_000
_DEPTH_LIMIT: Final = 40
_LENGTH_LIMIT: Final = 2_000
_FORMATS: Final = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT1S",
    "email": "rehearsal@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def make_instance(schema: Schema) -> object:
    """Return the same small instance of a schema each time: the required properties only, the first of every choice.

    Understands `$ref` within the schema, `allOf`, `anyOf`, `oneOf`, `const`, `enum`, bounds of numbers, lengths and
    items, common formats, and Gemini's upper-case types. A `pattern` is met only by the schema's own `default` or
    first of `examples`: to run a caller's expression would hand it the processor.
    Raises Failure where the schema is too large or refers to itself without end.
    """
    return _Maker(schema).make(schema)


def members(value: object) -> Schema:
    """Return a value as an object: an empty one where it is anything else."""
    return cast("Schema", value) if isinstance(value, Mapping) else {}  # a JSON object has string keys


@dataclass(slots=True)
class _Maker:
    root: Schema
    nodes: int = 0

    def make(self, schema: object, depth: int = 0) -> object:
        self._count(depth)
        plain = self._resolve(members(schema), depth)
        if "const" in plain:
            return plain["const"]
        for key in ("enum", "examples"):
            if choices := _items(plain.get(key)):
                return choices[0]
        if "pattern" in plain and "default" in plain:
            return plain["default"]
        return self._of_type(plain, depth)

    def _resolve(self, schema: Schema, depth: int) -> Schema:
        """Return the schema with its reference, its parts and the first of its choices taken in."""
        self._count(depth)
        parts: list[object] = [*_items(schema.get("allOf"))]
        for key in ("anyOf", "oneOf"):
            parts.extend(_items(schema.get(key))[:1])
        if isinstance(reference := schema.get("$ref"), str):
            parts.append(self._look_up(reference))
        if not parts:
            return schema
        merged: dict[str, object] = {}
        for part in parts:
            _merge(merged, self._resolve(members(part), depth + 1))
        _merge(merged, {key: value for key, value in schema.items() if key not in _COMBINING})
        return merged

    def _count(self, depth: int) -> None:
        self.nodes += 1
        if depth > _DEPTH_LIMIT or self.nodes > _NODES_LIMIT:
            raise Failure("refused", "A JSON schema is too large for the rehearsal, or needs itself without end.")

    def _look_up(self, reference: str) -> object:
        found: object = self.root
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = members(found).get(name)
        return found

    def _of_type(self, schema: Schema, depth: int) -> object:
        match _type(schema):
            case "object":
                return self._object(schema, depth + 1)
            case "array":
                return self._array(schema, depth + 1)
            case "integer" | "number" as kind:
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return False
            case "null":
                return None
            case _:
                return _string(schema)

    def _object(self, schema: Schema, depth: int) -> object:
        known = members(schema.get("properties"))
        required = dict.fromkeys(name for name in _items(schema.get("required")) if isinstance(name, str))
        return {name: self.make(known.get(name, True), depth) for name in required}

    def _array(self, schema: Schema, depth: int) -> object:
        prefix = _items(schema.get("prefixItems"))
        length = min(_bound(schema, "minItems"), _LENGTH_LIMIT)
        items = [*prefix[:length], *[schema.get("items", True)] * (length - len(prefix))]
        return [self.make(item, depth) for item in items]


_COMBINING: Final = frozenset({"allOf", "anyOf", "oneOf", "$ref"})


def _merge(into: dict[str, object], more: Schema) -> None:
    for key, value in more.items():
        held = into.get(key)
        if key == "properties":
            into[key] = {**members(held), **members(value)}
        elif key == "required":
            into[key] = [*_items(held), *_items(value)]
        else:
            into[key] = value


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []  # a list holds objects, whatever they are


def _type(schema: Schema) -> str:
    kind = schema.get("type")
    if names := _items(kind):
        kind = next((name for name in names if name != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _bound(schema: Schema, name: str) -> int:
    # Gemini writes 64-bit integers as strings, as JSON of protocol buffers does.
    value = schema.get(name)
    if isinstance(value, str) and value.isdecimal() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) else 0


def _string(schema: Schema) -> str:
    name = schema.get("format")
    text = _FORMATS.get(name, _WORD) if isinstance(name, str) else _WORD
    shortest = min(_bound(schema, "minLength"), _LENGTH_LIMIT)
    if "maxLength" in schema:
        text = text[: max(_bound(schema, "maxLength"), 0)]
    return text.ljust(shortest, "-")


def _number(schema: Schema, *, whole: bool) -> int | float:
    """Return the number nearest to nought that is within the bounds."""
    low, high = _range(schema, whole=whole)
    value = min(max(0.0, low), high)
    step = _real(schema.get("multipleOf"))
    if step > 0:
        value = (math.floor if value < 0 else math.ceil)(value / step) * step
    return int(value) if whole or value.is_integer() else value


def _range(schema: Schema, *, whole: bool) -> tuple[float, float]:
    """Return the lowest and the highest number allowed, a little inside of bounds that exclude themselves."""
    least, below = _real(schema.get("minimum"), -math.inf), _real(schema.get("exclusiveMinimum"), -math.inf)
    most, above = _real(schema.get("maximum"), math.inf), _real(schema.get("exclusiveMaximum"), math.inf)
    nudge = 1.0 if whole else min(1.0, abs(min(most, above) - max(least, below)) / 2)
    low, high = max(least, below + nudge), min(most, above - nudge)
    if whole:
        return (math.ceil(low) if math.isfinite(low) else low), (math.floor(high) if math.isfinite(high) else high)
    return low, high


def _real(value: object, default: float = 0.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if abs(value) < 2**53 else default
