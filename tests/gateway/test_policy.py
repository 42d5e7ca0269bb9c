"""Every call of a model passes policy, whatever the dialect and wherever it names the model."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from drawbridge.gateway.endpoints import CALLED_BY_PATH, GEMINI_VERBS
from drawbridge.policy.entries import ConditionsEntry, GrantEntry
from tests.parts.caller import Caller, Json, Reply, calling
from tests.parts.gateway import RunningGateway
from tests.parts.people import new_key
from tests.parts.rights import grant, only_grant, until_answered
from tests.parts.vendor import ScriptedVendor

SAID = [{"role": "user", "content": "Hi"}]
FORM = {"content-type": "multipart/form-data; boundary=X"}
CONTENTS: Json = {"contents": [{"parts": [{"text": "Hi"}]}]}
CONTENT: Json = {"content": {"parts": [{"text": "Hi"}]}}
MAY = GrantEntry(to="user:narrow", may=("use",), on=("model:may-*",))
NOT_SECRET = GrantEntry(
    effect="deny", to="user:narrow", may=("use",), on=("model:may-secret",), reason="Ask Bo about secrets."
)
INTERNAL = GrantEntry(
    to="user:narrow", may=("use",), on=("model:own-*",), when=ConditionsEntry(data_classes=("internal",))
)
CHEAP = GrantEntry(to="user:narrow", may=("use",), on=("model:gpt-*",), when=ConditionsEntry(cost_at_most_usd="0.01"))


@pytest.fixture(scope="module")
def claims() -> tuple[str, ...]:
    return ("may-", "other-", "own-", "gpt-", "omni-")


@pytest.fixture(scope="module")
async def narrow_key(shared_gateway: RunningGateway) -> str:
    """Let one person use some models, and nobody anything else but the administrator."""
    key = await new_key(shared_gateway, shared_gateway.organisation_id, "narrow")
    await grant(shared_gateway, "not-secret", NOT_SECRET)
    await grant(shared_gateway, "internal-only", INTERNAL)
    await grant(shared_gateway, "cheap-only", CHEAP)
    await only_grant(shared_gateway, "may-models", MAY)
    async with calling(shared_gateway.url, key) as caller:
        await until_answered(caller, "/v1/models/other-x", None, 403)
    return key


@pytest.fixture
async def narrow(narrow_key: str, gateway: RunningGateway) -> AsyncIterator[Caller]:
    async with calling(gateway.url, narrow_key) as caller:
        yield caller


def form(model: str) -> bytes:
    parts = [
        f'Content-Disposition: form-data; name="model"\r\n\r\n{model}',
        'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nsound',
        'Content-Disposition: form-data; name="image"; filename="a.png"\r\n\r\npixels',
    ]
    return "".join(f"--X\r\n{part}\r\n" for part in parts).encode() + b"--X--\r\n"


BODIES: dict[str, Json | None] = {
    "/v1/chat/completions": {"messages": SAID},
    "/v1/completions": {"prompt": "Hi"},
    "/v1/images/generations": {"prompt": "Hi"},
    "/v1/images/edits": None,
    "/v1/images/variations": None,
    "/v1/audio/speech": {"input": "Hi", "voice": "alloy"},
    "/v1/audio/transcriptions": None,
    "/v1/audio/translations": None,
    "/v1/moderations": {"input": "Hi"},
    "/v1/rerank": {"query": "Hi", "documents": ["a"]},
    "/v2/rerank": {"query": "Hi", "documents": ["a"]},
    "/v1/responses/compact": {"input": "Hi"},
    "/v1/responses/input_tokens": {"input": "Hi"},
    "/v1/responses": {"input": "Hi"},
    "/v1/embeddings": {"input": "Hi"},
    "/v1/messages": {"max_tokens": 9, "messages": SAID},
    "/v1/messages/count_tokens": {"messages": SAID},
    ":generateContent": CONTENTS,
    ":streamGenerateContent": CONTENTS,
    ":countTokens": CONTENTS,
    ":embedContent": CONTENT,
    ":batchEmbedContents": {"requests": [CONTENT]},
}
"""Every path that takes a model: None for those that are sent a form."""


async def call(caller: Caller, path: str, model: str) -> Reply:
    body = BODIES[path]
    if path.startswith(":"):
        return await caller.post(f"/v1beta/models/{model}{path}", body or {})
    return (
        await caller.post(path, form(model), FORM) if body is None else await caller.post(path, body | {"model": model})
    )


def test_every_path_that_takes_a_model_is_in_this_list() -> None:
    assert BODIES.keys() == CALLED_BY_PATH.keys() | {f":{verb}" for verb in GEMINI_VERBS}


@pytest.mark.parametrize("path", BODIES)
async def test_a_model_that_may_not_be_used_is_refused_at_every_path_and_no_vendor_hears_of_it(
    narrow: Caller, vendor: ScriptedVendor, path: str
) -> None:
    refused = await call(narrow, path, "other-x")
    assert refused.status == 403
    assert b"Nothing allows 'narrow' to use model 'other-x'" in refused.body
    assert not vendor.requests

    allowed = await call(narrow, path, "may-x")
    assert allowed.status != 403
    assert vendor.requests


async def test_the_model_that_is_meant_where_none_is_named_must_be_allowed_too(
    narrow: Caller, vendor: ScriptedVendor
) -> None:
    reply = await narrow.post("/v1/moderations", {"input": "Hi"})

    assert reply.status == 403
    assert "omni-moderation-latest" in reply.json()["error"]["message"]
    assert not vendor.requests


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/v1/chat/completions", ("error", "message")),
        ("/v1/responses", ("error", "message")),
        ("/v1/messages", ("error", "message")),
        (":generateContent", ("error", "message")),
    ],
)
async def test_a_refusal_says_in_every_dialect_which_rule_refused_and_whom_to_ask(
    narrow: Caller, path: str, place: tuple[str, str]
) -> None:
    reply = await call(narrow, path, "may-secret")

    outer, inner = place
    message = reply.json()[outer][inner]
    assert reply.status == 403
    assert "'not-secret'" in message
    assert message.endswith("Ask Bo about secrets.")
    assert reply.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    ("path", "agent", "status"),
    [
        ("/v1/responses", "codex_exec/0.169.0 (Debian)", 400),
        ("/v1/messages", "claude-cli/2.1.330 (external, sdk-cli)", 403),
    ],
)
async def test_a_refusal_has_the_status_at_which_its_client_stops(
    narrow: Caller, path: str, agent: str, status: int
) -> None:
    body = (BODIES[path] or {}) | {"model": "may-secret"}

    reply = await narrow.post(path, body, {"user-agent": agent})

    assert reply.status == status
    assert b"Ask Bo about secrets." in reply.body


async def test_a_model_is_refused_by_the_name_of_its_provider_too(narrow: Caller, vendor: ScriptedVendor) -> None:
    for model in ("vendor/may-secret", "vendor/other-x", "vendor/May-Secret"):
        reply = await call(narrow, "/v1/chat/completions", model)
        assert reply.status == 403, model

    assert not vendor.requests
    assert (await call(narrow, "/v1/chat/completions", "vendor/may-x")).status == 200


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/chat/completions", {"models": ["may-x", "other-x"]}),
        ("/v1/responses", {"tools": [{"type": "image_generation", "model": "other-x"}]}),
        ("/v1/responses", {"tools": [{"type": "image_generation", "m\\u006fdel": "other-x"}]}),
        ("/v1/messages", {"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "may-secret"}]}),
        (":batchEmbedContents", {"requests": [CONTENT | {"model": "models/other-x"}]}),
        (":embedContent", {"model": "models/other-x"}),
        (":countTokens", {"generateContentRequest": CONTENTS | {"model": "models/other-x"}}),
        (":countTokens", {"generate_content_request": CONTENTS | {"model": "models/other-x"}}),
    ],
)
async def test_a_model_that_is_named_beside_the_first_must_be_allowed_too(
    narrow: Caller, vendor: ScriptedVendor, path: str, more: Json
) -> None:
    where = f"/v1beta/models/may-x{path}" if path.startswith(":") else path
    body = json.dumps((BODIES[path] or {}) | ({} if path.startswith(":") else {"model": "may-x"}) | more)

    reply = await narrow.post(where, body.replace("m\\\\u006fdel", "m\\u006fdel").encode())

    assert reply.status == 403
    assert not vendor.requests


async def test_the_model_of_the_path_may_be_repeated_inside(narrow: Caller) -> None:
    inner: Json = {"requests": [CONTENT | {"model": "models/may-x"}]}

    assert (await narrow.post("/v1beta/models/may-x:batchEmbedContents", inner)).status == 200


async def test_an_inner_model_that_two_readers_could_read_differently_is_refused(
    narrow: Caller, vendor: ScriptedVendor
) -> None:
    body = b'{"requests": [{"model": "models/may-x", "model": "models/other-x", "content": {}}]}'

    reply = await narrow.post("/v1beta/models/may-x:batchEmbedContents", body)

    assert reply.status == 400
    assert not vendor.requests


async def test_lists_show_what_may_be_used_in_every_dialect(narrow: Caller, caller: Caller, narrow_key: str) -> None:
    del narrow_key
    google = {"x-goog-api-client": "google-genai-sdk"}
    for path, headers in (("/v1/models", {}), ("/v1/models", {"anthropic-version": "1"}), ("/v1beta/models", google)):
        shown = await caller.get(path, headers)
        hidden = await narrow.get(path, headers)
        assert b"rehearsal" in shown.body
        assert hidden.status == 200
        assert b"rehearsal" not in hidden.body


async def test_an_unknown_model_is_unknown_and_one_that_may_not_be_used_is_refused_with_the_rule(
    narrow: Caller,
) -> None:
    unknown = await narrow.get("/v1/models/nothing-like-it")
    hidden = await narrow.get("/v1/models/rehearsal")

    assert unknown.status == 404
    assert b"rehearsal" not in unknown.body
    assert hidden.status == 403
    assert b"Nothing allows" in hidden.body


async def test_a_request_states_how_sensitive_its_data_is(narrow: Caller) -> None:
    body: Json = {"model": "own-x", "messages": SAID}

    async def said(data_class: str) -> Reply:
        return await narrow.post("/v1/chat/completions", body, {"x-drawbridge-data-class": data_class})

    assert (await narrow.post("/v1/chat/completions", body)).status == 403
    assert (await said("internal")).status == 200
    assert (await said("restricted")).status == 403
    assert (await said("secret")).status == 400


async def test_a_grant_up_to_a_cost_needs_a_price(narrow: Caller, vendor: ScriptedVendor) -> None:
    reply = await narrow.post("/v1/chat/completions", {"model": "gpt-5", "messages": SAID, "max_tokens": 9})

    assert reply.status == 403
    assert "'cheap-only'" in reply.json()["error"]["message"]
    assert not vendor.requests


async def test_a_denial_is_in_the_audit_record(narrow: Caller, gateway: RunningGateway) -> None:
    for _ in range(5):
        await call(narrow, "/v1/chat/completions", "other-recorded")

    query = text(
        "select actor_name, object_kind, outcome, detail from audit_event"
        " where action = 'model.use_denied' and object_name = 'other-recorded'"
    )
    async with asyncio.timeout(10):
        found: list[tuple[object, ...]] = []
        while not found:
            await asyncio.sleep(0.05)
            async with gateway.database.organisation(gateway.organisation_id) as connection:
                found = [tuple(row) for row in await connection.execute(query)]
    assert len(found) == 1
    assert found[0][:3] == ("narrow", "model", "denied")


async def test_a_key_of_a_project_has_its_grants_until_its_owner_leaves_the_team(
    narrow_key: str, gateway: RunningGateway
) -> None:
    del narrow_key  # Since then nobody may use anything by being there.
    model = "/v1/models/may-search"
    async with calling(gateway.url, gateway.key) as boss:
        await _write(boss, "PUT", "/api/teams/crew", {})
        await _write(boss, "PUT", "/api/projects/search", {"team": "crew"})
        await _write(boss, "PUT", "/api/users/pia", {"teams": ["crew"]})
        of_search = {"to": "project:search", "may": ["use"], "on": ["model:may-search"]}
        await _write(boss, "PUT", "/api/grants/of-search", of_search)
        own = await _write(boss, "POST", "/api/keys", {"owner": "pia"})
        for_search = await _write(boss, "POST", "/api/keys", {"owner": "pia", "project": "search"})

        async with calling(gateway.url, own["key"]) as pia, calling(gateway.url, for_search["key"]) as searching:
            await until_answered(searching, model, None, 200)
            assert (await pia.get(model)).status == 403
            await _write(boss, "PUT", "/api/users/pia", {})
            await until_answered(searching, model, None, 401)
            assert (await pia.get(model)).status == 403
            await _write(boss, "PUT", "/api/users/pia", {"teams": ["crew"]})
            await until_answered(searching, model, None, 200)


async def _write(caller: Caller, method: str, path: str, body: Json) -> Json:
    headers = {**caller.bearer, "content-type": "application/json"}
    reply = await caller.ask(method, path, body=body, headers=headers)
    assert reply.status in {200, 201}, reply.body
    return reply.json()
