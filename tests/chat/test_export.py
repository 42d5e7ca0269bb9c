"""What people take along: all of it, and never more than a few messages of it in memory."""

import json
from dataclasses import replace
from uuid import UUID

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.chat.export.telling import Exports
from drawbridge.chat.records import Owner
from drawbridge.core.ids import PrincipalId
from drawbridge.identity.store import find_principal
from tests.chat.conftest import Place


async def _long_conversation(place: Place) -> str:
    conversation = await place.begin(title="Long", system_prompt="Be brief.")
    last: str | None = None
    for number in range(12):
        last = (await place.say(conversation, f"q{number}", f"a{number}", last))["message_id"]
    await place.say(conversation, "another beginning", "and its answer")
    return conversation


async def test_a_long_conversation_is_taken_along_whole(place: Place) -> None:
    conversation = await _long_conversation(place)
    path = f"/api/chat/conversations/{conversation}/export"

    as_json = await place.ana.get(path, format="json")
    markdown = (await place.ana.ask("GET", path)).text

    texts = [message["parts"][0]["text"] for message in as_json["messages"]]
    said = [f"{kind}{number}" for number in range(12) for kind in "qa"]
    assert texts == [*said, "another beginning", "and its answer"]
    assert (as_json["title"], as_json["system_prompt"], as_json["file_texts"]) == ("Long", "Be brief.", {})
    assert markdown.startswith("# Long\n\n")
    assert "## System\n\nBe brief.\n\n## You\n\nanother beginning\n\n## small" in markdown
    assert "q0" not in markdown


async def test_a_conversation_is_told_a_few_messages_at_a_time(place: Place) -> None:
    conversation = await _long_conversation(place)
    async with place.database.organisation(place.organisation_id) as connection:
        ana = await find_principal(connection, place.organisation_id, "ana")
    assert ana is not None
    owner = Owner(place.organisation_id, PrincipalId(ana.id))
    exports = Exports(place.database, place.clock)
    actor = replace(COMMAND_LINE, organisation_id=place.organisation_id)

    pieces = [piece async for piece in exports.as_json(await exports.begin(owner, UUID(conversation), actor))]

    assert max(piece.count(b'"role":') for piece in pieces) == 10
    assert len(json.loads(b"".join(pieces))["messages"]) == 26
