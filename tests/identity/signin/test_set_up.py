"""The first account: only by the link, and only one."""

import asyncio

import pytest
from sqlalchemy import text

from drawbridge.identity.signin.first_link import new_set_up_link
from drawbridge.identity.store import create_principal
from drawbridge.policy.administrators import Administrators
from tests.parts.sign_in import COOKIE, EMAIL, PASSWORD, Browser, Town, set_up


async def _accounts(town: Town) -> list[tuple[str, bool]]:
    async with town.database.system("sign_in") as connection:
        rows = await connection.execute(text("select email, platform_administrator from platform.account"))
        return [(row.email, row.platform_administrator) for row in rows]


async def test_the_link_makes_the_first_account_which_is_the_user_admin_and_signed_in(
    town: Town, browser: Browser
) -> None:
    made = await set_up(town, browser, email=" Ana@Example.COM ")

    assert made.status_code == 201
    me = await browser.get("/api/me")
    assert (me["email"], me["organisation"], me["user"]) == (EMAIL, "default", "admin")
    assert me["platform_administrator"] is True
    assert await _accounts(town) == [(EMAIL, True)]


@pytest.mark.parametrize("role_is_gone", [False, True])
async def test_the_user_admin_who_was_deleted_before_is_made_anew_as_an_administrator(
    town: Town, browser: Browser, role_is_gone: bool
) -> None:
    async with town.database.change(town.organisation_id) as connection:
        await connection.execute(text("delete from policy_grant where name = 'administrators'"))
        await connection.execute(text("delete from principal where name = 'admin'"))
        if role_is_gone:
            await connection.execute(text("delete from role where name = 'administrator'"))

    assert (await set_up(town, browser)).status_code == 201

    assert (await browser.get("/api/me"))["user"] == "admin"
    assert [one["name"] for one in (await browser.get("/api/users"))["users"]] == ["admin"]
    async with town.database.organisation(town.organisation_id) as connection:
        assert await Administrators()(connection, town.organisation_id, town.clock.now())


async def test_a_program_that_took_the_name_admin_is_not_signed_in_as(town: Town, browser: Browser) -> None:
    async with town.database.change(town.organisation_id) as connection:
        await connection.execute(text("delete from principal where name = 'admin'"))
        await create_principal(connection, town.organisation_id, "service_account", "admin")

    assert (await set_up(town, browser)).status_code == 201

    assert (await browser.get("/api/me"))["user"] == "first-administrator"
    assert (await browser.ask("GET", "/api/users")).status_code == 200


async def test_without_the_link_nobody_makes_an_account_and_no_password_is_hashed(town: Town, browser: Browser) -> None:
    refused = await set_up(town, browser, token="x" * 43)

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "link_invalid"
    assert town.hashing.hashed == 0
    assert await _accounts(town) == []


async def test_a_new_start_makes_another_link_and_the_old_one_is_void(town: Town, browser: Browser) -> None:
    newer = await new_set_up_link(town.database)

    assert (await set_up(town, browser)).status_code == 403
    assert (await set_up(town, browser, token=newer)).status_code == 201


async def test_the_link_works_once_and_no_start_makes_another(town: Town, ana: Browser) -> None:
    again = await set_up(town, ana, email="eve@example.com")

    assert again.status_code == 403
    assert await new_set_up_link(town.database) is None
    assert await _accounts(town) == [(EMAIL, True)]


async def test_of_two_at_once_one_makes_the_account(town: Town) -> None:
    async with town.browser() as one, town.browser("203.0.113.5") as other:
        answers = await asyncio.gather(*(set_up(town, who) for who in (one, other) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201] + [403] * 7
    assert len(await _accounts(town)) == 1


async def test_a_weak_password_leaves_the_link_usable(town: Town, browser: Browser) -> None:
    body = {"token": town.set_up_token, "email": EMAIL, "display_name": "", "password": "aaaaaaaaaaaaaa"}

    refused = await browser.ask("POST", "/api/auth/set-up", body)

    assert refused.json()["error"]["code"] == "weak_password"
    assert (await set_up(town, browser)).status_code == 201


async def test_the_new_account_signs_in_by_its_password_elsewhere(town: Town, ana: Browser) -> None:
    async with town.browser() as elsewhere:
        signed_in = await elsewhere.sign_in()

        assert signed_in.json()["signed_in"] is True
        assert (await elsewhere.get("/api/me"))["email"] == EMAIL
    assert ana.token


async def test_the_token_and_the_password_are_nowhere_in_the_database(town: Town, ana: Browser) -> None:
    async with town.database.system("sign_in") as connection:
        kept = [
            str((await connection.execute(text(f"select t::text from platform.{table} t"))).scalars().all())
            for table in ("account", "password", "session", "one_time_link")
        ]

    assert "hash of" in kept[1]
    for secret in (ana.token, town.set_up_token):
        assert secret not in "".join(kept)
        assert secret.encode().hex() not in "".join(kept)
    assert PASSWORD not in "".join(kept).replace(f"hash of {PASSWORD}", "")


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(town: Town, browser: Browser) -> None:
    made = await set_up(town, browser)

    [cookie] = made.headers.get_list("set-cookie")
    name, *rest = cookie.split("; ")
    assert name.startswith(f"{COOKIE}=")
    assert {part.lower() for part in rest} == {"httponly", "max-age=604800", "path=/", "samesite=strict"}
