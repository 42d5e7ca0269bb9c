"""Calls at the gateway against budgets: what is held, what is refused, and what the caller is told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from drawbridge.usage.budgets.entries import AtEndEntry, BudgetEntry
from drawbridge.usage.budgets.store import create_budget, delete_budget
from drawbridge.usage.pricing.entries import PriceEntry, PricesEntry, TokenPrices
from drawbridge.usage.pricing.store import SECTION, write_prices
from tests.parts.caller import Caller, Json
from tests.parts.gateway import RunningGateway
from tests.parts.vendor import ScriptedVendor

_CHAT = "/v1/chat/completions"
_USD_PER_MILLION = "1000"
"""A thousandth of a dollar for each token."""


def _said(model: str = "dear", **more: object) -> Json:
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 300, **more}


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


async def test_a_soft_budget_refuses_nothing(priced: RunningGateway, caller: Caller) -> None:
    async with _budget(priced, BudgetEntry(limit_usd="0.01", hard=False)):
        reply = await caller.post(_CHAT, _said())

        assert reply.status == 200
        await _until_booked(priced)
