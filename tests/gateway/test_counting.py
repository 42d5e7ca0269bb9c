"""Tokens are counted for callers of any dialect, whatever the vendor speaks: by its own counter, or by an estimate."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

import json

import pytest
from anthropic import AsyncAnthropic
from google import genai
from google.genai import types
from openai import AsyncOpenAI

from tests.parts.answers import answer_by_path, json_bytes
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.configured import configure
from tests.parts.gateway import RunningGateway
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

CONFIGURATION = """\
version: 1
providers:
  chat: {base_url: VENDOR/chat, dialects: [openai-chat], credential: {env: VENDOR_KEY}}
  responses: {base_url: VENDOR/responses, dialects: [openai-responses, openai-chat], quirks: {auth: none}}
  anthropic: {base_url: VENDOR/anthropic, dialects: [anthropic-messages], quirks: {auth: none}}
  gemini: {base_url: VENDOR/v1beta, dialects: [gemini], quirks: {auth: none}}
deployments:
  chat: {provider: chat, upstream_model: upstream-chat}
  responses: {provider: responses, upstream_model: upstream-responses}
  anthropic: {provider: anthropic, upstream_model: upstream-anthropic}
  gemini: {provider: gemini, upstream_model: upstream-gemini}
models:
  to-chat: {route: [chat]}
  to-responses: {route: [responses]}
  to-anthropic: {route: [anthropic]}
  to-gemini: {route: [gemini]}
"""
CALLERS = ("responses", "anthropic", "gemini")
COUNTERS = {
    "responses": "/responses/responses/input_tokens",
    "anthropic": "/anthropic/messages/count_tokens",
    "gemini": "/v1beta/models/upstream-gemini:countTokens",
}
SAID = "What is the weather in Kraków?"
COUNT = 4321


def question(dialect: str, model: str) -> tuple[str, Json]:
    """Return the path and body of a question for a count."""
    match dialect:
        case "responses":
            return "/v1/responses/input_tokens", {"model": model, "input": SAID}
        case "anthropic":
            return "/v1/messages/count_tokens", {"model": model, "messages": [{"role": "user", "content": SAID}]}
        case _:
            inner = {"model": f"models/{model}", "contents": [{"role": "user", "parts": [{"text": SAID}]}]}
            return f"/v1beta/models/{model}:countTokens", {"generateContentRequest": inner}


def count_in(dialect: str, reply: Json) -> int:
    return reply["totalTokens" if dialect == "gemini" else "input_tokens"]


def counting(request: Request) -> Answer:
    """Answer as a vendor whose counter finds COUNT tokens."""
    if request.path == COUNTERS["gemini"]:
        return whole({"totalTokens": COUNT})
    if request.path in COUNTERS.values():
        return whole({"input_tokens": COUNT})
    return answer_by_path(request)


def whole(value: Json, status: int = 200) -> Answer:
    return Answer(status=status, headers=(("content-type", "application/json"),), pieces=((json_bytes(value), 0.0),))


NOT_FOUND = Answer(status=404, headers=(("content-type", "text/plain"),), pieces=((b"404 page not found", 0.0),))


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    """Apply the configuration in place of the one vendor that claims every model, and wait until it is in force."""
    await configure(shared_gateway, CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/"), "to-gemini")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    vendor.script = counting
    return configured


@pytest.mark.parametrize("vendor_name", CALLERS)
@pytest.mark.parametrize("dialect", CALLERS)
async def test_the_vendors_own_counter_is_asked(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, dialect: str, vendor_name: str
) -> None:
    path, body = question(dialect, f"to-{vendor_name}")

    reply = await caller.post(path, body)

    assert (reply.status, count_in(dialect, reply.json())) == (200, COUNT), reply.body
    assert "x-drawbridge-estimated" not in reply.headers
    (request,) = vendor.requests
    assert request.path == COUNTERS[vendor_name]
    assert SAID in str(json.loads(request.body))
    event = await booked.event()
    assert (event.input_tokens, event.cost_nanousd, event.outcome) == (0, 0, "ok")


async def test_an_anthropic_counter_is_told_only_what_it_takes(caller: Caller, vendor: ScriptedVendor) -> None:
    path, body = question("gemini", "to-anthropic")
    inner = body["generateContentRequest"]
    inner["generationConfig"] = {"temperature": 0.5, "maxOutputTokens": 77}

    reply = await caller.post(path, body)

    (request,) = vendor.requests
    assert json.loads(request.body) == {
        "model": "upstream-anthropic",
        "messages": [{"role": "user", "content": [{"type": "text", "text": SAID}]}],
    }
    lost = reply.headers["x-drawbridge-lost"].split(", ")
    assert set(lost) == {
        "generateContentRequest.generationConfig.temperature",
        "generateContentRequest.generationConfig.maxOutputTokens",
    }


async def test_a_gemini_counter_is_told_system_and_tools(caller: Caller, vendor: ScriptedVendor) -> None:
    path, body = question("anthropic", "to-gemini")
    schema = {"type": "object", "properties": {"place": {"type": "string"}}}
    more = {"system": "Be brief.", "tools": [{"name": "look", "description": "Look.", "input_schema": schema}]}

    await caller.post(path, {**body, **more})

    (request,) = vendor.requests
    asked = json.loads(request.body)["generateContentRequest"]
    assert asked["model"] == "models/upstream-gemini"
    assert asked["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    assert asked["tools"][0]["functionDeclarations"][0]["name"] == "look"


@pytest.mark.parametrize("dialect", CALLERS)
async def test_a_vendor_without_a_counter_is_estimated_for_upwards(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, dialect: str
) -> None:
    path, body = question(dialect, "to-chat")

    reply = await caller.post(path, body)

    assert reply.status == 200
    assert reply.headers["x-drawbridge-estimated"] == "true"
    assert reply.headers["x-drawbridge-call"]
    assert len(SAID) // 3 < count_in(dialect, reply.json()) < len(SAID) + 100
    assert not vendor.requests
    event = await booked.event()
    assert (event.provider, event.input_tokens, event.cost_nanousd, event.outcome) == ("chat", 0, 0, "ok")


@pytest.mark.parametrize("vendor_name", CALLERS)
@pytest.mark.parametrize("dialect", CALLERS)
async def test_a_counter_that_the_vendor_does_not_serve_is_stood_in_for(
    caller: Caller, vendor: ScriptedVendor, dialect: str, vendor_name: str
) -> None:
    vendor.script = always(NOT_FOUND)
    path, body = question(dialect, f"to-{vendor_name}")

    reply = await caller.post(path, body)

    assert (reply.status, reply.headers["x-drawbridge-estimated"]) == (200, "true"), reply.body
    assert count_in(dialect, reply.json()) > len(SAID) // 3


@pytest.mark.parametrize("dialect", CALLERS)
async def test_that_the_vendor_lacks_the_model_is_told_and_not_estimated_away(
    caller: Caller, vendor: ScriptedVendor, dialect: str
) -> None:
    error = {"type": "not_found_error", "message": "model: upstream-anthropic"}
    vendor.script = always(whole({"type": "error", "error": error}, status=404))
    path, body = question(dialect, "to-anthropic")

    reply = await caller.post(path, body)

    assert reply.status == 404
    assert "x-drawbridge-estimated" not in reply.headers
    assert "model: upstream-anthropic" in reply.json()["error"]["message"]


@pytest.mark.parametrize("dialect", CALLERS)
async def test_a_counters_refusal_is_told_in_the_callers_dialect(
    caller: Caller, vendor: ScriptedVendor, dialect: str
) -> None:
    error = {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}
    vendor.script = always(whole({"error": error}, status=429))
    path, body = question(dialect, "to-gemini")

    reply = await caller.post(path, body)

    assert reply.status == 429
    assert reply.json()["error"]["message"] == "Slow down."
    assert ("type" in reply.json()) == (dialect == "anthropic")


async def test_what_nobody_here_can_count_is_refused_by_name(caller: Caller, vendor: ScriptedVendor) -> None:
    path, body = question("gemini", "to-chat")
    part = {"fileData": {"fileUri": "https://www.youtube.com/watch?v=x", "mimeType": "video/mp4"}}
    body["generateContentRequest"]["contents"][0]["parts"].append(part)

    reply = await caller.post(path, body)

    assert reply.status == 400
    assert "generateContentRequest.contents[0].parts[1]" in reply.body.decode()
    assert not vendor.requests


async def test_a_strict_caller_is_refused_a_count_of_less_than_was_asked(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    path, body = question("gemini", "to-anthropic")
    body["generateContentRequest"]["tools"] = [{"googleMaps": {"enableWidget": True}}]

    reply = await caller.post(path, body, {"x-drawbridge-strict": "true"})

    assert reply.status == 400
    assert "generateContentRequest.tools[0].googleMaps" in reply.json()["error"]["message"]
    assert not vendor.requests


async def test_anthropics_sdk_counts_at_a_chat_vendor(gateway: RunningGateway) -> None:
    async with AsyncAnthropic(base_url=gateway.url, api_key=gateway.key, max_retries=0) as client:
        counted = await client.messages.count_tokens(
            model="to-chat", messages=[{"role": "user", "content": SAID}], system="Be brief."
        )

    assert counted.input_tokens > len(SAID) // 3


async def test_openais_sdk_counts_at_anthropic(gateway: RunningGateway) -> None:
    async with AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key, max_retries=0) as client:
        counted = await client.responses.input_tokens.count(model="to-anthropic", input=SAID)

    assert (counted.input_tokens, counted.object) == (COUNT, "response.input_tokens")


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
async def test_googles_sdk_counts_at_anthropic(gateway: RunningGateway) -> None:
    options = types.HttpOptions(base_url=gateway.url, timeout=30_000)
    client = genai.Client(api_key=gateway.key, http_options=options)

    counted = await client.aio.models.count_tokens(model="to-anthropic", contents=SAID)

    assert counted.total_tokens == COUNT
    await client.aio.aclose()
    client.close()
