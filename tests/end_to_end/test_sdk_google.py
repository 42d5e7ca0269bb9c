"""The `google-genai` SDK, unmodified: only its base URL and key are ours."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from google import genai
from google.genai import errors, types

from tests.parts.answers import json_bytes, usage_of
from tests.parts.booked import Booked
from tests.parts.caller import Json
from tests.parts.gateway import VENDOR_KEY, RunningGateway
from tests.parts.scripts import always, cut_after, pausing_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

pytestmark = [
    pytest.mark.sdk,
    # The SDK's own doing (3.4.0), when aiohttp is installed beside it.
    pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning"),
]

# The one is answered by the scripted vendor, the other by the built-in provider.
MODELS = ["gemini-script", "rehearsal"]
WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather",
            parameters_json_schema={
                "type": "object",
                "properties": {"place": {"type": "string"}},
                "required": ["place"],
            },
        )
    ]
)


def options(gateway: RunningGateway, api_version: str | None = None) -> types.HttpOptions:
    return types.HttpOptions(
        base_url=gateway.url,
        api_version=api_version,
        timeout=30_000,
        retry_options=types.HttpRetryOptions(attempts=1),
    )


@pytest.fixture
async def client(gateway: RunningGateway) -> AsyncIterator[genai.Client]:
    client = genai.Client(api_key=gateway.key, http_options=options(gateway))
    yield client
    await client.aio.aclose()
    client.close()


async def streamed(client: genai.Client, model: str, text: str) -> list[types.GenerateContentResponse]:
    """Return what comes; the SDK sends nothing before its stream is read."""
    return [chunk async for chunk in await client.aio.models.generate_content_stream(model=model, contents=text)]


@pytest.mark.parametrize("model", MODELS)
async def test_content_is_generated_and_booked_with_the_usage_that_the_caller_sees(
    client: genai.Client, booked: Booked, model: str
) -> None:
    answered = await client.aio.models.generate_content(model=model, contents="Grüße")

    event = await booked.event()
    usage = answered.usage_metadata
    assert answered.text
    assert usage is not None
    assert (event.input_tokens, event.output_tokens) == (usage.prompt_token_count, usage.candidates_token_count)
    assert (event.outcome, event.estimated, event.operation) == ("ok", False, "generateContent")
    assert (event.client, event.model) == ("google-genai", model)


@pytest.mark.parametrize("api_version", ["v1beta", "v1"])
async def test_the_vendor_gets_what_the_sdk_sent_with_our_credential(
    gateway: RunningGateway, vendor: ScriptedVendor, api_version: str
) -> None:
    client = genai.Client(api_key=gateway.key, http_options=options(gateway, api_version))
    await client.aio.models.generate_content(model="gemini-script", contents="Grüße")
    await client.aio.aclose()
    client.close()

    [request] = vendor.requests
    assert json.loads(request.body) == {"contents": [{"parts": [{"text": "Grüße"}], "role": "user"}]}
    assert request.target == "/models/gemini-script:generateContent"
    assert request.header("authorization") == f"Bearer {VENDOR_KEY}"
    assert request.header("x-goog-api-key") is None
    assert request.header("x-goog-api-client")
    assert gateway.key not in str(request.headers)


@pytest.mark.parametrize("model", MODELS)
async def test_streamed_content_comes_in_pieces_and_is_booked_exactly(
    client: genai.Client, vendor: ScriptedVendor, booked: Booked, model: str
) -> None:
    chunks = await streamed(client, model, "Grüße")

    event = await booked.event()
    usage = chunks[-1].usage_metadata
    assert len([chunk for chunk in chunks if chunk.text]) > 1
    assert usage is not None
    assert (event.input_tokens, event.output_tokens) == (usage.prompt_token_count, usage.candidates_token_count)
    assert (event.estimated, event.streamed, event.operation) == (False, True, "streamGenerateContent")
    if vendor.requests:
        assert vendor.requests[0].query == "alt=sse"
        assert event.output_tokens == usage_of(vendor.requests[0].body).output


@pytest.mark.parametrize("model", MODELS)
async def test_a_function_is_called_and_its_result_goes_back(
    client: genai.Client, vendor: ScriptedVendor, booked: Booked, model: str
) -> None:
    config = types.GenerateContentConfig(
        tools=[WEATHER], automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
    )
    asked = types.Content(role="user", parts=[types.Part(text="use a tool")])
    called = await client.aio.models.generate_content(model=model, contents=[asked], config=config)
    assert called.candidates is not None
    said = called.candidates[0].content
    assert said is not None
    result = types.Part.from_function_response(name="get_weather", response={"result": "18 degrees"})
    happened = [asked, said, types.Content(role="user", parts=[result])]
    final = await client.aio.models.generate_content(model=model, contents=happened, config=config)

    [call] = called.function_calls or []
    assert (call.name, set(call.args or {})) == ("get_weather", {"place"})
    assert final.text
    assert [event.estimated for event in await booked.events(2)] == [False, False]
    if vendor.requests:
        assert b'"functionResponse"' in vendor.requests[1].body


@pytest.mark.parametrize("model", ["gemini-embedding-001", "rehearsal-embedding"])
async def test_texts_are_embedded(client: genai.Client, booked: Booked, model: str) -> None:
    answered = await client.aio.models.embed_content(model=model, contents=["Hello", "you"])

    event = await booked.event()
    assert [bool(item.values) for item in answered.embeddings or []] == [True, True]
    assert (event.operation, event.outcome, event.output_tokens) == ("batchEmbedContents", "ok", 0)


@pytest.mark.parametrize("model", MODELS)
async def test_tokens_are_counted_free_of_charge(client: genai.Client, booked: Booked, model: str) -> None:
    counted = await client.aio.models.count_tokens(model=model, contents="Grüße")

    event = await booked.event()
    assert counted.total_tokens
    assert (event.operation, event.outcome, event.input_tokens, event.estimated) == ("countTokens", "ok", 0, False)


@pytest.mark.parametrize("api_version", ["v1beta", "v1"])
async def test_models_are_listed_and_got(gateway: RunningGateway, api_version: str) -> None:
    client = genai.Client(api_key=gateway.key, http_options=options(gateway, api_version))
    listed = [model.name async for model in await client.aio.models.list()]
    got = await client.aio.models.get(model="rehearsal")
    await client.aio.aclose()
    client.close()

    assert listed == ["models/rehearsal", "models/rehearsal-embedding"]
    assert (got.name, got.display_name) == ("models/rehearsal", "rehearsal")
    assert "generateContent" in (got.supported_actions or [])


async def test_an_unknown_model_is_the_sdks_not_found(client: genai.Client) -> None:
    with pytest.raises(errors.ClientError, match="'unheard-of' is not known here") as whole:
        await client.aio.models.generate_content(model="unheard-of", contents="Grüße")
    with pytest.raises(errors.ClientError, match="is not known here"):
        await streamed(client, "unheard-of", "Grüße")
    with pytest.raises(errors.ClientError, match="is not known here"):
        await client.aio.models.get(model="unheard-of")

    assert (whole.value.code, whole.value.status) == (404, "NOT_FOUND")


async def test_a_wrong_key_is_told_as_unauthenticated(gateway: RunningGateway) -> None:
    client = genai.Client(api_key="AIza-wrong", http_options=options(gateway))
    with pytest.raises(errors.ClientError, match="not a Drawbridge key") as raised:
        await client.aio.models.generate_content(model="rehearsal", contents="Grüße")
    await client.aio.aclose()
    client.close()

    assert (raised.value.code, raised.value.status) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("status", "kind"), [(400, errors.ClientError), (429, errors.ClientError), (500, errors.ServerError)]
)
async def test_a_vendors_error_is_the_sdks_own_with_the_vendors_message(
    client: genai.Client, vendor: ScriptedVendor, status: int, kind: type[errors.APIError]
) -> None:
    error: Json = {"error": {"code": status, "message": "No, thanks.", "status": "ODD"}}
    headers = (("content-type", "application/json"),)
    vendor.script = always(Answer(status=status, headers=headers, pieces=((json_bytes(error), 0),)))

    with pytest.raises(kind, match="No, thanks") as raised:
        await client.aio.models.generate_content(model="gemini-script", contents="Grüße")
    with pytest.raises(kind, match="No, thanks"):
        await streamed(client, "gemini-script", "Grüße")
    with pytest.raises(kind):
        await client.aio.models.generate_content(model="rehearsal", contents=f"[fail {status}]")

    assert (raised.value.code, raised.value.status) == (status, "ODD")
    assert len(vendor.log) == 2


@pytest.mark.parametrize(("model", "text"), [("gemini-script", "Grüße"), ("rehearsal", "[cut]")])
async def test_a_stream_that_breaks_off_is_an_error_and_no_short_answer(
    client: genai.Client, vendor: ScriptedVendor, model: str, text: str
) -> None:
    vendor.script = cut_after(2)

    with pytest.raises(errors.ServerError, match=r"broke (off its reply|its reply off)"):
        await streamed(client, model, text)


@pytest.mark.parametrize(("model", "text"), [("gemini-script", "Grüße"), ("rehearsal", "Grüße [slow 60]")])
async def test_leaving_a_stream_half_way_ends_it_at_the_vendor_and_is_booked_as_estimated(
    client: genai.Client, vendor: ScriptedVendor, booked: Booked, model: str, text: str
) -> None:
    vendor.script = pausing_after(2)

    came: asyncio.Queue[types.GenerateContentResponse] = asyncio.Queue()

    async def read() -> None:
        async for chunk in await client.aio.models.generate_content_stream(model=model, contents=text):
            came.put_nowait(chunk)

    # The SDK has no way to close a stream, other than to cancel who reads it.
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(read())
        first = await came.get()
        reading.cancel()

    event = await booked.event()
    await vendor.until(lambda: all(received.did_peer_leave for received in vendor.log))
    assert first.candidates
    assert (event.outcome, event.estimated, event.status) == ("cut_by_caller", True, 200)


async def test_cancelling_a_call_ends_it_at_the_vendor(
    client: genai.Client, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(never=True))

    async with asyncio.TaskGroup() as group:
        call = group.create_task(client.aio.models.generate_content(model="gemini-script", contents="Grüße"))
        await vendor.until(lambda: len(vendor.log) == 1)
        call.cancel()

    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (await booked.event()).outcome == "cut_by_caller"


async def test_the_synchronous_client_works_alike(
    gateway: RunningGateway, vendor: ScriptedVendor, booked: Booked
) -> None:
    def talk() -> list[str | None]:
        with genai.Client(api_key=gateway.key, http_options=options(gateway)) as client:
            whole = client.models.generate_content(model="gemini-script", contents="Grüße")
            chunks = list(client.models.generate_content_stream(model="rehearsal", contents="Grüße"))
            with pytest.raises(errors.ClientError, match="is not known here"):
                client.models.generate_content(model="unheard-of", contents="Grüße")
        return [whole.text, "".join(chunk.text or "" for chunk in chunks)]

    said = await asyncio.to_thread(talk)

    assert all(said)
    assert [event.estimated for event in await booked.events(2)] == [False] * 2
    assert len(vendor.log) == 1


async def test_the_synchronous_client_leaves_a_stream_half_way_too(
    gateway: RunningGateway, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(2)

    def leave() -> None:
        with genai.Client(api_key=gateway.key, http_options=options(gateway)) as client:
            stream = client.models.generate_content_stream(model="gemini-script", contents="Grüße")
            next(stream)
            del stream

    await asyncio.to_thread(leave)

    event = await booked.event()
    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (event.outcome, event.estimated) == ("cut_by_caller", True)
