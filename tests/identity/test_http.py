import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.identity.store import create_principal
from tests.parts.admin import admin_api
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

# Any: JSON as it came over the wire.
Json = dict[str, Any]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def admin_key(database: Database, organisation_id: OrganisationId, clock: HeldClock) -> IssuedKey:
    async with database.change(organisation_id) as connection:
        await create_principal(connection, organisation_id, "user", "ana", display_name="Ana")
        await create_principal(connection, organisation_id, "service_account", "ci-bot")
    return await Keyring(database, clock).create(organisation_id, KeyRequest("ana", admin=True))


@pytest.fixture
async def client(database: Database, clock: HeldClock, admin_key: IssuedKey) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(admin_api(database, clock))
    headers = {"authorization": f"Bearer {admin_key.text}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:
        yield client


async def get(client: httpx2.AsyncClient, path: str, **query: str | int) -> Json:
    reply = await client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def post(client: httpx2.AsyncClient, path: str, body: Json | None = None, *, expect: int = 201) -> Json:
    reply = await client.post(path, json=body)
    assert reply.status_code == expect, reply.text
    return reply.json()


async def test_a_key_is_created_and_its_text_is_shown_this_once(client: httpx2.AsyncClient) -> None:
    created = await post(client, "/api/keys", {"owner": "ci-bot", "name": "deploys"})

    listed = await get(client, "/api/keys", owner="ci-bot")

    assert created["key"].startswith("dbk_")
    assert created["key"] not in str(listed)
    assert listed == {"keys": [{name: value for name, value in created.items() if name != "key"}], "next_cursor": None}
    assert (created["owner_kind"], created["state"], created["admin"]) == ("service_account", "active", False)


async def test_a_new_key_can_expire_and_administer(client: httpx2.AsyncClient, clock: HeldClock) -> None:
    expires_at = (clock.now() + timedelta(days=1)).isoformat()

    created = await post(client, "/api/keys", {"owner": "ana", "admin": True, "expires_at": expires_at})

    assert created["admin"] is True
    assert datetime.fromisoformat(created["expires_at"]) == clock.now() + timedelta(days=1)


async def test_a_key_is_rotated_with_a_grace(client: httpx2.AsyncClient, clock: HeldClock) -> None:
    old = await post(client, "/api/keys", {"owner": "ana"})

    new = await post(client, f"/api/keys/{old['id']}/rotate", {"grace_s": 60})

    assert new["replaces"] == old["id"]
    assert new["key"] != old["key"]
    clock.advance(timedelta(seconds=59))
    assert {key["id"] for key in (await get(client, "/api/keys", state="active"))["keys"]} > {old["id"]}
    clock.advance(timedelta(seconds=1))
    assert [key["id"] for key in (await get(client, "/api/keys", state="expired"))["keys"]] == [old["id"]]


async def test_a_rotation_without_a_body_ends_the_old_key_at_once(client: httpx2.AsyncClient) -> None:
    old = await post(client, "/api/keys", {"owner": "ana"})

    await post(client, f"/api/keys/{old['id']}/rotate")

    assert [key["id"] for key in (await get(client, "/api/keys", state="expired"))["keys"]] == [old["id"]]


async def test_a_key_is_revoked(client: httpx2.AsyncClient) -> None:
    key = await post(client, "/api/keys", {"owner": "ana"})

    revoked = await post(client, f"/api/keys/{key['id']}/revoke", expect=200)

    assert revoked["state"] == "revoked"


async def test_the_last_admin_key_cannot_revoke_itself(client: httpx2.AsyncClient, admin_key: IssuedKey) -> None:
    refused = await post(client, f"/api/keys/{admin_key.record.id}/revoke", expect=409)

    assert refused["error"]["code"] == "last_admin_key"
    assert await get(client, "/api/keys")


async def test_a_revoked_admin_key_is_refused_at_once(client: httpx2.AsyncClient, admin_key: IssuedKey) -> None:
    other = await post(client, "/api/keys", {"owner": "ana", "admin": True})
    await post(client, f"/api/keys/{admin_key.record.id}/revoke", expect=200)

    refused = await client.get("/api/keys")

    assert refused.status_code == 401
    client.headers["authorization"] = f"bearer {other['key']}"
    assert await get(client, "/api/keys")


async def test_an_expired_admin_key_is_refused(client: httpx2.AsyncClient, clock: HeldClock) -> None:
    expires_at = (clock.now() + timedelta(minutes=1)).isoformat()
    key = await post(client, "/api/keys", {"owner": "ana", "admin": True, "expires_at": expires_at})
    clock.advance(timedelta(minutes=1))

    refused = await client.get("/api/keys", headers={"authorization": f"Bearer {key['key']}"})

    assert refused.status_code == 401
    assert "expired" in refused.json()["error"]["message"]


async def test_a_key_that_is_no_admin_key_may_not_look(client: httpx2.AsyncClient) -> None:
    key = await post(client, "/api/keys", {"owner": "ci-bot"})

    for path in ("/api/keys", "/api/principals"):
        refused = await client.get(path, headers={"authorization": f"Bearer {key['key']}"})

        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_admin")


async def test_without_a_valid_key_every_route_refuses(client: httpx2.AsyncClient) -> None:
    # In one test, since a database for each of the 25 would take most of a minute.
    routes = [
        ("GET", "/api/keys"),
        ("POST", "/api/keys"),
        ("POST", f"/api/keys/{uuid7()}/rotate"),
        ("POST", f"/api/keys/{uuid7()}/revoke"),
        ("GET", "/api/principals"),
    ]
    values = ["", "Bearer", "Bearer x", "Bearer dbk_" + "0" * 49, "Basic YTpi"]

    for method, path in routes:
        for value in values:
            body = {"owner": "ana"} if method == "POST" else None
            refused = await client.request(method, path, json=body, headers={"authorization": value})

            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "not_authenticated"), (path, value)


async def test_the_admin_key_may_come_as_x_api_key(client: httpx2.AsyncClient, admin_key: IssuedKey) -> None:
    del client.headers["authorization"]

    reply = await client.get("/api/keys", headers={"x-api-key": admin_key.text})

    assert reply.status_code == 200


async def test_an_administrator_sees_and_touches_only_the_own_organisation(
    client: httpx2.AsyncClient, database: Database, clock: HeldClock, admin_key: IssuedKey
) -> None:
    other = await make_organisation(database, "other")
    async with database.change(other) as connection:
        await create_principal(connection, other, "user", "eve")
    foreign = await Keyring(database, clock).create(other, KeyRequest("eve", admin=True))

    keys = await get(client, "/api/keys")
    principals = await get(client, "/api/principals")

    assert [key["id"] for key in keys["keys"]] == [str(admin_key.record.id)]
    assert {principal["name"] for principal in principals["principals"]} == {"ana", "ci-bot"}
    await post(client, f"/api/keys/{foreign.record.id}/revoke", expect=404)
    await post(client, f"/api/keys/{foreign.record.id}/rotate", expect=404)
    await post(client, "/api/keys", {"owner": "eve"}, expect=404)


async def test_principals_are_filtered_and_paged(client: httpx2.AsyncClient) -> None:
    first = await get(client, "/api/principals", limit=1)
    second = await get(client, "/api/principals", limit=1, cursor=first["next_cursor"])

    assert [page["principals"][0]["name"] for page in (first, second)] == ["ci-bot", "ana"]
    assert second["next_cursor"] is None
    assert [p["name"] for p in (await get(client, "/api/principals", kind="user"))["principals"]] == ["ana"]
    assert [p["name"] for p in (await get(client, "/api/principals", name_contains="BOT"))["principals"]] == ["ci-bot"]
    assert (await get(client, "/api/principals", name_contains="%"))["principals"] == []


async def test_a_cursor_of_nobodys_making_is_a_400(client: httpx2.AsyncClient) -> None:
    refused = await client.get("/api/keys", params={"cursor": "x"})

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "bad_cursor"


async def test_a_request_that_makes_no_sense_is_a_422(client: httpx2.AsyncClient) -> None:
    bodies: list[Json] = [
        {},
        {"owner": ""},
        {"owner": "ana", "right": "all"},
        {"owner": "ana", "expires_at": "2030-01-01T00:00:00"},
        {"owner": "ana", "name": "x" * 201},
    ]
    for body in bodies:
        await post(client, "/api/keys", body, expect=422)
    for query in ({"limit": "0"}, {"limit": "501"}, {"state": "lost"}):
        assert (await client.get("/api/keys", params=query)).status_code == 422, query


async def test_text_that_no_line_can_show_is_refused(client: httpx2.AsyncClient) -> None:
    for text, status in (("a\0", 422), ("a\n", 422), ("\x1b[2J", 422), ("\ud800", 400)):
        for body in ({"owner": text}, {"owner": "ana", "name": text}, {"owner": "ana", text: 1}):
            content = json.dumps(body).encode()
            refused = await client.post("/api/keys", content=content, headers={"content-type": "application/json"})
            assert refused.status_code == status, body
    for path in (
        "/api/keys?owner=%00",
        "/api/principals?name_contains=%00",
        "/api/usage?model=%00",
        "/api/usage?provider=%0A",
        "/api/usage?session_id=%00",
        "/api/usage/totals?model=%00",
    ):
        assert (await client.get(path)).status_code == 422, path


async def test_an_expiry_beyond_a_hundred_years_is_a_400(client: httpx2.AsyncClient) -> None:
    for moment in ("9999-12-31T23:59:59-14:00", "2200-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"):
        refused = await post(client, "/api/keys", {"owner": "ana", "expires_at": moment}, expect=400)
        assert refused["error"]["code"] == "bad_lifetime"


async def test_the_ends_of_time_are_no_error_where_usage_is_asked_for(client: httpx2.AsyncClient) -> None:
    for name in ("since", "until"):
        for moment in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
            reply = await client.get("/api/usage", params={name: moment})
            assert reply.status_code in {200, 422}, (name, moment, reply.text)
