from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import find_organisation
from drawbridge.identity.keys import hash_key
from tests.parts.admin import make_key
from tests.parts.keys import holder_of
from tests.parts.sign_in import ORIGIN, Browser, Town, make_town, set_up

PLACE = "/api/platform/organisations"
HIS = "harbour copper window"


@pytest.fixture
async def town(database: Database) -> Town:
    return await make_town(database)


@pytest.fixture
async def ana(town: Town) -> AsyncIterator[Browser]:
    """The browser of a platform administrator."""
    async with town.browser() as browser:
        assert (await set_up(town, browser)).status_code == 201
        yield browser


async def test_a_platform_administrator_makes_an_organisation_and_sees_it_from_outside(
    town: Town, ana: Browser
) -> None:
    made = await ana.post(PLACE, {"name": "acme", "display_name": "Acme"}, expect=201)

    listed = (await ana.get(PLACE))["organisations"]
    assert await holder_of(town.database, hash_key(made["admin_key"])) is not None
    assert [(found["name"], found["people"]) for found in listed] == [("acme", 1), ("default", 1)]
    assert set(listed[0]) == {"name", "display_name", "suspended_at", "created_at", "people"}
    assert made["admin_key"] not in str(listed)


async def test_the_first_administrator_of_an_organisation_is_invited_and_administers_it(
    town: Town, ana: Browser
) -> None:
    made = await ana.post(PLACE, {"name": "acme", "invite": "bo@example.com"}, expect=201)

    assert made["admin_key"] is None
    address, _, token = made["invitation"].partition("#")
    assert address == f"{ORIGIN}/invitation"
    async with town.browser() as bo:
        await bo.post("/api/auth/invitation/account", {"token": token, "password": HIS}, expect=204)
        assert (await bo.sign_in("bo@example.com", HIS)).status_code == 200
        joined = await bo.post("/api/me/invitation", {"token": token})
        invited = await bo.post("/api/invitations", {"email": "cleo@example.com"}, expect=201)
    assert joined == {"organisation": "acme", "user": "bo"}
    assert invited["user"] == "cleo"
    assert token not in str(await ana.get(PLACE))


async def test_an_organisation_is_renamed_suspended_and_let_in_again(town: Town, ana: Browser) -> None:
    made = await ana.post(PLACE, {"name": "acme"}, expect=201)

    renamed = await ana.ask("PATCH", f"{PLACE}/acme", {"display_name": "Acme"})
    suspended = await ana.post(f"{PLACE}/acme/suspend")
    barred = await holder_of(town.database, hash_key(made["admin_key"]))
    reactivated = await ana.post(f"{PLACE}/acme/reactivate")

    assert renamed.json()["display_name"] == "Acme"
    assert suspended["suspended_at"] is not None
    assert barred is None
    assert reactivated["suspended_at"] is None


async def test_no_route_answers_for_a_deleted_organisation(town: Town, ana: Browser) -> None:
    made = await ana.post(PLACE, {"name": "acme", "invite": "ana@example.com"}, expect=201)
    token = made["invitation"].partition("#")[2]
    await ana.post("/api/me/invitation", {"token": token})
    invited = await ana.post("/api/invitations", {"email": "bo@example.com"}, expect=201)
    key = await make_key(town.database, town.clock, await _id_of(town, "acme"), "program")

    deleted = await ana.ask("DELETE", f"{PLACE}/acme")

    assert deleted.status_code == 204
    await ana.get("/api/users", expect=401)
    async with town.browser() as browser:
        by_key = await browser.ask("GET", "/api/users", authorization=f"Bearer {key.text}")
        by_link = await browser.ask("POST", "/api/auth/invitation", {"token": invited["link"].partition("#")[2]})
    assert (by_key.status_code, by_link.status_code) == (401, 403)
    assert (await ana.sign_in()).status_code == 200
    assert [one["name"] for one in (await ana.get("/api/me"))["organisations"]] == ["default"]
    assert (await ana.ask("POST", "/api/me/organisation", {"organisation": "acme"})).status_code == 404
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/suspend"), ("POST", "/reactivate")):
        assert (await ana.ask(method, f"{PLACE}/acme{path}")).status_code == 404


async def _id_of(town: Town, name: str) -> OrganisationId:
    found = await find_organisation(town.database, name)
    assert found is not None
    return found


async def test_the_sessions_of_a_suspended_organisation_end(town: Town, ana: Browser) -> None:
    await ana.post(f"{PLACE}/default/suspend")

    async with town.database.system("sign_in") as connection:
        assert (await connection.execute(text("select count(*) from platform.session"))).scalar_one() == 0
    await ana.get("/api/users", expect=401)


async def test_no_key_and_no_right_within_an_organisation_opens_the_platform(town: Town, database: Database) -> None:
    key = await make_key(database, town.clock, town.organisation_id, "admin")

    async with town.browser() as browser:
        for method, path in (("GET", PLACE), ("POST", PLACE), ("POST", f"{PLACE}/default/suspend")):
            reply = await browser.ask(method, path, {}, authorization=f"Bearer {key.text}")
            assert reply.status_code == 401, reply.text


async def test_who_is_no_platform_administrator_any_more_is_refused(town: Town, ana: Browser) -> None:
    async with town.database.system("sign_in") as connection:
        await connection.execute(text("update platform.account set platform_administrator = false"))

    refused = await ana.ask("GET", f"{PLACE}/default")

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")


async def test_a_change_needs_a_fresh_password_or_passkey(town: Town, ana: Browser) -> None:
    town.clock.advance(timedelta(hours=1))

    for method, path in (("POST", "/default/suspend"), ("DELETE", "/default")):
        refused = await ana.ask(method, f"{PLACE}{path}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "step_up_required")

    assert (await ana.get(PLACE))["organisations"][0]["suspended_at"] is None


async def test_what_is_no_organisation_is_not_found_and_what_makes_no_sense_is_refused(ana: Browser) -> None:
    assert (await ana.ask("POST", f"{PLACE}/gone/suspend", {})).status_code == 404
    assert (await ana.get(f"{PLACE}/gone", expect=404))["error"]["code"] == "organisation_unknown"
    for body in ({}, {"name": ""}, {"name": "a", "more": 1}, {"name": "a\x00"}):
        assert (await ana.ask("POST", PLACE, body)).status_code == 422
    assert (await ana.ask("POST", PLACE, {"name": "default"})).status_code == 409


async def test_what_opens_a_new_organisation_is_kept_nowhere(town: Town, ana: Browser) -> None:
    first = await ana.ask("POST", PLACE, {"name": "fresh"}, idempotency_key="once")

    again = await ana.ask("POST", PLACE, {"name": "fresh"}, idempotency_key="once")

    assert (first.status_code, again.status_code) == (201, 201), first.text
    key = first.json()["admin_key"]
    assert again.json()["admin_key"] is None
    async with town.database.organisation(town.organisation_id) as connection:
        kept = (await connection.execute(text("select convert_from(answer, 'UTF8') from repeatable_request"))).scalars()
        assert key not in str(list(kept))
