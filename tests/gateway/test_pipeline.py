"""The path of a call, from the caller's bytes to the vendor's and back."""

import gzip
import io
import json

import pytest
import zstandard

from drawbridge.usage.report import UsageRow
from tests.gateway.examples import ARRAY_STREAM, CHAT, EVENT_STREAMS, GENERATE, MESSAGE, SAID, WHOLE
from tests.parts.answers import usage_of
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.gateway import VENDOR_KEY
from tests.parts.vendor import ScriptedVendor


def counted(event: UsageRow) -> tuple[int, int, int]:
    return event.input_tokens, event.input_cached_tokens, event.output_tokens


async def test_a_chat_call_reaches_the_vendor_with_our_credential_and_is_booked_exactly(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    body = b'{ "model" : "gpt-5", "messages" : [{"role": "user", "content": "hi"}], "odd": 1e400 }'

    reply = await caller.post("/v1/chat/completions", body)

    event = await booked.event()
    [request] = vendor.requests
    usage = reply.json()["usage"]
    assert reply.status == 200
    assert request.body == body
    assert request.header("authorization") == f"Bearer {VENDOR_KEY}"
    assert (event.input_tokens, event.output_tokens) == (usage["prompt_tokens"], usage["completion_tokens"])
    assert (event.outcome, event.estimated, event.model, event.deployment) == ("ok", False, "gpt-5", "vendor/gpt-5")


@pytest.mark.parametrize(("path", "body"), [*WHOLE, *EVENT_STREAMS, (ARRAY_STREAM, GENERATE)])
async def test_every_dialect_is_booked_with_the_vendors_own_count(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    reply = await caller.post(path, body)

    event = await booked.event()
    usage = usage_of(vendor.requests[0].body)
    assert reply.status == 200, reply.body
    assert (event.outcome, event.estimated, event.status) == ("ok", False, 200)
    assert counted(event) == (usage.input, usage.cached, usage.output)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "hi"}),
        ("/v1/messages/count_tokens", {"model": "claude-sonnet-4-5", "messages": SAID}),
        ("/v1beta/models/gemini-2.5-pro:countTokens", GENERATE),
        ("/v1beta/models/gemini-embedding-001:embedContent", {"content": {"parts": [{"text": "hi"}]}}),
        ("/v1beta/models/gemini-embedding-001:batchEmbedContents", {"requests": []}),
    ],
)
async def test_calls_that_answer_with_no_text_are_booked_with_no_output(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, path: str, body: Json
) -> None:
    reply = await caller.post(path, body)

    event = await booked.event()
    assert reply.status == 200
    assert vendor.requests[0].body == json.dumps(body).encode()
    assert (event.outcome, event.output_tokens) == ("ok", 0)


async def test_an_event_tells_who_called_what_where_and_how_it_went(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    headers = {"user-agent": "claude-cli/2.1.330 (external, sdk-cli)", "x-claude-code-session-id": "s-1"}

    reply = await caller.post("/v1/messages", MESSAGE | {"model": "vendor/claude-sonnet-4-5", "stream": True}, headers)

    event = await booked.event()
    assert str(event.call_id) == reply.headers["x-drawbridge-call"]
    assert (event.model, event.upstream_model) == ("vendor/claude-sonnet-4-5", "claude-sonnet-4-5")
    assert (event.provider, event.deployment) == ("vendor", "vendor/claude-sonnet-4-5")
    assert (event.product, event.operation, event.dialect) == ("api", "messages", "anthropic-messages")
    assert (event.client, event.session_id, event.streamed) == ("claude-code", "s-1", True)
    assert event.provider_request_id == f"vendor-{vendor.requests[0].number}"
    assert event.time_to_first_byte_ms is not None
    assert 0 <= event.time_to_first_byte_ms <= event.duration_ms


async def test_what_nobody_has_a_price_for_is_booked_unpriced_and_not_as_free(caller: Caller, booked: Booked) -> None:
    await caller.post("/v1/chat/completions", CHAT)

    event = await booked.event()
    assert (event.cost_nanousd, event.price_id) == (None, None)


@pytest.mark.parametrize("prefix", ["/v1beta", "", "/v1"])
@pytest.mark.parametrize("model", ["gemini-2.5-pro", "vendor/gemini-2.5-pro"])
async def test_gemini_is_called_with_and_without_its_version_and_the_model_in_the_path_is_changed(
    caller: Caller, vendor: ScriptedVendor, prefix: str, model: str
) -> None:
    body = json.dumps({**GENERATE, "model": "models/another", "stream": True}).encode()

    reply = await caller.post(f"{prefix}/models/{model}:generateContent", body)

    [request] = vendor.requests
    assert reply.status == 200, reply.body
    assert request.target == "/models/gemini-2.5-pro:generateContent"
    assert request.body == body


@pytest.mark.parametrize(("path", "body"), WHOLE[:3])
async def test_only_the_model_is_changed_in_a_body_and_every_other_byte_stays(
    caller: Caller, vendor: ScriptedVendor, path: str, body: Json
) -> None:
    unknown = '"\\u00fcnknown" : {"deep":[1e400, -0.0,{"a":null}],"model":"vendor/x"} ,\n\t'
    sent = ("{ " + unknown + json.dumps({**body, "model": "vendor/gpt-x"})[1:]).encode()

    await caller.post(path, sent)

    assert vendor.requests[0].body == sent.replace(b'"vendor/gpt-x"', b'"gpt-x"')


@pytest.mark.parametrize(("name", "value"), [("model", '"other"'), ("stream", "true"), ("max_tokens", "1")])
async def test_a_member_that_is_there_twice_is_refused_and_named(
    caller: Caller, vendor: ScriptedVendor, name: str, value: str
) -> None:
    sent = json.dumps({**MESSAGE, "stream": False})[:-1] + f', "{name}": {value}}}'

    reply = await caller.post("/v1/chat/completions", sent.encode())

    assert reply.status == 400
    assert (reply.json()["error"]["param"], reply.json()["error"]["type"]) == (name, "invalid_request_error")
    assert not vendor.requests


async def test_a_member_with_an_escaped_name_that_we_read_is_refused(caller: Caller, vendor: ScriptedVendor) -> None:
    reply = await caller.post("/v1/chat/completions", b'{"model":"gpt-5","\\u0073tream":true,"messages":[]}')

    assert reply.status == 400
    assert "'stream'" in reply.json()["error"]["message"]
    assert not vendor.requests


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_packed_body_arrives_unpacked_and_says_no_more_that_it_is_packed(
    caller: Caller, vendor: ScriptedVendor, encoding: str
) -> None:
    body = json.dumps(CHAT).encode()
    packed = gzip.compress(body) if encoding == "gzip" else zstandard.compress(body)

    reply = await caller.post("/v1/chat/completions", packed, {"content-encoding": encoding})

    [request] = vendor.requests
    assert reply.status == 200, reply.body
    assert request.body == body
    assert request.header("content-encoding") is None


@pytest.mark.parametrize(("encoding", "status"), [("br", 415), ("gzip, gzip", 415), ("gzip", 400), ("zstd", 400)])
async def test_what_cannot_be_unpacked_is_refused(
    caller: Caller, vendor: ScriptedVendor, encoding: str, status: int
) -> None:
    reply = await caller.post("/v1/chat/completions", json.dumps(CHAT).encode(), {"content-encoding": encoding})

    assert reply.status == status
    assert not vendor.requests


async def test_a_body_of_several_megabytes_passes_like_a_small_one(caller: Caller, vendor: ScriptedVendor) -> None:
    large = json.dumps({**CHAT, "picture": "0123456789abcdef" * 200_000}).encode()
    await caller.post("/v1/chat/completions", CHAT)

    async with caller.stream("POST", "/v1/chat/completions", body=io.BytesIO(large)) as reply:
        assert reply.status == 200

    small, big = vendor.requests
    assert big.body == large
    assert [name for name, _ in big.headers] == [name for name, _ in small.headers]


@pytest.mark.parametrize("name", ["a\0b", "m" * 9_999, "line\nline", "\N{GRINNING FACE}"])
async def test_names_that_the_database_could_not_store_are_booked_all_the_same(
    caller: Caller, booked: Booked, name: str
) -> None:
    reply = await caller.post("/v1/chat/completions", {**CHAT, "model": name, "prompt_cache_key": name})

    event = await booked.event()
    assert reply.status == 200
    assert event.model[:1] == (event.session_id or "")[:1] == name[:1]
