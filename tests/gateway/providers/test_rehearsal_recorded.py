"""The rehearsal provider held against recorded traffic of the real vendors."""

import gzip
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeAlias, cast
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest

from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.gateway.providers.rehearsal.instances import make_instance
from tests.gateway.providers.asking import WEATHER, ask, body_of, sent

TRAFFIC: Final = Path(__file__).parents[4] / "shared" / "traffic"
VENDORS: Final = frozenset({"openai", "azure", "anthropic", "google", "google-vertex"})

pytestmark = pytest.mark.skipif(
    not TRAFFIC.is_dir(), reason="recorded traffic is not beside this project (../shared/traffic)"
)
Record: TypeAlias = Any  # JSON of many shapes, filtered and looked into by each test


@pytest.mark.parametrize("family", ["chat", "responses", "messages", "gemini", "embeddings"])
def test_every_request_that_a_vendor_took_is_answered(family: str) -> None:
    refused: list[str] = []
    asked = 0
    for record, operation, query in _requests(family):
        body = record["request"]["body"]
        if record["response"]["status"] == 200 and not body.get("previous_response_id"):
            asked += 1
            reply = ask(operation, body, query)
            if reply.status != 200:
                refused.append(f"{record['id']}: {sent(reply).decode()}")

    assert asked > 20
    assert refused == []


def test_a_text_streams_in_the_events_of_the_real_messages() -> None:
    rehearsed = _kinds(sent(ask("messages", body_of("messages", "Hello", stream=True))).decode())

    assert rehearsed in {_kinds(record["response"]["sse"]) for record in _streams("messages", "anthropic")}


def test_a_tool_call_streams_in_the_events_of_the_real_messages() -> None:
    body = body_of("messages", "use a tool", stream=True, tools=[{"name": "get_weather", "input_schema": WEATHER}])

    rehearsed = _kinds(sent(ask("messages", body)).decode())

    assert rehearsed in {_kinds(record["response"]["sse"]) for record in _streams("messages", "anthropic")}


def test_a_text_streams_in_the_events_of_the_real_responses() -> None:
    rehearsed = _kinds(sent(ask("responses", body_of("responses", "Hello", stream=True))).decode())

    assert rehearsed in {_kinds(record["response"]["sse"]) for record in _streams("responses", "openai")}


def test_a_tool_call_streams_in_the_events_of_the_real_responses() -> None:
    tool = {"type": "function", "name": "get_weather", "parameters": WEATHER}
    rehearsed = _kinds(sent(ask("responses", body_of("responses", "use a tool", stream=True, tools=[tool]))).decode())
    call = rehearsed[rehearsed.index("response.function_call_arguments.delta") - 1 :]

    recorded = [_kinds(record["response"]["sse"]) for record in _streams("responses", "openai")]

    assert any(kinds[-len(call) :] == call for kinds in recorded)


@pytest.mark.parametrize(("family", "vendor"), [("messages", "anthropic"), ("responses", "openai"), ("chat", "openai")])
def test_no_event_has_a_field_that_the_vendor_does_not_send(family: str, vendor: str) -> None:
    recorded: set[tuple[str, str]] = set()
    for record in _streams(family, vendor):
        recorded |= _fields(record["response"]["sse"])

    rehearsed = _fields(_stream_with_a_call(family))

    assert len(recorded) > 10
    assert rehearsed - recorded == set()


def test_instances_are_valid_for_recorded_schemas() -> None:
    schemas = list(_schemas())
    invalid: list[str] = []
    for schema in schemas:
        instance = cast("dict[str, Any]", make_instance(schema))  # all of these describe objects
        try:
            jsonschema.validate(instance, schema, format_checker=jsonschema.FormatChecker())
        except jsonschema.ValidationError as error:
            invalid.append(error.message)

    assert len(schemas) > 50
    assert invalid == []


def _records(family: str) -> Iterator[Record]:
    with gzip.open(TRAFFIC / f"{family}.jsonl.gz", "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            record = json.loads(line)
            if record["provider"] in VENDORS and record["request"] and record["request"]["body"]:
                yield record


def _requests(family: str) -> Iterator[tuple[Record, Operation, dict[str, str]]]:
    for record in _records(family):
        url = urlsplit(str(record["request"]["path"]))
        target = find_target("POST", url.path)
        if isinstance(target, Target) and target.endpoint is not None:
            assert target.endpoint.operation != "objects"
            yield record, target.endpoint.operation, dict(parse_qsl(url.query))


def _streams(family: str, vendor: str) -> Iterator[Record]:
    for record in _records(family):
        if record["provider"] == vendor and record["response"].get("sse") and record["response"]["status"] == 200:
            yield record


def _stream_with_a_call(family: str) -> str:
    match family:
        case "messages":
            tools: list[object] = [{"name": "get_weather", "input_schema": WEATHER}]
            reply = ask("messages", body_of("messages", "use a tool", stream=True, tools=tools))
        case "responses":
            tools = [{"type": "function", "name": "get_weather", "parameters": WEATHER}]
            reply = ask("responses", body_of("responses", "use a tool", stream=True, tools=tools))
        case _:
            tools = [{"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}]
            more = {"stream": True, "stream_options": {"include_usage": True}}
            reply = ask("chat.completions", body_of("chat.completions", "use a tool", tools=tools, **more))
    return sent(reply).decode()


def _payloads(sse: str) -> Iterator[Record]:
    for line in sse.splitlines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line.removeprefix("data: "))


def _kinds(sse: str) -> tuple[str, ...]:
    """Return the kinds of events in their order, a run of the same kind taken together."""
    return tuple(kind for kind, _ in groupby(payload["type"] for payload in _payloads(sse)))


def _fields(sse: str) -> set[tuple[str, str]]:
    """Return the paths of all fields, each with the kind of its event. What a caller declared is left out."""
    found: set[tuple[str, str]] = set()
    for payload in _payloads(sse):
        kind = payload.get("type", payload.get("object"))
        found |= {(kind, path) for path in _paths(payload, "")}
    return found


def _paths(value: Record, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in cast("list[Record]", value):
            yield from _paths(item, path + "[]")
    elif isinstance(value, dict):
        for name, item in cast("dict[str, Record]", value).items():
            yield f"{path}.{name}"
            if name not in ("tools", "metadata"):
                yield from _paths(item, f"{path}.{name}")


def _schemas() -> Iterator[dict[str, object]]:
    seen: set[str] = set()
    for schema in _declared_schemas():
        written = json.dumps(schema, sort_keys=True)
        if written not in seen:
            seen.add(written)
            yield schema


def _declared_schemas() -> Iterator[dict[str, object]]:
    for family, name in (("chat", "parameters"), ("responses", "parameters"), ("messages", "input_schema")):
        for record in _records(family):
            declared = record["request"]["body"].get("tools") or ()
            schemas = (tool.get(name) or tool.get("function", {}).get(name) for tool in declared)
            yield from (schema for schema in schemas if schema)
