"""What went wrong in other gateways' management APIs, and must not here. Each test names the incident."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from tests.api.principals import Town, building
from tests.parts.admin import Asker, admin_api, asking
from tests.parts.clock import HeldClock

pytestmark = [pytest.mark.security_regressions, pytest.mark.xdist_group("security")]

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
async def town(shared_database_url: str) -> AsyncIterator[Town]:
    database = Database(shared_database_url)
    async with building(database, HeldClock()) as town:
        yield town
    await database.close()


async def test_a_credential_that_is_sql_is_only_a_wrong_credential(town: Town) -> None:
    """CVE-2026-42208 (GHSA-r75f-5x8p-qvmc): the bearer went into a SELECT as text, before anybody was authenticated."""
    nobody = town.strangers["nobody"]
    for text in ("' or '1'='1", "'; select pg_sleep(9); --", "x' union select hash from api_key --", "dbk_' or 1=1"):
        for headers in ({"authorization": f"Bearer {text}"}, {"x-api-key": text}):
            reply = await nobody.ask("GET", "/api/keys", headers=headers)
            assert (reply.status_code, reply.json()["error"]["code"]) == (401, "not_authenticated"), text


async def test_a_host_header_opens_nothing(town: Town) -> None:
    """CVE-2026-49468 (GHSA-4xpc-pv4p-pm3w): a Host with a fragment changed which path was checked."""
    for host in ("localhost:4000/#@attacker.example", "localhost/api/openapi.json?", "localhost/api/auth/#", "\\@x"):
        reply = await town.strangers["nobody"].ask("POST", "/api/keys", {"owner": "boss"}, headers={"host": host})
        assert reply.status_code == 401, host


async def test_an_invented_credential_never_becomes_an_empty_identity(town: Town) -> None:
    """CVE-2026-59822 (GHSA-7488-6r32-c95q): a made-up Authorization fell through to another, and then to nobody."""
    nobody = town.strangers["nobody"]
    for value in ("Bearer", "Basic YTpi", "Digest x", "Bearer ey.J.x", "negotiate", "Bearer null", "Bearer undefined"):
        reply = await nobody.ask("GET", "/api/users", headers={"authorization": value})
        assert reply.status_code == 401, value


async def test_two_credentials_that_differ_are_refused(town: Town) -> None:
    """As above: which of two is checked, and which of two is used, must not be two questions."""
    lead = town.strangers["lead"]
    reply = await lead.ask("GET", "/api/users", headers={"x-api-key": town.theirs.text})
    assert reply.status_code == 401


@pytest.mark.parametrize("member", ["role", "admin", "permissions", "is_admin", "organisation_id", "managed_by_file"])
async def test_nobody_gains_a_right_by_a_member_that_slips_in(town: Town, member: str) -> None:
    """BerriAI/litellm #25541, #31998, #14387: role and permissions could be set by updating a user."""
    refused = await town.strangers["lead"].refused(
        "PUT", "/api/users/lea", {"teams": ["research"], member: "x"}, expect=422
    )

    assert [problem["path"] for problem in refused["problems"]] == [f"$.{member}"]


async def test_a_lead_cannot_put_himself_into_a_stronger_group(town: Town) -> None:
    """BerriAI/litellm #8036, #25541: membership carried rights that nobody had checked."""
    await town.boss.put("/api/groups/strong", {})
    strong = {"to": ["group:strong"], "may": ["manage"], "on": ["provider:*"]}
    await town.boss.put("/api/grants/strong", strong)

    entry = {"teams": ["research"], "groups": ["strong"]}
    refused = await town.strangers["lead"].refused("PUT", "/api/users/lea", entry, expect=403)

    assert refused["code"] == "wider_than_own"
    assert (await town.boss.get("/api/users/lea"))["entry"] == {"teams": ["research"]}


async def test_a_lead_cannot_make_a_user_of_a_stronger_team(town: Town) -> None:
    """BerriAI/litellm #19116: who administered one organisation could make an administrator of all."""
    lead = town.strangers["lead"]
    for entry in ({}, {"teams": ["sales-zq7"]}, {"teams": ["company"]}, {"teams": ["research", "sales-zq7"]}):
        reply = await lead.ask("PUT", "/api/users/newcomer", entry)
        assert reply.status_code in {403, 404}, (entry, reply.text)
    await town.boss.refused("GET", "/api/users/newcomer", expect=404)


async def test_who_may_grant_cannot_grant_more_than_is_theirs(town: Town) -> None:
    """BerriAI/litellm #19116, #31998: the right to give rights was the right to give any."""
    granter = await _person_who_may(town, "granter", [{"may": ["read", "manage"], "on": ["grant:*", "model:test-*"]}])
    async with granter as asker:
        own = {"to": ["user:lea"], "may": ["manage"], "on": ["model:test-1*"]}
        await asker.put("/api/grants/own", own)
        for more in (
            {"to": ["user:granter"], "role": "administrator"},
            {"to": ["user:granter"], "may": ["manage"], "on": ["model:*"]},
            {"to": "everyone", "may": ["read"], "on": ["secret:*"]},
            {"to": ["user:lea"], "may": ["use", "manage"], "on": ["model:test-1", "provider:x"]},
        ):
            refused = await asker.refused("PUT", "/api/grants/more", more, expect=403)
            assert refused["code"] == "wider_than_own"
        refused = await asker.refused("PUT", "/api/grants/own", {"to": ["user:lea"], "role": "lead"}, expect=403)
        assert refused["code"] == "wider_than_own"


async def test_a_deny_cannot_be_taken_away_by_whom_it_binds(town: Town) -> None:
    """As above, from the other side: who loses a deny gains a right."""
    granter = await _person_who_may(town, "denied", [{"may": ["read", "manage"], "on": ["grant:*", "model:*"]}])
    deny = {"effect": "deny", "to": ["user:denied"], "may": ["use"], "on": ["model:gpt-5*"]}
    await town.boss.put("/api/grants/no-frontier", deny)
    async with granter as asker:
        for method, body in (("DELETE", None), ("PUT", {**deny, "on": ["model:other"]})):
            refused = await asker.refused(method, "/api/grants/no-frontier", body, expect=403)
            assert refused["code"] == "wider_than_own"
    assert (await town.boss.get("/api/grants/no-frontier"))["entry"]["on"] == ["model:gpt-5*"]


async def test_a_role_cannot_be_widened_by_its_holder(town: Town) -> None:
    """BerriAI/litellm #14387: who could write what roles say could write their own."""
    holder = await _person_who_may(town, "holder", [{"may": ["read", "manage"], "on": ["role:*"]}])
    async with holder as asker:
        wider = {"permissions": [{"may": ["*"], "on": ["*"]}]}
        refused = await asker.refused("PUT", "/api/roles/may-holder", wider, expect=403)
        assert refused["code"] == "wider_than_own"


async def test_no_key_can_be_made_for_a_stronger_owner(town: Town) -> None:
    """BerriAI/litellm #7336, #8031: a key could be made for, or given to, anybody whose name was known."""
    maker = await _person_who_may(town, "maker", [{"may": ["read", "manage"], "on": ["key:*", "user:*"]}])
    async with maker as asker:
        refused = await asker.refused("POST", "/api/keys", {"owner": "boss", "admin": True}, expect=403)
        assert refused["code"] == "wider_than_own"
        boss_key = (await asker.get("/api/keys", owner="boss"))["keys"][0]["id"]
        refused = await asker.refused("POST", f"/api/keys/{boss_key}/rotate", expect=403)
        assert refused["code"] == "wider_than_own"
        reply = await asker.ask("POST", "/api/keys", {"owner": "maker"})
        assert reply.status_code == 201


async def test_no_key_can_be_made_for_a_project_with_more_rights_than_its_maker(town: Town) -> None:
    """As above, by the project: a key has the project's rights beside its owner's, whoever made it."""
    permissions = [{"may": ["read", "manage"], "on": ["key:*", "project:*"]}]
    maker = await _person_who_may(town, "project-maker", permissions)
    await town.boss.put("/api/projects/poor", {})
    await town.boss.put("/api/projects/rich", {})
    await town.boss.put("/api/grants/rich", {"to": ["project:rich"], "may": ["use"], "on": ["tool:*"]})
    of_rich = await town.boss.ask("POST", "/api/keys", {"owner": "project-maker", "project": "rich"})
    async with maker as asker:
        made = await asker.ask("POST", "/api/keys", {"owner": "project-maker", "project": "poor"})
        rotated = await asker.ask("POST", f"/api/keys/{made.json()['id']}/rotate")
        refused = [
            await asker.refused("POST", "/api/keys", {"owner": "project-maker", "project": "rich"}, expect=403),
            await asker.refused("POST", f"/api/keys/{of_rich.json()['id']}/rotate", expect=403),
        ]
    assert (made.status_code, rotated.status_code) == (201, 201)
    assert {error["code"] for error in refused} == {"wider_than_own"}
    assert "grant rich" in refused[0]["message"]


async def test_no_key_is_made_for_a_project_that_its_maker_may_not_see(town: Town) -> None:
    """And whether there is one of a name is not to be found out so."""
    lead = town.strangers["lead"]

    own = await lead.ask("POST", "/api/keys", {"owner": "lea", "project": "own-project"})
    theirs = await lead.refused("POST", "/api/keys", {"owner": "lea", "project": "project-zq7"}, expect=404)
    nowhere = await lead.refused("POST", "/api/keys", {"owner": "lea", "project": "nowhere"}, expect=404)

    assert own.status_code == 201, own.text
    assert theirs["code"] == nowhere["code"] == "project_unknown"
    assert theirs["message"].replace("project-zq7", "nowhere") == nowhere["message"]


async def test_an_administrator_who_may_not_manage_grants_cannot_get_rid_of_that(town: Town) -> None:
    """As above: a deny to a group is as lasting as who is in the group."""
    almost = await _person_who_may(town, "almost", [{"may": ["read"], "on": ["audit:*"]}])
    await town.boss.put("/api/groups/bound", {})
    await town.boss.put("/api/users/almost", {"groups": ["bound"]}, expect=200)
    await town.boss.put("/api/grants/almost", {"to": ["user:almost"], "role": "administrator"})
    deny = {"effect": "deny", "to": ["group:bound"], "may": ["manage"], "on": ["grant:*"]}
    await town.boss.put("/api/grants/bound", deny)
    async with almost as asker:
        await asker.refused("PUT", "/api/grants/new", deny, expect=403)
        refused = await asker.refused("PUT", "/api/users/almost", {}, expect=403)
    assert refused["code"] == "wider_than_own"


async def test_nobody_can_be_invited_to_be_somebody_stronger(town: Town) -> None:
    """As above, by the link that lets its holder sign in as a user who was there already."""
    inviter = await _person_who_may(town, "inviter", [{"may": ["read", "manage"], "on": ["invitation:*"]}])
    async with inviter as asker:
        body = {"email": "mallory@example.org", "name": "boss"}
        refused = await asker.refused("POST", "/api/invitations", body, expect=403)
        assert refused["code"] == "wider_than_own"
    invited = (await town.boss.get("/api/invitations"))["invitations"]
    assert [found["user"] for found in invited if found["user"] == "boss"] == []
    assert "email" not in (await town.boss.get("/api/users/boss"))["entry"]


async def test_a_path_that_climbs_reaches_nothing_else(town: Town) -> None:
    """Encoded slashes and dots, by which front doors and applications have disagreed about a path."""
    lead = town.strangers["lead"]
    for path in (
        "/api/users/..%2Fproviders",
        "/api/users/%2e%2e%2fproviders%2fprovider-zq7",
        "/api/users/lea%2F..%2F..%2Fgrants",
        "/api/users/lea%00",
        "/api/users/%5c..%5cgrants",
        "/api//providers",
        "/api/providers%2Fprovider-zq7",
    ):
        reply = await lead.ask("GET", path)
        assert reply.status_code in {403, 404}, (path, reply.text)
        assert "rehearsal" not in reply.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"teams": ["research"], "teams": []}', 400, "bad_json"),
        (b'{"display_name": "\\ud800"}', 400, "bad_json"),
        (b'{"\\udfff": 1}', 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b'{"display_name": NaN}', 400, "bad_json"),
        (b'{"display_name": ' + b"9" * 5000 + b"}", 400, "bad_json"),
        (b'{"display_name": 1e999}', 400, "bad_json"),
        (b'\xff\xfe{"a"', 400, "bad_json"),
        (b'{"teams"', 400, "bad_json"),
        (b'{"display_name": "a\\u0000b"}', 422, "config_entry_error"),
        (b'{"display_name": "' + b"x" * 1_000_000 + b'"}', 422, "config_entry_error"),
        (b'{"display_name": "' + b"x" * 1_100_000 + b'"}', 413, "too_large"),
        (b"[]", 422, "config_entry_error"),
        (b"null", 422, "config_entry_error"),
        (b'"x"', 422, "config_entry_error"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else str(value),
)
async def test_a_body_that_could_break_a_reader_is_refused_clearly(
    town: Town, body: bytes, status: int, code: str
) -> None:
    """Bodies that two readers read differently, or that one does not survive."""
    reply = await town.boss.client.put("/api/users/somebody", content=body, headers=JSON)

    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert len(reply.content) < 10_000


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_of_another_site_is_no_request(town: Town, content_type: str) -> None:
    """A form can be sent from any page without asking first, but not as JSON."""
    headers = {"content-type": content_type} if content_type else {}
    for method, path in (("PUT", "/api/users/somebody"), ("POST", "/api/keys")):
        reply = await town.boss.client.request(method, path, content=b'{"owner": "boss"}', headers=headers)
        assert (reply.status_code, reply.json()["error"]["code"]) == (415, "not_json")


async def test_a_name_that_has_no_end_is_refused(town: Town) -> None:
    reply = await town.boss.ask("PUT", "/api/users/" + "x" * 60_000, {})

    assert reply.status_code == 422
    assert len(reply.content) < 10_000


async def _person_who_may(town: Town, name: str, permissions: object) -> AbstractAsyncContextManager[Asker]:
    """Return one who asks with an admin key, and has these rights."""
    await town.boss.put(f"/api/users/{name}", {})
    await town.boss.put(f"/api/roles/may-{name}", {"permissions": permissions})
    await town.boss.put(f"/api/grants/may-{name}", {"to": [f"user:{name}"], "role": f"may-{name}"})
    issued = await Keyring(town.database, SystemClock()).create(town.organisation_id, KeyRequest(name, admin=True))
    return asking(admin_api(town.database, HeldClock()), issued.text)
