"""Invitations: made, taken once, and telling nobody who has an account."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.parts.sign_in import EMAIL, PASSWORD, Browser, Json, Town

pytestmark = pytest.mark.passkeys

_BO = "bo@example.com"
_HIS = "harbour copper window"


@pytest.fixture
async def bo(town: Town) -> AsyncIterator[Browser]:
    """The browser of somebody who is new."""
    async with town.browser("192.0.2.44") as browser:
        yield browser


async def _invite(ana: Browser, email: str = _BO, **more: object) -> Json:
    """Invite somebody. Return the invitation with the token of its link."""
    made = await ana.post("/api/invitations", {"email": email, **more}, expect=201)
    address, _, token = made["link"].partition("#")
    assert address == "http://localhost:8080/invitation"
    return {**made, "token": token}


async def _make_account(browser: Browser, token: str, password: str = _HIS) -> int:
    body = {"token": token, "display_name": "Bo", "password": password}
    return (await browser.ask("POST", "/api/auth/invitation/account", body)).status_code


async def _join(browser: Browser, token: str) -> int:
    return (await browser.ask("POST", "/api/me/invitation", {"token": token})).status_code


async def test_the_record_says_by_whose_invitation_an_account_was_made_and_its_address_can_be_freed(
    town: Town, ana: Browser, bo: Browser
) -> None:
    """Who invites sees the link, and so could make the account himself, with a password of his own."""
    invited = await _invite(ana)
    assert await _make_account(bo, invited["token"], "not the password of bo") == 204
    query = (
        "select detail::jsonb from platform.audit_event where action = 'account.created' order by number desc limit 1"
    )
    async with town.database.system("audit") as connection:
        detail = (await connection.exec_driver_sql(query)).scalar_one()
    accounts = (await ana.get("/api/platform/accounts"))["accounts"]
    [squatted] = [account["id"] for account in accounts if account["email"] == _BO]

    assert (await ana.ask("DELETE", f"/api/platform/accounts/{squatted}")).status_code < 300
    assert await _make_account(bo, invited["token"]) == 204

    assert detail == {"email": _BO, "invited_by": "admin", "organisation": "default", "invitation": invited["id"]}
    assert (await bo.sign_in(_BO, _HIS)).status_code == 200
    assert await _join(bo, invited["token"]) == 200


async def test_somebody_new_makes_an_account_and_becomes_the_user(town: Town, ana: Browser, bo: Browser) -> None:
    invited = await _invite(ana, "Bo@Example.com", display_name="Bo Berg")
    shown = await bo.post("/api/auth/invitation", {"token": invited["token"]})
    told = (shown["organisation"], shown["email"], shown["user"], shown["display_name"])
    assert told == ("default", _BO, "bo", "Bo Berg")

    assert await _make_account(bo, invited["token"]) == 204
    assert (await bo.sign_in(_BO, _HIS)).status_code == 200
    assert (await bo.get("/api/me"))["organisation"] is None
    assert await _join(bo, invited["token"]) == 200

    me = await bo.get("/api/me")
    assert (me["organisation"], me["user"], me["platform_administrator"]) == ("default", "bo", False)
    [listed] = (await ana.get("/api/invitations"))["invitations"]
    assert (listed["state"], listed["user"], listed["invited_by"]) == ("used", "bo", "admin")
    assert invited["token"] not in str(listed)


async def test_an_invitation_brings_teams_and_groups(town: Town, ana: Browser) -> None:
    async with town.database.change(town.organisation_id) as connection:
        for table in ("team", "principal_group"):
            await connection.execute(
                text(f"insert into {table} (id, organisation_id, name) values (gen_random_uuid(), :ours, 'research')"),
                {"ours": town.organisation_id},
            )

    await _invite(ana, teams=["research"], groups=["research"], name="bo.b")

    async with town.database.organisation(town.organisation_id) as connection:
        for table in ("team_member", "group_member"):
            query = f"select p.name from {table} m join principal p on p.id = m.principal_id"
            assert list((await connection.execute(text(query))).scalars()) == ["bo.b"]
    refused = await ana.ask("POST", "/api/invitations", {"email": "cy@example.com", "teams": ["nowhere"]})
    assert refused.status_code == 404


async def test_a_name_that_nobody_can_store_is_refused_as_such(ana: Browser) -> None:
    refused = await ana.ask("POST", "/api/invitations", {"email": "cy@example.com", "teams": ["re\0search"]})

    assert refused.status_code == 422, refused.text


async def test_an_invitation_is_taken_once_even_by_two_at_once(town: Town, ana: Browser, bo: Browser) -> None:
    token = (await _invite(ana))["token"]
    await _make_account(bo, token)
    async with town.browser() as again:
        for browser in (bo, again):
            await browser.sign_in(_BO, _HIS)

        statuses = await asyncio.gather(_join(bo, token), _join(again, token))

    assert min(statuses) == 200
    assert sorted(statuses)[1] in {403, 409}


async def test_an_invitation_ends_and_is_revoked_and_is_replaced(town: Town, ana: Browser, bo: Browser) -> None:
    replaced, revoked = (await _invite(ana))["token"], await _invite(ana)
    assert (await ana.ask("DELETE", f"/api/invitations/{revoked['id']}")).json()["state"] == "revoked"
    expired = (await _invite(ana, lifetime_s=60))["token"]
    town.clock.advance(timedelta(seconds=60))

    for token in (replaced, revoked["token"], expired, "x" * 43):
        reply = await bo.ask("POST", "/api/auth/invitation", {"token": token})
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "link_invalid")
        assert await _make_account(bo, token) == 403


async def test_another_account_that_is_signed_in_cannot_take_it(town: Town, ana: Browser) -> None:
    token = (await _invite(ana))["token"]

    refused = await ana.ask("POST", "/api/me/invitation", {"token": token})

    assert refused.status_code == 409
    assert "Sign out, and open the link again" in refused.json()["error"]["message"]


async def test_enumeration_neither_inviting_nor_the_link_tells_whether_there_is_an_account(
    town: Town, ana: Browser, bo: Browser
) -> None:
    await _make_account(bo, (await _invite(ana))["token"])
    async with town.database.change(town.organisation_id) as connection:
        await connection.execute(text("delete from principal where name = 'bo'"))

    known, unknown = await _invite(ana, _BO), await _invite(ana, "cy@example.com")

    assert known.keys() == unknown.keys()
    statuses = {await _make_account(bo, each["token"], "another good password") for each in (known, unknown)}
    assert statuses == {204}


async def test_an_account_that_there_is_keeps_its_password_and_joins_with_it(
    town: Town, ana: Browser, bo: Browser
) -> None:
    first = (await _invite(ana))["token"]
    await _make_account(bo, first)
    async with town.browser("203.0.113.66") as thief:
        assert await _make_account(thief, first, "a password of the thief") == 204
        assert (await thief.sign_in(_BO, "a password of the thief")).status_code == 401

    assert (await bo.sign_in(_BO, _HIS)).status_code == 200
    assert await _join(bo, first) == 200


async def test_a_user_who_signs_in_already_is_not_invited_again(town: Town, ana: Browser) -> None:
    refused = await ana.ask("POST", "/api/invitations", {"email": EMAIL, "name": "admin"})

    assert refused.status_code == 409
    assert PASSWORD not in refused.text
    assert town.organisation_id


async def test_nobody_without_the_right_invites(ana: Browser, bo: Browser) -> None:
    token = (await _invite(ana))["token"]
    await _make_account(bo, token)
    await bo.sign_in(_BO, _HIS)
    await _join(bo, token)

    assert (await bo.ask("POST", "/api/invitations", {"email": "cy@example.com"})).status_code == 403
    assert (await bo.ask("GET", "/api/invitations")).status_code == 403


@pytest.mark.security_regressions
async def test_any_number_of_people_sign_in_and_no_licence_is_asked_for(town: Town, ana: Browser) -> None:
    """BerriAI/litellm #25762: more than five people could sign in only with a larger plan."""
    for number in range(12):
        email = f"person-{number}@example.com"
        invited = await _invite(ana, email)
        async with town.browser(f"192.0.2.{number + 1}") as browser:
            assert await _make_account(browser, invited["token"]) == 204
            assert (await browser.sign_in(email, _HIS)).status_code == 200
            assert await _join(browser, invited["token"]) == 200
            assert (await browser.get("/api/me"))["organisation"] == "default"

    described = (await ana.get("/api/openapi.json"))["paths"]
    assert not [path for path in described if "licen" in path]
