"""Who wants nothing lost is refused before anything is sent; and what a model cannot read never goes up."""

from collections.abc import AsyncIterator

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.identity.first_administrator import NAME
from drawbridge.identity.keyring import KeyRequest, Keyring
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json, calling
from tests.parts.configured import configure
from tests.parts.gateway import RunningGateway
from tests.parts.vendor import ScriptedVendor

CONFIGURATION = """\
version: 1
providers:
  chatty: {base_url: VENDOR/chat, dialects: [openai-chat], quirks: {auth: none, pricing_id: openai}}
  anthropic: {base_url: VENDOR/anthropic, dialects: [anthropic-messages], quirks: {auth: none, pricing_id: anthropic}}
deployments:
  chatty: {provider: chatty, upstream_model: upstream-chat}
  blind: {provider: chatty, upstream_model: upstream-blind, profile: {images: false, documents: false}}
  old: {provider: chatty, upstream_model: gpt-3.5-turbo}
  seeing: {provider: chatty, upstream_model: gpt-3.5-turbo, profile: {images: true}}
  claude: {provider: anthropic, upstream_model: claude-sonnet-4-5}
models:
  blind: {route: [blind]}
  claude: {route: [claude]}
  fast: {route: [chatty]}
  old: {route: [old]}
  seeing: {route: [seeing]}
"""
STRICT = {"x-drawbridge-strict": "true"}
IMAGE: Json = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"},
}
PDF: Json = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}}


def message(model: str = "fast", **more: object) -> Json:
    return {"model": model, "max_tokens": 99, "messages": [{"role": "user", "content": "Hello"}], **more}


def with_parts(model: str, *parts: Json) -> Json:
    return message(model, messages=[{"role": "user", "content": [{"type": "text", "text": "Look"}, *parts]}])


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    await configure(shared_gateway, CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/"), "fast")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    del vendor
    return configured


@pytest.fixture
async def strict_caller(gateway: RunningGateway) -> AsyncIterator[Caller]:
    """Give a caller whose key is strict."""
    keyring = Keyring(gateway.database, SystemClock())
    issued = await keyring.create(gateway.organisation_id, KeyRequest(NAME, strict=True))
    async with calling(gateway.url, issued.text) as caller:
        yield caller


async def test_a_strict_call_that_would_lose_something_is_refused_and_nothing_is_sent(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    reply = await caller.post("/v1/messages", message(top_k=5), STRICT)

    assert reply.status == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert "top_k" in reply.json()["error"]["message"]
    assert not vendor.requests


async def test_a_refusal_names_the_leaf_in_the_callers_own_words(caller: Caller, vendor: ScriptedVendor) -> None:
    body: Json = {"model": "claude", "messages": [{"role": "user", "content": "Hello"}], "seed": 7}

    reply = await caller.post("/v1/chat/completions", body, STRICT)

    assert (reply.status, reply.json()["error"]["param"]) == (400, "seed")
    assert not vendor.requests


async def test_every_call_of_a_strict_key_is_strict(strict_caller: Caller, vendor: ScriptedVendor) -> None:
    refused = await strict_caller.post("/v1/messages", message(top_k=5))
    insisted = await strict_caller.post("/v1/messages", message(top_k=5), {"x-drawbridge-strict": "false"})
    sayable = await strict_caller.post("/v1/messages", message())

    assert (refused.status, insisted.status, sayable.status) == (400, 400, 200)
    assert len(vendor.requests) == 1


async def test_a_strict_call_in_the_vendors_own_dialect_is_never_refused(
    strict_caller: Caller, vendor: ScriptedVendor
) -> None:
    body: Json = {"model": "fast", "messages": [{"role": "user", "content": "Hello"}], "no_such_member": {"a": [1]}}

    reply = await strict_caller.post("/v1/chat/completions", body, STRICT)

    assert reply.status == 200
    assert b"no_such_member" in vendor.requests[0].body


async def test_what_the_answer_could_not_say_is_refused_too(caller: Caller, vendor: ScriptedVendor) -> None:
    # Anthropic searches too, so the request can be said; what it finds cannot be told in a response.
    body: Json = {"model": "claude", "input": "Hello", "tools": [{"type": "web_search"}]}

    refused = await caller.post("/v1/responses", body, STRICT)
    made = await caller.post("/v1/responses", body)

    assert (refused.status, refused.json()["error"]["param"]) == (400, "tools[0].type")
    assert made.status == 200
    [request] = vendor.requests
    assert b"web_search" in request.body


async def test_without_strict_the_call_is_made_and_the_header_names_what_was_lost(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    reply = await caller.post("/v1/messages", message(top_k=5), {"x-drawbridge-strict": "false"})

    assert (reply.status, reply.headers["x-drawbridge-lost"]) == (200, "top_k")
    assert len(vendor.requests) == 1


async def test_a_strictness_that_is_neither_true_nor_false_is_a_mistake(caller: Caller, vendor: ScriptedVendor) -> None:
    reply = await caller.post("/v1/messages", message(), {"x-drawbridge-strict": "very"})

    assert reply.status == 400
    assert "either true or false" in reply.json()["error"]["message"]
    assert not vendor.requests


@pytest.mark.parametrize(
    ("model", "part", "kind"), [("blind", IMAGE, "image"), ("blind", PDF, "document"), ("old", IMAGE, "image")]
)
async def test_a_medium_that_the_model_cannot_read_is_refused_before_the_vendor_is_called(
    caller: Caller, vendor: ScriptedVendor, model: str, part: Json, kind: str
) -> None:
    reply = await caller.post("/v1/messages", with_parts(model, part))

    assert reply.status == 400
    told = reply.json()["error"]["message"]
    assert told.startswith("messages[0].content[1]: ")
    assert f"takes no {kind}" in told
    assert "`profile`" in told
    assert not vendor.requests


async def test_a_medium_within_the_result_of_a_tool_is_refused_too(caller: Caller, vendor: ScriptedVendor) -> None:
    call: Json = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    result: Json = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [IMAGE]}
    tools: list[Json] = [{"name": "look", "input_schema": {"type": "object"}}]
    messages: list[Json] = [
        {"role": "user", "content": "Look"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]

    reply = await caller.post("/v1/messages", message("blind", messages=messages, tools=tools))

    assert reply.status == 400
    assert reply.json()["error"]["message"].startswith("messages[2].content[0].content[0]: ")
    assert not vendor.requests


async def test_what_the_deployment_says_of_its_model_stands_over_what_is_known(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    reply = await caller.post("/v1/messages", with_parts("seeing", IMAGE))

    assert reply.status == 200
    assert b"image_url" in vendor.requests[0].body


async def test_a_call_in_the_vendors_own_dialect_is_left_to_the_vendor(caller: Caller, vendor: ScriptedVendor) -> None:
    part: Json = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    body: Json = {"model": "blind", "messages": [{"role": "user", "content": [part]}]}

    reply = await caller.post("/v1/chat/completions", body)

    assert reply.status == 200
    assert len(vendor.requests) == 1


async def test_nothing_is_booked_for_a_call_that_was_refused(caller: Caller, booked: Booked) -> None:
    await caller.post("/v1/messages", message(top_k=5), STRICT)
    await caller.post("/v1/messages", message())

    assert len(await booked.events(1)) == 1
