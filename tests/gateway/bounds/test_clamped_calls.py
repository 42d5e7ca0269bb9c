"""Clamped calls on their way to a vendor: what it is asked, and what the caller is told."""

import json
from collections.abc import AsyncIterator
from functools import partial

import pytest

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.snapshot import Deployment, Provider
from tests.gateway.bounds.calls import CONTENTS, SAID
from tests.gateway.bounds.small_gateway import Purse, small_gateway
from tests.parts.caller import Caller, Json
from tests.parts.vendor import ScriptedVendor

HEADER = "x-drawbridge-max-output-tokens"
CALLS: dict[Dialect, tuple[str, Json]] = {
    "openai-chat": ("/v1/chat/completions", {"messages": SAID, "max_tokens": 9_000}),
    "openai-responses": ("/v1/responses", {"input": "Hi", "max_output_tokens": 9_000}),
    "anthropic-messages": ("/v1/messages", {"messages": SAID, "max_tokens": 9_000}),
    "gemini": ("", {"contents": CONTENTS, "generationConfig": {"maxOutputTokens": 9_000, "topK": 3}}),
}
MODELS: dict[Dialect, tuple[str, str, str]] = {
    "openai-chat": ("openai", "gpt-4o", ""),
    "openai-responses": ("openai", "gpt-4.1", ""),
    "anthropic-messages": ("anthropic", "claude-sonnet-4-5", ""),
    "gemini": ("google", "gemini-2.5-flash", "/v1beta"),
}
"""Of each dialect a vendor in the price data, a model, and where its paths begin."""


def limit_in(body: Json) -> int:
    config = body.get("generationConfig", body)
    (limit,) = (value for name, value in config.items() if name.lower().replace("_", "").startswith("max"))
    return limit


@pytest.fixture
async def vendor() -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor() as vendor:
        yield vendor


@pytest.fixture
def purse() -> Purse:
    return Purse()


@pytest.fixture
async def caller(vendor: ScriptedVendor, purse: Purse) -> AsyncIterator[Caller]:
    here = partial(Provider, allow_private=True)  # The vendors of tests are on this machine.
    deployments = [
        Deployment(f"to-{dialect}", here(dialect, frozenset({dialect}), vendor.url + root, pricing_id=priced), model)
        for dialect, (priced, model, root) in MODELS.items()
    ]
    deployments += [
        Deployment(f"short-{each.name}", each.provider, each.upstream_model, ProfileEntry(max_output_tokens=1_000))
        for each in deployments
    ]
    unpriced = here("unpriced", frozenset({"openai-chat"}), vendor.url)
    deployments.append(Deployment("unpriced", unpriced, "own", ProfileEntry(context_tokens=9_000)))
    deployments.append(Deployment("ceiling", unpriced, "own", ProfileEntry(context_tokens=9_000, ceiling_usd="0.50")))
    async with small_gateway(deployments, purse) as caller:
        yield caller


def call_in(dialect: Dialect, model: str) -> tuple[str, Json]:
    path, body = CALLS[dialect]
    if dialect == "gemini":
        return f"/v1beta/models/{model}:generateContent", body
    return path, {"model": model, **body}


def without_limit(body: Json) -> Json:
    config = body.get("generationConfig", {})
    return {
        **{name: value for name, value in body.items() if not name.startswith("max") and name != "model"},
        "generationConfig": {name: value for name, value in config.items() if name != "maxOutputTokens"},
    }


@pytest.mark.parametrize("dialect", CALLS)
async def test_a_vendor_is_asked_for_less_and_the_caller_is_told_how_much(
    caller: Caller, vendor: ScriptedVendor, purse: Purse, dialect: Dialect
) -> None:
    path, body = call_in(dialect, f"to-{dialect}")
    purse.room_nanousd = 15_000_000

    reply = await caller.post(path, body)

    assert reply.status == 200
    asked = json.loads(vendor.requests[0].body)
    assert 256 <= limit_in(asked) < 9_000
    assert reply.headers[HEADER] == str(limit_in(asked))
    assert without_limit(asked) == without_limit(body)


@pytest.mark.parametrize("dialect", CALLS)
async def test_a_call_that_fits_goes_up_as_it_came_and_the_caller_is_told_nothing(
    caller: Caller, vendor: ScriptedVendor, dialect: Dialect
) -> None:
    path, body = call_in(dialect, f"to-{dialect}")

    reply = await caller.post(path, body)

    assert limit_in(json.loads(vendor.requests[0].body)) == 9_000
    assert HEADER not in reply.headers


@pytest.mark.parametrize("spoken", CALLS)
@pytest.mark.parametrize("dialect", CALLS)
async def test_a_clamped_call_is_clamped_in_the_dialect_of_its_vendor_too(
    caller: Caller, vendor: ScriptedVendor, purse: Purse, dialect: Dialect, spoken: Dialect
) -> None:
    path, body = call_in(dialect, f"to-{spoken}")
    purse.room_nanousd = 15_000_000

    reply = await caller.post(path, body)

    assert reply.status == 200
    limit = purse.fitted[0].clamped_output_tokens
    assert limit is not None
    assert limit_in(json.loads(vendor.requests[0].body)) == limit
    assert reply.headers[HEADER] == str(limit)


@pytest.mark.parametrize("dialect", CALLS)
async def test_a_stream_is_told_its_limit_too(caller: Caller, purse: Purse, dialect: Dialect) -> None:
    path, body = call_in(dialect, f"to-{dialect}")
    purse.room_nanousd = 15_000_000

    if dialect == "gemini":
        reply = await caller.post(path.replace("generate", "streamGenerate") + "?alt=sse", body)
    else:
        reply = await caller.post(path, {**body, "stream": True})

    assert reply.status == 200
    assert reply.headers[HEADER] == str(purse.fitted[0].clamped_output_tokens)


async def test_a_call_that_fits_only_with_less_than_anybody_could_use_is_not_made(
    caller: Caller, vendor: ScriptedVendor, purse: Purse
) -> None:
    purse.room_nanousd = 10

    reply = await caller.post(*call_in("openai-chat", "to-openai-chat"))

    assert reply.status == 403
    assert not vendor.requests


async def test_what_cannot_be_bounded_is_refused_with_what_to_do(caller: Caller, vendor: ScriptedVendor) -> None:
    path, body = call_in("openai-responses", "to-openai-responses")

    reply = await caller.post(path, {**body, "tools": [{"type": "web_search"}]})

    assert reply.status == 400
    error = reply.json()["error"]
    assert error["code"] == "unbounded_cost"
    assert error["message"].startswith("What the vendor's tool 'web_search' adds to a call cannot be told.")
    assert "`ceiling_usd`" in error["message"]
    assert not vendor.requests


async def test_what_has_no_price_is_refused_unless_the_operator_has_set_a_ceiling(
    caller: Caller, vendor: ScriptedVendor, purse: Purse
) -> None:
    purse.room_nanousd = 500_000_000

    refused = await caller.post(*call_in("openai-chat", "unpriced"))
    assert refused.status == 400
    assert "No price is known of 'own' at provider 'unpriced'" in refused.json()["error"]["message"]

    allowed = await caller.post(*call_in("openai-chat", "ceiling"))
    assert allowed.status == 200

    purse.room_nanousd -= 1
    beyond = await caller.post(*call_in("openai-chat", "ceiling"))
    assert beyond.status == 403
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("is_stated", [True, False])
@pytest.mark.parametrize("dialect", CALLS)
async def test_a_vendor_is_told_the_limit_of_its_model_that_a_call_is_held_at(
    caller: Caller, vendor: ScriptedVendor, dialect: Dialect, is_stated: bool
) -> None:
    path, body = call_in(dialect, f"short-to-{dialect}")

    reply = await caller.post(path, body if is_stated else _unlimited(body))

    asked = json.loads(vendor.requests[0].body)
    assert limit_in(asked) == 1_000
    assert reply.headers[HEADER] == "1000"
    assert without_limit(asked) == without_limit(body)


@pytest.mark.parametrize("dialect", CALLS)
async def test_a_call_that_allows_less_than_the_limit_of_its_model_keeps_its_own(
    caller: Caller, vendor: ScriptedVendor, dialect: Dialect
) -> None:
    path, body = call_in(dialect, f"short-to-{dialect}")
    body = json.loads(json.dumps(body).replace("9000", "900"))

    reply = await caller.post(path, body)

    assert limit_in(json.loads(vendor.requests[0].body)) == 900
    assert HEADER not in reply.headers


async def test_where_only_the_window_of_a_model_is_known_nothing_is_added(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    path, body = call_in("openai-chat", "to-openai-chat")

    reply = await caller.post(path, _unlimited(body))

    assert "max_tokens" not in json.loads(vendor.requests[0].body)
    assert HEADER not in reply.headers


def _unlimited(body: Json) -> Json:
    model = {"model": body["model"]} if "model" in body else {}
    return {name: value for name, value in without_limit(body).items() if value != {}} | model
