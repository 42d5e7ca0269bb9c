"""Calls at the gateway against rate limits: what is refused, what the caller is told, and what their SDKs do then."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors, types

from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from drawbridge.usage.limits.store import create_limit, delete_limit
from tests.parts.caller import Caller, Json
from tests.parts.gateway import RunningGateway
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

pytestmark = [
    pytest.mark.limits,
    # The SDK's own doing (3.4.0), when aiohttp is installed beside it.
    pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning"),
]

_CHAT = "/v1/chat/completions"
_IS_JSON = (("content-type", "application/json"),)
_USED_20 = b'{"choices":[],"usage":{"prompt_tokens":13,"completion_tokens":7,"total_tokens":20}}'


def _said(model: str = "gpt-5", **more: object) -> Json:
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 300, **more}


@asynccontextmanager
async def _limit(gateway: RunningGateway, entry: LimitEntry, name: str = "calm") -> AsyncGenerator[None]:
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_limit(connection, gateway.organisation_id, name, entry, managed_by_file=False)
    await asyncio.sleep(1.2)
    try:
        yield
    finally:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await delete_limit(connection, gateway.organisation_id, name)
        await asyncio.sleep(1.2)


async def test_a_burst_is_answered_up_to_the_limit_and_the_rest_told_when_to_come_again(
    gateway: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with _limit(gateway, LimitEntry(requests=RateEntry(most=5, per="hour"))):
        replies = await asyncio.gather(*(caller.post(_CHAT, _said()) for _ in range(12)))

    statuses = sorted(reply.status for reply in replies)
    assert statuses == [200] * 5 + [429] * 7
    assert len(vendor.requests) == 5
    refused = next(reply for reply in replies if reply.status == 429)
    assert 600 <= int(refused.headers["retry-after"]) <= 720
    assert refused.headers["x-ratelimit-limit-requests"] == "5"
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    assert error["message"].startswith("Limit 'calm' allows 5 requests per hour, and they are used up. Try again in ")


async def test_good_replies_tell_our_limits_in_place_of_the_vendors(
    gateway: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    theirs = (*_IS_JSON, ("x-ratelimit-limit-requests", "999"))
    vendor.script = always(Answer(headers=theirs, pieces=((b"{}", 0),)))
    entry = LimitEntry(requests=RateEntry(most=5, per="hour"), tokens=RateEntry(most=100_000, per="hour"))
    async with _limit(gateway, entry):
        reply = await caller.post(_CHAT, _said())

    told = {name: value for name, value in reply.headers.items() if name.startswith("x-ratelimit-")}
    assert told["x-ratelimit-limit-requests"] == "5"
    assert told["x-ratelimit-remaining-requests"] == "4"
    assert told["x-ratelimit-reset-requests"] in ("12m0s", "11m59s")
    assert told["x-ratelimit-limit-tokens"] == "100000"
    assert 90_000 < int(told["x-ratelimit-remaining-tokens"]) < 99_800


async def test_a_claude_caller_is_told_in_anthropics_words(gateway: RunningGateway, caller: Caller) -> None:
    async with _limit(gateway, LimitEntry(requests=RateEntry(most=1, per="hour"))):
        good = await caller.post("/v1/messages", _said("claude"))
        refused = await caller.post("/v1/messages", _said("claude"))

    assert good.status == 200
    assert good.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert refused.status == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert refused.headers["anthropic-ratelimit-requests-reset"].endswith("Z")


async def test_tokens_that_a_call_did_not_use_come_back(
    gateway: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(Answer(headers=_IS_JSON, pieces=((_USED_20, 0),)))
    async with _limit(gateway, LimitEntry(tokens=RateEntry(most=1_000, per="day"))):
        statuses = [(await caller.post(_CHAT, _said())).status for _ in range(20)]

    assert statuses == [200] * 20


async def test_a_call_is_clamped_to_what_a_limit_of_tokens_ever_allows(
    gateway: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    async with _limit(gateway, LimitEntry(tokens=RateEntry(most=1_000, per="day"))):
        clamped = await caller.post(_CHAT, _said(max_tokens=4_000))
        refused = await caller.post(_CHAT, _said(messages=[{"role": "user", "content": "x" * 2_000}]))

    assert clamped.status == 200
    assert 256 <= int(clamped.headers["x-drawbridge-max-output-tokens"]) < 1_000
    assert refused.status == 413
    assert "limit 'calm' allows 1000 tokens per day: send less" in refused.json()["error"]["message"]
    assert len(vendor.requests) == 1


async def test_no_more_calls_are_made_at_once_than_allowed_and_each_end_makes_room(
    gateway: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = always(Answer(headers=_IS_JSON, pieces=((b"{}", 0),), delay_s=0.5))
    async with _limit(gateway, LimitEntry(concurrency=2)):
        first = await asyncio.gather(*(caller.post(_CHAT, _said()) for _ in range(5)))
        later = await asyncio.gather(*(caller.post(_CHAT, _said()) for _ in range(2)))

    assert sorted(reply.status for reply in first) == [200, 200, 429, 429, 429]
    assert [reply.status for reply in later] == [200, 200]
    refused = next(reply for reply in first if reply.status == 429)
    assert refused.headers["retry-after"] == "1"
    assert "allows 2 calls at the same time" in refused.json()["error"]["message"]


async def test_a_limit_of_other_models_refuses_nothing(gateway: RunningGateway, caller: Caller) -> None:
    async with _limit(gateway, LimitEntry(models=("other-*",), requests=RateEntry(most=1, per="day"))):
        replies = [await caller.post(_CHAT, _said()) for _ in range(3)]

    assert [reply.status for reply in replies] == [200] * 3
    assert "x-ratelimit-limit-requests" not in replies[0].headers


@pytest.mark.sdk
async def test_the_sdk_of_openai_waits_as_it_is_told_and_then_succeeds(gateway: RunningGateway) -> None:
    async with (
        _limit(gateway, LimitEntry(requests=RateEntry(most=1, per="second"))),
        openai.AsyncOpenAI(api_key=gateway.key, base_url=f"{gateway.url}/v1", max_retries=4) as client,
    ):
        completions = client.chat.completions.with_raw_response
        replies = await asyncio.gather(
            *(completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hi"}]) for _ in range(2))
        )

    assert all(reply.parse().choices for reply in replies)
    assert min(reply.retries_taken for reply in replies) == 0
    assert sum(reply.retries_taken for reply in replies) >= 1


@pytest.mark.sdk
async def test_the_sdk_of_anthropic_waits_as_it_is_told_and_then_succeeds(gateway: RunningGateway) -> None:
    async with (
        _limit(gateway, LimitEntry(requests=RateEntry(most=1, per="second"))),
        anthropic.AsyncAnthropic(api_key=gateway.key, base_url=gateway.url, max_retries=4) as client,
    ):
        messages = client.messages.with_raw_response
        replies = await asyncio.gather(
            *(
                messages.create(model="claude", max_tokens=50, messages=[{"role": "user", "content": "Hi"}])
                for _ in range(2)
            )
        )

    assert sum(reply.retries_taken for reply in replies) >= 1


@pytest.mark.sdk
async def test_the_sdk_of_google_is_told_how_long_to_wait_and_succeeds_when_it_tries_again(
    gateway: RunningGateway,
) -> None:
    options = types.HttpOptions(base_url=gateway.url)
    again = types.HttpOptions(base_url=gateway.url, retry_options=types.HttpRetryOptions(attempts=5))
    async with (
        _limit(gateway, LimitEntry(requests=RateEntry(most=1, per="second"))),
        genai.Client(api_key=gateway.key, http_options=options).aio as impatient,
        genai.Client(api_key=gateway.key, http_options=again).aio as patient,
    ):
        await impatient.models.generate_content(model="gemini-script", contents="Hi")
        with pytest.raises(errors.ClientError) as refused:
            await impatient.models.generate_content(model="gemini-script", contents="Hi")
        answered = await patient.models.generate_content(model="gemini-script", contents="Hi")

    assert (refused.value.code, refused.value.status) == (429, "RESOURCE_EXHAUSTED")
    assert answered.text
    assert '"type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"' in json.dumps(refused.value.details)
