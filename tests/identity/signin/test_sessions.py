"""Sessions: how long they last, who ends them, and what needs a fresh one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest

from drawbridge.config.terminal import Installation
from drawbridge.core.ids import PrincipalId
from drawbridge.identity.signin.commands import make_link
from drawbridge.identity.signin.platform_door import end_sessions
from drawbridge.identity.store import find_principal
from tests.parts.sign_in import PASSWORD, Browser, Json, Town

pytestmark = pytest.mark.passkeys


async def test_a_session_ends_after_twelve_hours_without_a_request(town: Town, ana: Browser) -> None:
    town.clock.advance(timedelta(hours=11, minutes=59))
    await ana.get("/api/me")
    town.clock.advance(timedelta(hours=11, minutes=59))
    await ana.get("/api/me")

    town.clock.advance(timedelta(hours=12))

    await ana.get("/api/me", expect=401)


async def test_a_session_ends_after_seven_days_however_busy_it_is(town: Town, ana: Browser) -> None:
    for _ in range(16):
        town.clock.advance(timedelta(hours=10))
        await ana.get("/api/me")

    town.clock.advance(timedelta(hours=8))

    await ana.get("/api/me", expect=401)


async def test_sessions_are_listed_and_one_is_ended_from_another(town: Town, ana: Browser) -> None:
    async with town.browser("192.0.2.5") as other:
        await other.sign_in()
        listed = (await ana.get("/api/me/sessions"))["sessions"]
        assert {(one["address"], one["this"]) for one in listed} == {("198.51.100.7", True), ("192.0.2.5", False)}
        [others_id] = [one["id"] for one in listed if not one["this"]]

        assert (await ana.ask("DELETE", f"/api/me/sessions/{others_id}")).status_code == 204

        await other.get("/api/me", expect=401)
    assert (await ana.ask("DELETE", f"/api/me/sessions/{others_id}")).status_code == 404


async def test_signing_out_ends_the_session_itself_and_not_only_its_cookie(town: Town, ana: Browser) -> None:
    token = ana.token

    await ana.post("/api/auth/sign-out", expect=204)

    assert not ana.token
    async with town.browser() as thief:
        thief.client.cookies.set("drawbridge_session_8080", token)
        await thief.get("/api/me", expect=401)


async def test_signing_out_everywhere_ends_every_session_or_every_other(town: Town, ana: Browser) -> None:
    async with town.browser() as other:
        await other.sign_in()
        assert (await ana.ask("DELETE", "/api/me/sessions?keep_this=true")).json() == {"ended": 1}
        await other.get("/api/me", expect=401)
        await ana.get("/api/me")

    assert (await ana.ask("DELETE", "/api/me/sessions")).json() == {"ended": 1}
    await ana.get("/api/me", expect=401)


async def test_nobody_ends_the_session_of_another_account(town: Town, ana: Browser) -> None:
    [own] = (await ana.get("/api/me/sessions"))["sessions"]
    link = (await ana.post("/api/invitations", {"email": "bo@example.com"}, expect=201))["link"]
    async with town.browser() as bo:
        token = link.partition("#")[2]
        await bo.post("/api/auth/invitation/account", {"token": token, "password": PASSWORD}, expect=204)
        assert (await bo.sign_in("bo@example.com")).status_code == 200

        assert (await bo.ask("DELETE", f"/api/me/sessions/{own['id']}")).status_code == 404

    await ana.get("/api/me")


_NEED_STEP_UP: list[tuple[str, str, Json]] = [
    ("PUT", "/api/me/password", {"password": "another good password"}),
    ("POST", "/api/me/passkeys/options", {}),
    ("POST", "/api/me/passkeys", {"challenge": "x", "credential": {}, "name": "mine"}),
    ("DELETE", "/api/me/passkeys/00000000-0000-0000-0000-000000000000", {}),
    ("POST", "/api/me/totp", {}),
    ("POST", "/api/me/totp/confirm", {"challenge": "x", "code": "123456"}),
    ("DELETE", "/api/me/totp", {}),
    ("POST", "/api/me/recovery-codes", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), _NEED_STEP_UP, ids=lambda part: str(part)[:40])
async def test_what_a_stolen_session_must_not_be_enough_for_needs_step_up(
    town: Town, ana: Browser, method: str, path: str, body: Json
) -> None:
    town.clock.advance(timedelta(minutes=10))
    refused = await ana.ask(method, path, body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "step_up_required")

    await ana.post("/api/me/step-up/password", {"password": PASSWORD}, expect=204)

    assert (await ana.ask(method, path, body)).status_code != 403


async def test_a_wrong_password_is_no_step_up_and_is_counted(town: Town, ana: Browser) -> None:
    town.clock.advance(timedelta(minutes=10))

    statuses = [
        (await ana.ask("POST", "/api/me/step-up/password", {"password": "not the password"})).status_code
        for _ in range(6)
    ]

    assert statuses == [401] * 5 + [429]
    assert (await ana.get("/api/me"))["fresh"] is False


async def test_a_new_password_ends_all_other_sessions(town: Town, ana: Browser) -> None:
    async with town.browser() as other:
        await other.sign_in()

        changed = await ana.ask("PUT", "/api/me/password", {"password": "another good password"})

        assert changed.json() == {"ended": 1}
        await other.get("/api/me", expect=401)
        assert (await other.sign_in()).status_code == 401
    await ana.get("/api/me")


@pytest.mark.parametrize("whom", ["admin", None])
async def test_whoever_suspends_a_user_or_an_organisation_ends_their_sessions(
    town: Town, ana: Browser, whom: str | None
) -> None:
    principal_id: PrincipalId | None = None
    if whom is not None:
        async with town.database.organisation(town.organisation_id) as connection:
            principal = await find_principal(connection, town.organisation_id, whom)
        assert principal is not None
        principal_id = principal.id

    await end_sessions(town.database, town.organisation_id, principal_id)

    await ana.get("/api/me", expect=401)


async def test_a_session_opens_the_admin_api_as_its_user(ana: Browser) -> None:
    created = await ana.post("/api/keys", {"owner": "admin"}, expect=201)

    assert created["key"].startswith("dbk_")


@asynccontextmanager
async def _opened(town: Town) -> AsyncGenerator[Installation]:
    yield Installation(town.database, town.organisation_id)


async def test_a_one_time_link_signs_in_once_whatever_second_factor_there_is(town: Town, ana: Browser) -> None:
    await ana.post("/api/auth/sign-out", expect=204)
    token, _ = await make_link(partial(_opened, town), town.clock, "admin")

    assert (await ana.ask("POST", "/api/auth/link", {"token": token})).status_code == 200

    assert (await ana.get("/api/me"))["fresh"] is True
    assert (await ana.ask("POST", "/api/auth/link", {"token": token})).status_code == 403
    late, _ = await make_link(partial(_opened, town), town.clock, "admin")
    town.clock.advance(timedelta(minutes=30))
    assert (await ana.ask("POST", "/api/auth/link", {"token": late})).status_code == 403
