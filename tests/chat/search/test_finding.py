"""Search over one's own conversations."""

import pytest
from sqlalchemy import text

from drawbridge.chat.records import Owner
from drawbridge.chat.search.store import find_messages, written_query
from drawbridge.chat.search.words import parse_query
from drawbridge.core.ids import PrincipalId, uuid7
from tests.chat.conftest import Place


async def _found(place: Place, typed: str) -> list[str]:
    page = await place.ana.get("/api/chat/search", q=typed)
    return ["".join(piece["text"] for piece in message["pieces"]) for message in page["messages"]]


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("lighthouse", True),
        ("LIGHTHOUSE keeper", True),
        ("lightho", True),
        ("lig", True),
        ("li", False),
        ("lighthouse -keeper", False),
        ("whale or lighthouse", True),
        ('"the old lighthouse"', True),
        ('"old the lighthouse"', False),
        ("weiß", True),
        ("WEISS", True),
        ("灯塔", True),
        ("塔灯", False),
        ("config.yaml", True),
        ("!?", False),
        ("reasoned", False),
    ],
)
async def test_words_phrases_and_beginnings_are_found(place: Place, typed: str, is_found: bool) -> None:
    conversation = await place.begin(title="Something else")
    turn = await place.ask(conversation, "Who lives there?")
    await place.writer.answer(
        turn["run_id"],
        "The old lighthouse keeper, in Weiß; 古老的灯塔, as config.yaml says.",
        reasoning="Well reasoned.",
    )

    assert bool(await _found(place, typed)) is is_found


async def test_what_was_found_is_marked_and_says_where_it_stands(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.say(conversation, "Where is the <b>anchor</b>?", "On the ground.")

    page = await place.ana.get("/api/chat/search", q="anchor")

    (message,) = page["messages"]
    assert message["message_id"] == turn["question_id"]
    assert (message["conversation_id"], message["role"]) == (conversation, "user")
    assert message["pieces"] == [
        {"text": "Where is the <b>", "is_match": False},
        {"text": "anchor", "is_match": True},
        {"text": "</b>?", "is_match": False},
    ]
    (title,) = page["titles"]
    assert title["conversation_id"] == conversation


async def test_a_title_that_a_person_gave_is_found_and_the_one_before_is_not(place: Place) -> None:
    conversation = await place.begin()
    await place.say(conversation, "harbour", "yes")
    await place.ana.ask("PATCH", f"/api/chat/conversations/{conversation}", {"title": "Jetty"})

    assert len((await place.ana.get("/api/chat/search", q="jetty"))["titles"]) == 1
    assert (await place.ana.get("/api/chat/search", q="harbour"))["titles"] == []


async def test_what_was_found_comes_in_pages_the_newest_first(place: Place) -> None:
    conversation = await place.begin(title="x")
    last: str | None = None
    for number in range(4):
        last = (await place.say(conversation, f"buoy {number}", "-", last))["message_id"]

    first = await place.ana.get("/api/chat/search", q="buoy", limit=3)
    second = await place.ana.get("/api/chat/search", q="buoy", limit=3, cursor=first["next_cursor"])

    said = [message["pieces"][-1]["text"] for message in first["messages"] + second["messages"]]
    assert said == [" 3", " 2", " 1", " 0"]
    assert second["next_cursor"] is None


async def test_nothing_of_others_is_found(place: Place) -> None:
    conversation = await place.begin()
    await place.say(conversation, "treasure", "treasure")

    found = await place.ben.get("/api/chat/search", q="treasure")

    assert (found["messages"], found["titles"]) == ([], [])


async def test_a_deleted_conversation_is_not_found(place: Place) -> None:
    conversation = await place.begin()
    await place.say(conversation, "wreck", "-")
    await place.ana.ask("DELETE", f"/api/chat/conversations/{conversation}")

    assert await _found(place, "wreck") == []


async def test_searching_reads_the_index_of_words(place: Place) -> None:
    owner = Owner(place.organisation_id, PrincipalId(uuid7()))
    async with place.database.organisation(place.organisation_id) as connection:
        query = await written_query(connection, owner, parse_query("deep sea"))
        async with place.database.system_within(connection, "search"):
            await connection.execute(text("set local enable_seqscan = off"))
            explain = "explain select id from message where words @@ cast(:query as tsquery)"
            plan = "\n".join((await connection.execute(text(explain), {"query": query})).scalars())

    assert "message_words_idx" in plan


@pytest.mark.parametrize("near", [1, 2, 5, 6, 7, 100])
async def test_the_same_is_found_whether_it_is_among_the_newest_or_not(place: Place, near: int) -> None:
    conversation = await place.begin()
    for word in ("heron", "stork", "heron"):
        await place.say(conversation, f"A {word}?", f"The {word}.")
    owner = Owner(place.organisation_id, next(iter(place.runs.started.values())).principal_id)

    async with place.database.organisation(owner.organisation_id) as connection:
        for typed, many in (("heron ", 4), ("stork ", 2), ("-stork her", 4), ("crane ", 0)):
            query = await written_query(connection, owner, parse_query(typed)) or ""
            every = await find_messages(connection, owner, query, 10, None)
            for most in range(1, 6):
                assert await find_messages(connection, owner, query, most, None, near=near) == every[:most]
            for place_, each in enumerate(every):
                below = await find_messages(connection, owner, query, 10, each, near=near)
                assert below == every[place_ + 1 :]
            assert len(every) == many, typed


async def test_what_is_found_is_looked_for_only_where_it_can_be_found(place: Place) -> None:
    # Found by its first word, which no eye takes for the one that was typed.
    await place.ask(await place.begin(), "\N{FULLWIDTH LATIN SMALL LETTER S}ea " + "filler " * 20_000 + "sea")

    [shown] = await _found(place, "sea")

    assert shown.startswith("\N{FULLWIDTH LATIN SMALL LETTER S}ea filler")
