"""Whatever people do, and whatever rights they get and lose: each sees just what a small model says."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawbridge.api.description import DescribedApi
from drawbridge.chat.http import ChatPlugs
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import create_organisation
from drawbridge.identity.store import create_principal
from drawbridge.policy.first_grants import add_first_grants
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.chat import HandWrittenOffers, HandWrittenRuns, Writer
from tests.parts.clock import HeldClock
from tests.parts.size import pick

pytestmark = pytest.mark.visibility

_PEOPLE: Final = ("boss", "ana", "eve-elsewhere")
"""An administrator, somebody of the same organisation, and an administrator of another one."""
_WORDS: Final = ("anchor", "buoy", "cable")
_PLACES: Final = 4
"""So many conversations can be meant; the first are made first."""


# The reference model.
@dataclass
class Talk:
    owner: str
    ends: datetime | None
    said: list[str] = field(default_factory=list[str])
    is_deleted: bool = False


@dataclass
class Model:
    now: datetime
    talks: list[Talk] = field(default_factory=list[Talk])
    shut_out: set[str] = field(default_factory=set[str])

    def begin(self, who: str, is_temporary: bool) -> None:
        self.talks.append(Talk(who, self.now + timedelta(hours=24) if is_temporary else None))

    def say(self, who: str, place: int, word: str) -> None:
        if self.may_read(who, place):
            talk = self.talks[place]
            talk.said += [word, f"re {word}"]
            talk.ends = talk.ends and self.now + timedelta(hours=24)

    def delete(self, who: str, place: int) -> None:
        if self.may_read(who, place):
            self.talks[place].is_deleted = True

    def may_read(self, who: str, place: int) -> bool:
        talk = self.talks[place]
        is_there = not talk.is_deleted and (talk.ends is None or self.now < talk.ends)
        return is_there and talk.owner == who and who not in self.shut_out

    def lists(self, who: str) -> set[int]:
        return {place for place, talk in enumerate(self.talks) if self.may_read(who, place) and talk.ends is None}

    def finds(self, who: str, word: str) -> set[tuple[int, str]]:
        return {(place, said) for place in self.lists(who) for said in self.talks[place].said if word in said}


# The real thing.
@dataclass(frozen=True, slots=True)
class Stage:
    """Two organisations with an administrator each, to whom nothing happens, and an API."""

    database: Database
    clock: HeldClock
    writer: Writer
    api: DescribedApi
    ours: OrganisationId
    theirs: OrganisationId
    administrators: dict[OrganisationId, Asker]


@dataclass(frozen=True, slots=True)
class Town:
    """Three people on a stage, and what they have done."""

    stage: Stage
    names: dict[str, str]
    asks: dict[str, Asker]
    model: Model
    ids: list[str] = field(default_factory=list[str])

    @property
    def administrator(self) -> Asker:
        return self.stage.administrators[self.stage.ours]

    async def begin(self, who: str, is_temporary: bool) -> None:
        reply = await self.asks[who].ask("POST", "/api/chat/conversations", {"temporary": is_temporary})
        if reply.status_code == 201:
            self.ids.append(reply.json()["id"])
            self.model.begin(who, is_temporary)

    async def say(self, who: str, place: int, word: str) -> None:
        """Say something behind the last message, as far as the one who says it may see which that is."""
        path = f"/api/chat/conversations/{self.ids[place]}"
        known = (await self.asks[who].ask("GET", path)).json()
        body = {"parent_id": known.get("current_message_id"), "model": "small"}
        parts = [{"type": "text", "text": word}]
        reply = await self.asks[who].ask("POST", path + "/turns", {**body, "parts": parts})
        assert (reply.status_code == 201) is self.model.may_read(who, place), reply.text
        if reply.status_code == 201:
            await self.stage.writer.answer(reply.json()["run_id"], f"re {word}")
        self.model.say(who, place, word)

    async def delete(self, who: str, place: int) -> None:
        reply = await self.asks[who].ask("DELETE", f"/api/chat/conversations/{self.ids[place]}")
        assert (reply.status_code == 204) is self.model.may_read(who, place), reply.text
        self.model.delete(who, place)

    async def shut_out(self, who: str) -> None:
        if who == "ana":
            path = f"/api/users/{self.names[who]}/suspend"
            assert (await self.administrator.ask("POST", path)).is_success
            self.model.shut_out.add(who)

    async def let_in(self, who: str) -> None:
        if who in self.model.shut_out:
            path = f"/api/users/{self.names[who]}/reactivate"
            assert (await self.administrator.ask("POST", path)).is_success
            self.model.shut_out.discard(who)

    async def give_rights(self, who: str) -> None:
        await give_rights(self.administrator, self.names[who])

    async def share_a_team(self, who: str) -> None:
        if who == "ana":
            await self.administrator.ask("PUT", "/api/teams/crew", {})
            for name in ("boss", "ana"):
                path = f"/api/users/{self.names[name]}"
                # An entry is written whole: who is suspended stays so only where it says so.
                entry = {"teams": ["crew"], "suspended": name in self.model.shut_out}
                assert (await self.administrator.ask("PUT", path, entry)).is_success

    async def wait(self) -> None:
        self.stage.clock.advance(timedelta(hours=13))
        self.model.now = self.stage.clock.now()


_STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(
            ["begin", "begin", "say", "say", "say", "delete", "shut_out", "let_in", "give_rights", "share", "wait"]
        ),
        st.sampled_from(_PEOPLE),
        st.integers(min_value=0, max_value=_PLACES - 1),
        st.sampled_from(_WORDS),
    ),
    min_size=6,
    max_size=25,
)


@settings(max_examples=pick(8, full=200), suppress_health_check=[HealthCheck.too_slow])
@given(steps=_STEPS)
async def test_each_person_reads_lists_finds_and_exports_what_the_model_says(
    stage: Stage, steps: list[tuple[str, str, int, str]]
) -> None:
    async with _town(stage) as town:
        for step, who, place, word in [("begin", "ana", 1, ""), ("begin", "boss", 0, ""), *steps]:
            await _do(town, step, who, place, word)
        for who in _PEOPLE:
            await _compare(town, who)


async def _do(town: Town, step: str, who: str, place: int, word: str) -> None:
    match step:
        case "begin" if len(town.ids) < _PLACES:
            await town.begin(who, place == 0)
        case "say" if place < len(town.ids):
            await town.say(who, place, word)
        case "delete" if place < len(town.ids):
            await town.delete(who, place)
        case "shut_out":
            await town.shut_out(who)
        case "let_in":
            await town.let_in(who)
        case "give_rights" if who != "eve-elsewhere":
            await town.give_rights(who)
        case "share":
            await town.share_a_team(who)
        case "wait":
            await town.wait()
        case _:
            pass


async def _compare(town: Town, who: str) -> None:
    ask, model = town.asks[who], town.model
    for place, conversation_id in enumerate(town.ids):
        path = f"/api/chat/conversations/{conversation_id}"
        for below in ("", "/messages?limit=500", "/export?format=json"):
            reply = await ask.ask("GET", path + below)
            assert reply.is_success is model.may_read(who, place), (who, place, below, reply.text)
            if reply.is_success and below:
                said = [part["text"] for message in reply.json()["messages"] for part in message["parts"]]
                assert sorted(said) == sorted(model.talks[place].said)
    if who in model.shut_out:
        assert (await ask.ask("GET", "/api/chat/conversations")).status_code == 401
        assert (await ask.ask("GET", "/api/chat/search?q=anchor")).status_code == 401
        return
    listed = (await ask.get("/api/chat/conversations"))["conversations"]
    assert {town.ids.index(each["id"]) for each in listed} == model.lists(who)
    for word in _WORDS:
        found = (await ask.get("/api/chat/search", q=word, limit=500))["messages"]
        assert {
            (town.ids.index(each["conversation_id"]), "".join(piece["text"] for piece in each["pieces"]))
            for each in found
        } == model.finds(who, word)


@pytest.fixture(scope="module")
async def stage(shared_database_url: str) -> AsyncIterator[Stage]:
    database, clock, runs = Database(shared_database_url), HeldClock(), HandWrittenRuns()
    ours, theirs = await _organisation(database, "ours"), await _organisation(database, "theirs")
    api = admin_api(database, clock, chat=ChatPlugs(runs, HandWrittenOffers()))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        administrators: dict[OrganisationId, Asker] = {}
        for organisation_id in (ours, theirs):
            key = await make_key(database, clock, organisation_id, "chief")
            administrators[organisation_id] = await stack.enter_async_context(asking(api, key.text))
        yield Stage(database, clock, Writer(database, clock, runs), api, ours, theirs, administrators)


@asynccontextmanager
async def _town(stage: Stage) -> AsyncGenerator[Town]:
    homes = {"boss": stage.ours, "ana": stage.ours, "eve-elsewhere": stage.theirs}
    names = {who: f"{who}-{uuid7().hex}" for who in _PEOPLE}
    async with AsyncExitStack() as stack:
        asks: dict[str, Asker] = {}
        for who, home in homes.items():
            key = await make_key(stage.database, stage.clock, home, names[who])
            asks[who] = await stack.enter_async_context(asking(stage.api, key.text))
            if who != "ana":
                await give_rights(stage.administrators[home], names[who])
        yield Town(stage, names, asks, Model(stage.clock.now()))


async def give_rights(administrator: Asker, name: str) -> None:
    """Let somebody administer the organisation."""
    entry = {"to": [f"user:{name}"], "role": "administrator"}
    await administrator.put(f"/api/grants/more-{uuid7().hex}", entry)


async def _organisation(database: Database, name: str) -> OrganisationId:
    organisation_id = OrganisationId(uuid7())
    async with database.change(organisation_id) as connection:
        assert await create_organisation(connection, organisation_id, name)
        await create_principal(connection, organisation_id, "user", "chief")
        await add_first_grants(connection, organisation_id, ["user:chief"])
    return organisation_id
