"""Instances of JSON schemas that the rehearsal provider makes."""

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.providers.rehearsal.failures import Failure
from drawbridge.gateway.providers.rehearsal.instances import make_instance


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"type": "string"}, "rehearsal"),
        ({"type": "STRING", "format": "date"}, "2026-01-01"),
        ({"type": "string", "minLength": 12}, "rehearsal---"),
        ({"type": "string", "maxLength": 3}, "reh"),
        ({"type": ["null", "integer"]}, 0),
        ({"type": "integer", "exclusiveMinimum": 2.5}, 4),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 0.5}, 0.25),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "integer", "maximum": -7, "multipleOf": 5}, -10),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": None}, None),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, False),
        ({"type": "array", "items": {"type": "null"}, "minItems": 2}, [None, None]),
        ({"type": "array", "prefixItems": [{"type": "null"}, {"const": 1}], "minItems": 2}, [None, 1]),
        ({"type": "ARRAY", "items": {"type": "STRING"}, "minItems": "1"}, ["rehearsal"]),
        ({"properties": {"a": {"const": 1}, "b": {}}, "required": ["a"]}, {"a": 1}),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"const": "there"}}}, "there"),
        ({"allOf": [{"required": ["a"]}, {"properties": {"a": {"const": 1}}}]}, {"a": 1}),
        ({"type": "string", "pattern": "^[A-Z]{2}$", "default": "DE"}, "DE"),
    ],
)
def test_the_smallest_instance_comes_first(schema: dict[str, object], instance: object) -> None:
    assert make_instance(schema) == instance


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.integers(-50, 0),
            "exclusiveMinimum": st.integers(-50, -1),
            "maximum": st.integers(1, 50),
            "exclusiveMaximum": st.integers(2, 50),
        },
    ),
    st.integers(-500, 500),
)
def test_a_number_is_within_its_bounds(schema: dict[str, object], shift: int) -> None:
    moved = {name: bound + shift if isinstance(bound, int) else bound for name, bound in schema.items()}

    jsonschema.validate(make_instance(moved), moved)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000, "items": {}}},
    ],
)
def test_a_schema_without_a_small_instance_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(Failure):
        make_instance(schema)
