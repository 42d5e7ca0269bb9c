"""Batches and caches against budgets and limits: what cannot be held is not made, and each model is asked once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from drawbridge.usage.limits.store import create_limit, delete_limit
from tests.gateway.objects.test_files_and_batches import LINE, PARAMS, lines, upload
from tests.parts.caller import Caller, Json
from tests.parts.gateway import RunningGateway
from tests.parts.people import People
from tests.parts.spending import budget
from tests.parts.vendor import ScriptedVendor

_HARD = BudgetEntry(limit_usd="1000", models=("gpt-5", "vendor/claude-x", "gemini-x"))
_MADE = ("batches", "messages.batches", "caches")


async def _ask_for(made: str, caller: Caller) -> tuple[str, Json]:
    """Return the path and the body with which something is made."""
    match made:
        case "batches":
            bodies: list[Json] = [{"model": "gpt-4o", "messages": []}, {"model": "gpt-5", "messages": []}]
            file_id = await upload(caller, lines(*bodies), "batch")
            return "/v1/batches", {"input_file_id": file_id, "endpoint": LINE["url"]}
        case "messages.batches":
            return "/v1/messages/batches", {"requests": [{"custom_id": "1", "params": PARAMS}]}
        case _:
            return "/v1beta/cachedContents", {"model": "models/gemini-x"}


@asynccontextmanager
async def _limit(gateway: RunningGateway, entry: LimitEntry) -> AsyncGenerator[None]:
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_limit(connection, gateway.organisation_id, "calm", entry, managed_by_file=False)
    await asyncio.sleep(1.2)
    try:
        yield
    finally:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await delete_limit(connection, gateway.organisation_id, "calm")
        await asyncio.sleep(1.2)


@pytest.mark.parametrize("made", _MADE)
async def test_what_cannot_be_held_of_a_hard_budget_is_not_made(
    shared_gateway: RunningGateway, people: People, vendor: ScriptedVendor, made: str
) -> None:
    caller = people.alice
    path, body = await _ask_for(made, caller)
    vendor.log.clear()

    async with budget(shared_gateway, _HARD):
        refused = await caller.post(path, body)
    allowed = await caller.post(path, body)

    assert refused.status == 400
    assert b"Budget 'all' counts calls of '" in refused.body
    assert b"Send the requests one by one" in refused.body
    assert allowed.status == 200
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    "entry", [BudgetEntry(limit_usd="1000", hard=False), BudgetEntry(limit_usd="1000", models=("gpt-4.1",))]
)
async def test_soft_budgets_and_those_of_other_models_let_a_batch_be_made(
    shared_gateway: RunningGateway, people: People, entry: BudgetEntry
) -> None:
    path, body = await _ask_for("batches", people.alice)

    async with budget(shared_gateway, entry):
        reply = await people.alice.post(path, body)

    assert reply.status == 200


@pytest.mark.parametrize(("made", "takes"), [("batches", 2), ("messages.batches", 1), ("caches", 1)])
async def test_making_a_batch_counts_as_one_request_of_each_of_its_models(
    shared_gateway: RunningGateway, people: People, vendor: ScriptedVendor, made: str, takes: int
) -> None:
    caller = people.alice
    path, body = await _ask_for(made, caller)

    async with _limit(shared_gateway, LimitEntry(requests=RateEntry(most=3 * takes, per="day"))):
        vendor.log.clear()
        replies = [await caller.post(path, body) for _ in range(4)]

    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert len(vendor.requests) == 3
    assert int(replies[3].headers["retry-after"]) > 60


async def test_a_batch_of_more_models_than_a_limit_ever_allows_takes_all_that_it_allows(
    shared_gateway: RunningGateway, people: People
) -> None:
    path, body = await _ask_for("batches", people.alice)

    async with _limit(shared_gateway, LimitEntry(requests=RateEntry(most=1, per="day"))):
        replies = [await people.alice.post(path, body) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 429]
