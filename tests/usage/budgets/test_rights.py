"""Who may write budgets and limits: the right to their name is not enough, it takes the right to whom they bind."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.policy.entries import GrantEntry
from drawbridge.policy.store import create_grant
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

_KINDS = ("budgets", "limits")


@dataclass(frozen=True, slots=True)
class _Town:
    organisation_id: OrganisationId
    boss: Asker
    eve: Asker
    """May manage budgets and limits by any name, and the team `own` with what is within."""


@pytest.fixture
async def town(database: Database) -> AsyncIterator[_Town]:
    organisation_id = await make_organisation(database, administrators=())
    clock = HeldClock()
    api = admin_api(database, clock)
    async with AsyncExitStack() as stack:
        people: dict[str, Asker] = {}
        for name in ("boss", "eve"):
            key = await make_key(database, clock, organisation_id, name)
            people[name] = await stack.enter_async_context(asking(api, key.text))
        await _grant(database, organisation_id, "boss", GrantEntry(to="user:boss", role="administrator"))
        boss = people["boss"]
        await boss.put("/api/teams/own", {})
        await boss.put("/api/teams/other", {})
        by_name = GrantEntry(to="user:eve", may=("read", "manage"), on=("budget:*", "limit:*"))
        await _grant(database, organisation_id, "eve", by_name)
        whole = ("team:*", "project:*", "user:*")
        within = GrantEntry(to="user:eve", may=("read", "manage"), on=whole, within="team:own")
        await _grant(database, organisation_id, "eve-own", within)
        await _grant(database, organisation_id, "eve-sees", GrantEntry(to="user:eve", may=("read",), on=("team:*",)))
        await boss.put("/api/projects/inner", {"team": "own"})
        yield _Town(organisation_id, **people)


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize(("of", "status"), [("organisation", 403), ("team:other", 403), ("user:boss", 404)])
async def test_who_may_not_manage_the_subject_binds_it_by_no_name(town: _Town, kind: str, of: str, status: int) -> None:
    refused = await town.eve.ask("PUT", f"/api/{kind}/x", _entry(kind, of))

    assert refused.status_code == status, refused.text
    assert (await town.boss.ask("GET", f"/api/{kind}/x")).status_code == 404


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("of", ["team:own", "project:inner"])
async def test_who_may_manage_the_subject_may_bind_it(town: _Town, kind: str, of: str) -> None:
    made = await town.eve.ask("PUT", f"/api/{kind}/x", _entry(kind, of))
    gone = await town.eve.ask("DELETE", f"/api/{kind}/x")

    assert (made.status_code, gone.status_code) == (201, 204), (made.text, gone.text)


@pytest.mark.parametrize("kind", _KINDS)
async def test_what_binds_others_is_neither_taken_from_them_nor_deleted(town: _Town, kind: str) -> None:
    await town.boss.put(f"/api/{kind}/x", _entry(kind, "team:other"))

    moved = await town.eve.ask("PUT", f"/api/{kind}/x", _entry(kind, "team:own"))
    deleted = await town.eve.ask("DELETE", f"/api/{kind}/x")

    assert (moved.status_code, deleted.status_code) == (403, 403), (moved.text, deleted.text)
    assert "manage team:other" in moved.text
    assert "team:other" in (await town.boss.ask("GET", f"/api/{kind}/x")).text


# Any: JSON.
def _entry(kind: str, of: str) -> dict[str, Any]:
    return {"of": of, "limit_usd": "5"} if kind == "budgets" else {"of": of, "concurrency": 3}


async def _grant(database: Database, organisation_id: OrganisationId, name: str, entry: GrantEntry) -> None:
    async with database.change(organisation_id) as connection:
        await create_grant(connection, organisation_id, name, entry, managed_by_file=False)


@pytest.mark.parametrize("kind", _KINDS)
async def test_a_name_is_free_again_when_whom_it_bound_is_gone(town: _Town, database: Database, kind: str) -> None:
    assert (await town.boss.ask("PUT", f"/api/{kind}/x", _entry(kind, "team:own"))).status_code == 201
    # As of a person who deleted the own account.
    table = "budget" if kind == "budgets" else "rate_limit"
    async with database.change(town.organisation_id) as connection:
        await connection.execute(text(f"update {table} set subject_id = gen_random_uuid()"))

    again = await town.boss.ask("PUT", f"/api/{kind}/x", _entry(kind, "team:other"))

    assert again.status_code == 201, again.text
    assert (await town.boss.get(f"/api/{kind}/x"))["entry"]["of"] == "team:other"
