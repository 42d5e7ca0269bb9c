"""The vendors' own SDKs, unmodified, on what lives at a vendor."""

import io
import json

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from tests.parts.caller import Json
from tests.parts.gateway import RunningGateway
from tests.parts.object_vendor import KeepingVendor
from tests.parts.vendor import ScriptedVendor

pytestmark = [pytest.mark.sdk, pytest.mark.ownership]

LINE: Json = {
    "custom_id": "1",
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": {"model": "gpt-5", "messages": []},
}


@pytest.fixture
def vendor(shared_vendor: ScriptedVendor) -> ScriptedVendor:
    """Give a vendor that keeps objects."""
    shared_vendor.script = KeepingVendor()
    shared_vendor.log.clear()
    return shared_vendor


async def test_openai_uploads_a_file_makes_a_batch_of_it_and_continues_a_response(gateway: RunningGateway) -> None:
    async with openai.AsyncOpenAI(api_key=gateway.key, base_url=f"{gateway.url}/v1", max_retries=0) as client:
        file = await client.files.create(file=("b.jsonl", json.dumps(LINE).encode()), purpose="batch")
        batch = await client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        files = [found.id async for found in client.files.list()]
        first = await client.responses.create(model="gpt-5", input="hi")
        await client.responses.create(model="gpt-5", input="go on", previous_response_id=first.id)
        await client.responses.delete(first.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(first.id)

        assert file.id in files
        assert (await client.batches.retrieve(batch.id)).id == batch.id


async def test_anthropic_makes_a_batch_and_lists_it(gateway: RunningGateway) -> None:
    async with anthropic.AsyncAnthropic(api_key=gateway.key, base_url=gateway.url, max_retries=0) as client:
        made = await client.messages.batches.create(
            requests=[{"custom_id": "1", "params": {"model": "claude-x", "max_tokens": 9, "messages": []}}]
        )
        listed = [found.id async for found in client.messages.batches.list()]
        with pytest.raises(anthropic.NotFoundError):
            await client.messages.batches.retrieve("msgbatch_theirs")

    assert made.id in listed


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
async def test_google_uploads_a_file_and_makes_a_cache(gateway: RunningGateway) -> None:
    options = types.HttpOptions(base_url=gateway.url)
    client = genai.Client(api_key=gateway.key, http_options=options)
    async with client.aio as google:
        file = await google.files.upload(file=io.BytesIO(b"hello"), config={"mime_type": "text/plain"})
        cache = await google.caches.create(model="gemini-x")
        assert file.name is not None
        assert cache.name is not None
        assert (await google.files.get(name=file.name)).uri == file.uri
        await google.caches.delete(name=cache.name)
        with pytest.raises(genai.errors.ClientError):
            await google.caches.get(name=cache.name)
