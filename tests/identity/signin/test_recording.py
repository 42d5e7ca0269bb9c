"""What the audit record is told of signing in."""

import pytest
from sqlalchemy import text

from tests.parts.sign_in import EMAIL, PASSWORD, Browser, Town

pytestmark = pytest.mark.passkeys


async def _acts(town: Town, table: str) -> list[tuple[str, str, str]]:
    async with town.database.system("sign_in") as connection:
        rows = await connection.execute(text(f"select action, actor_name, actor_address from {table} order by number"))
        return [(row.action, row.actor_name, row.actor_address) for row in rows]


async def test_the_first_account_its_sessions_and_changes_are_in_the_record(town: Town, ana: Browser) -> None:
    await ana.post("/api/me/step-up/password", {"password": PASSWORD}, expect=204)
    await ana.ask("PUT", "/api/me/password", {"password": "another good password"})
    await ana.post("/api/me/recovery-codes")
    await ana.post("/api/auth/sign-out", expect=204)

    told = [act for act in await _acts(town, "audit_event") if act[1] == "admin"]

    actions = [
        "user.linked",
        "session.began",
        "session.stepped_up",
        "password.changed",
        "recovery_codes.renewed",
        "session.ended",
    ]
    assert told == [(action, "admin", "198.51.100.7") for action in actions]
    assert [act[0] for act in await _acts(town, "platform.audit_event")] == ["account.created"]


async def test_a_refusal_is_recorded_with_its_address_and_never_with_what_was_typed(town: Town, ana: Browser) -> None:
    del ana
    async with town.browser("203.0.113.4") as attacker:
        await attacker.sign_in(EMAIL, "not the password")
        await attacker.sign_in("my secret password@example.com", "x")

    acts = await _acts(town, "platform.audit_event")

    assert acts[1:] == [("session.refused", "", "203.0.113.4")] * 2
    async with town.database.system("sign_in") as connection:
        kept = (await connection.execute(text("select t::text from platform.audit_event t"))).scalars().all()
    assert "secret" not in str(kept)
    assert "not the password" not in str(kept)
