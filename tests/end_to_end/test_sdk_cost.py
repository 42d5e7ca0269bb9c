"""The SDKs, unmodified, read streams behind whose last event the cost is told, to their very end."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

from collections.abc import AsyncIterator

import aiohttp
import anthropic
import openai
import pytest
from google import genai
from google.genai import types
from openai import AsyncOpenAI

from tests.parts.gateway import RunningGateway
from tests.parts.prices import charge

pytestmark = [
    pytest.mark.sdk,
    pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning"),
]

_MODEL = "rehearsal"


@pytest.fixture(scope="module", autouse=True)
async def priced(shared_gateway: RunningGateway) -> None:
    await charge(shared_gateway, "0.0125")


@pytest.fixture
async def client(gateway: RunningGateway) -> AsyncIterator[AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=gateway.key, base_url=f"{gateway.url}/v1", max_retries=0) as client:
        yield client


async def test_openais_chat_stream_is_read_to_its_end(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model=_MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True
    )

    chunks = [chunk async for chunk in stream]

    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_openais_response_stream_is_read_to_its_end(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(model=_MODEL, input="Hi", stream=True)

    events = [event async for event in stream]

    assert events[-1].type == "response.completed"


async def test_anthropics_stream_is_read_to_its_end(gateway: RunningGateway) -> None:
    async with anthropic.AsyncAnthropic(api_key=gateway.key, base_url=gateway.url, max_retries=0) as client:
        stream = await client.messages.create(
            model=_MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hi"}], stream=True
        )

        events = [event async for event in stream]

    assert events[-1].type == "message_stop"


async def test_googles_stream_is_read_to_its_end(gateway: RunningGateway) -> None:
    options = types.HttpOptions(base_url=gateway.url, retry_options=types.HttpRetryOptions(attempts=1))
    client = genai.Client(api_key=gateway.key, http_options=options)

    stream = await client.aio.models.generate_content_stream(model=_MODEL, contents="Hi")
    chunks = [chunk async for chunk in stream]

    assert chunks[-1].candidates
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    await client.aio.aclose()
    client.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}),
        ("/v1/responses", {"input": "Hi"}),
        ("/v1/messages", {"max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]}),
    ],
)
async def test_what_they_read_did_tell_the_cost(gateway: RunningGateway, path: str, body: dict[str, object]) -> None:
    sent = {**body, "model": _MODEL, "stream": True}
    headers = {"authorization": f"Bearer {gateway.key}"}

    async with (
        aiohttp.ClientSession() as session,
        session.post(gateway.url + path, json=sent, headers=headers) as reply,
    ):
        got = await reply.read()

    assert got.endswith(b"\n\n: drawbridge-cost 0.0125\n\n")
