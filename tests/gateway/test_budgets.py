"""Calls at the gateway against budgets: what is held, what is refused, and what the caller is told."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import uuid7
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.identity.store import create_principal, freeze_key
from drawbridge.identity.tables import projects
from drawbridge.usage.budgets.entries import AlertEntry, AtEndEntry, BudgetEntry, Each
from drawbridge.usage.budgets.leases import Granted, Need
from drawbridge.usage.budgets.store import LeaseStore, create_budget, delete_budget, load_budgets
from drawbridge.usage.pricing.entries import PriceEntry, PricesEntry, TokenPrices
from drawbridge.usage.pricing.store import SECTION, write_prices
from tests.parts.caller import Caller, Json, calling
from tests.parts.gateway import RunningGateway
from tests.parts.vendor import ScriptedVendor
from tests.trail.collectors import webhook_collector
from tests.trail.streaming import until

_CHAT = "/v1/chat/completions"
_USD_PER_MILLION = "1000"
"""A thousandth of a dollar for each token."""


def _said(model: str = "dear", **more: object) -> Json:
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 300, **more}


@pytest.fixture(scope="module")
def settings() -> Mapping[str, str]:
    return {"DRAWBRIDGE_PRIVATE_STREAM_HOSTS": "127.0.0.1"}


@pytest.fixture(scope="module")
async def priced(shared_gateway: RunningGateway) -> RunningGateway:
    """Two models with a price, and others without."""
    prices = {
        "dear": PriceEntry(
            provider="vendor",
            model="dear",
            per_million=TokenPrices(input=_USD_PER_MILLION, output=_USD_PER_MILLION),
        ),
        "cheap": PriceEntry(provider="vendor", model="cheap", per_million=TokenPrices(input="0.001", output="0.001")),
    }
    async with shared_gateway.database.change(shared_gateway.organisation_id) as connection:
        await write_prices(
            connection, shared_gateway.organisation_id, SECTION, PricesEntry(own=prices), managed_by_file=False
        )
    return shared_gateway


@asynccontextmanager
async def _budget(gateway: RunningGateway, entry: BudgetEntry, name: str = "all") -> AsyncGenerator[None]:
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_budget(connection, gateway.organisation_id, name, entry, managed_by_file=False)
    await asyncio.sleep(1.2)
    try:
        yield
    finally:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await delete_budget(connection, gateway.organisation_id, name)
        await asyncio.sleep(1.2)


async def _windows(gateway: RunningGateway) -> list[tuple[int, int]]:
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        rows = await connection.execute(text("select posted_nanousd, held_nanousd from budget_window"))
        return [(row[0], row[1]) for row in rows]


async def _until_booked(gateway: RunningGateway) -> tuple[int, int]:
    async with asyncio.timeout(10):
        while True:
            windows = await _windows(gateway)
            if windows and windows[0][0] > 0 and windows[0][1] == 0:
                return windows[0]
            await asyncio.sleep(0.05)


async def test_a_call_within_its_budget_is_made_and_what_it_cost_is_spent(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with _budget(priced, BudgetEntry(limit_usd="100")):
        reply = await caller.post(_CHAT, _said())

        assert reply.status == 200
        used = reply.json()["usage"]
        posted, _ = await _until_booked(priced)
        assert posted == (used["prompt_tokens"] + used["completion_tokens"]) * 1_000_000
    assert len(vendor.requests) == 1


async def test_a_call_that_may_cost_more_than_is_left_is_refused_and_no_vendor_hears_of_it(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with _budget(priced, BudgetEntry(limit_usd="0.01")):
        reply = await caller.post(_CHAT, _said())

    assert reply.status == 402
    error = reply.json()["error"]
    assert error["code"] == "over_budget"
    assert error["message"].startswith("Budget 'all' of $0.01 has $0.01 left; this call may cost up to $0.")
    assert vendor.requests == []


async def test_the_output_is_clamped_to_what_is_left_and_the_caller_is_told(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with _budget(priced, BudgetEntry(limit_usd="0.6")):
        reply = await caller.post(_CHAT, _said(max_tokens=4000))

        assert reply.status == 200
        clamped = int(reply.headers["x-drawbridge-max-output-tokens"])
        assert 256 <= clamped < 600
        assert f'"max_tokens":{clamped}'.encode() in vendor.requests[0].body.replace(b" ", b"")


async def test_a_call_whose_price_nobody_knows_is_refused_where_a_hard_budget_holds(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with _budget(priced, BudgetEntry(limit_usd="100")):
        reply = await caller.post(_CHAT, _said("nobody-knows"))

    assert reply.status == 400
    assert reply.json()["error"]["code"] == "unbounded_cost"
    assert "No price is known of 'nobody-knows'" in reply.json()["error"]["message"]
    assert vendor.requests == []


async def test_a_budget_that_is_spent_leads_to_the_cheaper_model_that_it_names(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    at_end = AtEndEntry(do="downgrade", model="cheap")
    async with _budget(priced, BudgetEntry(limit_usd="0.01", at_end=at_end)):
        reply = await caller.post(_CHAT, _said())

    assert reply.status == 200
    assert b'"cheap"' in vendor.requests[0].body
    assert b'"dear"' not in vendor.requests[0].body
    assert reply.headers["x-drawbridge-model"] == "cheap"


async def test_a_call_that_was_made_as_asked_names_no_other_model(priced: RunningGateway, caller: Caller) -> None:
    async with _budget(priced, BudgetEntry(limit_usd="100")):
        reply = await caller.post(_CHAT, _said())

    assert reply.status == 200
    assert "x-drawbridge-model" not in reply.headers


async def _hold_all(gateway: RunningGateway, lessee: str) -> int:
    """Let another worker take all that is free of the only window; return how much."""
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        [budget] = (await load_budgets(connection, gateway.organisation_id)).by_id.values()
    window = budget.window(None, datetime.now(UTC))
    taken = 1_000_000_000
    answer = await LeaseStore(gateway.database).exchange(lessee, 1, {}, [[Need(window, taken)]])
    assert isinstance(answer.answers[0], Granted)
    return taken


@pytest.mark.parametrize("comes_back", [True, False])
async def test_a_call_waits_for_what_others_hold_as_long_as_its_budget_says(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor, comes_back: bool
) -> None:
    at_end = AtEndEntry(do="wait", seconds=4 if comes_back else 2)
    lessee = f"another {comes_back}"
    async with _budget(priced, BudgetEntry(limit_usd="1", at_end=at_end)):
        await _hold_all(priced, lessee)
        asked_at = time.monotonic()
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(caller.post(_CHAT, _said()))
            await asyncio.sleep(1.5)
            # Longer than calls wait without being told to.
            assert not asking.done()
            if comes_back:
                await LeaseStore(priced.database).close(lessee)
        reply = asking.result()

    assert reply.status == (200 if comes_back else 402)
    assert time.monotonic() - asked_at >= (1.5 if comes_back else 2)
    assert len(vendor.requests) == (1 if comes_back else 0)


async def _holders(gateway: RunningGateway) -> set[UUID]:
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        return set((await connection.execute(text("select holder_id from budget_window"))).scalars())


@pytest.mark.parametrize("each", ["key", "principal", "project"])
async def test_of_a_budget_for_each_everyone_has_the_amount_for_themselves(priced: RunningGateway, each: Each) -> None:
    keys = await _two_keys_of_two_projects(priced, each)
    async with _budget(priced, BudgetEntry(limit_usd="0.6", each=each)):
        replies: list[int] = []
        for key in (keys[0], keys[0], keys[1]):
            async with calling(priced.url, key.text) as caller:
                replies.append((await caller.post(_CHAT, _said(max_tokens=500))).status)
        await _until_booked(priced)
        holders = await _holders(priced)

    records = [key.record for key in keys]
    assert holders == {
        {"key": record.id, "principal": record.principal_id, "project": record.project_id}[each] for record in records
    }
    assert len(holders) == 2
    assert (replies[0], replies[2]) == (200, 200)


async def _two_keys_of_two_projects(gateway: RunningGateway, mark: str) -> list[IssuedKey]:
    keys: list[IssuedKey] = []
    for number in (1, 2):
        name = f"{mark}-{number}"
        async with gateway.database.change(gateway.organisation_id) as connection:
            await create_principal(connection, gateway.organisation_id, "user", name)
            row = {"id": uuid7(), "organisation_id": gateway.organisation_id, "name": name}
            await connection.execute(insert(projects).values(**row))
        request = KeyRequest(name, project=name)
        keys.append(await Keyring(gateway.database, SystemClock()).create(gateway.organisation_id, request))
    return keys


async def test_a_frozen_key_is_refused_until_an_administrator_unfreezes_it(
    priced: RunningGateway, caller: Caller
) -> None:
    keyring = Keyring(priced.database, SystemClock())
    key = await keyring.create(priced.organisation_id, KeyRequest("admin"))
    async with priced.database.change(priced.organisation_id) as connection:
        assert await freeze_key(connection, priced.organisation_id, key.record.id)
    await asyncio.sleep(1.2)

    async with calling(priced.url, key.text) as frozen:
        refused = await frozen.post(_CHAT, _said())
        unfrozen = await caller.post(f"/api/keys/{key.record.id}/unfreeze", b"")
        again = await caller.post(f"/api/keys/{key.record.id}/unfreeze", b"")
        await asyncio.sleep(1.2)
        reply = await frozen.post(_CHAT, _said())

    assert (refused.status, reply.status) == (403, 200)
    assert (unfrozen.status, again.status, unfrozen.json()["frozen_at"]) == (200, 200, None)
    recorded = (await caller.get("/api/audit?action=key.unfrozen")).json()["events"]
    assert [event["object_name"] for event in recorded] == [str(key.record.id)]


async def test_a_soft_budget_refuses_nothing(priced: RunningGateway, caller: Caller) -> None:
    async with _budget(priced, BudgetEntry(limit_usd="0.01", hard=False)):
        reply = await caller.post(_CHAT, _said())

        assert reply.status == 200
        await _until_booked(priced)


async def test_a_running_gateway_tells_that_so_much_of_a_budget_is_spent(
    priced: RunningGateway, caller: Caller
) -> None:
    async with webhook_collector() as collector:
        alert = AlertEntry(at_percent=1, webhook=f"http://127.0.0.1:{collector.port}/hook")
        async with _budget(priced, BudgetEntry(limit_usd="1", alerts=(alert,))):
            await caller.post(_CHAT, _said())
            await until(lambda: bool(collector.bodies))

    assert json.loads(collector.bodies[0])["percent"] == 1
    assert "x-drawbridge-signature" not in collector.headers[0]
