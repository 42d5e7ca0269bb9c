"""What a translation loses is in the call's record, on the way there and on the way back."""

import asyncio
import json
from collections.abc import Mapping

import pytest
import typer
from typer.testing import CliRunner

from drawbridge.core.clock import SystemClock
from drawbridge.usage.commands import add_usage_command
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.configured import configure
from tests.parts.gateway import RunningGateway
from tests.parts.installations import opening
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

CONFIGURATION = """\
version: 1
providers:
  chatty: {base_url: VENDOR/chat, dialects: [openai-chat], quirks: {auth: none}}
deployments:
  chatty: {provider: chatty, upstream_model: upstream-chat}
models:
  fast: {route: [chatty]}
"""
MESSAGE: Json = {"model": "fast", "max_tokens": 99, "messages": [{"role": "user", "content": "Hello"}], "top_k": 5}
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "upstream-chat",
    "system_fingerprint": "fp_1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi", "audio": {"id": "audio_1", "data": "AAAA"}},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    await configure(shared_gateway, CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/"), "fast")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    del vendor
    return configured


def json_answer(value: Mapping[str, object]) -> Answer:
    return Answer(headers=(("content-type", "application/json"),), pieces=((json.dumps(value).encode(), 0.0),))


async def test_the_losses_of_a_request_and_its_reply_are_found_by_the_id_of_the_call(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(json_answer(COMPLETION))

    reply = await caller.post("/v1/messages", MESSAGE)

    await booked.event()
    found = await caller.get(f"/api/usage?call_id={reply.headers['x-drawbridge-call']}")
    [event] = found.json()["usage"]
    assert [leaf["path"] for leaf in event["lost"]["request"]] == ["top_k"]
    assert event["lost"]["request"][0]["effect"] == "answer"
    assert any(leaf["path"].endswith("message.audio.id") for leaf in event["lost"]["reply"])


async def test_the_command_line_shows_what_a_call_lost(
    caller: Caller, gateway: RunningGateway, shared_database_url: str, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(json_answer(COMPLETION))
    reply = await caller.post("/v1/messages", MESSAGE)
    await booked.event()
    app = typer.Typer()
    add_usage_command(app, opening(shared_database_url, gateway.organisation_id), SystemClock())

    # A command has an event loop of its own.
    shown = await asyncio.to_thread(CliRunner().invoke, app, ["--call", reply.headers["x-drawbridge-call"]])

    assert shown.exit_code == 0
    assert "chatty" in shown.output
    assert [line.split("\t")[1] for line in shown.output.splitlines() if line.startswith("request")] == ["top_k"]


async def test_what_a_stream_loses_is_kept_too(caller: Caller, vendor: ScriptedVendor, booked: Booked) -> None:
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "upstream-chat"}
    delta = {"role": "assistant", "content": "Hi", "audio": {"id": "audio_1", "data": "AAAA"}}
    chunks: list[Json] = [
        {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    written = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks) + b"data: [DONE]\n\n"
    vendor.script = always(Answer(headers=(("content-type", "text/event-stream"),), pieces=((written, 0.0),)))

    await caller.post("/v1/messages", {**MESSAGE, "stream": True})

    event = await booked.event()
    assert event.lost is not None
    assert [leaf.path for leaf in event.lost.request] == ["top_k"]
    assert any("audio" in leaf.path for leaf in event.lost.reply)


async def test_a_call_in_the_vendors_own_dialect_has_no_record_of_losses(caller: Caller, booked: Booked) -> None:
    reply = await caller.post("/v1/chat/completions", {"model": "fast", "messages": MESSAGE["messages"], "top_k": 5})

    assert reply.status == 200
    assert (await booked.event()).lost is None


async def test_a_translated_call_that_lost_nothing_says_so(caller: Caller, booked: Booked) -> None:
    spoken = {name: value for name, value in MESSAGE.items() if name != "top_k"}

    await caller.post("/v1/messages", spoken)

    lost = (await booked.event()).lost
    assert lost is not None
    assert not lost.request
    assert lost.unlisted == 0
