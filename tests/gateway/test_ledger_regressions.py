"""Failures of another gateway's budgets, by the numbers in its issue tracker: none of them may happen here.

The numbers are those of https://github.com/BerriAI/litellm/issues, read 2026-11-22.
"""

import asyncio
import json

import msgspec
import pytest
from sqlalchemy import text

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import uuid7
from drawbridge.core.money import Nanousd, written_usd
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.store import create_principal
from drawbridge.settings import Settings
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.leases import Need
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.store import UsageStore
from tests.parts.budgets import event, make_budget, state_of
from tests.parts.caller import Caller, calling
from tests.parts.gateway import RunningGateway
from tests.parts.organisations import make_organisation
from tests.parts.scripts import always
from tests.parts.spending import CHAT, COST, TOKEN, answering, budget, honest, said, set_prices, settled
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

pytestmark = [pytest.mark.ledger_regressions]


@pytest.fixture(scope="module")
async def priced(shared_gateway: RunningGateway) -> RunningGateway:
    """Models with a price, and others without."""
    await set_prices(shared_gateway)
    return shared_gateway


def _limit(nanousd: int) -> BudgetEntry:
    return BudgetEntry(limit_usd=written_usd(Nanousd(nanousd)))


async def test_34732_calls_at_once_do_not_pass_together_through_what_is_left_for_one(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = honest
    limit = 12 * COST
    async with budget(priced, _limit(limit)):
        replies = await asyncio.gather(*(caller.post(CHAT, said(max_tokens=20)) for _ in range(40)))
        posted, overage = await settled(priced)

    made = [reply for reply in replies if reply.status == 200]
    assert {reply.status for reply in replies} == {200, 402}
    assert len(made) == len(vendor.requests)
    assert (posted, overage) == (len(made) * COST, 0)
    assert posted <= limit


async def test_40095_the_first_calls_of_somebody_new_are_held_against_the_budget_that_each_has(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = honest
    entry = msgspec.structs.replace(_limit(5 * TOKEN), each="principal")
    async with budget(priced, entry, "each"):
        async with priced.database.change(priced.organisation_id) as connection:
            await create_principal(connection, priced.organisation_id, "user", "newcomer")
        keyring = Keyring(priced.database, SystemClock())
        key = await keyring.create(priced.organisation_id, KeyRequest("newcomer"))
        async with calling(priced.url, key.text) as newcomer:
            replies = await asyncio.gather(*(newcomer.post(CHAT, said()) for _ in range(5)))

    assert {reply.status for reply in replies} <= {402, 403}
    assert vendor.requests == []


async def test_35524_a_call_whose_price_nobody_knows_does_not_pass_without_a_hold(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with budget(priced, _limit(1000 * TOKEN)):
        reply = await caller.post(CHAT, said("nobody-knows"))

    assert reply.status == 400
    assert reply.json()["error"]["code"] == "unbounded_cost"
    assert vendor.requests == []


async def test_33923_where_nothing_can_be_held_the_call_is_not_made(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with budget(priced, _limit(1000 * TOKEN)), priced.database.system("lease") as connection:
        await connection.execute(text("lock table budget_window in exclusive mode"))
        reply = await caller.post(CHAT, said())

    assert reply.status == 503
    assert reply.json()["error"]["code"] == "not_ready"
    assert vendor.requests == []


async def test_40002_a_long_prompt_is_held_at_the_price_of_long_prompts(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(answering(150, 20))
    cost = 170 * 2 * TOKEN
    limit = 3 * cost
    async with budget(priced, _limit(limit)):
        for _ in range(5):
            await caller.post(CHAT, said("long", max_tokens=20, words=80))
        posted, overage = await settled(priced)

    assert posted == len(vendor.requests) * cost > 0
    assert overage == 0
    assert posted <= limit


async def test_26845_what_is_held_is_never_less_than_what_the_call_may_cost(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    limit = 500 * TOKEN

    def uses_all_that_it_is_allowed(request: Request) -> Answer:
        return answering(10, json.loads(request.body)["max_tokens"])

    vendor.script = uses_all_that_it_is_allowed
    async with budget(priced, _limit(limit)):
        reply = await caller.post(CHAT, said(max_tokens=4_000))
        posted, overage = await settled(priced)

    assert reply.status == 200
    assert json.loads(vendor.requests[0].body)["max_tokens"] < 500
    assert overage == 0
    assert 0 < posted <= limit


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404, pieces=((b'{"error":{"message":"none"}}', 0.0),)),
        Answer(status=500, pieces=((b'{"error":{"message":"broken"}}', 0.0),)),
        Answer(reset=True),
        Answer(pieces=((b'{"id":', 0.0),), declared_length=900, cut_after_piece=1),
        Answer(status=204),
    ],
    ids=["refused", "failed", "reset", "cut", "empty"],
)
async def test_27639_and_30460_no_hold_is_left_behind_however_a_call_ends(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor, answer: Answer
) -> None:
    vendor.script = always(answer)
    async with budget(priced, _limit(1000 * TOKEN)):
        for _ in range(3):
            await caller.post(CHAT, said())
        posted, overage = await settled(priced)
        booked = await _booked_since_the_budget(priced)

    assert len(vendor.requests) == 3
    assert (posted, overage) == (booked, 0)


async def test_28247_what_is_booked_again_from_its_source_counts_once(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 10_000)
    store, leases = UsageStore(database), LeaseStore(database)
    lines = [event(organisation, window, 100, 60) for _ in range(10)]

    for number in range(5):
        lessee = f"worker-{number}-{uuid7()}"
        await leases.exchange(lessee, 1, {}, [[Need(window, 1_000)]])
        await store.book(lines, lessee)
        await leases.close(lessee)

    assert await state_of(database, window) == (600, 0, 0, 0)


async def test_35569_a_delivery_whose_answer_was_lost_is_made_again_and_counts_once(database: Database) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 10_000)
    store, leases = UsageStore(database), LeaseStore(database)
    lessee = str(uuid7())
    lines = [event(organisation, window, 100, 60, outcome) for outcome in ("ok", "lost")]

    for _ in range(3):
        await leases.exchange(lessee, 1, {}, [[Need(window, 200)]])
    await asyncio.gather(*(store.book(order, lessee) for order in (lines, lines[::-1], lines)))
    await asyncio.gather(*(leases.close(lessee) for _ in range(3)))

    assert await state_of(database, window) == (160, 0, 0, 0)


async def test_36926_no_call_is_refused_for_which_there_is_room_though_many_are_made_at_once(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = honest
    async with budget(priced, _limit(30 * 400 * TOKEN)):
        for _ in range(3):
            replies = await asyncio.gather(*(caller.post(CHAT, said()) for _ in range(30)))
            assert {reply.status for reply in replies} == {200}
        posted, overage = await settled(priced)

    assert (posted, overage) == (90 * COST, 0)


def test_29493_there_is_no_switch_that_turns_holds_off() -> None:
    settings = [name for name in Settings.__dataclass_fields__ if "hold" in name or "budget" in name or "lease" in name]
    said_of_budgets = set(BudgetEntry.__struct_fields__)

    assert settings == []
    assert said_of_budgets == {
        "of", "each", "models", "products", "limit_usd", "hard", "period", "at_end", "alerts", "owner",
    }  # fmt: skip


async def _booked_since_the_budget(gateway: RunningGateway) -> int:
    """Return what was booked against the windows that are there, with what is in suspense."""
    query = text(
        "select coalesce(sum(cost_nanousd + coalesce(suspense_nanousd, 0)), 0)::bigint from usage_event"
        " where windows && array(select id from budget_window)"
    )
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        return (await connection.execute(query)).scalar_one()
