"""One-time codes and recovery codes: each right once."""

import asyncio
from datetime import timedelta

import pytest
from pyotp.totp import TOTP

from drawbridge.config.errors import SealBrokenError
from drawbridge.config.secrets import MasterKeys, unseal
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.identity.signin import store
from tests.parts.master_keys import MASTER_KEY
from tests.parts.sign_in import EMAIL, PASSWORD, Browser, Town

pytestmark = pytest.mark.passkeys


async def _add_app(town: Town, browser: Browser) -> tuple[TOTP, list[str]]:
    """Add an authenticator app. Return it, and the recovery codes; the code that it showed is in the past."""
    new = await browser.post("/api/me/totp")
    app = TOTP(new["secret"])
    code = app.at(town.clock.now())
    codes = await browser.post("/api/me/totp/confirm", {"challenge": new["challenge"], "code": code})
    town.clock.advance(timedelta(seconds=90))
    return app, codes["recovery_codes"]


async def _challenge(browser: Browser) -> str:
    """Sign in by the right password, and return the challenge that is asked then."""
    answered = (await browser.sign_in()).json()
    assert answered["signed_in"] is False
    assert "set-cookie" not in answered
    return answered["challenge"]


async def _show(browser: Browser, challenge: str, code: str) -> int:
    reply = await browser.ask("POST", "/api/auth/code", {"challenge": challenge, "code": code})
    return reply.status_code


async def test_the_password_alone_is_not_enough_once_there_is_an_authenticator_app(town: Town, ana: Browser) -> None:
    app, _ = await _add_app(town, ana)
    async with town.browser() as elsewhere:
        challenge = await _challenge(elsewhere)
        assert not elsewhere.token
        await elsewhere.get("/api/me", expect=401)

        assert await _show(elsewhere, challenge, app.at(town.clock.now())) == 200

        assert (await elsewhere.get("/api/me"))["totp"] is True


async def test_a_code_is_not_taken_twice(town: Town, ana: Browser) -> None:
    app, _ = await _add_app(town, ana)
    code = app.at(town.clock.now())
    async with town.browser() as first, town.browser() as second:
        assert await _show(first, await _challenge(first), code) == 200

        assert await _show(second, await _challenge(second), code) == 401


async def test_of_two_who_show_the_same_code_at_once_one_gets_in(town: Town, ana: Browser) -> None:
    app, _ = await _add_app(town, ana)
    code = app.at(town.clock.now())
    async with town.browser() as first, town.browser() as second:
        challenges = [await _challenge(first), await _challenge(second)]

        shown = await asyncio.gather(_show(first, challenges[0], code), _show(second, challenges[1], code))

    assert sorted(shown) == [200, 401]


async def test_an_older_code_is_not_taken_after_a_newer_one(town: Town, ana: Browser) -> None:
    app, _ = await _add_app(town, ana)
    now = town.clock.now()
    async with town.browser() as elsewhere:
        assert await _show(elsewhere, await _challenge(elsewhere), app.at(now)) == 200

        assert await _show(elsewhere, await _challenge(elsewhere), app.at(now - timedelta(seconds=30))) == 401


@pytest.mark.parametrize(("seconds_off", "status"), [(-30, 200), (30, 200), (-60, 401), (60, 401)])
async def test_a_clock_may_be_off_by_one_step(town: Town, ana: Browser, seconds_off: int, status: int) -> None:
    app, _ = await _add_app(town, ana)
    async with town.browser() as elsewhere:
        challenge = await _challenge(elsewhere)

        assert await _show(elsewhere, challenge, app.at(town.clock.now() + timedelta(seconds=seconds_off))) == status


async def test_the_code_that_added_the_app_does_not_sign_in(town: Town, ana: Browser) -> None:
    new = await ana.post("/api/me/totp")
    code = TOTP(new["secret"]).at(town.clock.now())
    await ana.post("/api/me/totp/confirm", {"challenge": new["challenge"], "code": code})
    async with town.browser() as elsewhere:
        assert await _show(elsewhere, await _challenge(elsewhere), code) == 401


async def test_a_wrong_code_adds_no_app(town: Town, ana: Browser) -> None:
    new = await ana.post("/api/me/totp")

    await ana.post("/api/me/totp/confirm", {"challenge": new["challenge"], "code": "000000"}, expect=400)

    assert (await ana.get("/api/me"))["totp"] is False


async def test_ten_recovery_codes_come_with_the_first_factor_and_each_works_once(town: Town, ana: Browser) -> None:
    _, codes = await _add_app(town, ana)
    assert len(set(codes)) == 10
    async with town.browser() as elsewhere:
        assert await _show(elsewhere, await _challenge(elsewhere), codes[3].upper()) == 200
        assert (await elsewhere.get("/api/me"))["recovery_codes"] == 9

        assert await _show(elsewhere, await _challenge(elsewhere), codes[3]) == 401


async def test_of_two_who_show_the_same_recovery_code_at_once_one_gets_in(town: Town, ana: Browser) -> None:
    _, codes = await _add_app(town, ana)
    async with town.browser() as first, town.browser() as second:
        challenges = [await _challenge(first), await _challenge(second)]

        shown = await asyncio.gather(_show(first, challenges[0], codes[0]), _show(second, challenges[1], codes[0]))

    assert sorted(shown) == [200, 401]


async def test_new_recovery_codes_void_the_old_ones(town: Town, ana: Browser) -> None:
    _, old = await _add_app(town, ana)

    new = (await ana.post("/api/me/recovery-codes"))["recovery_codes"]

    async with town.browser() as elsewhere:
        assert await _show(elsewhere, await _challenge(elsewhere), old[0]) == 401
        assert await _show(elsewhere, await _challenge(elsewhere), new[0]) == 200


async def test_the_challenge_behind_a_password_ends_after_five_minutes_and_works_once(town: Town, ana: Browser) -> None:
    _, codes = await _add_app(town, ana)
    async with town.browser() as elsewhere:
        late = await _challenge(elsewhere)
        town.clock.advance(timedelta(minutes=5))
        assert await _show(elsewhere, late, codes[0]) == 400

        challenge = await _challenge(elsewhere)
        assert await _show(elsewhere, challenge, codes[1]) == 200
        assert await _show(elsewhere, challenge, codes[2]) == 400


async def test_a_challenge_of_another_purpose_or_altered_is_none(town: Town, ana: Browser) -> None:
    _, codes = await _add_app(town, ana)
    async with town.browser() as elsewhere:
        other = (await elsewhere.post("/api/auth/passkey/options"))["challenge"]
        right = await _challenge(elsewhere)
        altered = ("A" if right[0] != "A" else "B") + right[1:]

        assert [await _show(elsewhere, word, codes[0]) for word in (other, altered, "x")] == [400] * 3


async def test_guessing_codes_with_the_right_password_is_delayed_but_recovery_codes_are_not(
    town: Town, ana: Browser
) -> None:
    app, codes = await _add_app(town, ana)
    for turn in range(50):
        async with town.browser(f"203.0.113.{turn}") as attacker:
            challenge = await _challenge(attacker)
            assert await _show(attacker, challenge, "000000") == 401

    async with town.browser("192.0.2.1") as owner:
        challenge = await _challenge(owner)
        assert await _show(owner, challenge, app.at(town.clock.now())) == 429
        assert await _show(owner, challenge, codes[0]) == 200


async def test_the_secret_is_sealed_and_opens_for_its_own_account_only(town: Town, ana: Browser) -> None:
    app, _ = await _add_app(town, ana)
    async with town.database.system("sign_in") as connection:
        account, _ = await store.find_account(connection, EMAIL)
        assert account is not None
        sealed = await store.find_totp(connection, account.id)

    assert sealed is not None
    assert app.secret.encode() not in sealed.ciphertext
    assert unseal(MasterKeys((MASTER_KEY,)), OrganisationId(account.id), "totp", sealed) == app.secret
    with pytest.raises(SealBrokenError):
        unseal(MasterKeys((MASTER_KEY,)), OrganisationId(uuid7()), "totp", sealed)


async def test_an_app_is_removed_and_then_the_password_is_enough_again(town: Town, ana: Browser) -> None:
    await _add_app(town, ana)

    assert (await ana.ask("DELETE", "/api/me/totp")).status_code == 204

    async with town.browser() as elsewhere:
        assert (await elsewhere.sign_in(EMAIL, PASSWORD)).json()["signed_in"] is True
