"""A product's call to a vendor of each dialect: what is told of the answer, and that it is booked like any other."""

import asyncio
import json
from typing import Final

import msgspec
import pytest

from drawbridge.gateway.inner.asked import Asked
from drawbridge.gateway.wire.canonical import Function, Message, Opaque, Text, Thinking, ToolCall, ToolResult
from drawbridge.gateway.wire.events import Began, Counted, Ended, Grew, PartBegan, PartEnded
from drawbridge.usage.report import CallLosses
from tests.gateway.inner.conftest import PRICES
from tests.parts.answers import paced, usage_of
from tests.parts.asking import Person, saying
from tests.parts.booked import Booked
from tests.parts.caller import Caller
from tests.parts.vendor import ScriptedVendor

DIALECTS: Final = ("chat", "responses", "anthropic", "gemini")
PATHS: Final = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/to-gemini:streamGenerateContent?alt=sse",
}
OF_EACH_CALL: Final = (
    "attempt_id",
    "call_id",
    "principal_id",
    "key_id",
    "product",
    "session_id",
    "started_at",
    "time_to_first_byte_ms",
    "duration_ms",
    "provider_request_id",
    "lost",
)
"""What two calls differ in, of whom they are, and by what way they came."""


@pytest.mark.parametrize("is_streamed", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("to", DIALECTS)
async def test_an_answer_in_any_dialect_is_told_in_the_same_words(
    somebody: Person, vendor: ScriptedVendor, to: str, is_streamed: bool
) -> None:
    heard = await somebody.ask(saying(f"to-{to}", max_output_tokens=300, streamed=is_streamed))

    (request,) = vendor.requests
    usage = usage_of(request.body)
    assert heard.text == f"Grüße from the script {usage.output}."
    assert [event.reason for event in heard.said if isinstance(event, Ended)] == ["end"]
    assert [event.usage.output for event in heard.said if isinstance(event, Counted)][-1] == usage.output
    assert (heard.ended.tokens.input, heard.ended.tokens.output) == (usage.input, usage.output)
    assert [type(event) for event in heard.said if not isinstance(event, Began | Grew | Counted | Ended)] == [
        PartBegan,
        PartEnded,
    ]
    assert heard.ended.cost_nanousd == heard_cost(to, usage.input, usage.output)
    assert (heard.ended.deployment, heard.ended.upstream_model) == (to, f"upstream-{to}")


@pytest.mark.parametrize("to", DIALECTS)
async def test_a_call_is_booked_as_the_same_call_from_outside_is(
    somebody: Person, caller: Caller, vendor: ScriptedVendor, booked: Booked, to: str
) -> None:
    await somebody.ask(saying(f"to-{to}", max_output_tokens=300))
    (sent,) = vendor.requests
    said = sent.body.replace(f"upstream-{to}".encode(), f"to-{to}".encode())

    reply = await caller.post(PATHS[to], said)

    assert reply.status == 200
    assert vendor.requests[1].body == sent.body
    assert vendor.requests[1].target == sent.target
    within, outside = await booked.events(2)
    assert (within.product, outside.product) == ("chat", "api")
    assert without(within) == without(outside)
    assert within.lost == CallLosses([], [], 0)


@pytest.mark.parametrize("to", DIALECTS)
async def test_nothing_of_the_session_goes_up(somebody: Person, vendor: ScriptedVendor, to: str) -> None:
    await somebody.ask(saying(f"to-{to}"))

    (request,) = vendor.requests
    assert "a-chat" not in str(request)
    assert str(somebody.who.principal_id) not in str(request)


@pytest.mark.parametrize("to", DIALECTS)
async def test_a_call_of_a_tool_is_told_and_its_result_taken_on_to_another_vendor(
    somebody: Person, vendor: ScriptedVendor, to: str
) -> None:
    parameters = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
    tools = [Function(name="weather", description="Tells it.", parameters=parameters)]
    asked = [Message(role="user", parts=[Text(text="Will it rain?")])]

    heard = await somebody.ask(Asked(f"to-{to}", asked, tools))
    call = next(event.part for event in heard.said if isinstance(event, PartBegan))
    assert isinstance(call, ToolCall)
    arguments = call.arguments + "".join(event.text for event in heard.said if isinstance(event, Grew))
    turn = Message(role="assistant", parts=[ToolCall(id=call.id, name=call.name, arguments=arguments)])
    result = Message(role="tool", parts=[ToolResult(call_id=call.id, parts=[Text(text="It will.")])])
    for other in DIALECTS:
        answer = await somebody.ask(Asked(f"to-{other}", [*asked, turn, result], tools))
        assert answer.text.startswith("Grüße")

    assert (call.name, json.loads(arguments)) == ("weather", {"place": "Zürich"})
    assert [event.reason for event in heard.said if isinstance(event, Ended)] == ["tool_calls"]
    assert all(b"It will." in request.body for request in vendor.requests[1:])


async def test_what_another_vendor_has_sealed_is_told_as_lost_and_kept_with_the_call(
    somebody: Person, vendor: ScriptedVendor, booked: Booked
) -> None:
    thought = Thinking(paragraphs=["Hm."], seal=Opaque("sealed-words", "anthropic-messages", "anthropic"))
    turns = [
        Message(role="user", parts=[Text(text="Hello")]),
        Message(role="assistant", parts=[thought, Text(text="Hi")]),
        Message(role="user", parts=[Text(text="And?")]),
    ]

    heard = await somebody.ask(Asked("to-gemini", turns, settings={"seed": 7}))

    assert b"sealed-words" not in vendor.requests[0].body
    lost = [loss.path for loss in heard.ended.losses]
    assert "messages[1].parts[0].seal.value" in lost
    assert not any(path.startswith(("messages[0]", "settings")) for path in lost)
    event = await booked.event()
    assert event.lost is not None
    assert [leaf.path for leaf in event.lost.request] == lost


async def test_a_setting_that_a_vendor_does_not_have_is_told_as_lost(somebody: Person) -> None:
    asked = Asked("to-anthropic", saying("").messages, settings={"seed": 7, "temperature": 0.5})

    heard = await somebody.ask(asked)

    assert [loss.path for loss in heard.ended.losses] == ["settings.seed"]


async def test_what_a_vendor_has_sealed_goes_back_to_it_as_it_was(somebody: Person, vendor: ScriptedVendor) -> None:
    thought = Thinking(paragraphs=["Hm."], seal=Opaque("sealed-words", "anthropic-messages", "anthropic"))
    turns = [
        Message(role="user", parts=[Text(text="Hello")]),
        Message(role="assistant", parts=[thought, Text(text="Hi")]),
        Message(role="user", parts=[Text(text="And?")]),
    ]

    heard = await somebody.ask(Asked("to-anthropic", turns))

    assert b'"signature":"sealed-words"' in vendor.requests[0].body
    assert heard.ended.losses == ()


async def test_a_hundred_answers_at_once_are_told_whole_and_leave_no_task(
    somebody: Person, vendor: ScriptedVendor
) -> None:
    vendor.script = paced(0.01)
    await somebody.ask(saying("to-chat"))
    before = len(asyncio.all_tasks())

    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(somebody.ask(saying(f"to-{to}"))) for to in DIALECTS * 25]

    assert all(task.result().text.startswith("Grüße from the script") for task in asking)
    assert len(asyncio.all_tasks()) == before


def heard_cost(to: str, input_tokens: int, output_tokens: int) -> int:
    input_usd, output_usd = PRICES[to]
    return round(input_tokens * float(input_usd) * 1_000 + output_tokens * float(output_usd) * 1_000)


def without(event: msgspec.Struct) -> dict[str, object]:
    """Return what two events of the same call have in common."""
    told: dict[str, object] = msgspec.structs.asdict(event)
    return {name: value for name, value in told.items() if name not in OF_EACH_CALL}
