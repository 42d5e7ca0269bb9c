import asyncio
import base64
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from tests.parts.answers import usage_of
from tests.parts.vendor import ScriptedVendor

TEXT = "Grüße from the script"


@asynccontextmanager
async def vendor_process() -> AsyncGenerator[str]:
    """Run the vendor as a process of its own and yield its base URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.parts.vendor", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.terminate()
        await process.wait()


async def exchange(base_url: str, method: str, target: str, body: bytes = b"") -> bytes:
    """Make one request on a connection of its own and return what came, head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base_url.rpartition(":")[2]))
    writer.write(f"{method} {target} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    content = await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
    return content


async def test_a_vendor_in_its_own_process_hands_out_its_log() -> None:
    body = b'{"model": "m",  "input": "\\u00fc"}'

    async with vendor_process() as url:
        answer = json.loads(await exchange(url, "POST", "/v1/embeddings?a=%20", body))
        first, *others = (await exchange(url, "GET", "/__log")).splitlines()
        later = await exchange(url, "GET", "/__log?after=1")

    logged = json.loads(first)
    assert answer["usage"]["prompt_tokens"] == usage_of(body).input
    assert (logged["method"], logged["target"]) == ("POST", "/v1/embeddings?a=%20")
    assert base64.b64decode(logged["body"]) == body
    assert logged["did_answer"]
    assert (others, later) == ([], b"")


async def test_the_answers_are_what_the_openai_sdk_expects() -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    async with ScriptedVendor() as vendor, openai.AsyncOpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
        plain = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
        called = await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "hi"}],
            tools=[tool],  # pyright: ignore[reportArgumentType]
        )
        response = await client.responses.create(model="m", input="hi")
        events = [event async for event in await client.responses.create(model="m", input="hi", stream=True)]
        embedding = await client.embeddings.create(model="m", input=["a", "b"])

        expected = usage_of(vendor.requests[0].body)

    assert (plain.choices[0].message.content or "").startswith(TEXT)
    assert plain.usage is not None
    assert (plain.usage.prompt_tokens, plain.usage.completion_tokens) == (expected.input, expected.output)
    assert called.choices[0].message.tool_calls is not None
    assert response.output_text.startswith(TEXT)
    assert events[-1].type == "response.completed"
    assert [len(item.embedding) for item in embedding.data] == [4, 4]


async def test_a_chat_stream_counts_its_tokens_only_when_asked() -> None:
    async with ScriptedVendor() as vendor, openai.AsyncOpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
        silent = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        unasked = [chunk async for chunk in silent]
        counted = await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "hi"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        asked = [chunk async for chunk in counted]

    assert all("usage" not in chunk.model_fields_set for chunk in unasked)
    assert asked[-1].usage is not None
    assert asked[-1].choices == []
    assert all("usage" in chunk.model_fields_set for chunk in asked)


async def test_the_answers_are_what_the_anthropic_sdk_expects() -> None:
    tool = {"name": "look", "input_schema": {"type": "object"}}
    async with ScriptedVendor() as vendor, anthropic.AsyncAnthropic(base_url=vendor.url, api_key="k") as client:
        async with client.messages.stream(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}]
        ) as stream:
            message = await stream.get_final_message()
        called = await client.messages.create(
            model="m",
            max_tokens=9,
            messages=[{"role": "user", "content": "hi"}],
            tools=[tool],  # pyright: ignore[reportArgumentType]
        )
        count = await client.messages.count_tokens(model="m", messages=[{"role": "user", "content": "hi"}])

        expected = usage_of(vendor.requests[0].body)

    assert message.content[0].type == "text"
    assert message.usage.input_tokens + (message.usage.cache_read_input_tokens or 0) == expected.input
    assert message.usage.output_tokens == expected.output
    assert called.stop_reason == "tool_use"
    assert count.input_tokens > 0


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
async def test_the_answers_are_what_the_google_sdk_expects() -> None:
    async with ScriptedVendor() as vendor:
        options = types.HttpOptions(base_url=vendor.url)
        async with genai.Client(api_key="k", http_options=options).aio as client:
            models = client.models
            plain = await models.generate_content(model="m", contents="hi")
            stream = await models.generate_content_stream(model="m", contents="hi")
            chunks = [chunk async for chunk in stream]

    assert (plain.text or "").startswith(TEXT)
    assert "".join(chunk.text or "" for chunk in chunks).startswith(TEXT)
    assert chunks[-1].usage_metadata is not None
