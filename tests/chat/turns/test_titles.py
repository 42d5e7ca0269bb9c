"""Titles that a model makes, from end to end: asked of a vendor, booked as every call, and kept."""

import asyncio
import json
from collections.abc import Collection

from tests.chat.turns.conftest import Json, Talker
from tests.parts.answers import usage_of
from tests.parts.booked import Booked
from tests.parts.gateway import RunningGateway
from tests.parts.vendor import ScriptedVendor


async def _titled(talker: Talker, conversation: str, by: Collection[str]) -> Json:
    """Return the conversation once its title is from one of these."""
    async with asyncio.timeout(20):
        while (whole := await talker.get(f"/conversations/{conversation}"))["titled_by"] not in by:
            pass
    return whole


async def test_a_cheap_model_makes_a_title_behind_the_first_answer_which_is_booked_and_counted(
    talker: Talker, vendor: ScriptedVendor, booked: Booked
) -> None:
    conversation = await talker.begin(title_by_model=True)
    turn = await talker.ask(conversation, "What is the sea?", "to-gemini")
    await talker.hear(turn["run_id"])

    whole = await _titled(talker, conversation, {"model"})

    answer, title = await booked.events(2)
    assert whole["title"] == f"Grüße from the script {usage_of(vendor.requests[1].body).output}"
    assert (title.product, title.session_id, title.model) == ("chat", conversation, "to-gemini")
    assert whole["totals"]["input_tokens"] == answer.input_tokens + title.input_tokens
    assert whole["totals"]["output_tokens"] == answer.output_tokens + title.output_tokens
    assert whole["totals"]["cost_nanousd"] == (answer.cost_nanousd or 0) + (title.cost_nanousd or 0)
    asked = json.loads(vendor.requests[1].body)
    assert "What is the sea?" in json.dumps(asked["contents"])
    assert asked["generationConfig"]["maxOutputTokens"] == 60
    found = await talker.get("/search?q=script&limit=5")
    assert [each["conversation_id"] for each in found["titles"]] == [conversation]


async def test_what_no_cheap_model_of_the_same_vendor_can_name_keeps_its_first_words_and_nobody_is_asked(
    talker: Talker, vendor: ScriptedVendor
) -> None:
    conversation = await talker.begin(title_by_model=True)
    turn = await talker.ask(conversation, "What is the sea?", "to-anthropic")
    await talker.hear(turn["run_id"])

    whole = await _titled(talker, conversation, {"words"})

    assert whole["title"] == "What is the sea?"
    assert [request.path for request in vendor.requests] == ["/anthropic/messages"]


async def test_only_the_first_answer_makes_a_title_and_only_where_one_was_wanted(
    talker: Talker, vendor: ScriptedVendor
) -> None:
    wanted, plain = await talker.begin(title_by_model=True), await talker.begin()
    brief = await talker.begin(title_by_model=True, temporary=True)
    first = await talker.ask(wanted, "One", "to-gemini")
    await talker.hear(first["run_id"])
    await _titled(talker, wanted, {"model"})

    second = await talker.ask(wanted, "Two", "to-gemini", first["message_id"])
    await talker.hear(second["run_id"])
    for conversation in (plain, brief):
        turn = await talker.ask(conversation, "One", "to-gemini")
        await talker.hear(turn["run_id"])
        assert (await talker.get(f"/conversations/{conversation}"))["titled_by"] == "words"

    assert len(vendor.requests) == 5


async def test_a_conversation_that_is_deleted_leaves_nothing_of_its_title_behind(
    talker: Talker, gateway: RunningGateway
) -> None:
    conversation = await talker.begin(title_by_model=True)
    turn = await talker.ask(conversation, "What is the sea?", "to-gemini")
    await talker.hear(turn["run_id"])
    await _titled(talker, conversation, {"model"})

    reply = await talker.caller.ask("DELETE", f"/api/chat/conversations/{conversation}", headers=talker.caller.bearer)

    assert reply.status == 204
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        left = await connection.exec_driver_sql("select count(*) from run where session_id = %s", (conversation,))
        assert left.scalar_one() == 0
