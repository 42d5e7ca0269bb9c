"""Keys that a plain member makes for themselves, by their session as the pages do."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from drawbridge.audit.acts import COMMAND_LINE
from drawbridge.core.ids import KeyId, uuid7
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.own_keys import MOST_OWN_KEYS
from drawbridge.identity.signin.sessions.sessions import STEP_UP
from drawbridge.identity.store import freeze_key
from tests.parts.admin import asking
from tests.parts.sign_in import PASSWORD, Browser, Json, Town, make_town, set_up

pytestmark = [pytest.mark.security_regressions]

OWN = "/api/me/keys"


@dataclass(frozen=True, slots=True)
class Place:
    """An installation with Ana, who administers it, and Bo, who has no right but to be a member."""

    town: Town
    ana: Browser
    bo: Browser

    @property
    def keyring(self) -> Keyring:
        return Keyring(self.town.database, self.town.clock)

    async def give(self, owner: str = "bo", *, admin: bool = False) -> str:
        """Make a key as the command line does, and return its id."""
        request = KeyRequest(owner, admin=admin)
        return str((await self.keyring.create(self.town.organisation_id, request, COMMAND_LINE)).record.id)


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    town = await make_town(database)
    async with town.browser() as ana, _member(town, ana, "bo@example.com", "198.51.100.8") as bo:
        yield Place(town, ana, bo)


@asynccontextmanager
async def _member(town: Town, ana: Browser, email: str, address: str) -> AsyncGenerator[Browser]:
    assert (await set_up(town, ana)).status_code == 201
    invited = await ana.post("/api/invitations", {"email": email}, expect=201)
    account = {"token": invited["link"].partition("#")[2], "display_name": "Bo", "password": PASSWORD}
    async with town.browser(address) as browser:
        await browser.post("/api/auth/invitation/account", account, expect=204)
        assert (await browser.sign_in(email)).status_code == 200
        await browser.post("/api/me/invitation", {"token": account["token"]})
        yield browser


async def refused(browser: Browser, path: str, body: Json | None = None, *, expect: int) -> Json:
    return (await browser.post(path, body, expect=expect))["error"]


async def test_a_member_makes_a_key_which_is_his_and_no_admin_key(place: Place) -> None:
    made = await place.bo.post(OWN, {"name": "laptop"}, expect=201)

    listed = await place.bo.get(OWN)

    assert made["key"].startswith("dbk_")
    assert (made["owner"], made["admin"], made["name"], made["state"]) == ("bo", False, "laptop", "active")
    assert listed == {"keys": [{name: value for name, value in made.items() if name != "key"}], "next_cursor": None}
    async with asking(place.town.transport_to, made["key"]) as program:
        assert (await program.refused("POST", OWN, {}, expect=403))["code"] == "not_admin"


async def test_no_admin_key_and_no_key_for_somebody_else_can_be_asked_for(place: Place) -> None:
    for slipped_in in ({"admin": True}, {"owner": "admin"}):
        assert (await place.bo.ask("POST", OWN, {"name": "more", **slipped_in})).status_code == 422
    for path in ("/api/keys", f"/api/keys/{await place.give()}/rotate"):
        error = await refused(place.bo, path, {"owner": "bo"} if path == "/api/keys" else {}, expect=403)
        assert (error["code"], "no grant allows it" in error["message"]) == ("not_allowed", True)
    abilities = await place.bo.get("/api/me/abilities")

    assert (abilities["own_keys"], abilities["manage"]) == (True, [])


async def test_an_own_key_is_replaced_and_revoked(place: Place) -> None:
    first = await place.bo.post(OWN, {"name": "laptop"}, expect=201)

    second = await place.bo.post(f"{OWN}/{first['id']}/rotate", {"grace_s": 60}, expect=201)
    place.town.clock.advance(timedelta(seconds=60))
    third = await place.bo.post(f"{OWN}/{second['id']}/rotate", {}, expect=201)
    revoked = await place.bo.post(f"{OWN}/{third['id']}/revoke")

    states = {key["id"]: key["state"] for key in (await place.bo.get(OWN))["keys"]}
    assert (second["replaces"], second["name"], revoked["state"]) == (first["id"], "laptop", "revoked")
    assert states == {first["id"]: "expired", second["id"]: "expired", third["id"]: "revoked"}
    assert [key["id"] for key in (await place.bo.get(f"{OWN}?state=revoked"))["keys"]] == [third["id"]]


async def test_keys_of_others_are_like_those_that_do_not_exist_even_to_an_administrator(place: Place) -> None:
    theirs, missing = await place.give("admin"), str(uuid7())
    mine = await place.bo.post(OWN, {}, expect=201)

    for browser, other in ((place.bo, theirs), (place.ana, mine["id"])):
        for act in ("rotate", "revoke"):
            found = [await refused(browser, f"{OWN}/{key_id}/{act}", expect=404) for key_id in (other, missing)]
            assert found[0] == {**found[1], "message": found[1]["message"].replace(missing, other)}
        assert other not in str(await browser.get(OWN))
    assert [key["state"] for key in (await place.ana.get("/api/keys?owner=bo"))["keys"]] == ["active"]


async def test_without_the_right_the_refusal_says_whom_to_ask_and_keys_made_before_go_on(place: Place) -> None:
    made = await place.bo.post(OWN, {}, expect=201)
    deny = {"effect": "deny", "to": "user:bo", "may": ["manage"], "on": ["key:own"], "reason": "Ask Ana for a key."}
    assert (await place.ana.ask("PUT", "/api/grants/no-keys", deny)).status_code == 201

    errors = [
        await refused(place.bo, path, {}, expect=403)
        for path in (OWN, f"{OWN}/{made['id']}/rotate", f"{OWN}/{made['id']}/revoke")
    ]
    errors.append((await place.bo.get(OWN, expect=403))["error"])

    said = "You may not manage key:own: grant no-keys refuses it. Ask Ana for a key."
    assert [(error["code"], error["message"]) for error in errors] == [("not_allowed", said)] * 4
    assert (await place.bo.get("/api/me/abilities"))["own_keys"] is False
    assert [key["state"] for key in (await place.ana.get("/api/keys?owner=bo"))["keys"]] == ["active"]


async def test_who_may_manage_all_keys_may_manage_the_own_ones_and_a_lead_those_of_the_own_team(place: Place) -> None:
    for path, entry in (
        ("/api/teams/lab", {}),
        ("/api/teams/bench", {"parent": "lab"}),
        ("/api/users/bo", {"teams": ["bench"]}),
        ("/api/grants/leads", {"to": "user:bo", "may": ["manage"], "on": ["key:*"], "within": "team:lab"}),
    ):
        assert (await place.ana.ask("PUT", path, entry)).status_code in {200, 201}, path
    assert (await place.ana.ask("DELETE", "/api/grants/everyone-is-a-member")).status_code == 204

    explained = await place.bo.get("/api/explain?may=manage&on=key:own")
    assert explained["allowed"], explained
    for browser in (place.ana, place.bo):
        assert (await browser.get("/api/me/abilities"))["own_keys"] is True
        await browser.post(OWN, {}, expect=201)
    assert (await place.ana.ask("PUT", "/api/users/bo", {})).status_code == 200
    error = await refused(place.bo, OWN, {}, expect=403)

    assert "no grant allows it to user:bo" in error["message"]
    assert not (await place.bo.get("/api/explain?may=manage&on=key:own"))["allowed"]


async def test_a_key_for_a_project_follows_the_rules_of_all_keys(place: Place) -> None:
    for path, entry in (
        ("/api/teams/lab", {}),
        ("/api/projects/theirs", {"team": "lab"}),
        ("/api/projects/ours", {}),
        ("/api/projects/strong", {}),
        ("/api/grants/strong", {"to": "project:strong", "may": ["read"], "on": ["usage:*"]}),
    ):
        assert (await place.ana.ask("PUT", path, entry)).status_code == 201, path

    unseen = await refused(place.bo, OWN, {"project": "ours"}, expect=404)
    missing = await refused(place.bo, OWN, {"project": "nowhere"}, expect=404)
    reads = {"to": "user:bo", "may": ["read"], "on": ["project:*"]}
    assert (await place.ana.ask("PUT", "/api/grants/reads", reads)).status_code == 201
    made = await place.bo.post(OWN, {"project": "ours"}, expect=201)
    elsewhere = await refused(place.bo, OWN, {"project": "theirs"}, expect=409)
    stronger = await refused(place.bo, OWN, {"project": "strong"}, expect=403)

    assert unseen["message"].replace("ours", "nowhere") == missing["message"]
    assert (made["project"], elsewhere["code"], stronger["code"]) == ("ours", "not_of_the_team", "wider_than_own")


async def test_the_owner_replaces_no_admin_key_and_none_that_is_frozen(place: Place) -> None:
    admin, frozen = await place.give(admin=True), await place.give()
    async with place.town.database.change(place.town.organisation_id) as connection:
        await freeze_key(connection, place.town.organisation_id, KeyId(UUID(frozen)))

    codes = [(await refused(place.bo, f"{OWN}/{key_id}/rotate", expect=409))["code"] for key_id in (admin, frozen)]

    assert codes == ["admin_key", "key_frozen"]
    assert (await place.bo.post(f"{OWN}/{admin}/revoke"))["state"] == "revoked"


async def test_nobody_has_more_than_a_hundred_keys_of_the_own_making(place: Place) -> None:
    keys = [await place.give() for _ in range(MOST_OWN_KEYS)]

    error = await refused(place.bo, OWN, {}, expect=409)
    kept = await refused(place.bo, f"{OWN}/{keys[0]}/rotate", {"grace_s": 60}, expect=409)
    await place.bo.post(f"{OWN}/{keys[0]}/rotate", {}, expect=201)
    await place.bo.post(f"{OWN}/{keys[1]}/revoke")
    await place.bo.post(OWN, {}, expect=201)

    assert (error["code"], kept["code"]) == ("too_many_keys", "too_many_keys")
    assert "revoke those that are not used" in error["message"]
    page = await place.bo.get(f"{OWN}?limit=1")
    assert len(page["keys"]) == 1
    assert page["next_cursor"]


async def test_who_is_suspended_makes_no_key(place: Place) -> None:
    await place.ana.post("/api/users/bo/suspend")

    assert (await place.bo.ask("POST", OWN, {})).status_code == 401


async def test_making_and_replacing_need_a_fresh_sign_in_and_revoking_does_not(place: Place) -> None:
    made = await place.bo.post(OWN, {}, expect=201)
    place.town.clock.advance(STEP_UP + timedelta(seconds=1))

    for path in (OWN, f"{OWN}/{made['id']}/rotate"):
        assert (await refused(place.bo, path, {}, expect=403))["code"] == "step_up_required"
    assert (await place.bo.post(f"{OWN}/{made['id']}/revoke"))["state"] == "revoked"


async def test_what_is_asked_for_twice_by_one_idempotency_key_is_made_once(place: Place) -> None:
    first, again = [await place.bo.ask("POST", OWN, {"name": "once"}, idempotency_key="once") for _ in range(2)]

    assert (first.status_code, again.status_code, again.json()["key"]) == (201, 201, None)
    assert again.json()["id"] == first.json()["id"]
    assert len((await place.bo.get(OWN))["keys"]) == 1


async def test_the_right_stands_in_the_file_and_the_smallest_change_for_it_can_be_pasted(place: Place) -> None:
    (file,) = (await place.ana.get("/api/export?all=true"))["files"]
    await place.ana.post("/api/apply", {"files": [{"text": file["text"]}]})
    without = file["text"].replace("- key:own", "- key:nothing")
    planned = await place.ana.post("/api/plan", {"files": [{"text": without}]})
    await place.ana.post("/api/apply", {"files": [{"text": without}]})

    explained = await place.bo.get("/api/explain?may=manage&on=key:own")
    pasted = explained["change"]["yaml"].replace("grants:", "", 1)
    await place.ana.post("/api/apply", {"files": [{"text": without + pasted}]})

    (changed,) = planned["changes"]
    assert [(one["field"], "key:own" in str(one["before"])) for one in changed["differences"]] == [
        ("permissions", True)
    ]
    await place.bo.post(OWN, {}, expect=201)
