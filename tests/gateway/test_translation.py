"""A caller of any dialect is answered by a vendor of any other, streamed and not, and is told what was lost."""

import json

import pytest

from drawbridge.gateway.wire.json_text import encode
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.configured import configure
from tests.parts.gateway import RunningGateway
from tests.parts.oracle.replies import reply_facts
from tests.parts.same_wire import payloads
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

DIALECTS = ("openai-chat", "openai-responses", "anthropic-messages", "gemini")
CONFIGURATION = """\
version: 1
providers:
  openai-chat: {base_url: VENDOR/chat, dialects: [openai-chat], credential: {env: VENDOR_KEY}}
  openai-responses: {base_url: VENDOR/responses, dialects: [openai-responses], quirks: {auth: none}}
  anthropic-messages: {base_url: VENDOR/anthropic, dialects: [anthropic-messages], quirks: {auth: none}}
  gemini: {base_url: VENDOR/v1beta, dialects: [gemini], quirks: {auth: none}}
deployments:
  openai-chat: {provider: openai-chat, upstream_model: upstream-chat}
  openai-responses: {provider: openai-responses, upstream_model: upstream-responses}
  anthropic-messages: {provider: anthropic-messages, upstream_model: upstream-anthropic}
  gemini: {provider: gemini, upstream_model: upstream-gemini}
models:
  to-openai-chat: {route: [openai-chat]}
  to-openai-responses: {route: [openai-responses]}
  to-anthropic-messages: {route: [anthropic-messages]}
  to-gemini: {route: [gemini]}
"""
PAIRS = [(caller, vendor) for caller in DIALECTS for vendor in DIALECTS if caller != vendor]

SAID = "What is the weather in Kraków?"


def asked(dialect: str, model: str, *, stream: bool = False) -> tuple[str, Json]:
    """Return a request's path and body."""
    match dialect:
        case "openai-chat":
            more = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
            return "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": SAID}], **more}
        case "openai-responses":
            return "/v1/responses", {"model": model, "input": SAID, "stream": stream}
        case "anthropic-messages":
            messages = [{"role": "user", "content": SAID}]
            return "/v1/messages", {"model": model, "max_tokens": 99, "messages": messages, "stream": stream}
        case _:
            verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
            return f"/v1beta/models/{model}:{verb}", {"contents": [{"role": "user", "parts": [{"text": SAID}]}]}


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    """Apply the configuration in place of the one vendor that claims every model, and wait until it is in force."""
    await configure(shared_gateway, CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/"), "to-gemini")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    del vendor
    return configured


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("said_in", "spoken"), PAIRS)
async def test_a_call_is_answered_by_a_vendor_of_another_dialect(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, said_in: str, spoken: str, *, stream: bool
) -> None:
    path, body = asked(said_in, f"to-{spoken}", stream=stream)

    reply = await caller.post(path, body)

    assert reply.status == 200, reply.body
    (request,) = vendor.requests
    assert SAID in request.body.decode()
    told = reply_facts(said_in, payloads(reply.body))
    event = await booked.event()
    assert told.answer
    assert told.stop == "end"
    assert told.usage["output"] == event.output_tokens > 0
    assert (event.dialect, event.provider, event.estimated) == (said_in, spoken, False)


BUSY = {"message": "Too busy.", "type": "overloaded_error", "code": 503, "status": "UNAVAILABLE"}


@pytest.mark.parametrize(
    "answer",
    [
        b"data: " + encode({"type": "error", "error": BUSY}) + b"\n\n",
        b"",
        b"<html>Bad gateway</html>",
        b": ping\n\n",
    ],
    ids=["error event", "empty", "page", "pings"],
)
@pytest.mark.parametrize(("said_in", "spoken"), PAIRS)
async def test_a_stream_that_fails_before_it_says_anything_is_an_error(
    caller: Caller, vendor: ScriptedVendor, said_in: str, spoken: str, answer: bytes
) -> None:
    path, body = asked(said_in, f"to-{spoken}", stream=True)
    headers = (("content-type", "text/event-stream"),)

    def script(_request: Request) -> Answer:
        return Answer(headers=headers, pieces=((answer, 0),))

    vendor.script = script

    reply = await caller.post(path, body)

    assert reply.status >= 500, reply.body
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(reply.body)["error"]["message"]
