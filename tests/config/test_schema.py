from typing import Any

import jsonschema
import pytest
import yaml

from drawbridge.config.schema import document_schema
from tests.config.documents import EXAMPLE, SECTIONS

SCHEMA: dict[str, Any] = document_schema(SECTIONS)  # Any: JSON.


def is_valid(text: str) -> bool:
    # The stubs leave a part of the overload untyped.
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))  # pyright: ignore[reportUnknownMemberType]


def test_the_schema_is_one_and_takes_the_example() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert is_valid(EXAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        "users: {}",
        "version: 2",
        "version: 1\nuser: {}",
        "version: 1\nusers: {'a b': {}}",
        "version: 1\nproviders: {x: {preset: opnai}}",
        "version: 1\nproviders: {x: {preset: openai, dialects: [openai]}}",
        "version: 1\nproviders: {x: {preset: openai, quirks: {usage: asked}}}",
        "version: 1\nproviders: {x: {preset: openai, credential: {env: A, file: /b}}}",
        "version: 1\nproviders: {x: {preset: openai, credential: {}}}",
        "version: 1\ndeployments: {x: {provider: a}}",
        "version: 1\nmodels: {x: {route: []}}",
        "version: 1\nmodels: {x: {route: [{deployment: a, weight: 0}]}}",
    ],
)
def test_an_editor_marks_what_an_apply_would_refuse(text: str) -> None:
    assert not is_valid(text)


def test_settings_carry_their_descriptions() -> None:
    assert SCHEMA["$defs"]["ProviderEntry"]["properties"]["base_url"]["description"]
