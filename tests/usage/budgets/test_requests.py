"""Requests for more of a budget: who may ask, who may decide, and what becomes of the budget."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.policy.entries import GrantEntry
from drawbridge.policy.store import create_grant
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.leases import Granted, Need, Short
from drawbridge.usage.budgets.store import LeaseStore, load_budgets
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

_ENTRY = BudgetEntry(of="team:research", limit_usd="0.000001", owner="user:olga")


@dataclass(frozen=True, slots=True)
class Town:
    """People around one budget of 1,000 nano-dollars."""

    database: Database
    organisation_id: OrganisationId
    clock: HeldClock
    boss: Asker
    """Administers."""
    ana: Asker
    """In the team, without a grant."""
    olga: Asker
    """Owns the budget, without a grant."""
    paul: Asker
    """May approve it."""
    eve: Asker
    """Of another team."""

    async def request(self, usd: str = "0.000002") -> str:
        asked = await self.ana.ask("POST", "/api/me/budget-requests", {"budget": "research", "usd": usd, "reason": "x"})
        assert asked.status_code == 201, asked.text
        return asked.json()["id"]

    async def state(self) -> dict[str, int]:
        [window] = (await self.boss.get("/api/budgets/research/state"))["windows"]
        return window


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    organisation_id = await make_organisation(database, administrators=())
    clock = HeldClock()
    api = admin_api(database, clock)
    people: dict[str, Asker] = {}
    async with AsyncExitStack() as stack:
        for name in ("boss", "ana", "olga", "paul", "eve"):
            key = await make_key(database, clock, organisation_id, name)
            people[name] = await stack.enter_async_context(asking(api, key.text))
        async with database.change(organisation_id) as connection:
            grant = GrantEntry(to=("user:boss",), role="administrator")
            await create_grant(connection, organisation_id, "boss", grant, managed_by_file=False)
            may = GrantEntry(to=("user:paul",), may=("approve",), on=("budget:*",))
            await create_grant(connection, organisation_id, "paul", may, managed_by_file=False)
        await people["boss"].put("/api/teams/research", {})
        await people["boss"].put("/api/users/ana", {"teams": ["research"]}, expect=200)
        await people["boss"].put("/api/budgets/research", msgspec.to_builtins(_ENTRY))
        yield Town(database, organisation_id, clock, **people)


async def _lease(town: Town, amount: int, number: int) -> Granted | Short:
    async with town.database.organisation(town.organisation_id) as connection:
        [budget] = (await load_budgets(connection, town.organisation_id)).by_id.values()
    need = Need(budget.window(None, datetime.now(UTC)), amount)
    return (await LeaseStore(town.database).exchange("worker", number, {}, [[need]])).answers[0]


async def test_what_is_approved_may_be_spent_at_once(town: Town) -> None:
    assert isinstance(await _lease(town, 1_001, 1), Short)
    request_id = await town.request()

    decided = await town.olga.ask("POST", f"/api/budget-requests/{request_id}/approve", {"answer": "once"})

    assert (decided.status_code, decided.json()["state"]) == (200, "approved")
    assert isinstance(await _lease(town, 3_000, 2), Granted)
    assert isinstance(await _lease(town, 1, 3), Short)
    state = await town.state()
    assert (state["limit_nanousd"], state["extra_nanousd"], state["headroom_nanousd"]) == (3_000, 2_000, 0)


async def test_what_is_approved_is_there_before_any_call_was_held(town: Town) -> None:
    request_id = await town.request()

    await town.paul.ask("POST", f"/api/budget-requests/{request_id}/approve")

    assert isinstance(await _lease(town, 3_000, 1), Granted)


async def test_what_was_approved_survives_a_change_of_the_budget(town: Town) -> None:
    request_id = await town.request()
    await town.olga.ask("POST", f"/api/budget-requests/{request_id}/approve")

    await town.boss.put(
        "/api/budgets/research", msgspec.to_builtins(msgspec.structs.replace(_ENTRY, limit_usd="0.000005")), expect=200
    )

    state = await town.state()
    assert (state["limit_nanousd"], state["extra_nanousd"], state["headroom_nanousd"]) == (7_000, 2_000, 7_000)


async def test_a_soft_budget_has_more_and_still_no_limit(town: Town) -> None:
    soft = msgspec.to_builtins(msgspec.structs.replace(_ENTRY, hard=False))
    await town.boss.put("/api/budgets/research", soft, expect=200)
    request_id = await town.request()

    await town.olga.ask("POST", f"/api/budget-requests/{request_id}/approve")

    state = await town.state()
    assert (state["limit_nanousd"], state["headroom_nanousd"]) == (3_000, None)


async def test_each_step_is_recorded_with_who_did_it(town: Town) -> None:
    first = await town.request()
    await town.olga.ask("POST", f"/api/budget-requests/{first}/refuse", {"answer": "no"})
    second = await town.request("1")
    await town.paul.ask("POST", f"/api/budget-requests/{second}/approve")

    events = (await town.boss.get("/api/audit", action="budget.more_*"))["events"]

    assert [(event["action"], event["actor"]["name"], event["detail"]["usd"]) for event in reversed(events)] == [
        ("budget.more_asked", "ana", "0.000002"),
        ("budget.more_refused", "olga", "0.000002"),
        ("budget.more_asked", "ana", "1"),
        ("budget.more_approved", "paul", "1"),
    ]


async def test_a_request_is_decided_once(town: Town) -> None:
    request_id = await town.request()
    await town.olga.ask("POST", f"/api/budget-requests/{request_id}/refuse")

    again = await town.paul.refused("POST", f"/api/budget-requests/{request_id}/approve", expect=409)

    assert again["code"] == "budget_request_decided"
    assert (await town.state())["extra_nanousd"] == 0


async def test_the_same_is_not_asked_twice_while_it_is_open(town: Town) -> None:
    await town.request()

    body = {"budget": "research", "usd": "9", "reason": "y"}
    again = await town.ana.refused("POST", "/api/me/budget-requests", body, expect=409)

    assert again["code"] == "budget_request_open"


async def test_whom_a_budget_does_not_count_learns_nothing_of_it(town: Town) -> None:
    answers = [
        (await town.eve.refused("POST", "/api/me/budget-requests", {"budget": name, "usd": "1"}, expect=404))["message"]
        for name in ("research", "nothing")
    ]

    assert answers == ["There is no budget 'research'.", "There is no budget 'nothing'."]


async def test_nobody_else_sees_a_request_or_decides_on_it(town: Town) -> None:
    request_id = await town.request()
    path = f"/api/budget-requests/{request_id}/approve"

    strange = await town.eve.refused("POST", path, expect=404)
    own = await town.ana.refused("POST", path, expect=403)

    assert (strange["code"], own["code"]) == ("unknown", "not_allowed")
    seen = {
        name: len((await asker.get("/api/budget-requests"))["budget_requests"])
        for name, asker in (("eve", town.eve), ("ana", town.ana), ("olga", town.olga), ("paul", town.paul))
    }
    assert seen == {"eve": 0, "ana": 1, "olga": 1, "paul": 1}
    assert len((await town.ana.get("/api/me/budget-requests"))["budget_requests"]) == 1
    assert (await town.olga.get("/api/me/budget-requests"))["budget_requests"] == []


async def test_the_owner_does_not_decide_on_an_own_request(town: Town) -> None:
    await town.boss.put("/api/users/olga", {"teams": ["research"]}, expect=200)
    body = {"budget": "research", "usd": "1", "reason": ""}
    request_id = (await town.olga.ask("POST", "/api/me/budget-requests", body)).json()["id"]

    refused = await town.olga.refused("POST", f"/api/budget-requests/{request_id}/approve", expect=403)

    assert "themselves" in refused["message"]


async def test_of_a_budget_for_each_key_it_must_be_said_for_which(town: Town) -> None:
    entry = msgspec.to_builtins(msgspec.structs.replace(_ENTRY, each="key"))
    await town.boss.put("/api/budgets/research", entry, expect=200)
    second = await Keyring(town.database, town.clock).create(town.organisation_id, KeyRequest("ana"))
    body = {"budget": "research", "usd": "1", "reason": ""}

    unclear = await town.ana.refused("POST", "/api/me/budget-requests", body, expect=422)
    named = await town.ana.ask("POST", "/api/me/budget-requests", {**body, "key_id": str(second.record.id)})

    assert unclear["code"] == "budget_holder_unclear"
    assert named.status_code == 201
    await town.paul.ask("POST", f"/api/budget-requests/{named.json()['id']}/approve")
    [raised] = [w for w in (await town.ana.get("/api/me/budgets"))["windows"] if w["extra_nanousd"]]
    assert raised["holder"] == f"key:{second.record.id}"


@pytest.mark.parametrize("usd", ["0", "-1", "1e3", "9999999999"])
async def test_what_is_no_amount_is_refused(town: Town, usd: str) -> None:
    body = {"budget": "research", "usd": usd, "reason": ""}

    await town.ana.refused("POST", "/api/me/budget-requests", body, expect=422)


async def test_more_than_can_be_reckoned_with_is_not_approved(town: Town) -> None:
    answers: list[int] = []
    for _ in range(10):
        request_id = await town.request("999999999")
        decided = await town.olga.ask("POST", f"/api/budget-requests/{request_id}/approve")
        answers.append(decided.status_code)
        if decided.status_code != 200:
            assert decided.json()["error"]["code"] == "budget_amount_invalid"
            await town.olga.ask("POST", f"/api/budget-requests/{request_id}/refuse")

    assert answers == [200] * 9 + [422]
