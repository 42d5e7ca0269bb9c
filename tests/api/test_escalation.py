"""Ways by which somebody could come to more than was given to them. Each must end in a refusal."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from tests.api.principals import Town, building
from tests.parts.admin import Asker, admin_api, asking
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


@asynccontextmanager
async def _person_who_may(town: Town, name: str, on: list[str]) -> AsyncGenerator[Asker]:
    """Yield one who asks with an admin key, and may read and manage these objects alone."""
    await town.boss.put(f"/api/users/{name}", {})
    grant = {"to": f"user:{name}", "may": ["read", "manage"], "on": on}
    await town.boss.put(f"/api/grants/may-{name}", grant)
    issued = await Keyring(town.database, SystemClock()).create(town.organisation_id, KeyRequest(name, admin=True))
    async with asking(admin_api(town.database, HeldClock()), issued.text) as asker:
        yield asker
