"""The `anthropic` SDK, unmodified: only its base URL and key are ours."""

import asyncio
import json
from collections.abc import AsyncIterator

import anthropic
import pytest
from anthropic.types import MessageParam, ToolParam

from tests.parts.answers import json_bytes, usage_of
from tests.parts.booked import Booked
from tests.parts.caller import Json
from tests.parts.gateway import VENDOR_KEY, RunningGateway
from tests.parts.scripts import always, cut_after, pausing_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

pytestmark = pytest.mark.sdk

# The one is answered by the scripted vendor, the other by the built-in provider.
MODELS = ["claude-script", "rehearsal"]
TOOL: ToolParam = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}
HELLO: list[MessageParam] = [{"role": "user", "content": "Grüße"}]


@pytest.fixture
async def client(gateway: RunningGateway) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(api_key=gateway.key, base_url=gateway.url, max_retries=0, timeout=30) as client:
        yield client


@pytest.mark.parametrize("model", MODELS)
async def test_a_message_is_answered_and_booked_with_the_usage_that_the_caller_sees(
    client: anthropic.AsyncAnthropic, booked: Booked, model: str
) -> None:
    answered = await client.messages.create(model=model, max_tokens=512, messages=HELLO)

    event = await booked.event()
    cached = answered.usage.cache_read_input_tokens or 0
    assert answered.content[0].type == "text"
    assert answered.content[0].text
    assert (event.input_tokens, event.input_cached_tokens, event.output_tokens) == (
        answered.usage.input_tokens + cached,
        cached,
        answered.usage.output_tokens,
    )
    assert (event.outcome, event.estimated, event.operation) == ("ok", False, "messages")
    assert (event.client, event.model) == ("anthropic-python", model)


async def test_the_vendor_gets_what_the_sdk_sent_with_our_credential(
    client: anthropic.AsyncAnthropic, vendor: ScriptedVendor, gateway: RunningGateway
) -> None:
    await client.messages.create(
        model="claude-script",
        max_tokens=512,
        messages=HELLO,
        extra_headers={"anthropic-beta": "unheard-of-2031-01-01"},
        extra_body={"unheard_of": {"a": 1}},
    )

    [request] = vendor.requests
    sent: Json = {"model": "claude-script", "max_tokens": 512, "messages": HELLO, "unheard_of": {"a": 1}}
    assert json.loads(request.body) == sent
    assert request.path == "/messages"
    assert request.header("authorization") == f"Bearer {VENDOR_KEY}"
    assert request.header("anthropic-beta") == "unheard-of-2031-01-01"
    assert request.header("anthropic-version")
    assert gateway.key not in str(request.headers)


async def test_the_key_may_be_given_as_either_of_the_sdks_credentials(gateway: RunningGateway) -> None:
    by_key = anthropic.AsyncAnthropic(api_key=gateway.key, base_url=gateway.url, max_retries=0)
    by_token = anthropic.AsyncAnthropic(auth_token=gateway.key, base_url=gateway.url, max_retries=0)

    async with by_key, by_token:
        listed = [await by_key.models.list(), await by_token.models.list()]

    assert listed[0].data == listed[1].data


@pytest.mark.parametrize("model", MODELS)
async def test_a_streamed_message_comes_in_pieces_and_is_booked_exactly(
    client: anthropic.AsyncAnthropic, vendor: ScriptedVendor, booked: Booked, model: str
) -> None:
    async with client.messages.stream(model=model, max_tokens=512, messages=HELLO) as stream:
        deltas = [text async for text in stream.text_stream]
        final = await stream.get_final_message()

    event = await booked.event()
    assert final.content[0].type == "text"
    assert "".join(deltas) == final.content[0].text
    assert len(deltas) > 1
    assert final.stop_reason == "end_turn"
    assert (event.output_tokens, event.estimated, event.streamed) == (final.usage.output_tokens, False, True)
    if vendor.requests:
        assert event.output_tokens == usage_of(vendor.requests[0].body).output


@pytest.mark.parametrize("model", MODELS)
async def test_a_message_calls_a_tool_and_goes_on_with_its_result(
    client: anthropic.AsyncAnthropic, vendor: ScriptedVendor, booked: Booked, model: str
) -> None:
    asked: list[MessageParam] = [{"role": "user", "content": "use a tool"}]
    async with client.messages.stream(model=model, max_tokens=512, messages=asked, tools=[TOOL]) as stream:
        called = await stream.get_final_message()
    use = next(block for block in called.content if block.type == "tool_use")
    happened: list[MessageParam] = [
        *asked,
        {"role": "assistant", "content": called.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "18 degrees"}]},
    ]
    final = await client.messages.create(model=model, max_tokens=512, messages=happened, tools=[TOOL])

    assert called.stop_reason == "tool_use"
    assert (use.name, set(use.input)) == ("get_weather", {"place"})
    assert final.stop_reason == "end_turn"
    assert [event.estimated for event in await booked.events(2)] == [False, False]
    if vendor.requests:
        assert json.loads(vendor.requests[1].body)["messages"][2]["content"][0]["content"] == "18 degrees"


@pytest.mark.parametrize("model", MODELS)
async def test_tokens_are_counted_free_of_charge(client: anthropic.AsyncAnthropic, booked: Booked, model: str) -> None:
    counted = await client.messages.count_tokens(model=model, messages=HELLO, tools=[TOOL])

    event = await booked.event()
    assert counted.input_tokens > 0
    assert (event.operation, event.outcome, event.input_tokens, event.estimated) == (
        "messages.count_tokens",
        "ok",
        0,
        False,
    )


async def test_models_are_listed_and_got(client: anthropic.AsyncAnthropic) -> None:
    listed = [model.id async for model in client.models.list()]
    got = await client.models.retrieve("rehearsal")

    assert listed == ["rehearsal", "rehearsal-embedding"]
    assert (got.id, got.type, got.created_at.year >= 2026) == ("rehearsal", "model", True)


async def test_an_unknown_model_is_the_sdks_not_found(client: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(anthropic.NotFoundError, match="'unheard-of' is not known here") as raised:
        await client.messages.create(model="unheard-of", max_tokens=9, messages=HELLO)
    with pytest.raises(anthropic.NotFoundError, match="is not known here"):
        await client.models.retrieve("unheard-of")

    assert raised.value.type == "not_found_error"


async def test_a_wrong_key_is_the_sdks_authentication_error(client: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(anthropic.AuthenticationError, match="not a Drawbridge key"):
        await client.with_options(api_key="sk-ant-wrong").messages.create(
            model="rehearsal", max_tokens=9, messages=HELLO
        )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, anthropic.BadRequestError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_vendors_error_is_the_sdks_own_with_the_vendors_message(
    client: anthropic.AsyncAnthropic,
    vendor: ScriptedVendor,
    status: int,
    kind: type[anthropic.APIStatusError],
    streamed: bool,
) -> None:
    error: Json = {"type": "error", "error": {"type": "odd", "message": "No, thanks."}}
    headers = (("content-type", "application/json"), ("request-id", "req_7"), ("retry-after", "11"))
    vendor.script = always(Answer(status=status, headers=headers, pieces=((json_bytes(error), 0),)))

    with pytest.raises(kind, match="No, thanks") as raised:
        await client.messages.create(model="claude-script", max_tokens=9, messages=HELLO, stream=streamed)
    with pytest.raises(kind):
        await client.messages.create(
            model="rehearsal",
            max_tokens=9,
            messages=[{"role": "user", "content": f"[fail {status}]"}],
            stream=streamed,
        )

    assert (raised.value.request_id, raised.value.response.headers["retry-after"]) == ("req_7", "11")
    assert len(vendor.log) == 1


@pytest.mark.parametrize(("model", "text"), [("claude-script", "Grüße"), ("rehearsal", "[cut]")])
async def test_a_stream_that_breaks_off_is_an_error_and_no_short_answer(
    client: anthropic.AsyncAnthropic, vendor: ScriptedVendor, model: str, text: str
) -> None:
    vendor.script = cut_after(5)
    said: list[MessageParam] = [{"role": "user", "content": text}]

    with pytest.raises(anthropic.APIStatusError, match=r"broke (off its reply|its reply off)"):
        async with client.messages.stream(model=model, max_tokens=512, messages=said) as stream:
            await stream.get_final_message()


@pytest.mark.parametrize(("model", "text"), [("claude-script", "Grüße"), ("rehearsal", "Grüße [slow 60]")])
async def test_leaving_a_stream_half_way_ends_it_at_the_vendor_and_is_booked_as_estimated(
    client: anthropic.AsyncAnthropic, vendor: ScriptedVendor, booked: Booked, model: str, text: str
) -> None:
    vendor.script = pausing_after(4)
    said: list[MessageParam] = [{"role": "user", "content": text}]

    async with client.messages.stream(model=model, max_tokens=512, messages=said) as stream:
        first = await anext(aiter(stream))

    event = await booked.event()
    await vendor.until(lambda: all(received.did_peer_leave for received in vendor.log))
    assert first.type == "message_start"
    assert (event.outcome, event.estimated, event.status) == ("cut_by_caller", True, 200)
    assert event.input_tokens == first.message.usage.input_tokens + (first.message.usage.cache_read_input_tokens or 0)


async def test_cancelling_a_call_ends_it_at_the_vendor(
    client: anthropic.AsyncAnthropic, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(never=True))

    async with asyncio.TaskGroup() as group:
        call = group.create_task(client.messages.create(model="claude-script", max_tokens=9, messages=HELLO))
        await vendor.until(lambda: len(vendor.log) == 1)
        call.cancel()

    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (await booked.event()).outcome == "cut_by_caller"


async def test_the_synchronous_client_works_alike(
    gateway: RunningGateway, vendor: ScriptedVendor, booked: Booked
) -> None:
    def talk() -> list[str]:
        with anthropic.Anthropic(api_key=gateway.key, base_url=gateway.url, max_retries=0, timeout=30) as client:
            whole = client.messages.create(model="claude-script", max_tokens=9, messages=HELLO)
            with client.messages.stream(model="rehearsal", max_tokens=512, messages=HELLO) as stream:
                streamed = stream.get_final_message()
            with pytest.raises(anthropic.NotFoundError):
                client.messages.create(model="unheard-of", max_tokens=9, messages=HELLO)
        return [block.text for message in (whole, streamed) for block in message.content if block.type == "text"]

    said = await asyncio.to_thread(talk)

    assert len(said) == 2
    assert [event.estimated for event in await booked.events(2)] == [False] * 2
    assert len(vendor.log) == 1


async def test_the_synchronous_client_leaves_a_stream_half_way_too(
    gateway: RunningGateway, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(4)

    def leave() -> None:
        with (
            anthropic.Anthropic(api_key=gateway.key, base_url=gateway.url, max_retries=0, timeout=30) as client,
            client.messages.stream(model="claude-script", max_tokens=9, messages=HELLO) as stream,
        ):
            next(iter(stream))

    await asyncio.to_thread(leave)

    event = await booked.event()
    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    assert (event.outcome, event.estimated) == ("cut_by_caller", True)
