"""The `openai` SDK, unmodified: only its base URL and key are ours."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolUnionParam
from openai.types.responses import FunctionToolParam, ResponseInputParam

from tests.parts.answers import answer_by_path, json_bytes, usage_of
from tests.parts.booked import Booked
from tests.parts.caller import Json
from tests.parts.gateway import VENDOR_KEY, RunningGateway
from tests.parts.scripts import always, cut_after, pausing_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

pytestmark = pytest.mark.sdk

# The one is answered by the scripted vendor, the other by the built-in provider.
MODELS = ["gpt-5", "rehearsal"]
WEATHER: dict[str, object] = {
    "type": "object",
    "properties": {"place": {"type": "string"}},
    "required": ["place"],
    "additionalProperties": False,
}
CHAT_TOOLS: list[ChatCompletionToolUnionParam] = [
    {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}
]
RESPONSE_TOOLS: list[FunctionToolParam] = [
    {"type": "function", "name": "get_weather", "parameters": WEATHER, "strict": True}
]
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Grüße"}]


@pytest.fixture
async def client(gateway: RunningGateway) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        api_key=gateway.key, base_url=f"{gateway.url}/v1", max_retries=0, timeout=30
    ) as client:
        yield client


@pytest.mark.parametrize("model", MODELS)
async def test_a_chat_is_answered_and_booked_with_the_usage_that_the_caller_sees(
    client: openai.AsyncOpenAI, booked: Booked, model: str
) -> None:
    answered = await client.chat.completions.create(model=model, messages=HELLO)

    event = await booked.event()
    assert answered.choices[0].message.content
    assert answered.usage is not None
    assert (event.input_tokens, event.output_tokens) == (
        answered.usage.prompt_tokens,
        answered.usage.completion_tokens,
    )
    assert (event.outcome, event.estimated, event.operation) == ("ok", False, "chat.completions")
    assert (event.client, event.model) == ("openai-python", model)


async def test_the_vendor_gets_what_the_sdk_sent_with_our_credential(
    client: openai.AsyncOpenAI, vendor: ScriptedVendor, gateway: RunningGateway
) -> None:
    await client.chat.completions.create(model="gpt-5", messages=HELLO, extra_body={"unheard_of": {"a": 1}})

    [request] = vendor.requests
    assert json.loads(request.body) == {"model": "gpt-5", "messages": HELLO, "unheard_of": {"a": 1}}
    assert request.target == "/chat/completions"
    assert request.header("authorization") == f"Bearer {VENDOR_KEY}"
    assert request.header("x-stainless-lang") == "python"
    assert gateway.key not in str(request.headers)


@pytest.mark.parametrize("model", MODELS)
async def test_a_streamed_chat_tells_no_usage_unasked_and_is_booked_exactly_all_the_same(
    client: openai.AsyncOpenAI, vendor: ScriptedVendor, booked: Booked, model: str
) -> None:
    whole = await client.chat.completions.create(model=model, messages=HELLO)
    chunks = [chunk async for chunk in await client.chat.completions.create(model=model, messages=HELLO, stream=True)]

    _, event = await booked.events(2)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text.startswith((whole.choices[0].message.content or "")[:20])
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None and len(chunk.choices) == 1 for chunk in chunks)
    assert (event.outcome, event.estimated, event.streamed) == ("ok", False, True)
    assert event.output_tokens > 0
    if vendor.requests:
        assert event.output_tokens == usage_of(vendor.requests[1].body).output


@pytest.mark.parametrize("model", MODELS)
async def test_a_streamed_chat_tells_its_usage_when_asked(
    client: openai.AsyncOpenAI, booked: Booked, model: str
) -> None:
    stream = await client.chat.completions.create(
        model=model, messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]

    event = await booked.event()
    usage = chunks[-1].usage
    assert usage is not None
    assert (event.input_tokens, event.output_tokens) == (usage.prompt_tokens, usage.completion_tokens)


@pytest.mark.parametrize("model", MODELS)
async def test_a_chat_calls_a_tool_and_goes_on_with_its_result(
    client: openai.AsyncOpenAI, booked: Booked, model: str
) -> None:
    asked: list[ChatCompletionMessageParam] = [{"role": "user", "content": "use a tool"}]
    async with client.chat.completions.stream(model=model, messages=asked, tools=CHAT_TOOLS) as stream:
        called = (await stream.get_final_completion()).choices[0]
    [call] = called.message.tool_calls or []
    result: ChatCompletionMessageParam = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}
    said: ChatCompletionMessageParam = {
        "role": "assistant",
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
        ],
    }
    final = await client.chat.completions.create(model=model, messages=[*asked, said, result], tools=CHAT_TOOLS)

    assert called.finish_reason == "tool_calls"
    assert (call.function.name, set(json.loads(call.function.arguments))) == ("get_weather", {"place"})
    assert final.choices[0].finish_reason == "stop"
    assert final.choices[0].message.content
    assert [event.estimated for event in await booked.events(2)] == [False, False]


@pytest.mark.parametrize("model", MODELS)
async def test_a_response_is_answered_whole_and_streamed(
    client: openai.AsyncOpenAI, booked: Booked, model: str
) -> None:
    whole = await client.responses.create(model=model, input="Grüße")
    async with client.responses.stream(model=model, input="Grüße") as stream:
        deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        streamed = await stream.get_final_response()

    events = await booked.events(2)
    assert "".join(deltas) == streamed.output_text
    assert len(deltas) > 1
    for answered, event in zip((whole, streamed), events, strict=True):
        assert answered.status == "completed"
        assert answered.usage is not None
        assert (event.input_tokens, event.output_tokens) == (
            answered.usage.input_tokens,
            answered.usage.output_tokens,
        )
        assert (event.operation, event.estimated) == ("responses", False)


@pytest.mark.parametrize("model", MODELS)
async def test_a_response_calls_a_tool_and_goes_on_with_its_result(client: openai.AsyncOpenAI, model: str) -> None:
    asked: ResponseInputParam = [{"role": "user", "content": "use a tool"}]
    called = await client.responses.create(model=model, input=asked, tools=RESPONSE_TOOLS)
    call = next(item for item in called.output if item.type == "function_call")
    happened: ResponseInputParam = [
        *asked,
        {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments},
        {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"},
    ]
    final = await client.responses.create(model=model, input=happened, tools=RESPONSE_TOOLS)

    assert (call.name, set(json.loads(call.arguments))) == ("get_weather", {"place"})
    assert final.output_text


@pytest.mark.parametrize("model", ["text-embedding-3-small", "rehearsal-embedding"])
async def test_texts_are_embedded_and_booked_without_output(
    client: openai.AsyncOpenAI, booked: Booked, model: str
) -> None:
    answered = await client.embeddings.create(model=model, input=["Hello", "you"])

    event = await booked.event()
    assert [len(item.embedding) > 1 for item in answered.data] == [True, True]
    assert (event.operation, event.input_tokens, event.output_tokens, event.estimated) == (
        "embeddings",
        answered.usage.prompt_tokens,
        0,
        False,
    )


async def test_models_are_listed_and_got(client: openai.AsyncOpenAI) -> None:
    listed = [model.id async for model in client.models.list()]
    got = await client.models.retrieve("rehearsal")

    assert listed == ["rehearsal", "rehearsal-embedding"]
    assert (got.id, got.owned_by) == ("rehearsal", "drawbridge")


async def test_an_unknown_model_is_the_sdks_not_found(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="'unheard-of' is not known here") as by_chat:
        await client.chat.completions.create(model="unheard-of", messages=HELLO)
    with pytest.raises(openai.NotFoundError, match="is not known here"):
        await client.responses.create(model="unheard-of", input="Grüße", stream=True)
    with pytest.raises(openai.NotFoundError, match="is not known here"):
        await client.models.retrieve("unheard-of")

    assert (by_chat.value.code, by_chat.value.param) == ("unknown_model", "model")


async def test_a_wrong_key_is_the_sdks_authentication_error(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError, match="not a Drawbridge key"):
        await client.with_options(api_key="sk-wrong").models.list()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_vendors_error_is_the_sdks_own_with_the_vendors_message(
    client: openai.AsyncOpenAI, vendor: ScriptedVendor, status: int, kind: type[openai.APIStatusError], streamed: bool
) -> None:
    error: Json = {"error": {"message": "No, thanks.", "type": "odd", "param": "messages", "code": "no_thanks"}}
    headers = (("content-type", "application/json"), ("x-request-id", "req_7"))
    vendor.script = always(Answer(status=status, headers=headers, pieces=((json_bytes(error), 0),)))

    with pytest.raises(kind, match="No, thanks") as raised:
        await client.chat.completions.create(model="gpt-5", messages=HELLO, stream=streamed)
    with pytest.raises(kind):
        await client.chat.completions.create(
            model="rehearsal", messages=[{"role": "user", "content": f"[fail {status}]"}], stream=streamed
        )

    assert (raised.value.code, raised.value.request_id) == ("no_thanks", "req_7")
    assert len(vendor.log) == 1


async def test_a_stream_that_the_vendor_breaks_off_is_an_error_and_no_short_answer(
    client: openai.AsyncOpenAI, vendor: ScriptedVendor
) -> None:
    vendor.script = cut_after(3)

    with pytest.raises(openai.APIError, match="broke off its reply"):
        async for _ in await client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True):
            pass
    with pytest.raises(openai.APIError, match="broke its reply off"):
        async for _ in await client.chat.completions.create(
            model="rehearsal", messages=[{"role": "user", "content": "[cut]"}], stream=True
        ):
            pass
    statuses = [event.type async for event in await client.responses.create(model="gpt-5", input="x", stream=True)]

    assert statuses[-1] == "response.failed"


@pytest.mark.parametrize(("model", "text"), [("gpt-5", "Grüße"), ("rehearsal", "Grüße [slow 60]")])
async def test_leaving_a_stream_half_way_ends_it_at_the_vendor_and_is_booked_as_estimated(
    client: openai.AsyncOpenAI, vendor: ScriptedVendor, booked: Booked, model: str, text: str
) -> None:
    vendor.script = pausing_after(3)

    stream = await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], stream=True
    )
    first = await anext(aiter(stream))
    await stream.close()

    event = await booked.event()
    await vendor.until(lambda: all(received.did_peer_leave for received in vendor.log))
    assert first.choices[0].delta.role == "assistant"
    assert (event.outcome, event.estimated, event.status) == ("cut_by_caller", True, 200)
    assert event.input_tokens > 0


async def test_cancelling_a_call_ends_it_at_the_vendor(
    client: openai.AsyncOpenAI, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(never=True))

    async with asyncio.TaskGroup() as group:
        call = group.create_task(client.responses.create(model="gpt-5", input="Grüße"))
        await vendor.until(lambda: len(vendor.log) == 1)
        call.cancel()

    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (await booked.event()).outcome == "cut_by_caller"


async def test_the_synchronous_client_works_alike(
    gateway: RunningGateway, vendor: ScriptedVendor, booked: Booked
) -> None:
    def talk() -> tuple[str | None, str, str]:
        with openai.OpenAI(api_key=gateway.key, base_url=f"{gateway.url}/v1", max_retries=0, timeout=30) as client:
            whole = client.chat.completions.create(model="gpt-5", messages=HELLO)
            chunks = list(client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True))
            with pytest.raises(openai.NotFoundError):
                client.chat.completions.create(model="unheard-of", messages=HELLO)
            with client.responses.stream(model="rehearsal", input="Grüße") as stream:
                response = stream.get_final_response()
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        return whole.choices[0].message.content, text, response.output_text

    said = await asyncio.to_thread(talk)

    assert all(said)
    assert [event.estimated for event in await booked.events(3)] == [False] * 3
    assert len(vendor.log) == 2


async def test_the_synchronous_client_leaves_a_stream_half_way_too(
    gateway: RunningGateway, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(3)

    def leave() -> None:
        with (
            openai.OpenAI(api_key=gateway.key, base_url=f"{gateway.url}/v1", max_retries=0, timeout=30) as client,
            client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True) as stream,
        ):
            next(iter(stream))

    await asyncio.to_thread(leave)

    event = await booked.event()
    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (event.outcome, event.estimated) == ("cut_by_caller", True)
    assert vendor.log[0].sent_bytes == sum(len(piece) for piece, _ in answer_by_path(vendor.requests[0]).pieces[:3])


async def test_a_legacy_completion_is_answered_whole_and_streamed(client: openai.AsyncOpenAI, booked: Booked) -> None:
    whole = await client.completions.create(model="rehearsal", prompt="Hello")
    stream = await client.completions.create(model="rehearsal", prompt="Hello", stream=True)
    chunks = [chunk async for chunk in stream]

    first, second = await booked.events(2)
    assert "".join(chunk.choices[0].text for chunk in chunks) == whole.choices[0].text
    assert all(chunk.usage is None for chunk in chunks)
    assert whole.usage is not None
    assert first.output_tokens == second.output_tokens == whole.usage.completion_tokens
    assert not second.estimated


async def test_images_are_made_and_edited(client: openai.AsyncOpenAI, booked: Booked) -> None:
    made = await client.images.generate(model="rehearsal", prompt="a house", n=2)
    edited = await client.images.edit(model="rehearsal", image=b"\x89PNG", prompt="a blue house")
    stream = await client.images.generate(model="rehearsal", prompt="a house", stream=True)
    [last] = [event async for event in stream]

    images = made.data or []
    assert [base64.b64decode(image.b64_json or "")[:4] for image in images] == [b"\x89PNG"] * 2
    assert edited.usage is not None
    assert last.type == "image_generation.completed"
    events = await booked.events(3)
    assert [event.operation for event in events] == ["images.generations", "images.edits", "images.generations"]
    assert [event.output_tokens for event in events] == [512, 256, 256]


async def test_speech_is_heard_and_a_transcript_is_made(client: openai.AsyncOpenAI, booked: Booked) -> None:
    spoken = await client.audio.speech.create(model="rehearsal", input="Hello", voice="alloy")
    async with client.audio.speech.with_streaming_response.create(
        model="rehearsal", input="Hello", voice="alloy"
    ) as streamed:
        heard = b"".join([piece async for piece in streamed.iter_bytes()])
    transcript = await client.audio.transcriptions.create(model="rehearsal", file=("a.wav", spoken.content))

    assert spoken.content == heard
    assert spoken.content.startswith(b"RIFF")
    assert "rehearsal" in transcript.text
    assert {event.outcome for event in await booked.events(3)} == {"ok"}


async def test_a_streamed_transcript_ends_with_its_usage(
    client: openai.AsyncOpenAI, vendor: ScriptedVendor, booked: Booked
) -> None:
    usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 2, "total_tokens": 16}
    said = {"type": "transcript.text.delta", "delta": "hi"}
    done = {"type": "transcript.text.done", "text": "hi", "usage": usage}
    pieces = tuple((b"data: " + json_bytes(event) + b"\n\n", 0.0) for event in (said, done))
    vendor.script = always(Answer(headers=(("content-type", "text/event-stream"),), pieces=pieces, framing="chunked"))

    stream = await client.audio.transcriptions.create(model="vendor/gpt-4o-transcribe", file=b"\0" * 99, stream=True)
    told = [event.type async for event in stream]

    event = await booked.event()
    assert told == ["transcript.text.delta", "transcript.text.done"]
    assert b'name="model"\r\n\r\ngpt-4o-transcribe\r\n' in vendor.requests[0].body
    assert (event.input_tokens, event.output_tokens, event.estimated) == (14, 2, False)


async def test_a_moderation_is_made_for_nothing(client: openai.AsyncOpenAI, booked: Booked) -> None:
    verdict = await client.moderations.create(model="rehearsal", input=["Hello", "Goodbye"])

    event = await booked.event()
    assert [result.flagged for result in verdict.results] == [False, False]
    assert (event.input_tokens, event.cost_nanousd, event.estimated) == (0, 0, False)


async def test_a_response_is_compacted_and_its_input_counted(client: openai.AsyncOpenAI, booked: Booked) -> None:
    compacted = await client.responses.compact(model="rehearsal", input="Hello")
    counted = await client.responses.input_tokens.count(model="rehearsal", input="Hello")

    first, second = await booked.events(2)
    assert (compacted.object, compacted.output[0].type) == ("response.compaction", "compaction")
    assert counted.input_tokens == first.input_tokens == compacted.usage.input_tokens
    assert (second.input_tokens, second.estimated) == (0, False)
