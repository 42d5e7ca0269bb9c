"""The known ways to abuse a sign-in, each by its name."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import Engine, event, text

from drawbridge.identity.signin.errors import SignInBusyError
from drawbridge.identity.signin.passwords import Passwords
from tests.parts.sign_in import COOKIE, EMAIL, ORIGIN, PASSWORD, Browser, CountedHashing, Json, Town, set_up

pytestmark = pytest.mark.passkeys

_WRONG = "orbit lantern velour"


async def _suspend(town: Town, at: str | None = "now()") -> None:
    async with town.database.system("sign_in") as connection:
        await connection.execute(text(f"update platform.account set suspended_at = {at or 'null'}"))


# Session fixation.


async def test_session_fixation_a_token_that_somebody_planted_is_not_taken_over(town: Town, ana: Browser) -> None:
    async with town.browser() as victim:
        await victim.ask(
            "POST", "/api/auth/password", {"email": EMAIL, "password": PASSWORD}, cookie=f"{COOKIE}=planted"
        )

        assert len(victim.token) == 43
    async with town.browser() as attacker:
        attacker.client.cookies.set(COOKIE, "planted")
        await attacker.get("/api/me", expect=401)
    del ana


async def test_session_fixation_a_session_of_the_attacker_does_not_become_the_victims(town: Town, ana: Browser) -> None:
    planted = ana.token

    assert (await ana.sign_in()).status_code == 200

    assert ana.token != planted
    async with town.browser() as attacker:
        attacker.client.cookies.set(COOKIE, planted)
        await attacker.get("/api/me", expect=401)


async def test_session_fixation_step_up_puts_another_token_in_place(town: Town, ana: Browser) -> None:
    before = ana.token

    await ana.post("/api/me/step-up/password", {"password": PASSWORD}, expect=204)

    assert ana.token != before
    await ana.get("/api/me")
    async with town.browser() as thief:
        thief.client.cookies.set(COOKIE, before)
        await thief.get("/api/me", expect=401)


# Requests that other sites cause.

_FORGED: list[dict[str, str]] = [
    {"origin": "https://evil.example"},
    {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
    {"origin": "null"},
    {"origin": "", "sec_fetch_site": "cross-site"},
    {"origin": "", "sec_fetch_site": "same-site"},
    {"origin": "", "sec_fetch_site": "none"},
    {"origin": "", "sec_fetch_site": ""},
    {"origin": "http://localhost:9999"},
    {"origin": "http://localhost.evil.example:8080"},
    {"origin": ORIGIN, "sec_fetch_site": "cross-site"},
    {"content_type": "text/plain"},
    {"content_type": "application/x-www-form-urlencoded"},
    {"content_type": ""},
    {"host": "evil.example:8080"},
    {"host": "evil.example:8080", "origin": "http://evil.example:8080"},
]


@pytest.mark.parametrize("forged", _FORGED, ids=str)
async def test_csrf_another_sites_page_changes_nothing_in_a_session(ana: Browser, forged: dict[str, str]) -> None:
    changed = await ana.ask("PUT", "/api/me/password", {"password": "another good password"}, **forged)
    ended = await ana.ask("DELETE", "/api/me/sessions", {}, **forged)

    assert {changed.status_code, ended.status_code} <= {401, 403, 415}
    assert (await ana.sign_in()).status_code == 200


@pytest.mark.parametrize("forged", _FORGED, ids=str)
async def test_csrf_another_sites_page_signs_nobody_in(town: Town, ana: Browser, forged: dict[str, str]) -> None:
    del ana
    async with town.browser() as victim:
        body = {"email": EMAIL, "password": PASSWORD}

        reply = await victim.ask("POST", "/api/auth/password", body, **forged)

        assert reply.status_code in {403, 415}
        assert not victim.token


async def test_csrf_reading_needs_no_origin(ana: Browser) -> None:
    reply = await ana.ask("GET", "/api/me", origin="", sec_fetch_site="", content_type="")

    assert reply.status_code == 200


async def test_csrf_a_key_needs_no_origin_but_a_session_beside_it_counts_for_nothing(ana: Browser) -> None:
    headers = {"origin": "https://evil.example", "authorization": "Bearer dbk_wrong"}

    reply = await ana.client.get("/api/keys", headers=headers)

    assert reply.status_code == 401


# Enumeration.


@asynccontextmanager
async def _counted() -> AsyncGenerator[Counter[str]]:
    """Count the statements that are sent to the database, by their beginnings."""
    statements: Counter[str] = Counter()

    def count(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements[" ".join(statement.split()[:4])] += 1

    event.listen(Engine, "before_cursor_execute", count)
    yield statements
    event.remove(Engine, "before_cursor_execute", count)


async def _refused(town: Town, email: str, password: str) -> tuple[httpx2.Response, Counter[str], int]:
    async with town.browser() as browser, _counted() as statements:
        before = town.hashing.compared
        reply = await browser.sign_in(email, password)
        return reply, statements, town.hashing.compared - before


def _shown(reply: httpx2.Response) -> tuple[int, bytes, list[str]]:
    """Everything that a caller sees of an answer."""
    return reply.status_code, reply.content, sorted(reply.headers)


async def test_enumeration_unknown_wrong_and_suspended_look_the_same_and_cost_the_same(
    town: Town, ana: Browser
) -> None:
    await _refused(town, "warm.up@example.com", _WRONG)
    unknown = await _refused(town, "nobody@example.com", _WRONG)
    wrong = await _refused(town, EMAIL, _WRONG)
    not_an_address = await _refused(town, "nobody", _WRONG)
    await _suspend(town)
    suspended = await _refused(town, EMAIL, PASSWORD)

    for other in (wrong, not_an_address, suspended):
        assert _shown(other[0]) == _shown(unknown[0])
        assert other[1] == unknown[1]
        assert other[2] == unknown[2] == 1
    assert unknown[0].status_code == 401
    del ana


async def test_enumeration_an_account_without_a_password_looks_like_none(town: Town, ana: Browser) -> None:
    async with town.database.system("sign_in") as connection:
        await connection.execute(text("delete from platform.password"))

    without = await _refused(town, EMAIL, PASSWORD)
    unknown = await _refused(town, "nobody@example.com", PASSWORD)

    assert _shown(without[0]) == _shown(unknown[0])
    assert without[2] == unknown[2] == 1
    del ana


async def test_enumeration_delays_are_the_same_for_accounts_that_do_not_exist(town: Town, ana: Browser) -> None:
    del ana
    answers: dict[str, list[int]] = {}
    for email, address in ((EMAIL, "203.0.113.1"), ("nobody@example.com", "203.0.113.2")):
        async with town.browser(address) as attacker:
            answers[email] = [(await attacker.sign_in(email, _WRONG)).status_code for _ in range(8)]

    assert answers[EMAIL] == answers["nobody@example.com"]
    assert 429 in answers[EMAIL]


# Lock-out abuse.


async def _attack(town: Town, address: str, times: int, email: str = EMAIL) -> list[int]:
    async with town.browser(address) as attacker:
        return [(await attacker.sign_in(email, _WRONG)).status_code for _ in range(times)]


async def test_lock_out_abuse_the_owner_signs_in_from_elsewhere_whatever_others_do(town: Town, ana: Browser) -> None:
    del ana
    for turn in range(1, 30):
        await _attack(town, f"203.0.113.{turn}", 8)

    async with town.browser("192.0.2.9") as owner:
        assert (await owner.sign_in()).status_code == 200


async def test_lock_out_abuse_a_whole_ipv6_network_counts_as_one_source(town: Town, ana: Browser) -> None:
    del ana
    statuses = [(await _attack(town, f"2001:db8:1:2::{turn:x}", 1))[0] for turn in range(1, 9)]

    assert statuses[-1] == 429
    async with town.browser("2001:db8:1:3::1") as neighbour:
        assert (await neighbour.sign_in()).status_code == 200


async def test_lock_out_abuse_delays_double_and_end(town: Town, ana: Browser) -> None:
    del ana
    address = "203.0.113.7"
    assert await _attack(town, address, 5) == [401] * 5
    waits: list[int] = []
    for _ in range(12):
        async with town.browser(address) as attacker:
            refused = await attacker.sign_in(EMAIL, _WRONG)
            assert refused.status_code == 429
            waits.append(int(refused.headers["retry-after"]))
            town.clock.advance(timedelta(seconds=waits[-1]))
            assert (await attacker.sign_in(EMAIL, _WRONG)).status_code == 401

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    town.clock.advance(timedelta(seconds=900))
    async with town.browser(address) as owner:
        assert (await owner.sign_in()).status_code == 200
        assert await _attack(town, address, 5) == [401] * 5


async def test_lock_out_abuse_guesses_at_once_are_no_way_around_the_count(town: Town, ana: Browser) -> None:
    del ana
    async with town.browser("203.0.113.8") as attacker:
        replies = await asyncio.gather(*(attacker.sign_in(EMAIL, _WRONG) for _ in range(20)))

    assert Counter(reply.status_code for reply in replies)[401] <= 5


async def test_lock_out_abuse_one_source_cannot_try_one_password_on_many_accounts(town: Town, ana: Browser) -> None:
    del ana
    statuses: Counter[int] = Counter()
    for turn in range(60):
        statuses.update(await _attack(town, "203.0.113.9", 1, f"person{turn}@example.com"))

    assert statuses == {401: 50, 429: 10}
    async with town.database.system("sign_in") as connection:
        rows = (await connection.execute(text("select count(*) from platform.sign_in_attempt"))).scalar_one()
    assert rows == 51  # Each account that was counted, and the source.


async def test_lock_out_abuse_passkeys_and_links_are_not_delayed(town: Town, ana: Browser) -> None:
    del ana
    await _attack(town, "203.0.113.10", 10)
    async with town.browser("203.0.113.10") as browser:
        assert (await browser.ask("POST", "/api/auth/passkey/options", {})).status_code == 200
        shown: Json = {"challenge": "x", "credential": {}}
        assert (await browser.ask("POST", "/api/auth/passkey", shown)).status_code == 400


async def test_lock_out_abuse_many_waiting_passwords_of_one_source_leave_room_for_others() -> None:
    passwords = Passwords(CountedHashing())
    async with asyncio.TaskGroup() as group:
        flood = [group.create_task(_outcome(passwords, "203.0.113.1")) for _ in range(30)]
        owner = group.create_task(passwords.hash(PASSWORD, "192.0.2.1"))

    assert owner.result() == f"hash of {PASSWORD}"
    assert Counter(task.result() for task in flood) == {True: 8, False: 22}


async def _outcome(passwords: Passwords, source: str) -> bool:
    try:
        await passwords.verify(None, _WRONG, source)
    except SignInBusyError:
        return False
    return True


# Suspension.


async def test_suspending_an_account_ends_its_sessions_at_once(town: Town, ana: Browser) -> None:
    await _suspend(town)

    await ana.get("/api/me", expect=401)
    assert (await ana.ask("POST", "/api/me/step-up/password", {"password": PASSWORD})).status_code == 401


async def test_suspending_a_user_leaves_the_session_without_rights_in_the_organisation(
    town: Town, ana: Browser
) -> None:
    assert (await ana.ask("GET", "/api/keys")).status_code == 200
    async with town.database.change(town.organisation_id) as connection:
        await connection.execute(text("update principal set suspended_at = now() where name = 'admin'"))

    assert (await ana.ask("GET", "/api/keys")).status_code == 401
    assert (await ana.get("/api/me"))["organisation"] is None


async def test_a_set_up_link_opens_nothing_else(town: Town, browser: Browser) -> None:
    reply = await browser.ask("POST", "/api/auth/link", {"token": town.set_up_token})

    assert reply.status_code == 403
    assert (await set_up(town, browser)).status_code == 201
