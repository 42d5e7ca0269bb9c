"""Every route that changes something or hands something out is in the audit record: none without a verdict here."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest
from pyotp.totp import TOTP
from sqlalchemy import text

from drawbridge.core.ids import KeyId
from drawbridge.db.engine import Database
from drawbridge.identity.signin.links import store as links
from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tokens import hash_token
from drawbridge.identity.store import freeze_key
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.parts.admin import operations
from tests.parts.sign_in import EMAIL, PASSWORD, Browser, Json, Town, make_town, set_up
from tests.usage.attempts import make_intent, make_settlement

pytestmark = pytest.mark.audit

_CHANGES_NOTHING: Final = {
    ("POST", "/api/auth/invitation"): "shows what a link is for",
    ("POST", "/api/auth/passkey/options"): "gives a challenge",
    ("POST", "/api/me/passkeys/options"): "gives a challenge",
    ("POST", "/api/me/step-up/passkey/options"): "gives a challenge",
    ("POST", "/api/plan"): "shows what an apply would do",
    ("POST", "/api/deployments/{name}/test"): "makes a call, which is in the usage as all calls are",
    ("POST", "/api/me/totp"): "gives a secret that is of no use before a code of it was shown",
}
_ONES_OWN_WORK: Final = {
    ("POST", "/api/chat/conversations"),
    ("PATCH", "/api/chat/conversations/{conversation_id}"),
    ("POST", "/api/chat/conversations/{conversation_id}/turns"),
    ("POST", "/api/chat/messages/{message_id}/regenerate"),
    ("PUT", "/api/chat/messages/{message_id}/feedback"),
    ("POST", "/api/chat/runs/{run_id}/stop"),
    ("POST", "/api/chat/files"),
    ("PUT", "/api/chat/files/{file_id}/pieces/{number}"),
    ("POST", "/api/chat/files/{file_id}/finish"),
    ("DELETE", "/api/chat/files/{file_id}"),
}
"""What somebody asks models is no act of administration: each call of a turn is in the usage, as all calls are."""
_IN_A_REAL_BROWSER: Final = {
    ("POST", "/api/auth/passkey"),
    ("POST", "/api/me/passkeys"),
    ("POST", "/api/me/step-up/passkey"),
}
"""In tests/identity/signin/test_passkeys.py."""
_NEW_PASSWORD: Final = "another good password of hers"
_SECRET: Final = "the-value-of-a-stored-secret"

_SECTIONS: Final[tuple[tuple[str, str, Json], ...]] = (
    ("teams", "team", {}),
    ("groups", "group", {}),
    ("projects", "project", {"team": "lone"}),
    ("users", "user", {"teams": ["lone"]}),
    ("service_accounts", "service_account", {}),
    ("agents", "agent", {}),
    ("roles", "role", {"permissions": [{"may": ["read"], "on": ["model:*"]}]}),
    ("grants", "grant", {"to": "everyone", "may": ["use"], "on": ["model:x"]}),
    ("providers", "provider", {"preset": "rehearsal"}),
    ("deployments", "deployment", {"provider": "the-providers", "upstream_model": "echo"}),
    ("models", "model", {"route": ["the-deployments"]}),
    ("budgets", "budget", {"limit_usd": "5"}),
    ("limits", "limit", {"requests": {"most": 5}}),
    ("audit_streams", "audit_stream", {"syslog": {"host": "logs.example.com"}}),
)


_ACTIONS: Final[dict[tuple[str, str], list[str]]] = {
    **{("PUT", f"/api/{section}/{{name}}"): [f"{kind}.created"] for section, kind, _ in _SECTIONS},
    **{("DELETE", f"/api/{section}/{{name}}"): [f"{kind}.deleted"] for section, kind, _ in _SECTIONS},
    **{
        ("POST", f"/api/{section}/{{name}}/{act}"): [f"{kind}.{done}"]
        for section, kind in (("users", "user"), ("service_accounts", "service_account"), ("agents", "agent"))
        for act, done in (("suspend", "suspended"), ("reactivate", "reactivated"))
    },
    ("POST", "/api/users/{name}/hand-over"): ["user.handed_over"],
    ("PUT", "/api/organisation"): ["organisation.created"],
    ("PUT", "/api/prices"): ["price.created"],
    ("POST", "/api/me/budget-requests"): ["budget.more_asked"],
    ("POST", "/api/budget-requests/{request_id}/approve"): ["budget.more_approved"],
    ("POST", "/api/budget-requests/{request_id}/refuse"): ["budget.more_refused"],
    ("POST", "/api/ledger/corrections"): ["usage.corrected"],
    ("POST", "/api/ledger/bills"): ["usage.corrected"],
    ("PUT", "/api/ledger/periods/{month}"): ["period.closing"],
    ("POST", "/api/keys/{key_id}/unfreeze"): ["key.unfrozen"],
    ("POST", "/api/keys"): ["key.created"],
    ("POST", "/api/keys/{key_id}/rotate"): ["key.rotated"],
    ("POST", "/api/keys/{key_id}/revoke"): ["key.revoked"],
    ("POST", "/api/me/keys"): ["key.created"],
    ("POST", "/api/me/keys/{key_id}/rotate"): ["key.rotated"],
    ("POST", "/api/me/keys/{key_id}/revoke"): ["key.revoked"],
    ("PUT", "/api/secrets/{name}"): ["secret.created"],
    ("DELETE", "/api/secrets/{name}"): ["secret.deleted"],
    ("GET", "/api/audit/export"): ["audit.exported"],
    ("GET", "/api/export"): ["configuration.exported"],
    ("GET", "/api/chat/conversations/{conversation_id}/export"): ["conversation.exported"],
    ("DELETE", "/api/chat/conversations/{conversation_id}"): ["conversation.deleted"],
    ("POST", "/api/apply"): ["configuration.applied", "team.created"],
    ("POST", "/api/platform/organisations"): ["organisation.created"],
    ("PATCH", "/api/platform/organisations/{name}"): ["organisation.renamed"],
    ("POST", "/api/platform/organisations/{name}/suspend"): ["organisation.suspended"],
    ("POST", "/api/platform/organisations/{name}/reactivate"): ["organisation.reactivated"],
    ("DELETE", "/api/platform/organisations/{name}"): ["organisation.deleted"],
    ("POST", "/api/platform/accounts/{account_id}/suspend"): ["account.suspended"],
    ("POST", "/api/platform/accounts/{account_id}/reactivate"): ["account.reactivated"],
    ("DELETE", "/api/platform/accounts/{account_id}"): ["user.unlinked", "account.deleted"],
    ("DELETE", "/api/me"): ["user.unlinked", "account.deleted"],
    ("POST", "/api/invitations"): ["invitation.created"],
    ("DELETE", "/api/invitations/{invitation_id}"): ["invitation.revoked"],
    ("POST", "/api/me/invitation"): ["invitation.used"],
    ("POST", "/api/auth/invitation/account"): ["account.created"],
    ("POST", "/api/auth/set-up"): ["account.created", "user.linked", "session.began"],
    ("POST", "/api/auth/password"): ["session.began"],
    ("POST", "/api/auth/code"): ["session.began"],
    ("POST", "/api/auth/link"): ["session.began"],
    ("POST", "/api/auth/sign-out"): ["session.ended"],
    ("DELETE", "/api/me/sessions"): ["session.ended"],
    ("DELETE", "/api/me/sessions/{session_id}"): ["session.ended"],
    ("POST", "/api/me/organisation"): ["session.entered"],
    ("POST", "/api/me/step-up/password"): ["session.stepped_up"],
    ("POST", "/api/me/totp/confirm"): ["totp.added"],
    ("DELETE", "/api/me/totp"): ["totp.removed"],
    ("DELETE", "/api/me/passkeys/{passkey_id}"): ["passkey.removed"],
    ("POST", "/api/me/recovery-codes"): ["recovery_codes.renewed"],
    ("PUT", "/api/me/password"): ["password.changed"],
}
"""What the record is told of each route that does something, by method and path."""
_HANDED_OUT: Final = {
    ("GET", "/api/audit/export"),
    ("GET", "/api/export"),
    ("GET", "/api/chat/conversations/{conversation_id}/export"),
}


@dataclass(slots=True)
class Watched:
    """Asks routes, and looks each time what the record was told."""

    town: Town
    found: dict[tuple[str, str], list[str]] = field(default_factory=dict[tuple[str, str], list[str]])
    """The actions of each route, by method and path."""
    secrets: list[str] = field(default_factory=list[str])
    """What was typed or shown that nobody else may know."""

    async def ask(
        self,
        browser: Browser,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        status: int | None = None,
        **ids: str,
    ) -> Json:
        """Ask a route for what it does, or for what it must refuse with a status."""
        before = len(await events(self.town))
        reply = await browser.ask(method, path.format(**ids), body if method == "GET" else body or {})
        assert reply.status_code == status or (status is None and reply.status_code < 300), (method, path, reply.text)
        self.found[method, path] = [action for action, _ in (await events(self.town))[before:]]
        if reply.headers.get("content-type") != "application/json" or not reply.content:
            return {}
        answered: Json = reply.json()
        self.secrets += [answered[name] for name in _SHOWN_ONCE & answered.keys()]
        self.secrets += answered.get("recovery_codes", [])
        return answered

    async def send(self, browser: Browser, path: str, data: bytes, **ids: str) -> None:
        """Send bytes as they are."""
        before = len(await events(self.town))
        reply = await browser.ask("PUT", path.format(**ids), data, content_type="application/octet-stream")
        assert reply.status_code == 204, reply.text
        self.found["PUT", path] = [action for action, _ in (await events(self.town))[before:]]


_SHOWN_ONCE: Final = frozenset({"key", "admin_key", "secret"})


@pytest.fixture
async def watched(database: Database) -> Watched:
    return Watched(await make_town(database))


async def events(town: Town) -> list[tuple[str, str]]:
    """Return the action and the whole of each event of every chain, in their order."""
    # Any: two columns of text.
    found: list[tuple[Any, str, str]] = []
    async with town.database.system("sign_in") as connection:
        for table in ("audit_event", "platform.audit_event"):
            rows = await connection.execute(text(f"select id, action, e::text as line from {table} e"))
            found += [(row.id, row.action, row.line) for row in rows]
    return [(action, line) for _, action, line in sorted(found)]


async def _objects(watched: Watched, ana: Browser) -> None:
    await ana.ask("PUT", "/api/teams/lone", {})
    for section, _, entry in _SECTIONS:
        await watched.ask(ana, "PUT", f"/api/{section}/{{name}}", entry, name=f"the-{section}")
    for section in ("users", "service_accounts", "agents"):
        for act in ("suspend", "reactivate"):
            await watched.ask(ana, "POST", f"/api/{section}/{{name}}/{act}", name=f"the-{section}")
    await watched.ask(ana, "POST", "/api/users/{name}/hand-over", {"to": "admin"}, name="the-users")
    await watched.ask(ana, "POST", "/api/deployments/{name}/test", name="the-deployments")
    for section, _, _ in reversed(_SECTIONS):
        await watched.ask(ana, "DELETE", f"/api/{section}/{{name}}", name=f"the-{section}")
    await watched.ask(ana, "PUT", "/api/organisation", {"display_name": "Ours"})


async def _money(watched: Watched, ana: Browser) -> None:
    await watched.ask(ana, "PUT", "/api/prices", {})
    await ana.ask("PUT", "/api/budgets/more", {"limit_usd": "5"})
    wanted = {"budget": "more", "usd": "1", "reason": "The report is due."}
    for act in ("refuse", "approve"):
        asked = await watched.ask(ana, "POST", "/api/me/budget-requests", wanted)
        await watched.ask(ana, "POST", f"/api/budget-requests/{{request_id}}/{act}", request_id=asked["id"])
    await watched.ask(ana, "PUT", "/api/ledger/periods/{month}", {"state": "closing"}, month="2026-01")
    attempt_id = await _attempt(watched.town)
    correction = {"attempt_id": attempt_id, "cost_nanousd": 7, "source": "by hand"}
    await watched.ask(ana, "POST", "/api/ledger/corrections", correction)
    line = {"attempt_id": attempt_id, "cost_nanousd": 9}
    await watched.ask(ana, "POST", "/api/ledger/bills", {"provider": "openai", "source": "October", "lines": [line]})
    await watched.ask(ana, "POST", "/api/keys/{key_id}/unfreeze", key_id=await _frozen_key(watched.town, ana))


async def _attempt(town: Town) -> str:
    """Book an attempt of the organisation, and return its id."""
    intent = msgspec.structs.replace(make_intent(), organisation_id=town.organisation_id)
    await UsageStore(town.database).book([copy_line(intent, make_settlement(intent.attempt_id))], "nobody")
    return str(intent.attempt_id)


async def _frozen_key(town: Town, ana: Browser) -> str:
    key_id: str = (await ana.post("/api/keys", {"owner": "admin"}, expect=201))["id"]
    async with town.database.change(town.organisation_id) as connection:
        await freeze_key(connection, town.organisation_id, KeyId(UUID(key_id)))
    return key_id


async def _keys_secrets_and_exports(watched: Watched, ana: Browser) -> None:
    key = await watched.ask(ana, "POST", "/api/keys", {"owner": "admin"})
    rotated = await watched.ask(ana, "POST", "/api/keys/{key_id}/rotate", key_id=key["id"])
    await watched.ask(ana, "POST", "/api/keys/{key_id}/revoke", key_id=rotated["id"])
    own = await watched.ask(ana, "POST", "/api/me/keys")
    rotated = await watched.ask(ana, "POST", "/api/me/keys/{key_id}/rotate", key_id=own["id"])
    await watched.ask(ana, "POST", "/api/me/keys/{key_id}/revoke", key_id=rotated["id"])
    await watched.ask(ana, "PUT", "/api/secrets/{name}", {"value": _SECRET}, name="one")
    await watched.ask(ana, "DELETE", "/api/secrets/{name}", name="one")
    await watched.ask(ana, "GET", "/api/audit/export")
    await watched.ask(ana, "GET", "/api/export")
    stated = {"files": [{"text": "version: 1\nteams: {stated: {}}\n"}]}
    await watched.ask(ana, "POST", "/api/plan", stated)
    await watched.ask(ana, "POST", "/api/apply", stated)


async def _conversations(watched: Watched, ana: Browser) -> None:
    place = "/api/chat/conversations"
    conversation_id = (await watched.ask(ana, "POST", place, {"title": _SECRET}))["id"]
    question: Json = {"parent_id": None, "parts": [{"type": "text", "text": _SECRET}], "model": "small"}
    one = place + "/{conversation_id}"
    turn = await watched.ask(ana, "POST", one + "/turns", question, conversation_id=conversation_id)
    await watched.ask(ana, "POST", "/api/chat/runs/{run_id}/stop", run_id=turn["run_id"])
    again = "/api/chat/messages/{message_id}/regenerate"
    await watched.ask(ana, "POST", again, message_id=turn["question_id"])
    rated: Json = {"rating": "good"}
    await watched.ask(ana, "PUT", "/api/chat/messages/{message_id}/feedback", rated, message_id=turn["message_id"])
    await watched.ask(ana, "PATCH", one, {"title": _SECRET}, conversation_id=conversation_id)
    await watched.ask(ana, "GET", one + "/export", conversation_id=conversation_id)
    await _files(watched, ana)
    await watched.ask(ana, "DELETE", one, conversation_id=conversation_id)


async def _files(watched: Watched, ana: Browser) -> None:
    place = "/api/chat/files"
    one = place + "/{file_id}"
    about: Json = {"name": f"{_SECRET}.txt", "size": len(_SECRET)}
    file_id = (await watched.ask(ana, "POST", place, about))["id"]
    await watched.send(ana, one + "/pieces/{number}", _SECRET.encode(), file_id=file_id, number="0")
    await watched.ask(ana, "POST", one + "/finish", file_id=file_id)
    await watched.ask(ana, "DELETE", one, file_id=file_id)


async def _platform(watched: Watched, ana: Browser) -> None:
    place = "/api/platform/organisations"
    await watched.ask(ana, "POST", place, {"name": "acme"})
    await watched.ask(ana, "PATCH", place + "/{name}", {"display_name": "Acme"}, name="acme")
    for act in ("suspend", "reactivate"):
        await watched.ask(ana, "POST", f"{place}/{{name}}/{act}", name="acme")
    await watched.ask(ana, "DELETE", place + "/{name}", name="acme")


async def _invitations(watched: Watched, ana: Browser) -> None:
    invited = await watched.ask(ana, "POST", "/api/invitations", {"email": "bo@example.com"})
    token = _token_of(watched, invited)
    async with watched.town.browser() as bo:
        await watched.ask(bo, "POST", "/api/auth/invitation", {"token": token})
        account = {"token": token, "display_name": "Bo", "password": PASSWORD}
        await watched.ask(bo, "POST", "/api/auth/invitation/account", account)
        await bo.sign_in("bo@example.com")
        await watched.ask(bo, "POST", "/api/me/invitation", {"token": token})
        watched.secrets.append(bo.token)
    other = await watched.ask(ana, "POST", "/api/invitations", {"email": "cy@example.com"})
    _token_of(watched, other)
    await watched.ask(ana, "DELETE", "/api/invitations/{invitation_id}", invitation_id=other["id"])


async def _accounts(watched: Watched, ana: Browser) -> None:
    place = "/api/platform/accounts"
    for number, email in enumerate(("dee@example.com", "eve@example.com")):
        token = _token_of(watched, await ana.post("/api/invitations", {"email": email}, expect=201))
        async with watched.town.browser(f"192.0.2.{number + 7}") as browser:
            account = {"token": token, "display_name": email, "password": PASSWORD}
            await browser.post("/api/auth/invitation/account", account, expect=204)
            await browser.sign_in(email)
            await browser.post("/api/me/invitation", {"token": token})
            if email.startswith("eve"):
                await watched.ask(browser, "DELETE", "/api/me")
    found = (await ana.get(place))["accounts"]
    dee = next(account["id"] for account in found if account["email"].startswith("dee"))
    for act in ("suspend", "reactivate"):
        await watched.ask(ana, "POST", f"{place}/{{account_id}}/{act}", account_id=dee)
    await watched.ask(ana, "DELETE", place + "/{account_id}", account_id=dee)


def _token_of(watched: Watched, invited: Json) -> str:
    token: str = invited["link"].partition("#")[2]
    watched.secrets.append(token)
    return token


async def _own(watched: Watched, ana: Browser) -> None:
    town = watched.town
    await watched.ask(ana, "POST", "/api/me/step-up/password", {"password": PASSWORD})
    await watched.ask(ana, "POST", "/api/me/organisation", {"organisation": "default"})
    new = await watched.ask(ana, "POST", "/api/me/totp")
    app = TOTP(new["secret"])
    confirmed = {"challenge": new["challenge"], "code": app.at(town.clock.now())}
    await watched.ask(ana, "POST", "/api/me/totp/confirm", confirmed)
    await watched.ask(ana, "POST", "/api/me/recovery-codes")
    town.clock.advance(timedelta(seconds=90))
    async with town.browser() as elsewhere:
        challenge = (await elsewhere.sign_in()).json()["challenge"]
        code = app.at(town.clock.now())
        begun = await watched.ask(elsewhere, "POST", "/api/auth/code", {"challenge": challenge, "code": code})
        await watched.ask(ana, "DELETE", "/api/me/sessions/{session_id}", session_id=begun["session_id"])
    await watched.ask(ana, "DELETE", "/api/me/totp")
    await watched.ask(ana, "DELETE", "/api/me/passkeys/{passkey_id}", passkey_id=await _passkey(town))
    await watched.ask(ana, "PUT", "/api/me/password", {"password": _NEW_PASSWORD})
    watched.secrets.append(ana.token)


async def _passkey(town: Town) -> str:
    """Give the account a passkey, and return its id."""
    insert = """
        insert into platform.passkey (id, account_id, credential_id, public_key, sign_count, name, created_at)
        select gen_random_uuid(), id, 'x', 'x', 0, 'laptop', now() from platform.account where email = :email
        returning id::text
    """
    async with signing_in(town.database) as connection:
        passkey_id: str = (await connection.execute(text(insert), {"email": EMAIL})).scalar_one()
    return passkey_id


async def _signing_in(watched: Watched, ana: Browser) -> None:
    await watched.ask(ana, "POST", "/api/auth/sign-out")
    await watched.ask(ana, "POST", "/api/auth/link", {"token": await _sign_in_link(watched)})
    await watched.ask(ana, "DELETE", "/api/me/sessions")
    await watched.ask(ana, "POST", "/api/auth/password", {"email": EMAIL, "password": _NEW_PASSWORD})


async def _sign_in_link(watched: Watched) -> str:
    token, town = "a-one-time-link-of-forty-three-characters-x", watched.town
    async with signing_in(town.database) as connection:
        account_id = (
            await connection.execute(text("select id from platform.account where email = :email"), {"email": EMAIL})
        ).scalar_one()
        ends = town.clock.now() + timedelta(hours=1)
        await links.put_link(connection, "sign_in", hash_token(token), account_id=account_id, expires_at=ends)
    watched.secrets.append(token)
    return token


async def test_every_route_that_changes_something_is_in_the_record_and_no_secret_is(watched: Watched) -> None:
    town = watched.town
    async with town.browser() as ana:
        account = {"token": town.set_up_token, "email": EMAIL, "password": PASSWORD, "display_name": "Ana"}
        await watched.ask(ana, "POST", "/api/auth/set-up", account)
        for part in (
            _objects,
            _money,
            _keys_secrets_and_exports,
            _conversations,
            _platform,
            _invitations,
            _accounts,
            _own,
            _signing_in,
        ):
            await part(watched, ana)

    routes = {route for route in operations(town.transport_to) if route[0] != "GET"} | _HANDED_OUT
    assert {route: actions for route, actions in watched.found.items() if actions} == _ACTIONS
    assert routes == _ACTIONS.keys() | _CHANGES_NOTHING.keys() | _IN_A_REAL_BROWSER | _ONES_OWN_WORK
    record = str(await events(town))
    assert len(watched.secrets) > 20
    assert [secret for secret in (*watched.secrets, PASSWORD, _NEW_PASSWORD, _SECRET) if secret in record] == []


async def _refused(watched: Watched, ana: Browser) -> None:
    wrong = "x" * 43
    await watched.ask(ana, "POST", "/api/me/step-up/password", {"password": wrong}, status=401)
    async with watched.town.browser("203.0.113.4") as stranger:
        body = {"token": wrong, "email": EMAIL, "password": _NEW_PASSWORD, "display_name": "Eve"}
        await watched.ask(stranger, "POST", "/api/auth/set-up", body, status=403)
        await watched.ask(stranger, "POST", "/api/auth/password", {"email": EMAIL, "password": wrong}, status=401)
        await watched.ask(stranger, "POST", "/api/auth/link", {"token": wrong}, status=403)
        body = {"token": wrong, "display_name": "Eve", "password": _NEW_PASSWORD}
        await watched.ask(stranger, "POST", "/api/auth/invitation/account", body, status=403)
        asked = (await stranger.post("/api/auth/passkey/options"))["challenge"]
        unknown = {"challenge": asked, "credential": {"id": "AAAA", "rawId": "AAAA"}}
        await watched.ask(stranger, "POST", "/api/auth/passkey", unknown, status=401)


async def test_whoever_is_refused_at_the_door_is_in_the_record_and_what_was_typed_is_not(watched: Watched) -> None:
    async with watched.town.browser() as ana:
        await set_up(watched.town, ana)
        await _refused(watched, ana)

    assert watched.found == {
        ("POST", "/api/me/step-up/password"): ["session.step_up_refused"],
        **{
            ("POST", f"/api/auth/{way}"): ["session.refused"]
            for way in ("set-up", "password", "link", "invitation/account", "passkey")
        },
    }
    assert "x" * 43 not in str(await events(watched.town))


async def test_a_flood_of_wrong_links_makes_few_records_and_nobody_wait(watched: Watched) -> None:
    town = watched.town
    async with town.browser() as ana:
        await set_up(town, ana)
        for _ in range(60):
            assert (await ana.ask("POST", "/api/auth/link", {"token": "x" * 43})).status_code == 403
        refused = [action for action, _ in await events(town) if action == "session.refused"]
        signed_in = await ana.ask("POST", "/api/auth/link", {"token": await _sign_in_link(watched)})

    assert len(refused) == 20
    assert signed_in.status_code == 200
