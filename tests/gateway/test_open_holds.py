"""Calls whose end nobody saw: what was held for them stays taken, as far as their vendors may charge for it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from drawbridge.audit.acts import SYSTEM
from drawbridge.core.money import Nanousd
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.ledger.corrections import Corrections
from tests.parts.caller import Caller, Json, Reply
from tests.parts.gateway import RunningGateway
from tests.parts.scripts import always
from tests.parts.spending import CHAT, TOKEN, budget, first_posted, said, set_prices, settled
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

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


async def _events(gateway: RunningGateway, operation: str = "chat.completions") -> Sequence[tuple[object, ...]]:
    """Return the id, outcome, cost, hold and suspense of events, the newest first."""
    query = text(
        "select attempt_id, outcome, cost_nanousd, held_nanousd, suspense_nanousd from usage_event"
        " where operation = :operation order by attempt_id desc"
    )
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        return [tuple(row) for row in await connection.execute(query, {"operation": operation})]


async def test_what_was_held_for_a_call_stays_taken_when_its_caller_leaves_before_the_answer(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(Answer(never=True))
    async with budget(priced, _LIMIT):
        await _left_after(caller, 1, streamed=False)
        posted, overage = await settled(priced, timeout_s=60)
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
        assert await settled(priced, timeout_s=60) == (7 * TOKEN, 0)


async def test_a_stream_that_is_cut_takes_what_can_have_been_thought_by_then_and_no_more(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(_stream_of(_chunk("")))
    async with budget(priced, _LIMIT):
        await _left_after(caller, 2, streamed=True)
        posted, _ = await settled(priced, timeout_s=60)
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
        posted, _ = await settled(priced, timeout_s=60)

    assert posted == 14 * TOKEN


async def test_a_soft_budget_counts_the_estimate_of_a_call_that_was_cut(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(Answer(never=True))
    async with budget(priced, BudgetEntry(limit_usd="40", hard=False)):
        await _left_after(caller, 1, streamed=False)
        posted = await first_posted(priced, timeout_s=60)
        [(_, _, cost, _, suspense), *_] = await _events(priced)

    assert (posted, suspense) == (cost, None)


async def test_a_response_in_the_background_takes_what_was_held_for_it(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = _answering_in_background("queued", None)
    async with budget(priced, _LIMIT):
        reply = await caller.post("/v1/responses", _IN_BACKGROUND)
        asked = await caller.get("/v1/responses/resp_queued")
        posted, overage = await settled(priced, timeout_s=60)
        [made, *_] = await _events(priced, "responses")

    _, outcome, cost, held, suspense = made
    assert (reply.status, asked.status, outcome) == (200, 200, "ok")
    assert isinstance(cost, int)
    assert isinstance(suspense, int)
    assert (posted, overage) == (held, 0) == (cost + suspense, 0)
    assert posted > 30_000 * TOKEN


@pytest.mark.parametrize("ask", ["get", "cancel", "stream"])
async def test_a_response_in_the_background_costs_what_its_vendor_counted_once_somebody_asks(
    priced: RunningGateway, caller: Caller, vendor: ScriptedVendor, ask: str
) -> None:
    usage = {"input_tokens": 10, "output_tokens": 2_900, "output_tokens_details": {"reasoning_tokens": 2_800}}
    vendor.script = _answering_in_background(ask, usage)
    async with budget(priced, _LIMIT):
        await caller.post("/v1/responses", _IN_BACKGROUND)
        held, _ = await settled(priced, timeout_s=60)
        assert held > 30_000 * TOKEN
        for _ in range(2):
            reply = await _ask_how_it_ended(caller, ask)
            assert reply.status == 200
        posted, overage = await settled(priced, timeout_s=60)

    assert (posted, overage) == (2_910 * TOKEN, 0)


_IN_BACKGROUND: Json = {"model": "dear", "input": "hi", "max_output_tokens": 30_000, "background": True}


def _answering_in_background(name: str, usage: Json | None) -> Callable[[Request], Answer]:
    """Make a vendor that queues a response, and has finished it when it is asked for, if it tells a usage."""
    queued: Json = {"id": f"resp_{name}", "object": "response", "status": "queued", "model": "dear", "output": []}
    now = {**queued, "status": "completed", "usage": usage} if usage else queued

    def script(request: Request) -> Answer:
        if request.path == "/responses":
            return Answer(headers=_JSON, pieces=((json.dumps(queued).encode(), 0.0),))
        if "stream" in request.query:
            event = b"data: " + json.dumps({"type": "response.completed", "response": now}).encode() + b"\n\n"
            return Answer(headers=(("content-type", "text/event-stream"),), pieces=((event, 0.0),), framing="chunked")
        return Answer(headers=_JSON, pieces=((json.dumps(now).encode(), 0.0),))

    return script


async def _ask_how_it_ended(caller: Caller, ask: str) -> Reply:
    if ask == "cancel":
        return await caller.post(f"/v1/responses/resp_{ask}/cancel", b"")
    return await caller.get(f"/v1/responses/resp_{ask}" + ("?stream=true" if ask == "stream" else ""))
