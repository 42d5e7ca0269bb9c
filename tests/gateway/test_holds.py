"""What is held of budgets for a call: it stands in nobody else's way, and comes back whatever the caller sends."""

import dataclasses
from uuid import UUID

import pytest
from sqlalchemy import text

from drawbridge.core.clock import SystemClock
from drawbridge.core.money import Nanousd, written_usd
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.usage.budgets.entries import AtEndEntry, BudgetEntry
from tests.parts.caller import Caller, calling
from tests.parts.gateway import RunningGateway
from tests.parts.spending import CHAT, COST, TOKEN, budget, first_posted, honest, said, set_prices, settled
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request


@pytest.fixture(scope="module")
async def priced(shared_gateway: RunningGateway) -> RunningGateway:
    """Models with a price, one of which costs nothing."""
    await set_prices(shared_gateway)
    return shared_gateway


def _limit(nanousd: int, **more: object) -> BudgetEntry:
    return BudgetEntry(limit_usd=written_usd(Nanousd(nanousd)), **more)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("more", [{"max_tokens": 10**18}, {"max_tokens": 10**9, "n": 10**9}], ids=["tokens", "choices"])
async def test_a_call_that_may_cost_more_than_can_be_counted_is_refused_and_holds_up_nobody_else(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor, more: dict[str, object]
) -> None:
    vendor.script = honest
    async with budget(priced, _limit(1_000 * COST)):
        boundless = await caller.post(CHAT, {**said(), **more})
        others = [await caller.post(CHAT, said()) for _ in range(3)]
        await settled(priced)

    assert boundless.status in (200, 400, 402), boundless.body
    assert [reply.status for reply in others] == [200] * 3


async def test_a_budget_that_only_counts_lets_a_key_call_again(priced: RunningGateway, vendor: ScriptedVendor) -> None:
    vendor.script = honest
    issued = await Keyring(priced.database, SystemClock()).create(priced.organisation_id, KeyRequest("admin"))
    async with budget(priced, _limit(COST // 2, hard=False)), calling(priced.url, issued.text) as caller:
        first = await caller.post(CHAT, said())
        spent = await first_posted(priced)
        # In the transaction that books a call, its key is frozen, if it is.
        assert await _frozen_keys(priced) == []
        second = await caller.post(CHAT, said())

    assert (first.status, second.status) == (200, 200)
    assert spent == COST


async def test_what_was_held_for_a_call_that_fails_before_it_is_made_comes_back(
    priced: RunningGateway, vendor: ScriptedVendor
) -> None:
    vendor.script = honest
    deep = {"user_id": '{"x": ' + "[" * 1500 + "]" * 1500 + "}"}
    issued = await Keyring(priced.database, SystemClock()).create(priced.organisation_id, KeyRequest("admin"))
    async with budget(priced, _limit(400 * COST)), calling(priced.url, issued.text) as caller:
        replies = [await caller.post(CHAT, {**said(), "metadata": deep}) for _ in range(6)]
        spent, _ = await settled(priced)

    made = [reply for reply in replies if reply.status == 200]
    assert {reply.status for reply in replies} <= {200, 402}
    assert len(made) == len(vendor.requests)
    assert spent == len(made) * COST


async def test_a_call_that_costs_nothing_may_take_longer_than_holds_are_kept_idle(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    def slowly(request: Request) -> Answer:
        return dataclasses.replace(honest(request), delay_s=2.6)

    vendor.script = slowly
    async with budget(priced, _limit(COST)):
        reply = await caller.post(CHAT, said("free"))

    assert reply.status == 200, reply.body


async def test_what_becomes_of_a_call_is_what_the_budget_says_that_is_short(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = honest
    ample = _limit(1_000 * COST, at_end=AtEndEntry(do="downgrade", model="free"))
    async with budget(priced, ample, "ample"), budget(priced, _limit(TOKEN), "short"):
        reply = await caller.post(CHAT, said(max_tokens=20))

    assert reply.status == 402, reply.body


async def _frozen_keys(gateway: RunningGateway) -> list[UUID]:
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        return list((await connection.execute(text("select id from api_key where frozen_at is not null"))).scalars())
