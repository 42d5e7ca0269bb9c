"""A running gateway with a vendor of each dialect behind it, and somebody who talks in its workspace."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.gateway.inner.conftest import (
    booked,
    caller,
    claims,
    configured,
    gateway,
    settings,
    shared_gateway,
    shared_vendor,
    vendor,
)
from tests.parts.caller import Caller

__all__ = [
    "booked",
    "caller",
    "claims",
    "configured",
    "gateway",
    "settings",
    "shared_gateway",
    "shared_vendor",
    "vendor",
]

# Any: JSON as it came over the wire.
Json = dict[str, Any]
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Talker:
    """Who talks, over real HTTP."""

    caller: Caller

    async def post(self, path: str, body: Json) -> Json:
        """Post what must be done."""
        reply = await self.caller.post(f"/api/chat{path}", body, _JSON)
        assert reply.status in {201, 204}, reply.body
        return reply.json() if reply.body else {}

    async def get(self, path: str) -> Json:
        """Get what must be there."""
        reply = await self.caller.get(f"/api/chat{path}")
        assert reply.status == 200, reply.body
        return reply.json()

    async def begin(self, **about: object) -> str:
        """Begin a conversation; return its id."""
        return (await self.post("/conversations", about))["id"]

    async def ask(self, conversation_id: str, words: str, model: str, parent_id: str | None = None) -> Json:
        """Put a question."""
        body = {"parent_id": parent_id, "parts": [{"type": "text", "text": words}], "model": model}
        return await self.post(f"/conversations/{conversation_id}/turns", body)

    async def answer(self, conversation_id: str) -> Json:
        """Return the last message of the branch."""
        return (await self.get(f"/conversations/{conversation_id}/messages"))["messages"][0]

    async def follow(self, run_id: str, after: str | None = None) -> AsyncIterator[tuple[str, Json]]:
        """Yield the chunks of an answer with their ids, to its end."""
        path = f"/api/chat/runs/{run_id}/stream" + (f"?after={after}" if after else "")
        async with self.caller.stream("GET", path) as reply:
            assert reply.status == 200
            assert reply.headers["x-vercel-ai-ui-message-stream"] == "v1"
            event_id = ""
            async for line in reply.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "id":
                    event_id = value
                elif name == "data" and value != "[DONE]":
                    yield event_id, json.loads(value)

    async def hear(self, run_id: str, after: str | None = None) -> list[Json]:
        """Return all chunks of an answer."""
        return [chunk async for _, chunk in self.follow(run_id, after)]


@pytest.fixture
def talker(caller: Caller) -> Talker:
    return Talker(caller)


def words_of(chunks: list[Json]) -> str:
    """Return the words that chunks tell."""
    return "".join(chunk["delta"] for chunk in chunks if chunk["type"] == "text-delta")
