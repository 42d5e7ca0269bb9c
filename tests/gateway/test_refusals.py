"""A refusal is in the caller's dialect, with a status at which its client stops, and says what to do."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import get_args

import pytest

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.refusals import Reason, Refusal, write_refusal, write_stream_failure
from tests.gateway.examples import CHAT, GENERATE, MESSAGE, RESPONSE
from tests.parts.caller import Caller, Json, Reply

CODEX = {"user-agent": "codex_exec/0.169.0 (Debian 12; x86_64) unknown"}
CLAUDE_CODE = {"user-agent": "claude-cli/2.1.330 (external, sdk-cli)"}
NO_KEY = {"authorization": "Bearer none"}
CALLS: dict[Dialect, tuple[str, Json]] = {
    "openai-chat": ("/v1/chat/completions", CHAT),
    "openai-responses": ("/v1/responses", RESPONSE),
    "openai-embeddings": ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "hi"}),
    "openai-completions": ("/v1/completions", {"model": "babbage-002", "prompt": "hi"}),
    "openai-images": ("/v1/images/generations", {"model": "gpt-image-1", "prompt": "a house"}),
    "openai-audio": ("/v1/audio/speech", {"model": "tts-1", "input": "hi", "voice": "alloy"}),
    "openai-moderations": ("/v1/moderations", {"model": "omni-moderation-latest", "input": "hi"}),
    "rerank": ("/v1/rerank", {"model": "rerank-v3.5", "query": "hi", "documents": ["ho"]}),
    "anthropic-messages": ("/v1/messages", MESSAGE),
    "gemini": ("/v1beta/models/gemini-2.5-pro:generateContent", GENERATE),
}


def has_shape_of(reply: Reply, dialect: Dialect) -> bool:
    """Tell whether an error looks like the vendor's own."""
    body = reply.json()
    match dialect:
        case "anthropic-messages":
            return body["type"] == "error" and set(body["error"]) == {"type", "message"}
        case "gemini":
            return set(body["error"]) == {"code", "message", "status"} and body["error"]["code"] == reply.status
        case _:
            return set(body["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("dialect", CALLS)
async def test_a_wrong_key_is_refused_in_the_callers_dialect(caller: Caller, dialect: Dialect) -> None:
    path, body = CALLS[dialect]

    reply = await caller.post(path, body, NO_KEY)

    assert reply.status == 401
    assert has_shape_of(reply, dialect)
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("dialect", CALLS)
async def test_a_body_that_is_no_json_is_refused_in_the_callers_dialect(caller: Caller, dialect: Dialect) -> None:
    reply = await caller.post(CALLS[dialect][0], b'{"model": "gpt-5", ')

    assert reply.status == 400
    assert has_shape_of(reply, dialect)
    assert "not valid JSON" in reply.json()["error"]["message"]


@pytest.mark.parametrize("dialect", [dialect for dialect in CALLS if dialect not in {"gemini", "openai-moderations"}])
@pytest.mark.parametrize("body", [{}, {"model": ""}, {"model": None}])
async def test_a_body_that_names_no_model_is_refused(caller: Caller, dialect: Dialect, body: Json) -> None:
    reply = await caller.post(CALLS[dialect][0], body)

    assert reply.status == 400
    assert has_shape_of(reply, dialect)
    assert "names no model" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1/fine_tuning/jobs", "openai-chat"),
        ("/nothing", "openai-chat"),
        ("/v1/responses/resp_1/resume", "openai-responses"),
        ("/v1/messages/batches/b/c", "anthropic-messages"),
        ("/v1beta/tunedModels", "gemini"),
        ("/v1beta/models/gemini-2.5-pro:predict", "gemini"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_an_unknown_path_is_refused_with_what_is_served(
    caller: Caller, method: str, path: str, dialect: Dialect
) -> None:
    reply = await caller.ask(method, path, body=CHAT, headers=caller.bearer)

    assert reply.status == 404
    assert has_shape_of(reply, dialect)
    assert "/v1/chat/completions" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [
        ("GET", "/v1/chat/completions", "POST"),
        ("DELETE", "/v1/messages", "POST"),
        ("GET", "/v1beta/models/gemini-2.5-pro:generateContent", "POST"),
        ("POST", "/v1/models", "GET"),
        ("DELETE", "/v1/models/gpt-5", "GET"),
        ("GET", "/v1/responses", "POST"),
    ],
)
async def test_a_wrong_method_is_told_the_right_one(caller: Caller, method: str, path: str, takes: str) -> None:
    reply = await caller.ask(method, path, headers=caller.bearer)

    assert reply.status == 405
    assert f"takes {takes}" in reply.json()["error"]["message"]


async def test_a_websocket_is_answered_with_426_so_that_codex_falls_back_to_post(caller: Caller) -> None:
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "openai-beta": "responses_websockets=2026-02-06",
    }

    reply = await caller.get("/v1/responses", {**CODEX, **upgrade})

    assert reply.status == 426
    assert "POST /v1/responses" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("client", "path", "status"),
    [(CODEX, "/v1/responses", 400), (CLAUDE_CODE, "/v1/messages", 403), ({}, "/v1/responses", 401)],
    ids=["codex", "claude-code", "any other"],
)
async def test_a_client_that_would_try_again_gets_a_status_at_which_it_stops(
    caller: Caller, client: dict[str, str], path: str, status: int
) -> None:
    reply = await caller.post(path, MESSAGE, {**client, **NO_KEY})

    assert reply.status == status
    assert "not a Drawbridge key" in reply.json()["error"]["message"]


async def test_what_is_refused_for_good_tells_the_sdks_not_to_try_again(caller: Caller) -> None:
    reply = await caller.post("/v1/chat/completions", CHAT, NO_KEY)

    assert reply.headers["x-should-retry"] == "false"
    assert "retry-after" not in reply.headers


@pytest.mark.parametrize("dialect", get_args(Dialect))
@pytest.mark.parametrize("reason", get_args(Reason))
@pytest.mark.parametrize("client", [None, "codex", "claude-code", "claude-agent-sdk", "openai-python"])
def test_every_refusal_can_be_told_in_every_dialect_to_every_client(
    dialect: Dialect, reason: Reason, client: str | None
) -> None:
    refusal = Refusal(reason, "What to do.")
    status = refusal.status(client)

    told = json.loads(write_refusal(refusal, dialect, status))
    ended = write_stream_failure(refusal, dialect)

    assert 400 <= status < 600
    assert told["error"]["message"] == "What to do."
    assert ended.endswith(b"}\n\n")
    assert b"What to do." in ended


@pytest.mark.parametrize("reason", ["no_credential", "bad_credential", "forbidden", "too_large"])
def test_codex_stops_at_400_only(reason: Reason) -> None:
    assert Refusal(reason, "").status("codex") == 400


@pytest.mark.parametrize("client", ["claude-code", "claude-agent-sdk"])
@pytest.mark.parametrize("reason", ["no_credential", "bad_credential", "forbidden", "not_configured", "unbounded_cost"])
def test_claude_code_stops_at_403_with_our_text(reason: Reason, client: str) -> None:
    assert Refusal(reason, "").status(client) == 403


async def test_a_refusal_comes_out_of_a_context_as_it_is() -> None:
    @asynccontextmanager
    async def context() -> AsyncGenerator[None]:
        yield

    refusal = Refusal("over_budget", "No room.")

    with pytest.raises(Refusal) as raised:
        async with context():
            raise refusal

    assert raised.value is refusal
