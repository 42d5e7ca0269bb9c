"""Turns from end to end: a question over HTTP, a run, a vendor, a stream, and the answer that is kept with its cost."""

import asyncio
import json
from uuid import UUID

import pytest

from tests.chat.turns.conftest import Json, Talker, words_of
from tests.parts.answers import usage_of
from tests.parts.booked import Booked
from tests.parts.gateway import RunningGateway
from tests.parts.scripts import pausing_after
from tests.parts.vendor import ScriptedVendor

_DIALECTS = ("chat", "responses", "anthropic", "gemini")


@pytest.mark.parametrize("dialect", _DIALECTS)
async def test_an_answer_is_told_kept_and_paid_for_as_it_was_given(
    talker: Talker, vendor: ScriptedVendor, booked: Booked, dialect: str
) -> None:
    conversation = await talker.begin()
    turn = await talker.ask(conversation, "Hello", f"to-{dialect}")

    chunks = await talker.hear(turn["run_id"])

    (request,) = vendor.requests
    usage = usage_of(request.body)
    said = f"Grüße from the script {usage.output}."
    assert words_of(chunks) == said
    assert chunks[-1]["type"] == "finish"
    answer = await talker.answer(conversation)
    assert (answer["id"], answer["state"], answer["model"]) == (turn["message_id"], "complete", f"to-{dialect}")
    assert "".join(part["text"] for part in answer["parts"] if part["type"] == "text") == said
    event = await booked.event()
    assert (answer["input_tokens"], answer["output_tokens"]) == (event.input_tokens, event.output_tokens)
    assert answer["cost_nanousd"] == event.cost_nanousd == chunks[-1]["messageMetadata"]["cost_nanousd"]
    assert UUID(answer["call_id"]) == event.call_id
    assert (event.product, event.session_id) == ("chat", conversation)


async def test_the_next_question_goes_to_another_vendor_with_all_that_was_said(
    talker: Talker, vendor: ScriptedVendor
) -> None:
    conversation = await talker.begin(
        system_prompt="Be brief.", parameters={"temperature": 0.25, "max_output_tokens": 99}
    )
    first = await talker.ask(conversation, "One", "to-chat")
    said = words_of(await talker.hear(first["run_id"]))

    second = await talker.ask(conversation, "Two", "to-anthropic", first["message_id"])
    await talker.hear(second["run_id"])

    asked = json.loads(vendor.requests[-1].body)
    assert vendor.requests[-1].path == "/anthropic/messages"
    assert "Be brief." in json.dumps(asked["system"])
    assert (asked["temperature"], asked["max_tokens"]) == (0.25, 99)
    texts = [_text(message) for message in asked["messages"]]
    assert texts == [("user", "One"), ("assistant", said), ("user", "Two")]
    whole = await talker.get(f"/conversations/{conversation}")
    assert whole["totals"]["answers"] == 2
    assert whole["totals"]["cost_nanousd"] > 0


async def test_readers_who_come_late_or_were_cut_off_get_the_same_answer(
    talker: Talker, vendor: ScriptedVendor
) -> None:
    conversation = await talker.begin()
    turn = await talker.ask(conversation, "Hello", "to-chat")
    whole = [(place, chunk) async for place, chunk in talker.follow(turn["run_id"])]

    again = [(place, chunk) async for place, chunk in talker.follow(turn["run_id"])]
    rests = [await talker.hear(turn["run_id"], after=place) for place, _ in whole]

    assert again == whole
    chunks = [chunk for _, chunk in whole]
    assert rests == [chunks[cut:] for cut in range(1, len(chunks) + 1)]


async def test_an_answer_that_is_stopped_ends_the_vendors_stream_and_keeps_what_was_said_and_cost(
    talker: Talker, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(3)
    conversation = await talker.begin()
    turn = await talker.ask(conversation, "Hello", "to-chat")
    chunks: list[Json] = []

    async for _, chunk in talker.follow(turn["run_id"]):
        chunks.append(chunk)
        if chunk["type"] == "text-delta" and len(chunks) < 5:
            await talker.post(f"/runs/{turn['run_id']}/stop", {})

    assert chunks[-1] == {"type": "abort"}
    answer = await talker.answer(conversation)
    assert answer["state"] == "cancelled"
    assert [part["text"] for part in answer["parts"]] == [words_of(chunks)]
    assert words_of(chunks)
    event = await booked.event()
    assert event.outcome == "cut_by_caller"
    assert (answer["input_tokens"], answer["output_tokens"]) == (event.input_tokens, event.output_tokens)
    assert (answer["cost_nanousd"], answer["estimated"]) == (event.cost_nanousd, True)
    assert chunks[-2]["messageMetadata"]["cost_nanousd"] == event.cost_nanousd
    totals = (await talker.get(f"/conversations/{conversation}"))["totals"]
    assert (totals["cost_nanousd"], totals["unpriced"]) == (event.cost_nanousd, 0)


async def test_what_policy_or_the_gateway_refuses_is_told_in_its_words(talker: Talker) -> None:
    conversation = await talker.begin()
    turn = await talker.ask(conversation, "Hello", "no-such-model")

    chunks = await talker.hear(turn["run_id"])

    answer = await talker.answer(conversation)
    assert (answer["state"], answer["failure"]["code"]) == ("failed", "unknown_model")
    assert chunks[-1] == {"type": "error", "errorText": answer["failure"]["message"]}
    assert "no-such-model" in chunks[-1]["errorText"]
    assert chunks[-2]["messageMetadata"]["failure"] == answer["failure"]


async def test_a_question_whose_answer_failed_can_be_answered_by_another_model(
    talker: Talker, vendor: ScriptedVendor
) -> None:
    conversation = await talker.begin()
    turn = await talker.ask(conversation, "Hello", "no-such-model")
    await talker.hear(turn["run_id"])

    again = await talker.post(f"/messages/{turn['message_id']}/regenerate", {"model": "to-gemini"})
    await talker.hear(again["run_id"])

    answer = await talker.answer(conversation)
    assert (answer["state"], answer["siblings"]) == ("complete", [turn["message_id"], again["message_id"]])
    assert [request.path for request in vendor.requests]


async def test_an_answer_is_kept_though_nobody_reads_along(talker: Talker, vendor: ScriptedVendor) -> None:
    conversation = await talker.begin(temporary=True)
    await talker.ask(conversation, "Hello", "to-chat")

    async with asyncio.timeout(20):
        while (await talker.answer(conversation))["state"] != "complete":
            pass

    assert vendor.requests


async def test_a_conversation_can_be_deleted_while_its_answer_is_written(
    talker: Talker, vendor: ScriptedVendor, gateway: RunningGateway
) -> None:
    vendor.script = pausing_after(3)
    conversation = await talker.begin()
    turn = await talker.ask(conversation, "Hello", "to-chat")
    async for _, chunk in talker.follow(turn["run_id"]):
        if chunk["type"] == "text-delta":
            break

    reply = await talker.caller.ask("DELETE", f"/api/chat/conversations/{conversation}", headers=talker.caller.bearer)

    assert reply.status == 204
    assert (await talker.caller.get(f"/api/chat/runs/{turn['run_id']}/stream")).status == 404
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        left = await connection.exec_driver_sql("select count(*) from run where id = %s", (turn["run_id"],))
        assert left.scalar_one() == 0


async def test_the_models_that_may_be_asked_are_offered_with_their_prices(talker: Talker) -> None:
    models = {model["name"]: model for model in (await talker.get("/models"))["models"]}

    assert models["to-anthropic"]["input_usd_per_million"] == "3"
    assert models["to-anthropic"]["output_usd_per_million"] == "15"
    assert models["to-chat"]["context_tokens"] == 9000


def _text(message: Json) -> tuple[str, str]:
    content = message["content"]
    words = content if isinstance(content, str) else "".join(part["text"] for part in content)
    return message["role"], words
