"""Ways by which somebody could come to more than was given to them. Each must end in a refusal."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from tests.api.principals import Town, building
from tests.parts.admin import Asker, Json, admin_api, asking
from tests.parts.clock import HeldClock

pytestmark = [pytest.mark.security_regressions, pytest.mark.xdist_group("escalation")]


@pytest.fixture(scope="module")
async def town(shared_database_url: str) -> AsyncIterator[Town]:
    database = Database(shared_database_url)
    async with building(database, HeldClock()) as town:
        yield town
    await database.close()


async def test_nobody_becomes_an_administrator_by_way_of_a_role_made_smaller(town: Town) -> None:
    """The role `administrator` lets its holder give away anything: it is more than the rights that stand in it."""
    whole = (await town.boss.get("/api/roles/administrator"))["entry"]
    async with _person_who_may(town, "editor", ["grant:*", "role:*"]) as editor:
        smaller = {"permissions": [{"may": ["read", "manage"], "on": ["grant:*", "role:*"]}]}
        await editor.put("/api/roles/administrator", smaller, expect=200)
        mine = {"to": "user:editor", "role": "administrator"}
        refused = await editor.refused("PUT", "/api/grants/mine", mine, expect=403)
        await editor.refused("PUT", "/api/roles/administrator", whole, expect=403)
    await town.boss.put("/api/roles/administrator", whole, expect=200)

    assert refused["code"] == "wider_than_own"


async def test_handing_over_gives_the_rights_of_no_team_away(town: Town) -> None:
    await town.boss.put("/api/teams/vault", {})
    await town.boss.put("/api/projects/vaulted", {"team": "vault"})
    await town.boss.put("/api/users/keeper", {"teams": ["vault"]})
    await town.boss.put("/api/grants/vault", {"to": "team:vault", "may": ["manage"], "on": ["provider:*"]})

    async with _person_who_may(town, "helper", ["user:*"]) as helper:
        body = {"to": "helper"}
        refused = await helper.refused("POST", "/api/users/keeper/hand-over", body, expect=403)

    assert refused["code"] == "wider_than_own"
    assert (await town.boss.get("/api/users/helper"))["entry"] == {}


async def test_no_provider_takes_what_the_process_has_somewhere_else(town: Town) -> None:
    """Its environment and files hold what opens every organisation, and a provider's address is anybody's to choose."""
    lab = {"base_url": "http://10.0.0.5:8000/v1", "dialects": ["openai-chat"], "quirks": {"auth": "bearer"}}
    for taken in ({"env": "DRAWBRIDGE_DATABASE_URL"}, {"file": "/var/lib/drawbridge/master.key"}):
        refused = await town.boss.refused("PUT", "/api/providers/lab", {**lab, "credential": taken}, expect=422)
        assert [problem["path"] for problem in refused["problems"]] == ["$.credential"]
    await town.boss.put("/api/providers/vendor", {"preset": "openai"})
    elsewhere = {"preset": "openai", "base_url": "http://10.0.0.5:8000/v1"}
    await town.boss.refused("PUT", "/api/providers/vendor", elsewhere, expect=422)

    regional = await town.boss.put("/api/providers/vendor", {"preset": "openai", "region": "eu"}, expect=200)

    assert regional["entry"]["region"] == "eu"


async def test_no_other_name_is_made_for_a_model_by_who_may_not_use_it(town: Town) -> None:
    """A deny on `gpt-5*`, or no right to it, would be walked round by `mine-mini` with a route to its deployment."""
    await town.boss.put("/api/deployments/frontier", {"provider": "provider-zq7", "upstream_model": "big-5"})
    await town.boss.put("/api/deployments/small", {"provider": "provider-zq7", "upstream_model": "small-mini"})
    await town.boss.put("/api/models/gpt-5", {"route": ["frontier"]})
    member = (await town.boss.get("/api/grants/everyone-is-a-member"))["entry"]
    await town.boss.ask("DELETE", "/api/grants/everyone-is-a-member")
    big = {"provider": "provider-zq7", "upstream_model": "big-5"}

    async with _person_who_may(town, "router", ["model:*", "deployment:*"], uses=("model:*-mini",)) as router:
        routed = await router.refused("PUT", "/api/models/mine-mini", {"route": ["frontier"]}, expect=403)
        await router.refused("PUT", "/api/deployments/again", big, expect=403)
        await router.put("/api/models/mine-mini", {"route": ["small"]})
        await router.refused("PUT", "/api/models/mine-mini", {"route": ["small", "frontier"]}, expect=403)
        await router.refused("PUT", "/api/deployments/small", big, expect=403)
        await router.put("/api/models/gpt-5", {"route": [{"deployment": "frontier", "weight": 2}]}, expect=200)
    await town.boss.put("/api/models/big-mini", {"route": ["frontier"]})
    async with _person_who_may(town, "second", ["model:*"], uses=("model:*-mini",)) as second:
        await second.put("/api/models/mine-too-mini", {"route": ["frontier"]})
        deny = {"effect": "deny", "to": "user:second", "may": ["use"], "on": ["model:gpt-5"]}
        await town.boss.put("/api/grants/no-gpt-5", deny)
        await second.refused("PUT", "/api/models/mine-three-mini", {"route": ["frontier"]}, expect=403)
    await town.boss.put("/api/grants/everyone-is-a-member", member)

    assert routed["code"] == "wider_than_own"
    assert "deployment frontier" in routed["message"]


async def test_no_key_is_made_by_a_right_that_is_being_taken_away(town: Town) -> None:
    """What is checked before the making of a key began may be over when it is made."""
    async with _person_who_may(town, "hasty", ["key:*", "user:*"]) as hasty:
        own = await hasty.ask("POST", "/api/keys", {"owner": "hasty"})
        ways: tuple[tuple[str, Json, int], ...] = (
            ("/api/keys", {"owner": "hasty"}, 404),
            (f"/api/keys/{own.json()['id']}/rotate", {}, 404),
            ("/api/me/keys", {}, 403),
            (f"/api/me/keys/{own.json()['id']}/rotate", {}, 403),
        )
        for path, body, status in ways:
            async with asyncio.TaskGroup() as group, town.database.change(town.organisation_id) as connection:
                made = group.create_task(hasty.ask("POST", path, body))
                await _until_one_waits_for(connection)
                await connection.exec_driver_sql("update policy_grant set effect = 'deny' where name = 'may-hasty'")
            assert made.result().status_code == status, made.result().text
            await town.boss.put(
                "/api/grants/may-hasty", {"to": "user:hasty", "may": ["read", "manage"], "on": ["key:*"]}, expect=200
            )

    keys = await town.boss.get("/api/keys", owner="hasty")
    assert len(keys["keys"]) == 2


async def _until_one_waits_for(connection: AsyncConnection) -> None:
    waiting = "select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"
    async with asyncio.timeout(20):
        found = 0
        while not found:
            await asyncio.sleep(0.01)
            found = (await connection.exec_driver_sql(waiting)).scalar_one()


async def test_a_second_organisation_takes_nothing_that_the_process_has_for_the_first(town: Town) -> None:
    stranger = town.strangers["stranger"]
    refused = await stranger.refused("PUT", "/api/providers/vendor-own", {"preset": "openai"}, expect=422)
    await stranger.put("/api/secrets/own", {"value": "sk-own"}, expect=200)

    own = await stranger.put("/api/providers/vendor-own", {"preset": "openai", "credential": {"stored": "own"}})
    again = await stranger.refused("PUT", "/api/providers/vendor-own", {"preset": "openai"}, expect=422)

    assert own["entry"]["credential"] == {"stored": "own"}
    for error in (refused, again):
        [problem] = error["problems"]
        assert problem["path"] == "$.credential"
        assert "for the organisation 'default' only" in problem["message"]
        assert "credential: {stored: NAME}" in problem["message"]


@pytest.mark.parametrize("taken", [{"env": "DRAWBRIDGE_MASTER_KEY"}, {"file": "/var/lib/drawbridge/master.key"}])
async def test_no_stream_signs_with_what_the_process_has(town: Town, taken: dict[str, str]) -> None:
    """Who gets the signatures could try what the variable or file may hold."""
    webhook = {"url": "https://siem.example.com/", "secret": taken}

    refused = await town.boss.refused("PUT", "/api/audit_streams/guess", {"webhook": webhook}, expect=422)

    assert [problem["path"] for problem in refused["problems"]] == ["$.webhook.secret"]


async def test_a_secret_is_sent_nowhere_by_who_may_not_use_it(town: Town) -> None:
    await town.boss.put("/api/secrets/theirs", {"value": "s3cret"}, expect=200)
    lab = {"base_url": "http://10.0.0.5:8000/v1", "dialects": ["openai-chat"], "quirks": {"auth": "bearer"}}
    await town.boss.put("/api/providers/theirs", {**lab, "credential": {"stored": "theirs"}})

    async with _person_who_may(town, "plumber", ["provider:*"]) as plumber:
        mine = {**lab, "base_url": "http://10.66.0.1/v1"}
        there = await plumber.refused(
            "PUT", "/api/providers/mine", {**mine, "credential": {"stored": "theirs"}}, expect=422
        )
        not_there = await plumber.refused(
            "PUT", "/api/providers/mine", {**mine, "credential": {"stored": "nothing"}}, expect=422
        )
        moved = {**mine, "credential": {"stored": "theirs"}}
        await plumber.refused("PUT", "/api/providers/theirs", moved, expect=422)

    assert there == not_there


async def test_a_deny_for_a_team_holds_for_invitations_into_those_below_it(town: Town) -> None:
    await town.boss.put("/api/teams/closed", {})
    await town.boss.put("/api/teams/closed-below", {"parent": "closed"})
    deny = {"effect": "deny", "to": "user:host", "may": ["manage"], "on": ["invitation:*"], "within": "team:closed"}

    async with _person_who_may(town, "host", ["invitation:*", "user:*", "team:*"]) as host:
        await town.boss.put("/api/grants/closed", deny)
        for team in ("closed", "closed-below"):
            body = {"email": "new@example.org", "teams": [team]}
            refused = await host.refused("POST", "/api/invitations", body, expect=403)
            assert refused["code"] == "not_allowed"


async def test_an_invitation_of_others_is_answered_like_none(town: Town) -> None:
    async with _person_who_may(town, "partner", ["invitation:*@partner.example"]) as partner:
        theirs = await partner.refused("DELETE", f"/api/invitations/{town.invitation_id}", expect=404)
        nobodys = await partner.refused("DELETE", f"/api/invitations/{UUID(int=7)}", expect=404)

    assert theirs["message"].replace(town.invitation_id, "ID") == nobodys["message"].replace(str(UUID(int=7)), "ID")


async def test_nobody_is_invited_to_be_a_user_of_another_address(town: Town) -> None:
    """Who may invite the addresses of partners would take over whoever has not signed in yet."""
    await town.boss.put("/api/users/colleague", {"email": "Colleague@Corp.example"})
    async with _person_who_may(town, "broker", ["invitation:*@partner.example"]) as broker:
        body = {"email": "me@partner.example", "name": "colleague"}
        await broker.refused("POST", "/api/invitations", body, expect=409)

    own = await town.boss.ask("POST", "/api/invitations", {"email": "colleague@corp.example"})

    assert own.json()["user"] == "colleague"


@pytest.mark.parametrize("name", ["*", "a b", "-x", "user\u200b", "x" * 201])
async def test_an_invitation_makes_no_name_that_a_file_could_not_hold(town: Town, name: str) -> None:
    body = {"email": "odd@example.org", "name": name}

    reply = await town.boss.ask("POST", "/api/invitations", body)

    assert reply.status_code in {400, 422}, reply.text


async def test_a_name_that_is_nearly_right_is_not_completed_for_who_may_not_read_it(town: Town) -> None:
    lead = town.strangers["lead"]
    for path, entry in (
        ("/api/users/lea", {"teams": ["research", "sales-zq"]}),
        ("/api/projects/own-project", {"team": "sales-zq"}),
    ):
        refused = await lead.refused("PUT", path, entry, expect=422)
        assert "zq7" not in str(refused)


async def test_what_uses_an_object_is_named_to_who_may_read_it(town: Town) -> None:
    await town.boss.put("/api/groups/used", {})
    await town.boss.put("/api/grants/secret-plan", {"to": "group:used", "may": ["use"], "on": ["model:x"]})
    async with _person_who_may(town, "grouper", ["group:*"]) as grouper:
        refused = await grouper.refused("DELETE", "/api/groups/used", expect=409)
    told = await town.boss.refused("DELETE", "/api/groups/used", expect=409)

    assert refused["message"] == "The group 'used' is used by what you may not read: change that first."
    assert "grants.secret-plan" in told["message"]


async def test_the_audit_record_is_sent_nowhere_by_who_may_not_read_it(town: Town) -> None:
    away = {"syslog": {"host": "mine.example.com"}}
    async with _person_who_may(town, "shipper", ["audit_stream:*"]) as shipper:
        refused = await shipper.refused("PUT", "/api/audit_streams/mine", away, expect=422)
        assert "audit:*" in refused["message"]
        grant = {"to": "user:shipper", "may": ["read"], "on": ["audit:*"]}
        await town.boss.put("/api/grants/reads-audit", grant)
        await shipper.put("/api/audit_streams/mine", away)


@asynccontextmanager
async def _person_who_may(town: Town, name: str, on: list[str], uses: tuple[str, ...] = ()) -> AsyncGenerator[Asker]:
    """Yield one who asks with an admin key, and may read and manage some objects and use others, and nothing else."""
    await town.boss.put(f"/api/users/{name}", {})
    if uses:
        await town.boss.put(f"/api/grants/uses-{name}", {"to": f"user:{name}", "may": ["use"], "on": uses})
    grant = {"to": f"user:{name}", "may": ["read", "manage"], "on": on}
    await town.boss.put(f"/api/grants/may-{name}", grant)
    issued = await Keyring(town.database, SystemClock()).create(town.organisation_id, KeyRequest(name, admin=True))
    async with asking(admin_api(town.database, HeldClock()), issued.text) as asker:
        yield asker
