"""Calls whose end nobody saw: what was held for them stays taken, as far as their vendors may charge for it."""

import asyncio
import json
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from drawbridge.audit.acts import SYSTEM
from drawbridge.core.money import Nanousd
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.ledger.corrections import Corrections
from tests.parts.caller import Caller, Json
from tests.parts.gateway import RunningGateway
from tests.parts.scripts import always
from tests.parts.spending import CHAT, TOKEN, budget, said, set_prices, settled
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

_LIMIT = BudgetEntry(limit_usd="40")
_MOST = 20_000
"""The output that calls here allow, in tokens: the hold is this and a little for the input."""
_JSON = (("content-type", "application/json"),)


@pytest.fixture(scope="module")
async def priced(shared_gateway: RunningGateway) -> RunningGateway:
    """A model with a price."""
    await set_prices(shared_gateway)
    return shared_gateway


def _stream_of(*chunks: Json, pause_s: float = 20.0) -> Answer:
    """Make a stream that says so much, and nothing more for a long time."""
    pieces = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks]
    return Answer(
        headers=(("content-type", "text/event-stream"),),
        pieces=((b"".join(pieces), pause_s), (b": still there\n\n", pause_s)),
        framing="chunked",
    )


def _chunk(content: str, **more: object) -> Json:
    delta = {"role": "assistant", "content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "dear", "choices": [choice], **more}


async def _left_after(caller: Caller, seconds: float, *, streamed: bool, model: str = "dear") -> None:
    """Call, and leave without having waited for the end."""
    body = {**said(model, max_tokens=_MOST), "stream": streamed}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds), caller.stream("POST", CHAT, body=body) as reply:
            await reply.read()


async def _events(gateway: RunningGateway) -> Sequence[tuple[object, ...]]:
    """Return the id, outcome, cost, hold and suspense of events, the newest first."""
    query = text(
        "select attempt_id, outcome, cost_nanousd, held_nanousd, suspense_nanousd from usage_event"
        " order by attempt_id desc"
    )
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_what_was_held_for_a_call_stays_taken_when_its_caller_leaves_before_the_answer(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(Answer(never=True))
    async with budget(priced, _LIMIT):
        await _left_after(caller, 1, streamed=False)
        posted, overage = await settled(priced)
        [(attempt, outcome, cost, held, suspense), *_] = await _events(priced)

        assert (posted, overage, outcome) == (held, 0, "cut_by_caller")
        assert isinstance(cost, int)
        assert posted > _MOST * TOKEN > 10 * cost
        assert suspense == posted - cost
        # Until a bill says what it came to.
        assert isinstance(attempt, UUID)
        await Corrections(priced.database).correct(
            priced.organisation_id, SYSTEM, attempt, Nanousd(7 * TOKEN), source="bill", reason=""
        )
        assert await settled(priced) == (7 * TOKEN, 0)


async def test_a_stream_that_is_cut_takes_what_can_have_been_thought_by_then_and_no_more(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(_stream_of(_chunk("")))
    async with budget(priced, _LIMIT):
        await _left_after(caller, 2, streamed=True)
        posted, _ = await settled(priced)
        [(_, outcome, cost, _, suspense), *_] = await _events(priced)

    assert outcome == "cut_by_caller"
    assert isinstance(cost, int)
    assert isinstance(suspense, int)
    assert posted == cost + suspense
    assert 1_000 * TOKEN < posted < _MOST * TOKEN // 2


async def test_a_stream_that_tells_its_usage_all_the_time_costs_what_it_told(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
    vendor.script = always(_stream_of(_chunk("Good"), _chunk(" day", usage=usage)))
    async with budget(priced, _LIMIT):
        await _left_after(caller, 1, streamed=True)
        posted, _ = await settled(priced)

    assert posted == 14 * TOKEN


async def test_a_soft_budget_counts_the_estimate_of_a_call_that_was_cut(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(Answer(never=True))
    async with budget(priced, BudgetEntry(limit_usd="40", hard=False)):
        await _left_after(caller, 1, streamed=False)
        await asyncio.sleep(2)
        posted, _ = await settled(priced)
        [(_, _, cost, _, suspense), *_] = await _events(priced)

    assert (posted, suspense) == (cost, None)


async def test_a_response_in_the_background_takes_what_was_held_for_it(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    queued: Json = {
        "id": "resp_1",
        "object": "response",
        "status": "queued",
        "model": "dear",
        "output": [],
        "usage": None,
    }
    vendor.script = always(Answer(headers=_JSON, pieces=((json.dumps(queued).encode(), 0.0),)))
    body = {"model": "dear", "input": "hi", "max_output_tokens": 30_000, "background": True}
    async with budget(priced, _LIMIT):
        reply = await caller.post("/v1/responses", body)
        posted, overage = await settled(priced)
        [(_, outcome, cost, held, suspense), *_] = await _events(priced)

    assert (reply.status, outcome) == (200, "ok")
    assert isinstance(cost, int)
    assert isinstance(suspense, int)
    assert (posted, overage) == (held, 0) == (cost + suspense, 0)
    assert posted > 30_000 * TOKEN
