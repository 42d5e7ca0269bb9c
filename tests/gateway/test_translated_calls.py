"""What stands around a translated call: whose objects it may name, which headers cross, and what is booked."""

import json
from dataclasses import replace

import pytest

from drawbridge.gateway.dialects import Dialect as DialectName
from drawbridge.gateway.wire.canonical import Opaque
from drawbridge.gateway.wire.opaque import hand_out
from tests.parts.answers import answer_by_path, paced
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.configured import configure
from tests.parts.gateway import VENDOR_KEY, RunningGateway
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

CONFIGURATION = """\
version: 1
providers:
  chat: {base_url: VENDOR/chat, dialects: [openai-chat], credential: {env: VENDOR_KEY}}
  responses: {base_url: VENDOR/responses, dialects: [openai-responses], credential: {env: VENDOR_KEY}}
  anthropic: {base_url: VENDOR/anthropic, dialects: [anthropic-messages], credential: {env: VENDOR_KEY}}
  gemini: {base_url: VENDOR/v1beta, dialects: [gemini], credential: {env: VENDOR_KEY}}
  uncounted:
    base_url: VENDOR/uncounted
    dialects: [openai-chat]
    credential: {env: VENDOR_KEY}
    quirks: {usage_in_stream: never}
deployments:
  chat: {provider: chat, upstream_model: upstream-chat}
  responses: {provider: responses, upstream_model: upstream-responses}
  anthropic: {provider: anthropic, upstream_model: upstream-anthropic}
  gemini: {provider: gemini, upstream_model: upstream-gemini}
  uncounted: {provider: uncounted, upstream_model: upstream-uncounted}
models:
  to-chat: {route: [chat]}
  to-responses: {route: [responses]}
  to-anthropic: {route: [anthropic]}
  to-gemini: {route: [gemini]}
  to-uncounted: {route: [uncounted]}
  to-any: {route: [chat, responses, anthropic, gemini]}
"""
HELLO = [{"role": "user", "content": "Hello"}]


def wrapped(value: str, dialect: DialectName, provider: str) -> str:
    """Return a sealed value as a caller of another dialect gets to keep it."""
    told: DialectName = "openai-chat"
    return hand_out(Opaque(value, dialect, provider), told)


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    text = CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/")
    await configure(shared_gateway, text, "to-any")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    del vendor
    return configured


def message(model: str, **members: object) -> Json:
    return {"model": model, "max_tokens": 99, "messages": HELLO, **members}


def sealed_turn(seal: str) -> list[Json]:
    """Return a conversation with thinking that this seal belongs to."""
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": seal}
    return [*HELLO, {"role": "assistant", "content": [thinking, {"type": "text", "text": "Hi"}]}, *HELLO]


async def test_names_that_no_header_can_hold_are_told_in_the_header_and_the_call_is_answered(caller: Caller) -> None:
    strange: Json = {"a\r\nset-cookie: b": 1, "ö,": 2, "\x00%": 3}

    reply = await caller.post("/v1/messages", message("to-chat", **strange))

    assert reply.status == 200
    assert reply.headers["x-drawbridge-lost"] == '["a%0D%0Aset-cookie: b"], %C3%B6%2C, %00%25'
    assert "set-cookie" not in reply.headers


async def test_a_call_with_anothers_seal_keeps_all_that_stands_around_its_body(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    body = message("to-anthropic", messages=sealed_turn(wrapped("s", "gemini", "gemini")), service_tier="auto")
    headers = {"anthropic-beta": "some-beta", "x-app": "cli", "idempotency-key": "1", "anthropic-version": "2024-01-01"}

    reply = await caller.post(f"/v1/messages?beta=true&key={caller.key}", body, headers)

    assert reply.status == 200
    (request,) = vendor.requests
    assert request.target == "/anthropic/messages?beta=true"
    assert caller.key not in str(request)
    assert [request.header(name) for name in ("anthropic-beta", "x-app", "anthropic-version")] == [
        "some-beta",
        "cli",
        "2024-01-01",
    ]
    assert request.header("idempotency-key")
    assert json.loads(request.body)["service_tier"] == "auto"
    assert b"drawbridge1" not in request.body
    assert wrapped("s", "gemini", "gemini").encode() not in request.body


async def test_a_response_that_the_vendor_keeps_is_its_callers_though_the_request_held_anothers_seal(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    vendor.script = kept_response
    sealed: Json = {"type": "reasoning", "summary": [], "encrypted_content": wrapped("s", "gemini", "gemini")}
    await caller.post("/v1/responses", {"model": "to-responses", "input": [sealed, *HELLO], "store": True})

    reply = await caller.post(
        "/v1/responses", {"model": "to-responses", "input": "More", "previous_response_id": "resp_kept"}
    )

    assert reply.status == 200
    assert json.loads(vendor.requests[-1].body)["previous_response_id"] == "resp_kept"


async def test_a_text_about_the_mark_of_sealed_values_is_passed_on_byte_for_byte(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    said = f"What does {wrapped('s', 'gemini', 'gemini')} mean?"
    body = json.dumps(message("to-anthropic", messages=[{"role": "user", "content": said}])).encode()

    await caller.post("/v1/messages", body)

    (request,) = vendor.requests
    assert request.body == body.replace(b"to-anthropic", b"upstream-anthropic")


async def test_a_chat_stream_that_quotes_a_sealed_value_is_counted_as_every_other(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    said = [{"role": "user", "content": wrapped("s", "gemini", "gemini")}]

    reply = await caller.post("/v1/chat/completions", {"model": "to-chat", "messages": said, "stream": True})

    assert b"usage" not in reply.body
    assert not (await booked.event()).estimated
    assert json.loads(vendor.requests[0].body)["messages"] == said


def kept_response(request: Request) -> Answer:
    del request
    output: list[Json] = [
        {"type": "message", "id": "msg_kept", "role": "assistant", "status": "completed", "content": []}
    ]
    kept = {"id": "resp_kept", "object": "response", "status": "completed", "store": True, "output": output}
    return Answer(headers=(("content-type", "application/json"),), pieces=((json.dumps(kept).encode(), 0),))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("target", ["to-responses", "to-anthropic", "to-gemini", "to-uncounted"])
async def test_only_a_vendor_that_wants_to_be_asked_for_usage_is_asked(
    caller: Caller, vendor: ScriptedVendor, target: str, *, stream: bool
) -> None:
    path = "/v1/chat/completions" if target != "to-uncounted" else "/v1/messages"

    reply = await caller.post(path, message(target, stream=stream))

    assert reply.status == 200
    assert b"stream_options" not in vendor.requests[0].body


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_a_vendor_says_in_headers_of_its_own_stays_away_from_callers_of_another_dialect(
    caller: Caller, vendor: ScriptedVendor, *, stream: bool
) -> None:
    vendor.script = talkative

    reply = await caller.post("/v1/messages", message("to-chat", stream=stream))

    assert {name.lower() for name in reply.headers} & {name for name, _ in TALK} == {"retry-after", "x-request-id"}
    assert reply.headers["content-type"].startswith("text/event-stream" if stream else "application/json")


TALK = (
    ("openai-version", "2020-10-01"),
    ("x-ratelimit-remaining-tokens", "1"),
    ("x-codex-turn-state", "secret"),
    ("retry-after", "3"),
    ("x-request-id", "vendor-1"),
    ("x-models-etag", "1"),
)


def talkative(request: Request) -> Answer:
    answer = answer_by_path(request)
    return replace(answer, headers=(*answer.headers[:1], *TALK))


async def test_a_callers_betas_key_and_program_stay_away_from_a_vendor_of_another_dialect(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    own = {
        "anthropic-beta": "own-beta",
        "openai-beta": "own-beta",
        "user-agent": "own-program",
        "x-app": "own",
        "cookie": "own",
        "idempotency-key": "own-key",
        "x-claude-code-session": "own",
    }

    reply = await caller.post(f"/v1/messages?key={caller.key}&own=1", message("to-chat"), own)

    assert reply.status == 200
    (request,) = vendor.requests
    assert "own" not in str((request.target, request.headers))
    assert caller.key not in str(request)


async def test_an_address_that_names_a_file_of_the_vendors_is_refused_where_it_is_nobodys(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    # To Gemini this is the file `abc`, of whoever uploaded it; to a chat completion it is an address.
    film = {"type": "image_url", "image_url": {"url": "file://youtu.be/v1beta/files/abc"}}

    reply = await caller.post(
        "/v1/chat/completions", message("to-gemini", messages=[{"role": "user", "content": [film]}])
    )

    assert reply.status == 404
    assert "'abc'" in reply.json()["error"]["message"]
    assert vendor.requests == []


OWNED_BY_NOBODY: list[tuple[str, Json]] = [
    ("/v1/responses", {"input": "Hi", "previous_response_id": "resp_1"}),
    ("/v1/responses", {"input": "Hi", "conversation": "conv_1"}),
    ("/v1/responses", {"input": "Hi", "prompt": {"id": "pmpt_1"}}),
    ("/v1/responses", {"input": [{"type": "item_reference", "id": "msg_1"}]}),
    ("/v1/responses", {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}]}),
    ("/v1/messages", message("", container="container_1")),
    (
        "/v1/messages",
        message("", messages=[{"role": "user", "content": [{"type": "container_upload", "file_id": "f"}]}]),
    ),
    (
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]},
    ),
    (
        "/v1beta/models/MODEL:generateContent",
        {"contents": [{"parts": [{"text": "Hi"}]}], "cachedContent": "cachedContents/1"},
    ),
    (
        "/v1beta/models/MODEL:generateContent",
        {"contents": [{"parts": [{"fileData": {"fileUri": wrapped("file-1", "anthropic-messages", "anthropic")}}]}]},
    ),
]


@pytest.mark.parametrize("target", ["to-chat", "to-responses", "to-anthropic", "to-gemini", "to-any"])
@pytest.mark.parametrize(("path", "body"), OWNED_BY_NOBODY)
async def test_a_request_that_builds_on_what_is_not_the_callers_is_refused_whoever_would_answer(
    caller: Caller, vendor: ScriptedVendor, path: str, body: Json, target: str
) -> None:
    body = body if "MODEL" in path else body | {"model": target}

    reply = await caller.post(path.replace("MODEL", target), body)

    assert reply.status in (400, 404)
    assert vendor.requests == []


async def test_an_image_inside_of_this_network_is_neither_fetched_nor_sent_nor_booked(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    inside = {"type": "image_url", "image_url": {"url": f"{vendor.url}/secret.png"}}
    said = message("to-gemini", messages=[{"role": "user", "content": [inside]}])

    reply = await caller.post("/v1/chat/completions", said)

    assert reply.status == 400
    error = reply.json()["error"]
    assert error["param"] == "messages[0].content[0]"
    assert "not on the public internet" in error["message"]
    assert vendor.requests == []
    await caller.post("/v1/chat/completions", message("to-gemini"))
    assert (await booked.event()).status == 200


ASKED: dict[str, tuple[str, Json]] = {
    "to-chat": ("/v1/chat/completions", {"messages": HELLO}),
    "to-responses": ("/v1/responses", {"input": "Hello"}),
    "to-anthropic": ("/v1/messages", {"max_tokens": 99, "messages": HELLO}),
    "to-gemini": ("/v1beta/models/MODEL:generateContent", {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}),
}
PAIRS = [(asked, target) for asked in ASKED for target in ASKED if asked != target]


def asking(said_in: str, model: str, *, stream: bool = False) -> tuple[str, Json]:
    """Return a request's path and body."""
    path, body = ASKED[said_in]
    if "MODEL" not in path:
        return path, body | {"model": model, "stream": stream}
    path = path.replace("MODEL", model)
    return (path.replace(":generate", ":streamGenerate") + "?alt=sse" if stream else path), body


@pytest.mark.parametrize("said_in", ASKED)
async def test_of_several_deployments_the_one_that_speaks_the_callers_dialect_answers(
    caller: Caller, vendor: ScriptedVendor, said_in: str
) -> None:
    path, body = asking(said_in, "to-any")

    for _ in range(5):
        assert (await caller.post(path, body)).status == 200

    upstream = said_in.replace("to-", "upstream-")
    assert all(upstream in request.target + request.body.decode() for request in vendor.requests)


@pytest.mark.parametrize(("said_in", "target"), PAIRS)
async def test_what_arrived_is_booked_where_the_caller_leaves_in_the_middle(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, said_in: str, target: str
) -> None:
    path, body = asking(said_in, target, stream=True)
    vendor.script = paced(0.2)

    async with caller.stream("POST", path, body=body) as reply:
        await reply.content.readany()

    event = await booked.event()
    assert (event.outcome, event.estimated) == ("cut_by_caller", True)
    assert event.input_tokens > 0
    await vendor.until(lambda: vendor.log[0].did_peer_leave)


@pytest.mark.parametrize(("said_in", "target"), PAIRS)
async def test_what_arrived_is_booked_and_the_caller_told_where_the_vendor_breaks_off(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, said_in: str, target: str
) -> None:
    path, body = asking(said_in, target, stream=True)
    vendor.script = half

    reply = await caller.post(path, body)

    event = await booked.event()
    assert (reply.status, event.outcome, event.estimated) == (200, "cut_by_provider", True)
    assert event.output_tokens > 0
    assert b'"error"' in reply.body


def half(request: Request) -> Answer:
    answer = answer_by_path(request)
    return replace(answer, pieces=answer.pieces[: len(answer.pieces) // 2])


@pytest.mark.parametrize(("said_in", "target"), PAIRS)
async def test_a_vendors_refusal_is_told_in_the_callers_dialect_without_our_credential_and_costs_nothing(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, said_in: str, target: str
) -> None:
    path, body = asking(said_in, target)
    vendor.script = busy

    reply = await caller.post(path, body)

    event = await booked.event()
    error = reply.json()["error"]
    assert (reply.status, reply.headers["retry-after"], error["message"]) == (429, "7", "Slow down, ***.")
    assert (event.outcome, event.cost_nanousd) == ("refused_by_provider", 0)


def busy(request: Request) -> Answer:
    del request
    told = f"Slow down, {VENDOR_KEY}.".encode()
    return Answer(status=429, headers=(("content-type", "text/plain"), ("retry-after", "7")), pieces=((told, 0),))


@pytest.mark.parametrize("said_in", ASKED)
async def test_a_wish_that_is_neither_true_nor_false_is_refused_in_the_callers_dialect(
    caller: Caller, vendor: ScriptedVendor, said_in: str
) -> None:
    path, body = asking(said_in, "to-chat" if said_in != "to-chat" else "to-gemini")

    reply = await caller.post(path, body, {"x-drawbridge-strict": "perhaps"})

    assert reply.status == 400
    assert "x-drawbridge-strict" in reply.json()["error"]["message"]
    assert vendor.requests == []
