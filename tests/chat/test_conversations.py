"""Conversations over the API: a tree of messages, of which nobody else sees anything."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs

from drawbridge.agents import Finish
from drawbridge.chat.conversations import Conversations
from drawbridge.chat.errors import TooLargeConversationError
from drawbridge.core.ids import AttemptId, CallId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.gateway import Text
from drawbridge.usage.events import Tokens
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.chat.conftest import Json, Place
from tests.parts.chat import ending
from tests.usage.attempts import make_intent, make_settlement


def _texts(messages: list[Json]) -> list[str]:
    return [message["parts"][0]["text"] if message["parts"] else "" for message in messages]


async def test_a_question_and_its_answer_are_kept_with_what_the_answer_cost(place: Place) -> None:
    conversation = await place.begin(model="small")
    turn = await place.ask(conversation, "How deep is the sea?")

    await place.writer.answer(turn["run_id"], "Deep.", reasoning="Let me think.", cost=7)

    question, answer = await place.branch(conversation)
    assert (question["id"], question["role"], question["parts"]) == (
        turn["question_id"],
        "user",
        [{"type": "text", "text": "How deep is the sea?"}],
    )
    assert (answer["id"], answer["parent_id"], answer["state"]) == (turn["message_id"], question["id"], "complete")
    assert answer["parts"] == [{"type": "reasoning", "text": "Let me think."}, {"type": "text", "text": "Deep."}]
    assert (answer["cost_nanousd"], answer["input_tokens"], answer["output_tokens"]) == (7, 12, 34)
    assert (answer["stop_reason"], answer["deployment"], answer["failure"]) == ("end", "main", None)
    assert [loss["path"] for loss in answer["losses"]] == ["settings.top_k"]
    whole = await place.ana.get(f"/api/chat/conversations/{conversation}")
    came_to = {"cost_nanousd": 7, "input_tokens": 12, "output_tokens": 34, "answers": 1, "running": 0, "unpriced": 0}
    assert whole["totals"] == came_to


async def test_an_answer_whose_cost_nobody_knows_is_not_counted_as_free(place: Place) -> None:
    conversation = await place.begin()
    first = await place.say(conversation, "one", "1")
    turn = await place.ask(conversation, "two", first["message_id"])

    await place.writer.finish(turn["run_id"], Finish("failed", call_id=CallId(uuid7()), code="interrupted"))

    totals = (await place.ana.get(f"/api/chat/conversations/{conversation}"))["totals"]
    assert (totals["answers"], totals["unpriced"], totals["cost_nanousd"]) == (2, 1, 5)


async def test_an_answer_whose_process_died_has_its_cost_once_usage_has_booked_its_call(place: Place) -> None:
    conversation = await place.begin()
    turn, call_id = await place.ask(conversation, "one"), CallId(uuid7())
    died = Finish("failed", [Text(text="Well")], call_id=call_id, code="interrupted")
    await place.writer.finish(turn["run_id"], died)
    _, before = await place.branch(conversation)

    await _book(place, conversation, call_id)

    _, answer = await place.branch(conversation)
    whole = await place.ana.get(f"/api/chat/conversations/{conversation}")
    assert (before["cost_nanousd"], before["state"]) == (None, "failed")
    assert (answer["cost_nanousd"], answer["input_tokens"], answer["output_tokens"]) == (11, 12, 13)
    assert (answer["deployment"], answer["estimated"], answer["state"]) == ("gpt-main", True, "failed")
    assert (answer["parts"], answer["failure"]["code"]) == ([{"type": "text", "text": "Well"}], "interrupted")
    assert (whole["totals"]["cost_nanousd"], whole["totals"]["unpriced"]) == (11, 0)


async def test_the_totals_and_the_export_of_a_conversation_learn_what_usage_has_booked(place: Place) -> None:
    conversations = [await place.begin() for _ in range(2)]
    for conversation in conversations:
        turn, call_id = await place.ask(conversation, "one"), CallId(uuid7())
        await place.writer.finish(turn["run_id"], Finish("failed", call_id=call_id, code="interrupted"))
        await _book(place, conversation, call_id)

    whole = await place.ana.get(f"/api/chat/conversations/{conversations[0]}")
    exported = await place.ana.get(f"/api/chat/conversations/{conversations[1]}/export", format="json")

    assert (whole["totals"]["cost_nanousd"], whole["totals"]["unpriced"]) == (11, 0)
    assert [message.get("cost_nanousd") for message in exported["messages"]] == [None, 11]


async def _book(place: Place, conversation: str, call_id: CallId) -> None:
    """Book a call of a conversation as recovery does, by what is known of it."""
    attempt = AttemptId(uuid7())
    intent = structs.replace(
        make_intent(attempt),
        organisation_id=place.organisation_id,
        call_id=call_id,
        session_id=conversation,
        model="small",
        deployment="gpt-main",
    )
    settlement = structs.replace(
        make_settlement(attempt, "a-request"),
        outcome="lost",
        estimated=True,
        tokens=Tokens(input=12, output=13),
        cost_nanousd=Nanousd(11),
    )
    await UsageStore(place.database).book([copy_line(intent, settlement)], "tests")


async def test_an_answer_that_was_refused_before_any_call_cost_nothing(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.ask(conversation, "one")

    await place.writer.finish(turn["run_id"], Finish("failed", call_id=CallId(uuid7()), code="budget_exceeded"))

    assert (await place.ana.get(f"/api/chat/conversations/{conversation}"))["totals"]["unpriced"] == 0


async def test_an_answer_that_failed_says_why(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.ask(conversation, "Hello?")

    await place.writer.fail(turn["run_id"], "budget_exceeded", "The budget is used up.")

    _, answer = await place.branch(conversation)
    assert (answer["state"], answer["failure"]) == (
        "failed",
        {"code": "budget_exceeded", "message": "The budget is used up."},
    )


async def test_a_question_that_is_edited_makes_a_branch_and_both_stay(place: Place) -> None:
    conversation = await place.begin()
    first = await place.say(conversation, "one", "1")
    await place.say(conversation, "two", "2", first["message_id"])

    edited = await place.say(conversation, "deux", "II", first["message_id"])

    branch = await place.branch(conversation)
    assert _texts(branch) == ["one", "1", "deux", "II"]
    assert len(branch[2]["siblings"]) == 2
    other = branch[2]["siblings"][0]
    changed = await place.ana.ask("PATCH", f"/api/chat/conversations/{conversation}", {"current_message_id": other})
    assert changed.status_code == 200
    assert _texts(await place.branch(conversation)) == ["one", "1", "two", "2"]
    assert _texts(await place.branch(conversation, last=edited["message_id"])) == ["one", "1", "deux", "II"]


async def test_the_first_question_can_be_edited_too(place: Place) -> None:
    conversation = await place.begin()
    await place.say(conversation, "one", "1")

    await place.say(conversation, "uno", "I")

    branch = await place.branch(conversation)
    assert _texts(branch) == ["uno", "I"]
    assert len(branch[0]["siblings"]) == 2


async def test_an_answer_that_is_made_again_by_another_model_stands_beside_the_first(place: Place) -> None:
    conversation = await place.begin(parameters={"temperature": 0.5})
    turn = await place.say(conversation, "one", "1")

    again = await place.post(f"/api/chat/messages/{turn['message_id']}/regenerate", {"model": "large"})
    await place.writer.answer(again["run_id"], "eins")

    question, answer = await place.branch(conversation)
    assert (question["id"], again["question_id"]) == (turn["question_id"], turn["question_id"])
    assert (answer["model"], answer["parameters"]["temperature"]) == ("large", 0.5)
    assert answer["siblings"] == [turn["message_id"], again["message_id"]]


async def test_nothing_follows_an_answer_that_is_still_written(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.ask(conversation, "one")

    body = {"parent_id": turn["message_id"], "parts": [{"type": "text", "text": "two"}], "model": "small"}
    turns = await place.ana.refused("POST", f"/api/chat/conversations/{conversation}/turns", body, expect=409)
    again = await place.ana.refused("POST", f"/api/chat/messages/{turn['message_id']}/regenerate", {}, expect=409)

    assert turns["code"] == again["code"] == "answer_running"


async def test_a_message_of_another_conversation_cannot_be_followed(place: Place) -> None:
    one, other = await place.begin(), await place.begin()
    turn = await place.say(one, "one", "1")

    body = {"parent_id": turn["message_id"], "parts": [{"type": "text", "text": "two"}], "model": "small"}
    refused = await place.ana.refused("POST", f"/api/chat/conversations/{other}/turns", body, expect=404)

    assert refused["code"] == "message_unknown"


async def test_a_long_branch_comes_in_pages_from_its_end(place: Place) -> None:
    conversation = await place.begin()
    last: str | None = None
    for number in range(5):
        last = (await place.say(conversation, f"q{number}", f"a{number}", last))["message_id"]

    path = f"/api/chat/conversations/{conversation}/messages"
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await place.ana.get(path, limit=3, **({"cursor": cursor} if cursor else {}))
        seen += _texts(page["messages"])
        cursor = page["next_cursor"]

    assert seen == [f"{kind}{number}" for number in reversed(range(5)) for kind in "aq"]


async def test_pages_of_large_messages_are_short_and_leave_none_out(place: Place) -> None:
    conversation = await place.begin()
    last: str | None = None
    for _ in range(6):
        last = (await place.say(conversation, "large " * 150_000, "small", last))["message_id"]
    path = f"/api/chat/conversations/{conversation}/messages"

    first = await place.ana.get(path, limit=500)
    second = await place.ana.get(path, limit=500, cursor=first["next_cursor"])

    assert (len(first["messages"]), len(second["messages"])) == (10, 2)
    assert second["next_cursor"] is None


async def test_a_conversation_that_no_call_may_say_is_refused_before_it_is_read(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.ask(conversation, "word " * 100)
    product = replace(place.writer, most_bytes=500).product

    with pytest.raises(TooLargeConversationError, match="begin another"):
        await product.read(place.runs.run(UUID(turn["run_id"])))


async def test_a_conversation_is_called_by_its_first_words_until_a_person_renames_it(place: Place) -> None:
    conversation = await place.begin()
    path = f"/api/chat/conversations/{conversation}"
    turn = await place.say(conversation, "# Why is   the sky blue?\nI wonder.", "Light.")
    assert (await place.ana.get(path))["title"] == "Why is the sky blue?"

    await place.ana.ask("PATCH", path, {"title": "Sky"})
    await place.say(conversation, "And the sea?", "The same.", turn["message_id"])

    assert (await place.ana.get(path))["title"] == "Sky"


async def _title_run(place: Place, conversation: str) -> UUID:
    """Return the run that makes a title, once an answer is there."""
    turn = await place.say(conversation, "Why is the sky blue?", "Light.")
    assert (await place.ana.get(f"/api/chat/conversations/{conversation}"))["titled_by"] == "coming"
    return next(run_id for run_id in place.runs.started if str(run_id) != turn["run_id"])


async def test_a_title_that_a_person_gives_while_a_model_makes_one_stays(place: Place) -> None:
    conversation = await place.begin(title_by_model=True)
    path = f"/api/chat/conversations/{conversation}"
    run_id = await _title_run(place, conversation)

    await place.ana.ask("PATCH", path, {"title": "Sky"})
    end = ending(3)
    await place.writer.finish(str(run_id), Finish("completed", [Text(text="Blue sky")], end.call_id, end, "end"))

    whole = await place.ana.get(path)
    assert (whole["title"], whole["titled_by"], whole["totals"]["cost_nanousd"]) == ("Sky", "person", 8)


async def test_first_words_stay_where_the_call_for_a_title_fails(place: Place) -> None:
    conversation = await place.begin(title_by_model=True)
    run_id = await _title_run(place, conversation)

    await place.writer.finish(str(run_id), Finish("failed", code="no_title", message="None is cheap."))

    whole = await place.ana.get(f"/api/chat/conversations/{conversation}")
    assert (whole["title"], whole["titled_by"]) == ("Why is the sky blue?", "words")


async def test_deleting_a_conversation_stops_and_forgets_the_run_that_makes_its_title(place: Place) -> None:
    conversation = await place.begin(title_by_model=True)
    run_id = await _title_run(place, conversation)

    await place.ana.ask("DELETE", f"/api/chat/conversations/{conversation}")

    assert run_id in place.runs.cancelled
    assert run_id in place.runs.forgotten


async def test_conversations_are_listed_by_their_last_turn(place: Place) -> None:
    ids: list[str] = []
    for number in range(3):
        place.clock.advance(timedelta(seconds=1))
        ids.append(await place.begin(title=f"c{number}"))
    place.clock.advance(timedelta(seconds=1))
    await place.say(ids[0], "x", "y")

    first = await place.ana.get("/api/chat/conversations", limit=2)
    second = await place.ana.get("/api/chat/conversations", limit=2, cursor=first["next_cursor"])

    assert [each["id"] for each in first["conversations"] + second["conversations"]] == [ids[0], ids[2], ids[1]]
    assert second["next_cursor"] is None


async def test_a_temporary_conversation_is_in_no_list_and_gone_a_day_after_its_last_turn(place: Place) -> None:
    conversation = await place.begin(temporary=True)
    path = f"/api/chat/conversations/{conversation}"
    await place.say(conversation, "A secret word", "Whispered.")
    assert (await place.ana.get("/api/chat/conversations"))["conversations"] == []
    assert (await place.ana.get("/api/chat/search", q="secret"))["messages"] == []
    assert len(await place.branch(conversation)) == 2

    place.clock.advance(timedelta(hours=25))

    for method, below in (("GET", ""), ("GET", "/messages"), ("GET", "/export"), ("DELETE", "")):
        assert (await place.ana.ask(method, path + below)).status_code == 404


async def test_what_is_left_of_temporary_conversations_is_deleted_with_their_runs(place: Place) -> None:
    temporary, kept, going_on = (
        await place.begin(temporary=True),
        await place.begin(),
        await place.begin(temporary=True),
    )
    turn = await place.say(temporary, "one", "1")
    await place.say(kept, "two", "2")
    place.clock.advance(timedelta(hours=23))
    await place.say(going_on, "three", "3")
    place.clock.advance(timedelta(hours=2))

    assert await Conversations(place.database, place.clock, place.runs).sweep() == 1

    async with place.database.organisation(place.organisation_id) as connection:
        left = await connection.exec_driver_sql("select distinct conversation_id::text from message")
        assert set(left.scalars()) == {kept, going_on}
    assert [str(run_id) for run_id in place.runs.forgotten] == [turn["run_id"]]


async def test_a_deleted_conversation_is_gone_and_what_was_being_written_is_stopped(place: Place) -> None:
    conversation = await place.begin()
    done = await place.say(conversation, "one", "1")
    turn = await place.ask(conversation, "two", done["message_id"])

    assert (await place.ana.ask("DELETE", f"/api/chat/conversations/{conversation}")).status_code == 204

    assert [str(run_id) for run_id in place.runs.cancelled] == [turn["run_id"]]
    assert (await place.ana.ask("GET", f"/api/chat/conversations/{conversation}")).status_code == 404
    assert (await place.ana.ask("GET", f"/api/chat/runs/{turn['run_id']}/stream")).status_code == 404
    await place.writer.answer(turn["run_id"], "too late")


async def test_an_answer_can_be_stopped_and_rated_by_the_one_who_asked(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.ask(conversation, "one")
    await place.post(f"/api/chat/runs/{turn['run_id']}/stop", {})
    assert [str(run_id) for run_id in place.runs.cancelled] == [turn["run_id"]]
    await place.writer.answer(turn["run_id"], "1")

    rated = await place.ana.put(
        f"/api/chat/messages/{turn['message_id']}/feedback", {"rating": "bad", "note": "Too short."}, expect=200
    )

    assert (rated["rating"], rated["note"]) == ("bad", "Too short.")
    assert (await place.branch(conversation))[1]["rating"] == "bad"
    question = f"/api/chat/messages/{turn['question_id']}/feedback"
    assert (await place.ana.refused("PUT", question, {"rating": "good"}, expect=409))["code"] == "nothing_to_answer"


async def test_an_answer_is_kept_once(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.say(conversation, "one", "1")

    await place.writer.answer(turn["run_id"], "another one", cost=1000)

    assert (await place.branch(conversation))[1]["parts"] == [{"type": "text", "text": "1"}]


async def test_words_that_the_database_cannot_hold_do_not_lose_an_answer(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.ask(conversation, "one")

    await place.writer.answer(turn["run_id"], "a\0b\ud800c " + "long " * 300_000)

    kept = (await place.branch(conversation))[1]["parts"][0]["text"]
    assert kept.startswith("a\ufffdb?c long")
    refused = {"parent_id": None, "model": "small", "parts": [{"type": "text", "text": "a\0b"}]}
    assert (await place.ana.ask("POST", f"/api/chat/conversations/{conversation}/turns", refused)).status_code == 422


async def test_the_models_that_may_be_asked_are_listed_with_what_is_known_of_them(place: Place) -> None:
    models = (await place.ana.get("/api/chat/models"))["models"]

    assert [(model["name"], model["input_usd_per_million"], model["thinks"]) for model in models] == [
        ("large", "0.15", False),
        ("small", "0.15", False),
    ]
