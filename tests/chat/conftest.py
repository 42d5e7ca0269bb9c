"""Somebody who asks the workspace's API, and answers that a test writes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from drawbridge.chat.http import ChatPlugs
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.chat import HandWrittenOffers, HandWrittenRuns, Writer
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

# Any: JSON as it came over the wire.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation with two people and a workspace."""

    database: Database
    organisation_id: OrganisationId
    clock: HeldClock
    runs: HandWrittenRuns
    writer: Writer
    ana: Asker
    ben: Asker

    async def begin(self, **about: object) -> str:
        """Let Ana begin a conversation, and return its id."""
        return (await self.post("/api/chat/conversations", about))["id"]

    async def ask(self, conversation_id: str, text: str, parent_id: str | None = None, **more: object) -> Json:
        """Let Ana put a question."""
        body = {"parent_id": parent_id, "parts": [{"type": "text", "text": text}], "model": "small", **more}
        return await self.post(f"/api/chat/conversations/{conversation_id}/turns", body)

    async def say(self, conversation_id: str, question: str, answer: str, parent_id: str | None = None) -> Json:
        """Let Ana put a question, and have it answered."""
        turn = await self.ask(conversation_id, question, parent_id)
        await self.writer.answer(turn["run_id"], answer)
        return turn

    async def post(self, path: str, body: object) -> Json:
        """Post what must be done."""
        reply = await self.ana.ask("POST", path, body)
        assert reply.status_code in {201, 204}, reply.text
        return reply.json() if reply.content else {}

    async def branch(self, conversation_id: str, **query: str | int) -> list[Json]:
        """Return the branch that Ana looks at, the first message first."""
        page = await self.ana.get(f"/api/chat/conversations/{conversation_id}/messages", **query)
        return page["messages"][::-1]


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    clock, runs = HeldClock(), HandWrittenRuns()
    organisation_id = await make_organisation(database)
    api = admin_api(database, clock, chat=ChatPlugs(runs, HandWrittenOffers()))
    ana, ben = [await make_key(database, clock, organisation_id, name) for name in ("ana", "ben")]
    async with asking(api, ana.text) as asks_as_ana, asking(api, ben.text) as asks_as_ben:
        writer = Writer(database, clock, runs)
        yield Place(database, organisation_id, clock, runs, writer, asks_as_ana, asks_as_ben)
