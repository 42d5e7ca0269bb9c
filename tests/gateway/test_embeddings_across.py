"""Embeddings cross between OpenAI's API and Gemini's: what the vendor is asked, what the caller is told and booked."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

import base64
import json
import struct

import pytest
from google import genai
from google.genai import types
from openai import AsyncOpenAI

from tests.parts.answers import json_bytes
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
  openai: {base_url: VENDOR/openai, dialects: [openai-chat, openai-embeddings], credential: {env: VENDOR_KEY}}
  gemini: {base_url: VENDOR/v1beta, dialects: [gemini], quirks: {auth: none}}
  chat: {base_url: VENDOR/chat, dialects: [openai-chat], quirks: {auth: none}}
deployments:
  openai: {provider: openai, upstream_model: upstream-openai}
  gemini: {provider: gemini, upstream_model: upstream-gemini}
  chat: {provider: chat, upstream_model: upstream-chat}
models:
  to-openai: {route: [openai]}
  to-chat: {route: [chat]}
  to-gemini: {route: [gemini]}
"""
VECTORS = [[0.25, -0.5, 1.0], [0.5, 0.125, -1.0]]
BATCH = "/v1beta/models/to-openai:batchEmbedContents"


def vectors_for(request: Request) -> Answer:
    """Answer with a vector for each text, and 7 tokens."""
    body: Json = json.loads(request.body)
    if request.path.endswith(":batchEmbedContents"):
        given = VECTORS[: len(body["requests"])]
        return whole({"embeddings": [{"values": one} for one in given], "usageMetadata": {"promptTokenCount": 7}})
    given = VECTORS[: len(body["input"])]
    # Out of order, as the API allows.
    data = [{"object": "embedding", "index": index, "embedding": one} for index, one in enumerate(given)][::-1]
    return whole({"object": "list", "data": data, "model": "x", "usage": {"prompt_tokens": 7, "total_tokens": 7}})


def whole(value: Json, status: int = 200) -> Answer:
    return Answer(status=status, headers=(("content-type", "application/json"),), pieces=((json_bytes(value), 0.0),))


def content(text: str) -> Json:
    return {"model": "models/to-openai", "content": {"parts": [{"text": text}]}}


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    """Apply the configuration in place of the one vendor that claims every model, and wait until it is in force."""
    await configure(shared_gateway, CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/"), "to-gemini")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    vendor.script = vectors_for
    return configured


async def test_openais_caller_gets_geminis_vectors(caller: Caller, vendor: ScriptedVendor, booked: Booked) -> None:
    body: Json = {"model": "to-gemini", "input": ["Grüße", "b"], "dimensions": 3, "user": "u-1"}

    reply = await caller.post("/v1/embeddings", body)

    assert reply.status == 200, reply.body
    told = reply.json()
    assert [(one["index"], one["embedding"]) for one in told["data"]] == [*enumerate(VECTORS)]
    assert (told["model"], told["usage"]) == ("to-gemini", {"prompt_tokens": 7, "total_tokens": 7})
    assert reply.headers["x-drawbridge-lost"] == "user"
    (request,) = vendor.requests
    assert request.path == "/v1beta/models/upstream-gemini:batchEmbedContents"
    asked = json.loads(request.body)["requests"]
    assert [one["content"]["parts"][0]["text"] for one in asked] == ["Grüße", "b"]
    assert {(one["model"], one["outputDimensionality"]) for one in asked} == {("models/upstream-gemini", 3)}
    event = await booked.event()
    assert (event.operation, event.provider, event.input_tokens, event.estimated) == ("embeddings", "gemini", 7, False)


async def test_base64_is_packed_here_for_a_vendor_that_sends_numbers(caller: Caller) -> None:
    body: Json = {"model": "to-gemini", "input": "a", "encoding_format": "base64"}

    reply = await caller.post("/v1/embeddings", body)

    packed = base64.b64decode(reply.json()["data"][0]["embedding"])
    assert [*struct.unpack("<3f", packed)] == VECTORS[0]


async def test_a_vendor_that_does_not_count_is_booked_by_an_estimate(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(whole({"embeddings": [{"values": VECTORS[0]}]}))

    reply = await caller.post("/v1/embeddings", {"model": "to-gemini", "input": "a"})

    assert reply.status == 200
    event = await booked.event()
    assert (event.estimated, event.input_tokens > 0) == (True, True)


async def test_tokens_are_refused_by_the_name_of_their_field(caller: Caller, vendor: ScriptedVendor) -> None:
    reply = await caller.post("/v1/embeddings", {"model": "to-gemini", "input": [[1, 2], [3]]})

    assert (reply.status, reply.json()["error"]["param"]) == (400, "input[0]")
    assert not vendor.requests


@pytest.mark.parametrize("operation", ["embedContent", "batchEmbedContents"])
async def test_geminis_caller_gets_openais_vectors_in_their_order(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, operation: str
) -> None:
    is_batch = operation == "batchEmbedContents"
    body: Json = {"requests": [content("a"), content("b")]} if is_batch else content("a")

    reply = await caller.post(f"/v1beta/models/to-openai:{operation}", body)

    assert reply.status == 200, reply.body
    told = reply.json()
    assert (told["embeddings"] if is_batch else [told["embedding"]]) == [
        {"values": one} for one in VECTORS[: 2 if is_batch else 1]
    ]
    (request,) = vendor.requests
    assert request.path == "/openai/embeddings"
    asked = json.loads(request.body)
    assert asked == {"model": "upstream-openai", "input": ["a", "b"][: len(asked["input"])], "encoding_format": "float"}
    event = await booked.event()
    assert (event.operation, event.input_tokens, event.estimated) == (operation, 7, False)


async def test_a_task_type_that_openai_cannot_be_told_is_reported(caller: Caller) -> None:
    told = {"taskType": "RETRIEVAL_DOCUMENT", "title": "T", "outputDimensionality": 3}
    body: Json = {"requests": [content("a") | told]}

    reply = await caller.post(BATCH, body)
    strict = await caller.post(BATCH, body, {"x-drawbridge-strict": "true"})

    assert reply.status == 200
    assert reply.headers["x-drawbridge-lost"] == "requests[0].taskType, requests[0].title"
    assert strict.status == 400
    assert "requests[0].taskType" in strict.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/embeddings", {"model": "to-gemini", "input": "a"}), (BATCH, {"requests": [content("a")]})],
    ids=["to Gemini", "to OpenAI"],
)
async def test_a_refusal_of_the_vendor_is_told_in_the_callers_dialect(
    caller: Caller, vendor: ScriptedVendor, path: str, body: Json
) -> None:
    vendor.script = always(whole({"error": {"code": 429, "message": "Slow down.", "status": "X"}}, status=429))

    reply = await caller.post(path, body)

    assert reply.status == 429
    error = reply.json()["error"]
    assert error["message"] == "Slow down."
    assert error.get("type" if path == "/v1/embeddings" else "status") in {"rate_limit_error", "RESOURCE_EXHAUSTED"}


async def test_fewer_vectors_than_texts_are_a_failure_of_the_vendor(caller: Caller, vendor: ScriptedVendor) -> None:
    vendor.script = always(whole({"embeddings": [{"values": VECTORS[0]}]}))

    reply = await caller.post("/v1/embeddings", {"model": "to-gemini", "input": ["a", "b"]})

    assert (reply.status, reply.json()["error"]["code"]) == (502, "provider_broke_off")


async def test_a_model_that_only_converses_embeds_nothing(caller: Caller, vendor: ScriptedVendor) -> None:
    reply = await caller.post("/v1/embeddings", {"model": "to-chat", "input": "a"})

    assert (reply.status, reply.json()["error"]["code"]) == (404, "unsupported_operation")
    assert not vendor.requests


async def test_openais_sdk_reads_geminis_vectors_in_its_own_default_encoding(gateway: RunningGateway) -> None:
    async with AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key, max_retries=0) as client:
        told = await client.embeddings.create(model="to-gemini", input=["a", "b"])

    assert [one.embedding for one in told.data] == VECTORS
    assert told.usage.prompt_tokens == 7


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
async def test_googles_sdk_reads_openais_vectors(gateway: RunningGateway) -> None:
    client = genai.Client(api_key=gateway.key, http_options=types.HttpOptions(base_url=gateway.url, timeout=30_000))

    told = await client.aio.models.embed_content(model="to-openai", contents=["a", "b"])

    assert [one.values for one in told.embeddings or []] == VECTORS
    await client.aio.aclose()
    client.close()
