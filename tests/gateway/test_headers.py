"""Which headers and which parts of the query cross the gateway."""

import pytest

from drawbridge.core.ids import PrincipalId, uuid7
from drawbridge.gateway.dialects import AuthStyle
from drawbridge.gateway.headers import headers_down, headers_up
from drawbridge.gateway.snapshot import Provider
from tests.parts.answers import answer_by_path
from tests.parts.caller import Caller
from tests.parts.gateway import VENDOR_KEY
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}
MESSAGE = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
GENERATE = {"contents": [{"parts": [{"text": "hi"}]}]}


WHO = PrincipalId(uuid7())
KEPT_HERE = {
    "cookie": "session=secret",
    "proxy-authorization": "Basic secret",
    "x-forwarded-for": "10.1.2.3",
    "x-forwarded-host": "inside.example",
    "forwarded": "for=10.1.2.3",
    "x-real-ip": "10.1.2.3",
    "via": "1.1 inside",
    "referer": "http://inside.example/",
    "origin": "http://inside.example",
    "openai-organization": "org-of-the-caller",
    "openai-project": "project-of-the-caller",
    "x-goog-user-project": "project-of-the-caller",
    "x-amz-security-token": "secret",
    "x-team": "alpha",
}


async def test_the_callers_credentials_cookies_and_addresses_never_go_up(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    await caller.post("/v1/chat/completions", CHAT, KEPT_HERE)

    [request] = vendor.requests
    names = {name.lower() for name, _ in request.headers}
    assert not names & KEPT_HERE.keys()
    assert "secret" not in str(request.headers)


@pytest.mark.parametrize("form", ["x-api-key", "x-goog-api-key"])
async def test_our_key_never_goes_up_whatever_header_it_came_in(
    caller: Caller, vendor: ScriptedVendor, form: str
) -> None:
    await caller.ask("POST", "/v1/messages", body=MESSAGE, headers={form: caller.key})

    [request] = vendor.requests
    assert caller.key not in str(request.headers)
    assert caller.key not in request.target
    assert request.header("authorization") == f"Bearer {VENDOR_KEY}"
    assert request.header(form) is None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("alt=sse&key={key}", "alt=sse"),
        ("key={key}&alt=sse", "alt=sse"),
        ("key={key}", ""),
        ("%6Bey={key}&alt=sse", "alt=sse"),
        ("$alt=json;enum-encoding=int&key={key}&a=1+2%203&a=&flag", "$alt=json;enum-encoding=int&a=1+2%203&a=&flag"),
    ],
)
async def test_the_key_leaves_the_query_and_the_rest_of_it_stays_as_it_was(
    caller: Caller, vendor: ScriptedVendor, query: str, wanted: str
) -> None:
    path = "/v1beta/models/gemini-2.5-pro:streamGenerateContent?" + query.format(key=caller.key)

    reply = await caller.ask("POST", path, body=GENERATE, headers={"content-type": "application/json"})

    [request] = vendor.requests
    assert reply.status == 200
    assert request.query == wanted
    assert request.path == "/models/gemini-2.5-pro:streamGenerateContent"


async def test_a_query_without_a_key_goes_up_untouched(caller: Caller, vendor: ScriptedVendor) -> None:
    await caller.post("/v1/messages?beta=true", MESSAGE)

    assert vendor.requests[0].query == "beta=true"


async def test_betas_that_nobody_knows_yet_go_up_untouched(caller: Caller, vendor: ScriptedVendor) -> None:
    sent = {
        "anthropic-beta": "context-9m-2031-01-01,unheard-of-2032-02-02",
        "anthropic-version": "2031-01-01",
        "openai-beta": "responses=v9",
        "x-stainless-unheard-of": "1",
        "x-claude-code-session-id": "b7c1",
        "x-codex-window-id": "thread:3",
        "originator": "codex_exec",
        "user-agent": "unheard-of/9",
        "accept": "application/json",
    }

    await caller.post("/v1/messages", MESSAGE, sent)

    received = {name.lower(): value for name, value in vendor.requests[0].headers}
    assert {name: received.get(name) for name in sent} == sent


async def test_a_repeated_header_goes_up_as_often_as_it_came(caller: Caller, vendor: ScriptedVendor) -> None:
    betas = [("anthropic-beta", "one"), ("anthropic-beta", "two")]

    await caller.ask("POST", "/v1/messages", body=MESSAGE, headers=[("x-api-key", caller.key), *betas])

    received = [value for name, value in vendor.requests[0].headers if name.lower() == "anthropic-beta"]
    assert received == ["one", "two"]


async def test_the_vendor_is_asked_for_an_unpacked_reply(caller: Caller, vendor: ScriptedVendor) -> None:
    await caller.post("/v1/chat/completions", CHAT, {"accept-encoding": "gzip, br, zstd"})

    received = [value for name, value in vendor.requests[0].headers if name.lower() == "accept-encoding"]
    assert received == ["identity"]


async def test_what_a_vendor_needs_and_a_caller_left_out_is_added(caller: Caller, vendor: ScriptedVendor) -> None:
    await caller.post("/v1/messages", MESSAGE)

    [request] = vendor.requests
    assert request.header("content-type") == "application/json"
    assert request.header("anthropic-version") == "2023-06-01"


async def test_vendors_cookies_and_account_names_never_come_down_and_its_limits_do(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    kept = {
        "Set-Cookie": "vendor=secret; Path=/",
        "openai-organization": "org-of-the-operator",
        "openai-project": "project-of-the-operator",
        "anthropic-organization-id": "org-of-the-operator",
        "strict-transport-security": "max-age=1",
        "alt-svc": 'h3=":443"',
        "server": "vendor/1",
        "access-control-allow-origin": "*",
        "www-authenticate": "Bearer",
    }
    passed = {
        "x-ratelimit-remaining-requests": "41",
        "x-ratelimit-reset-tokens": "6m0s",
        "anthropic-ratelimit-unified-status": "allowed",
        "retry-after": "7",
        "retry-after-ms": "7000",
        "x-request-id": "req_1",
        "request-id": "req_2",
        "openai-processing-ms": "12",
        "x-codex-turn-state": "opaque",
        "x-should-retry": "true",
    }

    def answer(request: Request) -> Answer:
        usual = answer_by_path(request)
        headers = [header for header in usual.headers if header[0] != "x-request-id"]
        return Answer(headers=(*headers, *kept.items(), *passed.items()), pieces=usual.pieces)

    vendor.script = answer
    reply = await caller.post("/v1/chat/completions", CHAT)

    assert {name: reply.headers.get(name) for name in passed} == passed
    assert "secret" not in str(reply.headers)
    assert "operator" not in str(reply.headers)
    assert not {name.lower() for name in reply.headers} & {name.lower() for name in kept} - {"server"}
    assert reply.headers.get("server") != "vendor/1"


async def test_every_reply_names_its_call(caller: Caller) -> None:
    answered = await caller.post("/v1/chat/completions", CHAT)
    refused = await caller.post("/v1/chat/completions", {})

    numbers = [reply.headers["x-drawbridge-call"] for reply in (answered, refused)]
    assert numbers[0] != numbers[1]


@pytest.mark.parametrize(
    ("auth", "wanted"),
    [
        ("bearer", ("authorization", "Bearer secret")),
        ("x-api-key", ("x-api-key", "secret")),
        ("x-goog-api-key", ("x-goog-api-key", "secret")),
        ("api-key", ("api-key", "secret")),
    ],
)
def test_the_credential_goes_where_the_provider_wants_it(auth: AuthStyle, wanted: tuple[str, str]) -> None:
    provider = Provider("vendor", frozenset(), "http://vendor", auth=auth, credential="secret")

    sent = headers_up([], "openai-chat", provider, WHO)

    assert [header for header in sent if "secret" in header[1]] == [wanted]


def test_two_callers_with_the_same_idempotency_key_send_different_ones() -> None:
    provider = Provider("vendor", frozenset(), "http://vendor")

    def sent(who: PrincipalId) -> str:
        return dict(headers_up([("idempotency-key", "order-1")], "openai-chat", provider, who))["idempotency-key"]

    assert sent(WHO) == sent(WHO)
    assert sent(WHO) != sent(PrincipalId(uuid7()))
    assert "order" not in sent(WHO)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("text/plain", "application/json"),
        ("application/x-www-form-urlencoded", "application/json"),
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
    ],
)
async def test_a_body_that_is_read_as_json_is_sent_as_json(
    caller: Caller, vendor: ScriptedVendor, told: str, wanted: str
) -> None:
    await caller.post("/v1/chat/completions", CHAT, {"content-type": told})

    [request] = vendor.requests
    assert [value for name, value in request.headers if name.lower() == "content-type"] == [wanted]


def test_a_provider_without_a_credential_gets_none() -> None:
    provider = Provider("vendor", frozenset(), "http://vendor", auth="none", credential="secret")

    sent = {name for name, _ in headers_up([("authorization", "Bearer caller")], "gemini", provider, WHO)}

    assert sent == {"content-type", "accept-encoding"}


def test_headers_that_come_down_keep_their_order_and_repeats() -> None:
    received = [(b"x-request-id", b"1"), (b"set-cookie", b"a=1"), (b"x-ratelimit-a", b"2"), (b"x-request-id", b"3")]

    assert headers_down(received) == [(b"x-request-id", b"1"), (b"x-ratelimit-a", b"2"), (b"x-request-id", b"3")]
