from collections.abc import AsyncIterator

import pytest

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.people import People
from drawbridge.policy.entries import GrantEntry
from drawbridge.policy.first_grants import ADMINISTRATOR
from drawbridge.policy.store import create_grant
from tests.identity.people.acting import held, join, new_key
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation


@pytest.fixture
async def organisation_id(database: Database) -> OrganisationId:
    return await make_organisation(database, administrators=())


@pytest.fixture
async def boss(database: Database, organisation_id: OrganisationId, people: People) -> AsyncIterator[Asker]:
    """An administrator's programs."""
    del people
    key = await make_key(database, HeldClock(), organisation_id, "boss")
    async with database.change(organisation_id) as connection:
        administrator = GrantEntry(to=("user:boss",), role=ADMINISTRATOR)
        await create_grant(connection, organisation_id, "bosses", administrator, managed_by_file=False)
    async with asking(admin_api(database, HeldClock()), key.text) as asker:
        yield asker


async def test_somebody_is_suspended_and_reactivated(
    database: Database, organisation_id: OrganisationId, boss: Asker
) -> None:
    key = await new_key(database, organisation_id, "ana")

    suspended = await boss.ask("POST", "/api/users/ana/suspend")
    listed = await boss.get("/api/principals", name_contains="ana")
    barred = await held(database, key)
    reactivated = await boss.ask("POST", "/api/users/ana/reactivate")

    assert suspended.status_code == reactivated.status_code == 200
    assert listed["principals"][0]["suspended_at"] == suspended.json()["suspended_at"] is not None
    assert barred != key.record
    assert reactivated.json() == {"kind": "user", "name": "ana", "suspended_at": None}
    assert await held(database, key) == key.record


async def test_a_suspended_administrator_is_told_so(
    database: Database, organisation_id: OrganisationId, boss: Asker
) -> None:
    key = await make_key(database, HeldClock(), organisation_id, "ana")
    await boss.ask("POST", "/api/users/ana/suspend")

    async with asking(admin_api(database, HeldClock()), key.text) as ana:
        refused = await ana.refused("GET", "/api/keys", expect=401)

    assert refused["message"] == "'ana', whose key this is, is suspended: ask it@acme.example."


async def test_the_last_administrator_does_not_suspend_themselves(boss: Asker) -> None:
    assert (await boss.refused("POST", "/api/users/boss/suspend", expect=409))["code"] == "last_administrator"


async def test_a_kind_is_held_to(boss: Asker) -> None:
    for path in ("/api/agents/ana/suspend", "/api/users/ci-bot/suspend", "/api/users/nobody/reactivate"):
        assert (await boss.refused("POST", path, expect=404))["code"] == "unknown"


async def test_things_are_handed_over_before_their_last_person_is_deleted(
    database: Database, organisation_id: OrganisationId, boss: Asker
) -> None:
    await join(database, organisation_id, "ana", "research")

    refused = await boss.refused("DELETE", "/api/users/ana", expect=409)
    handed_over = await boss.ask("POST", "/api/users/ana/hand-over", {"to": "ben"})
    deleted = await boss.ask("DELETE", "/api/users/ana")

    assert refused["code"] == "nobody_left"
    assert handed_over.json() == {"teams": ["research"]}
    assert deleted.status_code == 204
    assert (await boss.get("/api/users/ben"))["entry"]["teams"] == ["research"]


async def test_a_key_of_a_project_is_made_by_way_of_the_api(
    database: Database, organisation_id: OrganisationId, boss: Asker
) -> None:
    await join(database, organisation_id, "ana", "research")

    made = await boss.ask("POST", "/api/keys", {"owner": "ana", "project": "search"})
    outside = await boss.refused("POST", "/api/keys", {"owner": "ben", "project": "search"}, expect=409)
    unknown = await boss.refused("POST", "/api/keys", {"owner": "ana", "project": "gone"}, expect=404)
    mighty = await boss.refused("POST", "/api/keys", {"owner": "ana", "project": "search", "admin": True}, expect=400)
    rotated = await boss.ask("POST", f"/api/keys/{made.json()['id']}/rotate")

    assert made.json()["project"] == rotated.json()["project"] == "search"
    assert (outside["code"], unknown["code"], mighty["code"]) == (
        "not_of_the_team",
        "project_unknown",
        "admin_key_of_project",
    )
