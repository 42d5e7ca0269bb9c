"""Accounts that are suspended and deleted, and what becomes of their users."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.keys import hash_key
from tests.parts.keys import holder_of
from tests.parts.sign_in import EMAIL, Browser, Json, Town

PLACE = "/api/platform/accounts"
BO = "bo@example.com"
HIS = "harbour copper window"


@pytest.fixture
async def bo(town: Town, ana: Browser) -> AsyncIterator[Browser]:
    """The browser of a user of two organisations, who alone administers `acme`; he works in `default`."""
    invited = await ana.post("/api/invitations", {"email": BO}, expect=201)
    founded = await ana.post("/api/platform/organisations", {"name": "acme", "invite": BO}, expect=201)
    async with town.browser("192.0.2.44") as browser:
        tokens = [link.partition("#")[2] for link in (founded["invitation"], invited["link"])]
        await browser.post("/api/auth/invitation/account", {"token": tokens[0], "password": HIS}, expect=204)
        assert (await browser.sign_in(BO, HIS)).status_code == 200
        for token in tokens:
            await browser.post("/api/me/invitation", {"token": token})
        yield browser


async def account(ana: Browser, email: str) -> Json:
    """Return an account as it is listed."""
    listed: list[Json] = (await ana.get(PLACE))["accounts"]
    return next(one for one in listed if one["email"] == email)


async def give_acme_a_key(town: Town) -> str:
    """Let acme be administered without an account, by the user that Bo is there."""
    async with town.database.system("sign_in") as connection:
        acme = (await connection.execute(text("select id from organisation where name = 'acme'"))).scalar_one()
    issued = await Keyring(town.database, town.clock).create(acme, KeyRequest("bo", admin=True))
    async with town.database.change(acme) as connection:
        await connection.execute(
            text(
                "insert into principal (id, organisation_id, kind, name) values (gen_random_uuid(), :o, 'user', 'cy')"
            ),
            {"o": acme},
        )
        await connection.execute(
            text(
                "insert into policy_grant_subject (organisation_id, grant_id, position, principal_id)"
                " select g.organisation_id, g.id, 1, p.id from policy_grant g, principal p"
                " where g.name = 'administrators' and p.name = 'cy'"
            )
        )
    await Keyring(town.database, town.clock).create(acme, KeyRequest("cy", admin=True))
    return issued.text


async def test_a_suspended_account_is_out_at_once_and_back_when_it_is_let_in(
    town: Town, ana: Browser, bo: Browser
) -> None:
    his = await account(ana, BO)

    suspended = await ana.post(f"{PLACE}/{his['id']}/suspend")

    assert suspended["suspended_at"] is not None
    assert suspended["organisations"] == ["acme", "default"]
    await bo.get("/api/me", expect=401)
    assert (await bo.sign_in(BO, HIS)).status_code == 401
    assert (await ana.post(f"{PLACE}/{his['id']}/suspend")) == suspended
    assert (await ana.post(f"{PLACE}/{his['id']}/reactivate"))["suspended_at"] is None
    await bo.get("/api/me", expect=401)
    assert (await bo.sign_in(BO, HIS)).status_code == 200


async def test_a_deleted_account_leaves_suspended_users_and_the_record(town: Town, ana: Browser, bo: Browser) -> None:
    await give_acme_a_key(town)
    his = await account(ana, BO)

    deleted = await ana.ask("DELETE", f"{PLACE}/{his['id']}")

    assert deleted.json() == his
    await bo.get("/api/me", expect=401)
    assert (await bo.sign_in(BO, HIS)).status_code == 401
    assert [one["email"] for one in (await ana.get(PLACE))["accounts"]] == [EMAIL]
    async with town.database.system("sign_in") as connection:
        users = await connection.execute(
            text("select account_id, suspended_at is not null as out from principal where name = 'bo'")
        )
        assert [(row.account_id, row.out) for row in users] == [(None, True), (None, True)]
        for table in ("password", "session", "one_time_link"):
            left = await connection.execute(
                text(f"select count(*) from platform.{table} where account_id = :id"), {"id": his["id"]}
            )
            assert left.scalar_one() == 0
        acts = "select action from audit_event where object_name = 'bo' and action = 'user.unlinked'"
        assert len((await connection.execute(text(acts))).all()) == 2


async def test_the_keys_of_a_deleted_account_stop(town: Town, ana: Browser, bo: Browser) -> None:
    key = await give_acme_a_key(town)
    before = await holder_of(town.database, hash_key(key))

    await ana.ask("DELETE", f"{PLACE}/{(await account(ana, BO))['id']}")

    assert before is not None
    assert await holder_of(town.database, hash_key(key)) is None


async def test_who_alone_administers_an_organisation_cannot_go(town: Town, ana: Browser, bo: Browser) -> None:
    his = await account(ana, BO)

    by_the_platform = await ana.ask("DELETE", f"{PLACE}/{his['id']}")
    by_himself = await bo.ask("DELETE", "/api/me")

    for refused in (by_the_platform, by_himself):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "last_administrator")
        assert "acme" in refused.json()["error"]["message"]
        assert "default" not in refused.json()["error"]["message"]
    assert (await bo.get("/api/me"))["organisation"] == "default"
    assert await account(ana, BO) == his


async def test_one_deletes_ones_own_account_with_a_fresh_password_only(town: Town, ana: Browser, bo: Browser) -> None:
    await give_acme_a_key(town)
    town.clock.advance(timedelta(hours=1))
    refused = await bo.ask("DELETE", "/api/me")
    await bo.post("/api/me/step-up/password", {"password": HIS}, expect=204)

    deleted = await bo.ask("DELETE", "/api/me")

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "step_up_required")
    assert deleted.status_code == 204
    assert bo.token == ""
    assert (await bo.sign_in(BO, HIS)).status_code == 401


async def test_the_last_platform_administrator_is_neither_suspended_nor_deleted(ana: Browser, bo: Browser) -> None:
    hers = await account(ana, EMAIL)

    refused = [
        await ana.ask("POST", f"{PLACE}/{hers['id']}/suspend", {}),
        await ana.ask("DELETE", f"{PLACE}/{hers['id']}"),
        await ana.ask("DELETE", "/api/me"),
    ]

    assert [reply.json()["error"]["code"] for reply in refused] == ["last_platform_administrator"] * 3
    assert await account(ana, EMAIL) == hers


async def test_another_platform_administrator_lets_the_first_one_go(town: Town, ana: Browser, bo: Browser) -> None:
    async with town.database.system("sign_in") as connection:
        await connection.execute(text("update platform.account set platform_administrator = true"))
    hers, his = await account(ana, EMAIL), await account(ana, BO)

    suspended = await bo.ask("POST", f"{PLACE}/{hers['id']}/suspend", {})
    alone = await bo.ask("POST", f"{PLACE}/{his['id']}/suspend", {})

    assert suspended.status_code == 200
    assert alone.json()["error"]["code"] == "last_platform_administrator"


async def test_only_a_platform_administrator_sees_accounts_and_a_change_needs_a_fresh_password(
    town: Town, ana: Browser, bo: Browser
) -> None:
    his = await account(ana, BO)
    town.clock.advance(timedelta(hours=1))

    assert (await bo.ask("GET", PLACE)).status_code == 403
    for method, path in (("POST", "/suspend"), ("POST", "/reactivate"), ("DELETE", "")):
        refused = await ana.ask(method, f"{PLACE}/{his['id']}{path}", {} if method == "POST" else None)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "step_up_required")
    assert (await ana.ask("GET", f"{PLACE}/{town.organisation_id}")).status_code == 404
