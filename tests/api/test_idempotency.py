"""A POST that is repeated is done once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select, text, update
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from drawbridge.api.idempotency import Idempotency
from drawbridge.api.tables import repeatable_requests
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.policy.access import PolicyAccess
from drawbridge.policy.rules import RuleSet
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

ONCE = {"idempotency-key": "once"}


@pytest.fixture
async def organisation_id(database: Database) -> OrganisationId:
    return await make_organisation(database)


@pytest.fixture
async def admin(database: Database, organisation_id: OrganisationId) -> AsyncIterator[Asker]:
    clock = HeldClock()
    key = await make_key(database, clock, organisation_id, "ana")
    async with asking(admin_api(database, clock), key.text) as asker:
        yield asker


async def create(admin: Asker, owner: str = "ana") -> httpx2.Response:
    return await admin.ask("POST", "/api/keys", {"owner": owner}, headers=ONCE)


async def test_a_repeated_request_gets_the_first_answer_without_what_is_shown_once(admin: Asker) -> None:
    first, second = await create(admin), await create(admin)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotent-replayed"] == "true"
    answer = second.json()
    assert "stored nowhere" in answer.pop("withheld")
    assert answer == {**first.json(), "key": None}
    assert len((await admin.get("/api/keys"))["keys"]) == 2


async def test_a_keys_text_is_not_stored_to_be_repeated(admin: Asker, database: Database) -> None:
    issued = (await create(admin)).json()["key"]

    async with database.system("snapshot") as connection:
        rows = (await connection.execute(text("select to_jsonb(r)::text from repeatable_request r"))).scalars()
        stored = " ".join(rows)

    assert stored
    assert issued not in stored
    assert issued.encode().hex() not in stored


async def test_of_two_at_once_one_is_done_and_the_other_is_told_to_wait(admin: Asker) -> None:
    replies = await asyncio.gather(*(create(admin) for _ in range(6)))

    done = [reply for reply in replies if reply.status_code == 201 and "idempotent-replayed" not in reply.headers]
    waiting = [reply for reply in replies if reply.status_code == 409]
    assert len(done) == 1
    assert {reply.json()["error"]["code"] for reply in waiting} <= {"in_progress"}
    assert all(reply.headers["retry-after"] == "1" for reply in waiting)
    assert len((await admin.get("/api/keys"))["keys"]) == 2


async def test_another_request_with_the_same_key_is_refused(admin: Asker) -> None:
    await create(admin)

    other = await admin.ask("POST", "/api/keys", {"owner": "ana", "name": "x"}, headers=ONCE)

    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")


async def test_what_was_refused_may_be_tried_again(admin: Asker) -> None:
    refused = await create(admin, "eve")
    await admin.put("/api/users/eve", {})

    again = await create(admin, "eve")

    assert (refused.status_code, again.status_code) == (404, 201)


async def test_keys_of_two_people_do_not_meet(
    admin: Asker, database: Database, organisation_id: OrganisationId
) -> None:
    other = await make_key(database, HeldClock(), organisation_id, "ben")
    first = await create(admin)

    second = await admin.ask(
        "POST", "/api/keys", {"owner": "ana"}, headers={**ONCE, "authorization": f"Bearer {other.text}"}
    )

    assert first.json()["id"] != second.json()["id"]


async def test_a_request_of_yesterday_is_forgotten(
    admin: Asker, database: Database, organisation_id: OrganisationId
) -> None:
    first = await create(admin)
    await _grow_older(database, organisation_id, timedelta(hours=24, seconds=1))

    second = await create(admin)

    assert first.json()["id"] != second.json()["id"]
    async with database.organisation(organisation_id) as connection:
        assert len((await connection.execute(select(repeatable_requests.c.id))).all()) == 1


async def test_a_request_that_was_cut_off_is_never_done_again(
    admin: Asker, database: Database, organisation_id: OrganisationId
) -> None:
    await create(admin)
    async with database.organisation(organisation_id) as connection:
        await connection.execute(update(repeatable_requests).values(status=None, answer=None))
    await _grow_older(database, organisation_id, timedelta(minutes=2))

    again = await create(admin)

    assert (again.status_code, again.json()["error"]["code"]) == (409, "outcome_unknown")


@dataclass(slots=True)
class Slow:
    """An application that takes its time."""

    began: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    done: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began.set()
        await self.may_end.wait()
        self.done += 1
        await JSONResponse({"done": self.done}, status_code=201)(scope, receive, send)


async def test_a_caller_who_leaves_finds_what_was_done(database: Database, organisation_id: OrganisationId) -> None:
    clock = HeldClock()
    key = await make_key(database, clock, organisation_id, "ana")
    slow = Slow()
    app = Idempotency(slow, database=database, access=PolicyAccess(database, clock, _no_rules))
    headers = {**ONCE, "authorization": f"Bearer {key.text}"}
    async with (
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://here", headers=headers) as client,
        asyncio.TaskGroup() as group,
    ):
        asking = group.create_task(client.post("/api/keys"))
        await slow.began.wait()
        asking.cancel()
        slow.may_end.set()
        await asyncio.wait([asking])

        again = await client.post("/api/keys")

    assert asking.cancelled()
    assert (again.status_code, again.json(), slow.done) == (201, {"done": 1}, 1)


async def _no_rules(connection: AsyncConnection, organisation_id: OrganisationId) -> RuleSet:
    del connection, organisation_id
    return RuleSet()


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "é"])
async def test_what_is_no_idempotency_key_is_refused(admin: Asker, key: str) -> None:
    reply = await admin.client.post("/api/keys", json={"owner": "ana"}, headers=[(b"idempotency-key", key.encode())])

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_idempotency_key")


async def test_without_a_valid_key_nothing_is_remembered(admin: Asker, database: Database) -> None:
    refused = await admin.ask("POST", "/api/keys", {"owner": "ana"}, headers={**ONCE, "authorization": "Bearer x"})

    assert refused.status_code == 401
    async with database.system("snapshot") as connection:
        assert (await connection.execute(select(repeatable_requests.c.id))).all() == []


async def _grow_older(database: Database, organisation_id: OrganisationId, by: timedelta) -> None:
    async with database.organisation(organisation_id) as connection:
        older = repeatable_requests.c.created_at - by
        await connection.execute(update(repeatable_requests).values(created_at=older))
