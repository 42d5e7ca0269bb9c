"""Calls of the project's own products: the same path, the same books, and no key."""

import asyncio
from dataclasses import replace

import pytest

from drawbridge.core.ids import NO_KEY, CallId, uuid7
from drawbridge.gateway.refusals import Refusal
from drawbridge.policy.entries import ConditionsEntry, GrantEntry
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from tests.gateway.inner.conftest import budget, limit, until_refused
from tests.parts.answers import usage_of
from tests.parts.asking import Person, saying
from tests.parts.booked import Booked
from tests.parts.caller import Caller
from tests.parts.gateway import RunningGateway
from tests.parts.rights import grant, ungrant, until_answered
from tests.parts.vendor import ScriptedVendor

HELLO = [{"role": "user", "content": "Hello"}]


async def test_an_answer_is_told_word_for_word_with_its_usage_and_cost(
    somebody: Person, vendor: ScriptedVendor
) -> None:
    heard = await somebody.ask(saying("to-chat"))

    (request,) = vendor.requests
    usage = usage_of(request.body)
    assert heard.text == f"Grüße from the script {usage.output}."
    assert heard.ended.outcome == "ok"
    assert not heard.ended.estimated
    assert (heard.ended.tokens.input, heard.ended.tokens.output) == (usage.input, usage.output)
    assert heard.ended.model == "to-chat"
    assert heard.ended.cost_nanousd == usage.input * 2_000 + usage.output * 8_000
    assert heard.ended.losses == ()


async def test_a_call_is_booked_for_the_person_and_the_product_and_by_no_key(somebody: Person, booked: Booked) -> None:
    call_id = CallId(uuid7())

    heard = await somebody.ask(saying("to-chat"), call_id)

    event = await booked.event()
    assert heard.ended.call_id == call_id == event.call_id
    assert event.principal_id == somebody.who.principal_id
    assert (event.key_id, event.product, event.session_id) == (NO_KEY, "chat", "a-chat")
    assert event.client is None
    assert event.input_tokens == heard.ended.tokens.input


async def test_a_grant_can_forbid_a_model_in_the_chat_alone(
    gateway: RunningGateway, somebody: Person, caller: Caller, vendor: ScriptedVendor
) -> None:
    deny = GrantEntry(
        effect="deny",
        to="everyone",
        may=("use",),
        on=("model:to-gemini",),
        when=ConditionsEntry(products=("chat",)),
        reason="Not in the chat.",
    )
    await grant(gateway, "no-chat", deny)
    refusal = await until_refused(somebody, saying("to-gemini"))
    vendor.log.clear()

    with pytest.raises(Refusal):
        await somebody.ask(saying("to-gemini"))

    assert refusal.reason == "forbidden"
    assert refusal.message == "The grant 'no-chat' denies the use of model 'to-gemini' to everyone. Not in the chat."
    assert vendor.requests == []
    assert (await caller.post("/v1/chat/completions", {"model": "to-gemini", "messages": HELLO})).status == 200
    await ungrant(gateway, "no-chat")


async def test_a_call_that_a_budget_has_no_room_for_is_refused_and_no_vendor_hears_of_it(
    gateway: RunningGateway, somebody: Person, vendor: ScriptedVendor
) -> None:
    asked = saying("to-chat", max_output_tokens=300)
    async with budget(gateway, BudgetEntry(limit_usd="0.0001", products=("chat",))):
        refusal = await until_refused(somebody, asked)
        vendor.log.clear()
        with pytest.raises(Refusal):
            await somebody.ask(asked)

    assert refusal.reason == "over_budget"
    assert refusal.message.startswith("Budget 'all' of $0.0001 has $0.0001 left; this call may cost up to $")
    assert vendor.requests == []


async def test_a_budget_for_each_run_counts_the_calls_of_that_run_alone(
    gateway: RunningGateway, somebody: Person, vendor: ScriptedVendor
) -> None:
    asked = saying("to-chat", max_output_tokens=300)
    of_run = replace(somebody, who=replace(somebody.who, run_id=uuid7()))
    of_none = somebody
    async with budget(gateway, BudgetEntry(limit_usd="0.0001", each="run")):
        refusal = await until_refused(of_run, asked)
        vendor.log.clear()
        heard = await of_none.ask(asked)

    assert refusal.reason == "over_budget"
    assert heard.ended.outcome == "ok"


async def test_a_budget_for_each_key_does_not_count_who_has_none(
    gateway: RunningGateway, somebody: Person, caller: Caller
) -> None:
    body = {"model": "to-chat", "messages": HELLO, "max_tokens": 300}
    async with budget(gateway, BudgetEntry(limit_usd="0.0001", each="key")):
        await until_answered(caller, "/v1/chat/completions", body, 402)
        heard = await somebody.ask(saying("to-chat", max_output_tokens=300))

    assert heard.ended.outcome == "ok"
    await until_answered(caller, "/v1/chat/completions", body, 200)


async def test_a_limit_for_each_person_holds_and_what_is_left_is_told(
    gateway: RunningGateway, somebody: Person
) -> None:
    entry = LimitEntry(each="principal", requests=RateEntry(most=2, per="day"), products=("chat",))
    async with limit(gateway, entry):
        async with asyncio.timeout(10):
            heard = await somebody.ask(saying("to-chat"))
            while not heard.ended.limits:
                heard = await somebody.ask(saying("to-chat"))
        refusal = await until_refused(somebody, saying("to-chat"))

    assert dict(heard.ended.limits)["x-ratelimit-limit-requests"] == "2"
    assert refusal.reason == "rate_limited"
    assert refusal.retry_after_s is not None
