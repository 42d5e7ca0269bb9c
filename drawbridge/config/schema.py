"""The JSON schema of `drawbridge.yaml`, by which editors complete and check it."""

from collections.abc import Mapping, Sequence

import msgspec

from drawbridge.config.document import NAME_PATTERN, VERSION
from drawbridge.config.sections import AnySection, is_single

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document_schema(sections: Sequence[AnySection]) -> dict[str, object]:
    """Make the schema of the whole file."""
    entry_types = [section.entry_type for section in sections]
    references, definitions = msgspec.json.schema_components(entry_types, ref_template="#/$defs/{name}")
    properties: dict[str, object] = {"version": {"const": VERSION}}
    for section, reference in zip(sections, references, strict=True):
        entry = reference if _needs_settings(section) else {"anyOf": [reference, {"type": "null"}]}
        properties[section.name] = entry if is_single(section) else _mapping_to(entry)
    return {
        "$schema": DIALECT,
        "title": "drawbridge.yaml",
        "type": "object",
        "properties": properties,
        "required": ["version"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _mapping_to(entry: Mapping[str, object]) -> dict[str, object]:
    return {"type": ["object", "null"], "propertyNames": {"pattern": NAME_PATTERN}, "additionalProperties": entry}


def _needs_settings(section: AnySection) -> bool:
    """Tell whether an entry has settings that must be given, so that it cannot be left empty."""
    return any(field.required for field in msgspec.structs.fields(section.entry_type))
