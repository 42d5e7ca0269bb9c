"""Dangerous acts need a password or passkey shown a short time ago: each route that changes something has a verdict."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from drawbridge.admin import DESCRIPTION
from drawbridge.api.description import DescribedApi
from drawbridge.core.ids import uuid7
from drawbridge.core.operations import NEEDS_STEP_UP
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.signin.sessions.sessions import STEP_UP as FRESH_FOR
from tests.parts.admin import Asker, asking, operations
from tests.parts.sign_in import PASSWORD, Browser, Json, make_town, set_up

pytestmark = [pytest.mark.security_regressions, pytest.mark.xdist_group("step-up")]

_SECTIONS: Final = (
    "teams",
    "groups",
    "users",
    "service_accounts",
    "agents",
    "roles",
    "grants",
    "providers",
    "audit_streams",
)
_OTHERS: Final = ("projects", "models", "deployments")
_PLATFORM: Final = "/api/platform/organisations"
_ACCOUNTS: Final = "/api/platform/accounts"
_OWN: Final = ("/api/me", "/api/auth/")
"""How somebody signs in is guarded where it is changed, by the account and not by the organisation."""
_OWN_KEYS: Final = "/api/me/keys"

FRESH: Final[set[tuple[str, str]]] = {
    *((method, f"/api/{section}/{{name}}") for section in _SECTIONS for method in ("PUT", "DELETE")),
    *(("POST", f"/api/{section}/{{name}}/reactivate") for section in ("users", "service_accounts", "agents")),
    ("POST", "/api/users/{name}/hand-over"),
    ("POST", "/api/keys"),
    ("POST", "/api/keys/{key_id}/rotate"),
    ("POST", _OWN_KEYS),
    ("POST", f"{_OWN_KEYS}/{{key_id}}/rotate"),
    ("PUT", "/api/secrets/{name}"),
    ("DELETE", "/api/secrets/{name}"),
    ("POST", "/api/invitations"),
    ("POST", "/api/apply"),
    ("POST", _PLATFORM),
    ("PATCH", f"{_PLATFORM}/{{name}}"),
    ("DELETE", f"{_PLATFORM}/{{name}}"),
    ("DELETE", f"{_ACCOUNTS}/{{account_id}}"),
    *(("POST", f"{_ACCOUNTS}/{{account_id}}/{act}") for act in ("suspend", "reactivate")),
    ("POST", f"{_PLATFORM}/{{name}}/suspend"),
    ("POST", f"{_PLATFORM}/{{name}}/reactivate"),
}
AT_ANY_TIME: Final[set[tuple[str, str]]] = {
    # What takes something from somebody at once must not wait.
    *(("POST", f"/api/{section}/{{name}}/suspend") for section in ("users", "service_accounts", "agents")),
    ("POST", "/api/keys/{key_id}/revoke"),
    ("POST", f"{_OWN_KEYS}/{{key_id}}/revoke"),
    ("DELETE", "/api/invitations/{invitation_id}"),
    *(
        (method, f"/api/{section}/{{name}}")
        for section in ("projects", "models", "deployments")
        for method in ("PUT", "DELETE")
    ),
    ("PUT", "/api/organisation"),
    # Money is not a right: what is changed of it is in the record, and can be changed back.
    ("PUT", "/api/prices"),
    *((method, f"/api/{section}/{{name}}") for section in ("budgets", "limits") for method in ("PUT", "DELETE")),
    *(("POST", f"/api/budget-requests/{{request_id}}/{act}") for act in ("approve", "refuse")),
    ("POST", "/api/keys/{key_id}/unfreeze"),
    ("PUT", "/api/ledger/periods/{month}"),
    ("POST", "/api/ledger/corrections"),
    ("POST", "/api/ledger/bills"),
    # One's own work, such as it is.
    ("POST", "/api/chat/conversations"),
    ("PATCH", "/api/chat/conversations/{conversation_id}"),
    ("DELETE", "/api/chat/conversations/{conversation_id}"),
    ("POST", "/api/chat/conversations/{conversation_id}/turns"),
    ("POST", "/api/chat/messages/{message_id}/regenerate"),
    ("PUT", "/api/chat/messages/{message_id}/feedback"),
    ("POST", "/api/chat/runs/{run_id}/stop"),
    ("POST", "/api/chat/files"),
    ("PUT", "/api/chat/files/{file_id}/pieces/{number}"),
    ("POST", "/api/chat/files/{file_id}/finish"),
    ("DELETE", "/api/chat/files/{file_id}"),
    # Makes a call, as anybody may who may use the model.
    ("POST", "/api/deployments/{name}/test"),
    # Shows what an apply would do.
    ("POST", "/api/plan"),
}
_BODIES: Final[dict[str, Json]] = {
    "/api/keys": {"owner": "nobody-there"},
    _OWN_KEYS: {"project": "nothing-there"},
    "/api/secrets/{name}": {"value": "x"},
    "/api/plan": {"files": [{"text": "version: 1"}]},
    "/api/apply": {"files": [{"text": "version: 1"}]},
    "/api/invitations": {"email": "bo@example.com", "teams": ["nothing-there"]},
    "/api/users/{name}/hand-over": {"to": "nobody-there"},
}


@dataclass(frozen=True, slots=True)
class Place:
    """The same administrator twice: in a session that is not fresh any more, and by a key."""

    api: DescribedApi
    ana: Browser
    program: Asker


@pytest.fixture(scope="module")
async def place(shared_database_url: str) -> AsyncIterator[Place]:
    database = Database(shared_database_url)
    town = await make_town(database)
    key = await Keyring(database, town.clock).create(town.organisation_id, KeyRequest("admin", admin=True))
    async with town.browser() as ana, asking(town.transport_to, key.text) as program:
        assert (await set_up(town, ana)).status_code == 201
        town.clock.advance(FRESH_FOR + timedelta(seconds=1))
        yield Place(town.transport_to, ana, program)
    await database.close()


async def test_every_route_that_changes_something_has_a_verdict(place: Place) -> None:
    assert _changes(place.api) == FRESH | AT_ANY_TIME


async def test_a_session_that_is_not_fresh_is_asked_for_a_password_or_passkey(place: Place) -> None:
    asked: set[tuple[str, str]] = set()

    for method, path in sorted(_changes(place.api)):
        reply = await place.ana.ask(method, _address(path), _body(method, path))
        if reply.status_code == 403:
            error = reply.json()["error"]
            assert error["code"] == "step_up_required"
            assert "/api/me/step-up/" in error["message"]
            asked.add((method, path))

    assert asked == FRESH


async def test_a_key_is_never_asked_for_a_password(place: Place) -> None:
    for method, path in sorted(_changes(place.api)):
        reply = await place.program.ask(method, _address(path), _body(method, path))
        assert "step_up_required" not in reply.text, (method, path)


async def test_who_shows_the_password_once_more_may_go_on(place: Place) -> None:
    entry = {"permissions": [{"may": ["read"], "on": ["model:*"]}]}
    assert (await place.ana.ask("PUT", "/api/roles/new-one", entry)).status_code == 403

    await place.ana.post("/api/me/step-up/password", {"password": PASSWORD}, expect=204)

    assert (await place.ana.ask("PUT", "/api/roles/new-one", entry)).status_code == 201


async def test_the_description_says_which_operations_need_it(place: Place) -> None:
    paths = (await place.ana.get(DESCRIPTION))["paths"]
    declared = {
        (method.upper(), path)
        for path, of_path in paths.items()
        for method, operation in of_path.items()
        if operation.get(NEEDS_STEP_UP)
    }

    assert declared == FRESH
    for method, path in FRESH:
        assert "step_up_required" in paths[path][method.lower()]["responses"]["403"]["description"]


def _changes(api: DescribedApi) -> set[tuple[str, str]]:
    return {
        (method, path)
        for method, path in operations(api)
        if method not in {"GET", "HEAD"} and (path.startswith(_OWN_KEYS) or not path.startswith(_OWN))
    }


def _address(path: str) -> str:
    missing = str(uuid7())
    return path.format(
        name="nothing-there",
        key_id=missing,
        invitation_id=missing,
        account_id=missing,
        request_id=missing,
        conversation_id=missing,
        message_id=missing,
        run_id=missing,
        file_id=missing,
        number="0",
        month="2026-01",
    )


def _body(method: str, path: str) -> Json | None:
    nothing: Json | None = {} if method == "PUT" else None
    return _BODIES.get(path, nothing)
