"""What went wrong at other gateways, and must not happen here: each test names the incident."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from drawbridge.identity.keys import make_key, parse_key
from drawbridge.policy.entries import GrantEntry
from tests.parts.caller import Caller, Json, calling, dial
from tests.parts.gateway import VENDOR_KEY, RunningGateway
from tests.parts.people import new_key
from tests.parts.rights import only_grant, until_answered
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.security_regressions

SAID = [{"role": "user", "content": "Hi"}]
CHAT: Json = {"model": "may-x", "messages": SAID}
PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1beta/models/may-x:generateContent")


@pytest.fixture(scope="module")
def claims() -> tuple[str, ...]:
    return ("may-", "other-")


@pytest.fixture(scope="module")
async def narrow_key(shared_gateway: RunningGateway) -> str:
    key = await new_key(shared_gateway, shared_gateway.organisation_id, "narrow")
    await only_grant(shared_gateway, "may", GrantEntry(to="user:narrow", may=("use",), on=("model:may-*",)))
    async with calling(shared_gateway.url, key) as caller:
        await until_answered(caller, "/v1/models/other-x", None, 403)
    return key


@pytest.fixture
async def narrow(narrow_key: str, gateway: RunningGateway) -> AsyncIterator[Caller]:
    async with calling(gateway.url, narrow_key) as caller:
        yield caller


@pytest.mark.parametrize(
    "host", ["localhost:4000/#@attacker.example", "127.0.0.1", "localhost", "internal/healthz?", "a@b", "[::1]", "x\ty"]
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/keys"])
async def test_no_host_header_gets_around_the_key(
    gateway: RunningGateway, vendor: ScriptedVendor, host: str, path: str
) -> None:
    """CVE-2026-49468 of LiteLLM: https://github.com/google/security-testbeds/pull/238 (2026-08-04)."""
    reader, writer = await dial(gateway.url)
    body = b'{"model": "may-x", "messages": [], "owner": "narrow", "name": "x"}'
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )

    writer.write(head.encode() + body)
    async with asyncio.timeout(10):
        status = (await reader.readline()).split()[1]
    writer.close()

    assert status in {b"400", b"401", b"403", b"421"}
    assert not vendor.requests


@pytest.mark.parametrize(
    "header",
    ["x-original-url", "x-rewrite-url", "x-forwarded-host", "x-forwarded-for", "x-real-ip", "x-http-method-override"],
)
async def test_no_header_of_a_proxy_stands_in_for_a_key(
    gateway: RunningGateway, vendor: ScriptedVendor, header: str
) -> None:
    """The same family: a route or an address that a header tells is believed before the credential is looked at."""
    async with calling(gateway.url, "") as caller:
        for value in ("/healthz", "127.0.0.1", "GET"):
            reply = await caller.ask("POST", "/v1/chat/completions", body=CHAT, headers={header: value})
            assert reply.status == 401

    assert not vendor.requests


@pytest.mark.parametrize(
    "key",
    [
        "' OR '1'='1",
        "dbk_' OR 1=1 --",
        "'; DROP TABLE api_key; --",
        'dbk_" UNION SELECT hash FROM api_key --',
        "%27%20OR%201=1",
        "dbk_" + "a" * 49 + "'--",
    ],
)
async def test_a_key_that_is_sql_is_no_key_and_reaches_no_database(gateway: RunningGateway, key: str) -> None:
    """CVE-2026-42208 of LiteLLM: SQL injection by the API key (GHSA-r75f-5x8p-qvmc)."""
    async with calling(gateway.url, "") as caller:
        for headers in ({"authorization": f"Bearer {key}"}, {"x-api-key": key}, {"x-goog-api-key": key}):
            reply = await caller.ask("POST", "/v1/chat/completions", body=CHAT, headers=headers)
            assert reply.status == 401
    assert parse_key(key) is None

    async with gateway.database.organisation(gateway.organisation_id) as connection:
        assert (await connection.execute(text("select count(*) from api_key"))).scalar_one() > 0


async def test_keys_that_begin_and_end_alike_are_never_taken_for_each_other(
    gateway: RunningGateway, narrow: Caller
) -> None:
    """CVE-2026-35030 of LiteLLM: a cache of identities by the first characters of a token served another's."""
    assert (await narrow.get("/v1/models")).status == 200

    for length in (8, 20, 40, len(narrow.key) - 7):
        alike = narrow.key[:length] + "A" * (len(narrow.key) - length - 4) + narrow.key[-4:]
        async with calling(gateway.url, alike) as other:
            assert (await other.get("/v1/models")).status == 401

    async with calling(gateway.url, make_key().text) as stranger:
        assert (await stranger.get("/v1/models")).status == 401


@pytest.mark.parametrize("path", PATHS)
async def test_a_token_that_is_no_key_is_never_passed_on_in_place_of_one(
    gateway: RunningGateway, vendor: ScriptedVendor, path: str
) -> None:
    """CVE-2026-59822 of LiteLLM: a made-up bearer fell back to a pass-through with an empty identity (2026-09-02)."""
    async with calling(gateway.url, "") as caller:
        for token in ("eyJhbGciOiJub25lIn0.e30.", "sk-ant-oat01-x", "null", "undefined", "Bearer", VENDOR_KEY):
            reply = await caller.ask("POST", path, body=CHAT, headers={"authorization": f"Bearer {token}"})
            assert reply.status == 401, token

    assert not vendor.requests


async def test_a_model_in_the_query_is_neither_followed_nor_passed_on(narrow: Caller, vendor: ScriptedVendor) -> None:
    """LiteLLM ran the model of the query after checking that of the body.

    https://github.com/BerriAI/litellm/issues/41810 (2026-09-18)
    """
    reply = await narrow.post("/v1/chat/completions?model=other-x&keep=1", CHAT)

    assert reply.status == 200
    assert vendor.requests[-1].target == "/chat/completions?keep=1"


@pytest.mark.parametrize(
    "path",
    [
        "/openai/deployments/other-x/chat/completions",
        "/azure/openai/deployments/other-x/chat/completions",
        "/bedrock/model/other-x/converse",
        "/engines/other-x/chat/completions",
        "/v1/engines/other-x/completions",
        "//v1/chat/completions",
        "/v1/../v1/chat/completions",
        "/v1/chat/completions/",
        "/vertex_ai/v1/projects/p/locations/l/publishers/google/models/other-x:generateContent",
    ],
)
async def test_no_path_leads_to_a_vendor_without_a_model_that_policy_has_seen(
    narrow: Caller, vendor: ScriptedVendor, path: str
) -> None:
    """Pass-through routes whose model nobody resolved skipped the key's list of models.

    https://github.com/BerriAI/litellm/issues/41295 (2026-09-15) and /26399 (2026-04-24)
    """
    reply = await narrow.post(path, CHAT | {"model": "other-x"})

    assert reply.status in {400, 403, 404, 405}
    assert not vendor.requests


async def test_neither_the_callers_key_nor_cookies_go_to_the_vendor(narrow: Caller, vendor: ScriptedVendor) -> None:
    """A pass-through forwarded the gateway's own key: https://github.com/BerriAI/litellm/issues/32202 (2026-07-05)."""
    headers = {"cookie": "session=secret", "x-pass-authorization": "Bearer other", "proxy-authorization": "Basic eA=="}

    assert (await narrow.post("/v1/chat/completions", CHAT, headers)).status == 200

    sent = repr(vendor.requests[-1].headers)
    assert narrow.key not in sent
    assert not any(value in sent for value in ("secret", "other", "eA=="))


@pytest.mark.parametrize("model", ["nothing-like-it", "other-x"])
async def test_no_refusal_tells_a_credential_or_an_address(narrow: Caller, vendor: ScriptedVendor, model: str) -> None:
    """An error listed every model with its key and address: https://github.com/BerriAI/litellm/issues/5762."""
    reply = await narrow.post("/v1/chat/completions", CHAT | {"model": model})

    assert reply.status in {403, 404}
    assert VENDOR_KEY.encode() not in reply.body
    assert vendor.url.encode() not in reply.body
