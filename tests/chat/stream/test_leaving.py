"""The stream of an answer ends where its reader is let in no more."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx2
import pytest

from drawbridge.chat.http import ChatPlugs
from drawbridge.core.ids import PrincipalId
from drawbridge.db.engine import Database
from drawbridge.identity.first_administrator import NAME
from drawbridge.identity.keyring import Keyring
from drawbridge.identity.people.store import set_suspended
from drawbridge.identity.store import find_principal
from tests.chat.conftest import Place
from tests.parts.admin import admin_api, asking, make_key
from tests.parts.chat import HandWrittenOffers, HandWrittenRuns
from tests.parts.sign_in import Browser, Town, make_town, set_up


@dataclass(frozen=True, slots=True)
class Reading:
    """A town whose answers never end, and a browser that is signed in there."""

    town: Town
    browser: Browser
    runs: HandWrittenRuns

    async def follow(self, browser: Browser, group: asyncio.TaskGroup) -> asyncio.Task[httpx2.Response]:
        """Ask something, and read along."""
        conversation = await browser.post("/api/chat/conversations", {}, expect=201)
        question = {"parent_id": None, "parts": [{"type": "text", "text": "Why?"}], "model": "small"}
        turn = await browser.post(f"/api/chat/conversations/{conversation['id']}/turns", question, expect=201)
        reading = group.create_task(browser.ask("GET", f"/api/chat/runs/{turn['run_id']}/stream"))
        await self.runs.wait_for_reader(UUID(turn["run_id"]))
        return reading


@pytest.fixture
async def reading(database: Database) -> AsyncIterator[Reading]:
    runs = HandWrittenRuns()
    town = await make_town(database, chat=ChatPlugs(runs, HandWrittenOffers()))
    async with town.browser() as browser:
        assert (await set_up(town, browser)).status_code == 201
        yield Reading(town, browser, runs)


async def _ended_early(answer: asyncio.Task[httpx2.Response]) -> None:
    async with asyncio.timeout(5):
        told = (await answer).text
    assert "start-step" in told
    assert "[DONE]" not in told


async def test_whoever_signs_out_is_told_no_more(reading: Reading) -> None:
    async with asyncio.TaskGroup() as group:
        answer = await reading.follow(reading.browser, group)

        await reading.browser.post("/api/auth/sign-out", expect=204)

        await _ended_early(answer)


async def test_whoever_is_suspended_is_told_no_more(reading: Reading) -> None:
    town = reading.town
    async with asyncio.TaskGroup() as group:
        answer = await reading.follow(reading.browser, group)

        async with town.database.change(town.organisation_id) as connection:
            user = await find_principal(connection, town.organisation_id, NAME)
            assert user is not None
            await set_suspended(connection, town.organisation_id, PrincipalId(user.id), town.clock.now())

        await _ended_early(answer)


async def test_of_two_who_read_along_only_the_one_who_left_is_told_no_more(reading: Reading) -> None:
    async with reading.town.browser() as other, asyncio.TaskGroup() as group:
        answer = await reading.follow(reading.browser, group)
        await other.sign_in()
        others = await reading.follow(other, group)

        await reading.browser.post("/api/auth/sign-out", expect=204)
        await _ended_early(answer)

        assert not others.done()
        await other.post("/api/auth/sign-out", expect=204)
        await _ended_early(others)


async def test_whose_key_is_revoked_is_told_no_more(place: Place) -> None:
    turn = await place.ask(await place.begin(), "Why?")
    api = admin_api(place.database, place.clock, chat=ChatPlugs(place.runs, HandWrittenOffers()))
    key = await make_key(place.database, place.clock, place.organisation_id, "ana")
    async with asking(api, key.text) as asks, asyncio.TaskGroup() as group:
        answer = group.create_task(asks.ask("GET", f"/api/chat/runs/{turn['run_id']}/stream"))
        await place.runs.wait_for_reader(UUID(turn["run_id"]))

        await Keyring(place.database, place.clock).revoke(place.organisation_id, key.record.id)

        await _ended_early(answer)
