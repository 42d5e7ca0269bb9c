"""Calls of an Anthropic model reach callers of other dialects as calls of the tools that they know."""

import json
from typing import Any

import pytest

from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import CustomTool, Function, OutputFormat, Part, Request, Setting, Text, ToolCall
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Ended, Event, Grew, PartBegan
from drawbridge.gateway.wire.json_text import sse
from drawbridge.gateway.wire.profiles import Profile
from tests.gateway.wire.anthropic_messages.asking import SCHEMA, WEATHER, asking, body_of, said

# Any: JSON of any shape.
Json = Any

BOTH = pytest.mark.parametrize("streamed", [False, True])
PATCH = CustomTool(name="apply.patch")
SPAWN = Function(name="spawn", namespace="agents", parameters=SCHEMA)
EITHER = Function(name="either", parameters={"anyOf": [{"type": "string"}, {"type": "object"}]})


def wire_names(request: Request, profile: Profile = Profile()) -> list[str]:  # noqa: B008 - it is frozen
    return [tool["name"] for tool in body_of(request, profile)["tools"]]


def told(request: Request, *calls: tuple[str, Json], streamed: bool) -> list[Event]:
    """Return what a vendor's reply with these calls tells."""
    blocks = [
        {"type": "tool_use", "id": f"t{n}", "name": name, "input": input_} for n, (name, input_) in enumerate(calls)
    ]
    message: Json = {"type": "message", "id": "msg_1", "model": "m", "role": "assistant", "content": blocks}
    reader = ANTHROPIC_MESSAGES.read_reply(ReplyHead(200, streamed=streamed, provider="anthropic"), request)
    if not streamed:
        body = json.dumps(message | {"stop_reason": "tool_use"}).encode()
        return [*reader.feed(body), *reader.close()]
    events: list[Json] = [{"type": "message_start", "message": message | {"content": []}}]
    for n, block in enumerate(blocks):
        events.append({"type": "content_block_start", "index": n, "content_block": {**block, "input": {}}})
        text = json.dumps(block["input"]) if block["input"] else ""
        for piece in (text[:4], text[4:]):
            delta = {"type": "input_json_delta", "partial_json": piece}
            events.append({"type": "content_block_delta", "index": n, "delta": delta})
        events.append({"type": "content_block_stop", "index": n})
    events += [{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}]
    read = [event for value in events for event in reader.feed(sse(value, value["type"]))]
    return [*read, *reader.close()]


def parts(events: list[Event]) -> list[tuple[Part, str]]:
    """Return the parts with all that they have grown to."""
    found: list[tuple[Part, str]] = []
    for event in events:
        if isinstance(event, PartBegan):
            grown = [other.text for other in events if isinstance(other, Grew) and other.index == event.index]
            part = event.part
            start = part.text if isinstance(part, Text) else part.arguments if isinstance(part, ToolCall) else ""
            found.append((part, start + "".join(grown)))
    return found


@BOTH
def test_a_custom_tool_gets_its_text(streamed: bool) -> None:
    request = asking(said("user", "u"), tools=(PATCH,))
    (name,) = wire_names(request)

    ((call, text),) = parts(told(request, (name, {"input": "*** Begin ✓"}), streamed=streamed))

    assert isinstance(call, ToolCall)
    assert (call.name, call.is_custom, text) == ("apply.patch", True, "*** Begin ✓")


@BOTH
def test_a_tool_of_a_namespace_is_called_by_both_names(streamed: bool) -> None:
    request = asking(said("user", "u"), tools=(SPAWN,))
    (name,) = wire_names(request)

    ((call, text),) = parts(told(request, (name, {"city": "Oslo"}), streamed=streamed))

    assert isinstance(call, ToolCall)
    assert (call.namespace, call.name) == ("agents", "spawn")
    assert json.loads(text) == {"city": "Oslo"}


@BOTH
def test_arguments_come_out_of_the_object_that_they_were_wrapped_in(streamed: bool) -> None:
    request = asking(said("user", "u"), tools=(EITHER,))

    ((_, text),) = parts(told(request, ("either", {"value": "bare"}), streamed=streamed))

    assert text == '"bare"'


@BOTH
def test_a_call_without_arguments_has_an_empty_object(streamed: bool) -> None:
    ((_, text),) = parts(told(asking(tools=(WEATHER,)), ("weather", {}), streamed=streamed))

    assert text == "{}"


@BOTH
@pytest.mark.parametrize(
    ("schema", "given", "answer"),
    [(SCHEMA, {"city": "Oslo"}, {"city": "Oslo"}), ({"type": "array"}, {"value": [1]}, [1])],
)
def test_an_answer_that_was_given_by_a_call_is_a_text(schema: Json, given: Json, answer: Json, streamed: bool) -> None:
    form = Setting(value=OutputFormat(kind="schema", schema=schema))
    request = asking(said("user", "u"), settings={"output_format": form})
    (name,) = wire_names(request, Profile(output_schema=False))

    events = told(request, (name, given), streamed=streamed)

    ((part, text),) = parts(events)
    assert isinstance(part, Text)
    assert json.loads(text) == answer
    assert [event.reason for event in events if isinstance(event, Ended)] == ["end"]


@BOTH
def test_an_answer_beside_calls_leaves_them_to_be_carried_out(streamed: bool) -> None:
    form = Setting(value=OutputFormat(kind="schema", schema=SCHEMA))
    request = asking(said("user", "u"), tools=(WEATHER,), settings={"output_format": form})
    weather, answer = wire_names(request, Profile(output_schema=False))

    events = told(request, (weather, {"city": "A"}), (answer, {"city": "B"}), streamed=streamed)

    assert [type(part) for part, _ in parts(events)] == [ToolCall, Text]
    assert [event.reason for event in events if isinstance(event, Ended)] == ["tool_calls"]
