"""What OpenAI demands of JSON schemas that it holds a model to strictly.

Source: https://platform.openai.com/docs/guides/structured-outputs, as of 2026-11-23.
"""

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.json_text import elements, members

_DEEPEST = 64


def is_closed(schema: Json, depth: int = 0) -> bool:
    """Tell whether all objects of a schema require all of their members, and allow no others."""
    if depth > _DEEPEST:
        return False
    if isinstance(schema, list):
        return all(is_closed(element, depth + 1) for element in elements(schema))
    said = members(schema)
    is_object = said.get("type") == "object" or "properties" in said
    if is_object and (said.get("additionalProperties") is not False or not _requires_all(said)):
        return False
    return all(is_closed(value, depth + 1) for value in said.values())


def _requires_all(said: dict[str, Json]) -> bool:
    required = elements(said.get("required"))
    return all(name in required for name in members(said.get("properties")))
