"""The stream of an answer over the API: while it is written, afterwards, and from anywhere in it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, Never

from drawbridge.agents import RunEvent
from drawbridge.chat.records import ConversationId, Message, MessageId
from drawbridge.chat.stream.places import Place as StreamPlace
from drawbridge.chat.stream.telling import tell
from drawbridge.core.ids import uuid7
from drawbridge.db.engine import DatabaseAway
from tests.chat.conftest import Place


# Any: JSON.
def _chunks(stream: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


async def test_an_answer_is_told_in_the_protocol_of_the_ai_sdk(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.say(conversation, "one", "1")

    reply = await place.ana.ask("GET", f"/api/chat/runs/{turn['run_id']}/stream")

    assert reply.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert reply.headers["content-type"].startswith("text/event-stream")
    chunks = _chunks(reply.text)
    assert chunks[0]["messageId"] == turn["message_id"]
    assert chunks[0]["messageMetadata"]["run_id"] == turn["run_id"]
    assert [chunk["type"] for chunk in chunks][-2:] == ["finish-step", "finish"]
    assert "".join(chunk.get("delta", "") for chunk in chunks) == "1"


async def test_a_reader_goes_on_behind_the_last_event_that_it_got(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.say(conversation, "one", "1")
    path = f"/api/chat/runs/{turn['run_id']}/stream"

    by_query = await place.ana.ask("GET", f"{path}?after=2.1")
    by_header = await place.ana.ask("GET", path, headers={"last-event-id": "2.1"})

    assert by_query.text == by_header.text
    assert _chunks(by_query.text)[0] == {"type": "text-delta", "id": "1", "delta": "1"}


async def test_what_is_no_place_in_a_stream_is_refused(place: Place) -> None:
    conversation = await place.begin()
    turn = await place.say(conversation, "one", "1")

    for after in ("x", "-1", "1.x", "1.2.3", "٣"):
        refused = await place.ana.refused("GET", f"/api/chat/runs/{turn['run_id']}/stream?after={after}", expect=400)
        assert refused["code"] == "bad_place"


_AT = datetime(2026, 11, 23, tzinfo=UTC)
_ANSWER = Message(
    MessageId(uuid7()),
    ConversationId(uuid7()),
    None,
    "assistant",
    "running",
    (),
    _AT,
    "small",
    run_id=uuid7(),
)


async def _stay() -> Never:
    """Attend as somebody who is let in for good."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_while_nothing_is_said_there_are_signs_of_life_and_nothing_is_lost() -> None:
    go_on = asyncio.Event()

    async def events() -> AsyncGenerator[RunEvent]:
        yield RunEvent(1, "run.started", {}, _AT)
        await go_on.wait()
        yield RunEvent(2, "run.cancelled", {}, _AT)

    pieces: list[bytes] = []
    async for piece in tell(_ANSWER, events(), StreamPlace(), _stay, quiet_s=0.01):
        pieces.append(piece)
        if len(pieces) == 4:
            go_on.set()

    assert pieces[1:4] == [b": here\n\n"] * 3
    assert b'"abort"' in pieces[-2]


async def test_a_reader_that_leaves_ends_the_wait_for_what_comes() -> None:
    is_left = asyncio.Event()

    async def events() -> AsyncGenerator[RunEvent]:
        try:
            yield RunEvent(1, "run.started", {}, _AT)
            await asyncio.Event().wait()
        finally:
            is_left.set()

    async with contextlib.aclosing(tell(_ANSWER, events(), StreamPlace(), _stay, quiet_s=0.01)) as telling:
        assert b"start" in await anext(telling)
        assert await anext(telling) == b": here\n\n"

    async with asyncio.timeout(5):
        await is_left.wait()


async def test_a_stream_whose_database_goes_away_ends_without_the_mark_so_that_its_reader_asks_again() -> None:
    async def events() -> AsyncGenerator[RunEvent]:
        yield RunEvent(1, "run.started", {}, _AT)
        raise DatabaseAway(OSError("gone"))

    pieces = [piece async for piece in tell(_ANSWER, events(), StreamPlace(), _stay)]

    assert len(pieces) == 1
    assert b"[DONE]" not in pieces[0]
