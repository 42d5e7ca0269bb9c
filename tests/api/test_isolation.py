"""Every route of the admin API, asked by everybody who should not get at what it is about.

The routes come from the application itself: one without a verdict here fails the test.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import pytest

from drawbridge.core.ids import uuid7
from drawbridge.db.engine import Database
from tests.api.principals import EVERY_WHO, MARK, Town, Who, building
from tests.parts.admin import admin_api, operations
from tests.parts.clock import HeldClock

pytestmark = [pytest.mark.isolation, pytest.mark.xdist_group("isolation")]

MISSING = "nothing-here"
MISSING_ID: Final = str(uuid7())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What each principal gets from a route, as statuses, when it is asked about something of the sales team."""

    stranger: int
    lead: int
    revoked: int = 401
    suspended: int = 401
    plain: int = 403
    nobody: int = 401
    body: object = None
    """What is sent."""
    name: str = ""
    """Of the object of the sales team; empty for routes about none."""
    query: str = ""

    def status(self, who: Who) -> int:
        """Return what a principal gets."""
        status: int = getattr(self, who)
        return status


def _listed(*, lead: int) -> Verdict:
    return Verdict(stranger=200, lead=lead)


@dataclass(frozen=True, slots=True)
class Section:
    """The verdicts on the routes of one section of drawbridge.yaml."""

    name: str
    theirs: str
    entry: object = field(default_factory=dict[str, object])
    is_led: bool = False
    """Whether the lead of another team has rights over such objects of the own team."""
    stranger_puts: int = 201
    """In the own organisation, where the name is free."""

    def verdicts(self) -> dict[tuple[str, str], Verdict]:
        """Return them by method and path."""
        one, lead = f"/api/{self.name}/{{name}}", 404 if self.is_led else 403
        return {
            ("GET", f"/api/{self.name}"): _listed(lead=200 if self.is_led else 403),
            ("GET", one): Verdict(stranger=404, lead=lead, name=self.theirs),
            # In their own organisation strangers may make what they like: before it is deleted again.
            ("PUT", one): Verdict(stranger=self.stranger_puts, lead=lead, name=self.theirs, body=self.entry),
            ("DELETE", one): Verdict(stranger=404, lead=lead, name=self.theirs),
        }


_SECTIONS = (
    Section("teams", "sales-zq7", is_led=True),
    Section("groups", "group-zq7"),
    Section("projects", "project-zq7", is_led=True),
    Section("users", "user-zq7", is_led=True),
    Section("service_accounts", "program-zq7", is_led=True),
    Section("agents", "agent-zq7", is_led=True),
    Section("roles", "role-zq7", {"permissions": []}, stranger_puts=422),
    Section("grants", "grant-zq7", {"to": "everyone", "may": ["use"], "on": ["model:x"]}),
    Section("providers", "provider-zq7", {"preset": "rehearsal"}),
    # What it refers to does not exist in the stranger's organisation, whatever exists here.
    Section("deployments", "deployment-zq7", {"provider": "provider-zq7", "upstream_model": "x"}, stranger_puts=422),
    Section("audit_streams", "stream-zq7", {"syslog": {"host": "logs.example.com"}}),
    Section("budgets", "budget-zq7", {"limit_usd": "1"}),
    Section("limits", "limit-zq7", {"requests": {"most": 1000000}}),
    Section("models", "model-zq7", {"route": ["deployment-zq7"]}, stranger_puts=422),
)

_OWN = [
    ("GET", "/api/me"),
    ("DELETE", "/api/me"),
    ("POST", "/api/me/invitation"),
    ("POST", "/api/me/organisation"),
    ("GET", "/api/me/sessions"),
    ("DELETE", "/api/me/sessions"),
    ("DELETE", "/api/me/sessions/{session_id}"),
    ("GET", "/api/me/passkeys"),
    ("POST", "/api/me/passkeys"),
    ("POST", "/api/me/passkeys/options"),
    ("DELETE", "/api/me/passkeys/{passkey_id}"),
    ("PUT", "/api/me/password"),
    ("POST", "/api/me/recovery-codes"),
    ("POST", "/api/me/step-up/passkey"),
    ("POST", "/api/me/step-up/passkey/options"),
    ("POST", "/api/me/step-up/password"),
    ("POST", "/api/me/totp"),
    ("POST", "/api/me/totp/confirm"),
    ("DELETE", "/api/me/totp"),
]
"""About the one who asks, by the session alone: no key is of any use there."""

_PLATFORM = [
    ("GET", "/api/platform/accounts"),
    ("GET", "/api/platform/accounts/{account_id}"),
    ("DELETE", "/api/platform/accounts/{account_id}"),
    ("POST", "/api/platform/accounts/{account_id}/suspend"),
    ("POST", "/api/platform/accounts/{account_id}/reactivate"),
]
"""For platform administrators, by their sessions alone: no key is of any use there, either."""

_SIGNING_IN = [
    ("POST", "/api/auth/code"),
    ("POST", "/api/auth/invitation"),
    ("POST", "/api/auth/invitation/account"),
    ("POST", "/api/auth/link"),
    ("POST", "/api/auth/passkey"),
    ("POST", "/api/auth/passkey/options"),
    ("POST", "/api/auth/password"),
    ("POST", "/api/auth/set-up"),
    ("POST", "/api/auth/sign-out"),
]
"""Open to everybody, but only from the installation's own page; what they do is shown where signing in is tested."""

_ACTS = {
    ("POST", f"/api/{section}/{{name}}/{act}"): Verdict(stranger=404, lead=404, name=theirs)
    for section, theirs in (("users", "user-zq7"), ("service_accounts", "program-zq7"), ("agents", "agent-zq7"))
    for act in ("suspend", "reactivate")
}


def _own_work(*, body: object = None) -> Verdict:
    """Nobody gets at conversations of others: not even who administers the organisation."""
    return Verdict(stranger=404, lead=404, name="conversation", body=body)


_QUESTION = {"parent_id": None, "parts": [{"type": "text", "text": "zq7"}], "model": "model-zq7"}
_CHAT = {
    ("GET", "/api/chat/conversations"): _listed(lead=200),
    ("POST", "/api/chat/conversations"): Verdict(stranger=201, lead=201, body={}),
    ("GET", "/api/chat/conversations/{conversation_id}"): _own_work(),
    ("PATCH", "/api/chat/conversations/{conversation_id}"): _own_work(body={"title": "x"}),
    ("DELETE", "/api/chat/conversations/{conversation_id}"): _own_work(),
    ("GET", "/api/chat/conversations/{conversation_id}/export"): _own_work(),
    ("GET", "/api/chat/conversations/{conversation_id}/messages"): _own_work(),
    ("POST", "/api/chat/conversations/{conversation_id}/turns"): _own_work(body=_QUESTION),
    ("POST", "/api/chat/messages/{message_id}/regenerate"): _own_work(body={"model": "model-zq7"}),
    ("PUT", "/api/chat/messages/{message_id}/feedback"): _own_work(body={"rating": "bad"}),
    ("POST", "/api/chat/runs/{run_id}/stop"): _own_work(),
    ("GET", "/api/chat/runs/{run_id}/stream"): _own_work(),
    ("GET", "/api/chat/models"): _listed(lead=200),
    ("POST", "/api/chat/files"): Verdict(stranger=201, lead=201, body={"name": "x.txt", "size": 1}),
    ("GET", "/api/chat/files/{file_id}"): _own_work(),
    ("DELETE", "/api/chat/files/{file_id}"): _own_work(),
    ("GET", "/api/chat/files/{file_id}/content"): _own_work(),
    ("PUT", "/api/chat/files/{file_id}/pieces/{number}"): _own_work(),
    ("POST", "/api/chat/files/{file_id}/finish"): _own_work(),
    ("GET", "/api/chat/search"): Verdict(stranger=200, lead=200, query="?q=deep"),
}
"""About the one who asks, with a session or a key."""

_NOTHING_STATED = {"files": [{"text": "version: 1\n"}]}

VERDICTS: dict[tuple[str, str], Verdict] = {
    ("GET", "/api/keys"): _listed(lead=200),
    ("POST", "/api/keys"): Verdict(stranger=404, lead=404, body={"owner": "user-zq7"}),
    ("POST", "/api/keys/{key_id}/rotate"): Verdict(stranger=404, lead=404, name="key"),
    ("POST", "/api/keys/{key_id}/revoke"): Verdict(stranger=404, lead=404, name="key"),
    ("POST", "/api/keys/{key_id}/unfreeze"): Verdict(stranger=404, lead=404, name="key"),
    ("GET", "/api/me/keys"): _listed(lead=200),
    ("POST", "/api/me/keys"): Verdict(stranger=201, lead=201, body={}),
    ("POST", "/api/me/keys/{key_id}/rotate"): Verdict(stranger=404, lead=404, name="key"),
    ("POST", "/api/me/keys/{key_id}/revoke"): Verdict(stranger=404, lead=404, name="key"),
    ("GET", "/api/budgets/{name}/state"): Verdict(stranger=404, lead=403, name="budget-zq7"),
    ("GET", "/api/budget-states"): _listed(lead=403),
    ("GET", "/api/me/budgets"): _listed(lead=200),
    ("GET", "/api/me/budget-requests"): _listed(lead=200),
    ("POST", "/api/me/budget-requests"): Verdict(
        stranger=404, lead=404, body={"budget": "budget-zq7", "usd": "1", "reason": "x"}
    ),
    ("GET", "/api/budget-requests"): _listed(lead=200),
    ("POST", "/api/budget-requests/{request_id}/approve"): Verdict(stranger=404, lead=404, name="request"),
    ("POST", "/api/budget-requests/{request_id}/refuse"): Verdict(stranger=404, lead=404, name="request"),
    ("GET", "/api/principals"): _listed(lead=200),
    **_ACTS,
    ("POST", "/api/users/{name}/hand-over"): Verdict(stranger=404, lead=404, name="user-zq7", body={"to": "lea"}),
    ("GET", "/api/invitations"): _listed(lead=403),
    ("POST", "/api/invitations"): Verdict(stranger=404, lead=403, body={"email": "x@x.org", "teams": ["sales-zq7"]}),
    ("DELETE", "/api/invitations/{invitation_id}"): Verdict(stranger=404, lead=403, name="invitation"),
    ("GET", "/api/usage"): _listed(lead=403),
    ("GET", "/api/usage/totals"): _listed(lead=403),
    ("GET", "/api/ledger"): _listed(lead=403),
    ("PUT", "/api/ledger/periods/{month}"): Verdict(stranger=422, lead=403, body={"state": "closing"}),
    ("POST", "/api/ledger/corrections"): Verdict(
        stranger=404, lead=403, body={"attempt_id": MISSING_ID, "cost_nanousd": 1, "source": "bill"}
    ),
    ("POST", "/api/ledger/bills"): Verdict(
        stranger=200,
        lead=403,
        body={
            "provider": "openai",
            "source": "bill",
            "lines": [{"provider_request_id": "req_zq7", "cost_nanousd": 1}],
        },
    ),
    ("GET", "/api/me/usage"): _listed(lead=200),
    ("GET", "/api/me/usage/totals"): _listed(lead=200),
    ("GET", "/api/me/abilities"): _listed(lead=200),
    ("GET", "/api/explain"): Verdict(stranger=404, lead=404, name="user-zq7", query="?who={name}&on=model:x"),
    ("GET", "/api/explain/models"): Verdict(stranger=404, lead=404, name="user-zq7", query="?who={name}"),
    ("GET", "/api/audit"): _listed(lead=403),
    ("GET", "/api/audit/export"): _listed(lead=403),
    ("GET", "/api/audit/verification"): _listed(lead=403),
    ("POST", "/api/plan"): Verdict(stranger=200, lead=403, body=_NOTHING_STATED),
    ("POST", "/api/apply"): Verdict(stranger=200, lead=403, body=_NOTHING_STATED),
    ("GET", "/api/export"): Verdict(stranger=200, lead=403, query="?all=true"),
    ("GET", "/api/secrets"): _listed(lead=403),
    ("PUT", "/api/secrets/{name}"): Verdict(stranger=200, lead=403, name="secret-zq7", body={"value": "x"}),
    ("DELETE", "/api/secrets/{name}"): Verdict(stranger=404, lead=403, name="secret-zq7"),
    ("GET", "/api/local-servers"): _listed(lead=403),
    ("GET", "/api/health"): _listed(lead=403),
    ("GET", "/api/organisation"): _listed(lead=403),
    ("PUT", "/api/organisation"): Verdict(stranger=200, lead=403, body={}),
    ("GET", "/api/prices"): _listed(lead=403),
    ("GET", "/api/prices/models"): _listed(lead=403),
    ("POST", "/api/deployments/{name}/test"): Verdict(stranger=404, lead=403, name="deployment-zq7"),
    ("GET", "/api/provider-models"): Verdict(stranger=404, lead=403, name="provider-zq7", query="?provider={name}"),
    ("GET", "/api/provider-presets"): _listed(lead=403),
    ("PUT", "/api/prices"): Verdict(stranger=200, lead=403, body={}),
    **_CHAT,
    **dict.fromkeys((*_OWN, *_PLATFORM), Verdict(stranger=401, lead=401, plain=401, name=MISSING_ID)),
    **dict.fromkeys(_SIGNING_IN, Verdict(stranger=403, lead=403, revoked=403, suspended=403, nobody=403)),
    **{place: verdict for section in _SECTIONS for place, verdict in section.verdicts().items()},
}


@pytest.fixture(scope="module")
async def town(shared_database_url: str) -> AsyncIterator[Town]:
    database = Database(shared_database_url)
    async with building(database, HeldClock()) as town:
        await town.boss.put("/api/secrets/secret-zq7", {"value": "x"}, expect=200)
        yield town
    await database.close()


async def test_every_route_has_a_verdict(database: Database) -> None:
    routes = set(operations(admin_api(database, HeldClock())))

    assert routes == VERDICTS.keys()


@pytest.mark.parametrize("who", EVERY_WHO)
async def test_nobody_gets_at_what_is_not_theirs(town: Town, who: Who) -> None:
    found: dict[tuple[str, str], int] = {}

    for (method, path), verdict in VERDICTS.items():
        address = _address(path + verdict.query, verdict.name, town)
        reply = await town.strangers[who].ask(method, address, verdict.body)
        found[method, path] = reply.status_code
        assert MARK not in reply.text or verdict.name or verdict.body, (method, path, reply.text)
        await _tidy(town, who, method, path, address, reply.status_code)

    assert found == {place: verdict.status(who) for place, verdict in VERDICTS.items()}


@pytest.mark.parametrize("who", ["stranger", "lead"])
async def test_what_is_not_theirs_is_answered_like_what_does_not_exist(town: Town, who: Who) -> None:
    differing: list[tuple[str, str, list[str]]] = []

    for (method, path), verdict in VERDICTS.items():
        if not verdict.name:
            continue
        answers: list[str] = []
        for name in (verdict.name, MISSING):
            address = _address(path + verdict.query, name, town)
            reply = await town.strangers[who].ask(method, address, verdict.body)
            answers.append(f"{reply.status_code} {_without_names(reply.text, re.split('[/=&]', address))}")
            await _tidy(town, who, method, path, address, reply.status_code)
        if answers[0] != answers[1]:
            differing.append((method, path, answers))

    assert differing == []


async def test_the_owner_of_a_new_key_is_unknown_whether_it_exists_or_not(town: Town) -> None:
    for who in ("stranger", "lead"):
        answers = {
            (await town.strangers[who].ask("POST", "/api/keys", {"owner": owner})).text.replace(owner, "NAME")
            for owner in ("user-zq7", MISSING)
        }

        assert len(answers) == 1, answers


async def test_nothing_of_the_sales_team_was_changed_by_all_that(town: Town) -> None:
    for section in _SECTIONS:
        assert await town.boss.get(f"/api/{section.name}/{section.theirs}")
    keys = (await town.boss.get("/api/keys", owner="user-zq7"))["keys"]
    assert [(key["id"], key["state"]) for key in keys] == [(str(town.theirs.record.id), "active")]


async def test_the_lead_sees_and_manages_the_own_team(town: Town) -> None:
    lead = town.strangers["lead"]

    assert [found["name"] for found in (await lead.get("/api/users"))["users"]] == ["lea"]
    assert [found["name"] for found in (await lead.get("/api/projects"))["projects"]] == ["own-project"]
    await lead.put("/api/service_accounts/own-program", {"team": "research", "display_name": "Own"}, expect=200)
    refused = await lead.refused("PUT", "/api/service_accounts/own-program", {"team": "sales-zq7"}, expect=404)
    assert refused["code"] == "unknown"


def _address(path: str, name: str, town: Town) -> str:
    key_id = MISSING_ID if name == MISSING else str(town.theirs.record.id)
    invitation_id = MISSING_ID if name == MISSING else town.invitation_id
    request_id = MISSING_ID if name == MISSING else town.request_id
    own_ids = {
        "{session_id}": MISSING_ID,
        "{number}": "0",
        "{account_id}": MISSING_ID,
        "{passkey_id}": MISSING_ID,
        "{key_id}": key_id,
        "{name}": name,
        "{invitation_id}": invitation_id,
        "{request_id}": request_id,
        **{f"{{{kind}}}": MISSING_ID if name == MISSING else known for kind, known in town.work.items()},
    }
    for place, value in own_ids.items():
        path = path.replace(place, value)
    return path


async def _tidy(town: Town, who: Who, method: str, path: str, address: str, status: int) -> None:
    """Take away what a stranger made in the own organisation, so that everything is asked in the same state."""
    if method == "PUT" and "{name}" in path and status < 300:
        assert who == "stranger"
        await town.strangers[who].ask("DELETE", address)


def _without_names(text: str, names: list[str]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, "NAME")
    # An etag is made of the name, too; times and ids of what was made differ anyway.
    text = re.sub(r'\\"[0-9a-f]{32}\\"', "ETAG", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z?", "TIME", text)
