"""[wire_same] Every recorded request is the same after it was read and written again."""

from typing import Any, cast

import msgspec
import pytest

from drawbridge.gateway.wire.dialect import Target, WireRequest
from drawbridge.gateway.wire.gemini.read_request import read_request
from drawbridge.gateway.wire.gemini.spelling import camel_case
from drawbridge.gateway.wire.gemini.write_request import write_request
from drawbridge.gateway.wire.profiles import UNKNOWN
from tests.parts.same_wire import FOLDER, Record, difference, exceptions, records

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the recorded traffic is not beside the project")


def test_recorded_requests_are_the_same_after_reading_and_writing() -> None:
    excused = exceptions("gemini")
    recorded = [record for record in records("gemini") if record.request is not None]

    different = {record.id: _difference(record) for record in recorded if record.id not in excused}

    assert {id_: found for id_, found in different.items() if found is not None} == {}
    assert len(recorded) == 410


def _difference(record: Record) -> str | None:
    assert record.request is not None
    request = read_request(record.request)
    written = write_request(request, Target("recorded", request.model, UNKNOWN))
    lost = list(written.losses)
    return str(lost[0]) if lost else difference(record.request.body, written.wire.body)


def test_a_request_reads_the_same_in_either_spelling() -> None:
    snake = {
        "system_instruction": {"parts": [{"text": "s"}]},
        "contents": [
            {"role": "user", "parts": [{"inline_data": {"mime_type": "image/png", "data": "aGk="}}]},
            {
                "role": "model",
                "parts": [{"function_call": {"name": "f", "args": {"a_b": 1}}, "thought_signature": "c2c="}],
            },
            {"role": "user", "parts": [{"function_response": {"name": "f", "response": {"output": "r"}}}]},
        ],
        "tools": [{"function_declarations": [{"name": "f", "parameters_json_schema": {"type": "object"}}]}],
        "tool_config": {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["f"]}},
        "generation_config": {
            "max_output_tokens": 5,
            "stop_sequences": ["x"],
            "response_mime_type": "application/json",
            "thinking_config": {"include_thoughts": True, "thinking_budget": 7},
        },
    }

    one, other = (read_request(_wire(body)) for body in (snake, _camel(snake)))

    plain, camel = (_without_places(msgspec.to_builtins(read, enc_hook=dict)) for read in (one, other))
    assert plain == camel
    assert write_request(one, Target("p", "m", UNKNOWN)).wire.body == snake


def _wire(body: object) -> WireRequest:
    return WireRequest("POST", "/models/gemini-2.5-flash:generateContent", body=body)


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(element) for element in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    # Arguments are the caller's own.
    items = cast("dict[str, Any]", value).items()
    return {camel_case(name): below if name == "args" else _camel(below) for name, below in items}


def _without_places(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_places(element) for element in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    items = cast("dict[str, Any]", value).items()
    return {name: _without_places(below) for name, below in items if name not in {"at", "raw", "names", "shape"}}
