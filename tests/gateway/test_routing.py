"""From the name that a caller uses to the deployment that answers it."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.endpoints import CHAT as ENDPOINT
from drawbridge.gateway.endpoints import MESSAGES
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.routing import choose_deployment, find_model, spoken_to
from drawbridge.gateway.snapshot import Deployment, Leg, Model, OrganisationSnapshot, Provider
from tests.gateway.examples import CHAT, GENERATE, MESSAGE
from tests.parts.booked import Booked
from tests.parts.caller import Caller
from tests.parts.configured import configure
from tests.parts.gateway import RunningGateway
from tests.parts.vendor import ScriptedVendor

CREATED = datetime(2026, 11, 22, tzinfo=UTC)
CONFIGURATION = """\
version: 1
providers:
  one:
    base_url: VENDOR/one
    dialects: [openai-chat, openai-responses, anthropic-messages]
    models: any
    quirks: {auth: none, model_patterns: [shared-, one-]}
  two:
    base_url: VENDOR/two
    dialects: [openai-chat, gemini]
    models: any
    quirks: {auth: none, model_patterns: [shared-, two-]}
  small: {base_url: VENDOR/small, dialects: [openai-chat], quirks: {auth: none, max_body_bytes: 100}}
  keyless: {base_url: VENDOR/keyless, dialects: [openai-chat, anthropic-messages], credential: {env: NOT_SET_ANYWHERE}}
  unread: {base_url: VENDOR/unread, dialects: [openai-chat], credential: {file: /nowhere/key}}
  header: {base_url: VENDOR/header, dialects: [gemini], credential: {env: VENDOR_KEY}, quirks: {auth: x-goog-api-key}}
deployments:
  heavy: {provider: one, upstream_model: big-2026}
  light: {provider: two, upstream_model: org/little:latest}
  tight: {provider: small, upstream_model: tight}
  locked: {provider: keyless, upstream_model: locked}
  lost: {provider: unread, upstream_model: lost}
  keyed: {provider: header, upstream_model: keyed}
models:
  mixed: {route: [{deployment: heavy, weight: 3}, light]}
  claude: {route: [heavy]}
  gemini: {route: [light]}
  tight: {route: [tight]}
  locked: {route: [locked]}
  lost: {route: [lost]}
  keyed: {route: [keyed]}
"""


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    """Apply the configuration in place of the one vendor that claims every model, and wait until it is in force."""
    await configure(shared_gateway, CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/"), "keyed")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    del vendor
    return configured


async def test_a_listed_model_goes_to_its_deployment_under_the_upstreams_name(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    reply = await caller.post("/v1/messages", {**MESSAGE, "model": "claude"})

    event = await booked.event()
    assert (vendor.requests[0].target, reply.json()["model"]) == ("/one/messages", "big-2026")
    assert (event.model, event.deployment, event.provider) == ("claude", "heavy", "one")


async def test_an_upstream_name_stands_in_the_path_percent_encoded_where_it_must_be(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    await caller.post("/v1beta/models/gemini:generateContent", GENERATE)

    assert vendor.requests[0].target == "/two/models/org/little:latest:generateContent"


async def test_a_dialect_that_only_some_deployments_speak_goes_to_those(caller: Caller, vendor: ScriptedVendor) -> None:
    for _ in range(5):
        await caller.post("/v1beta/models/mixed:generateContent", GENERATE)
        await caller.post("/v1/messages", {**MESSAGE, "model": "mixed"})

    assert Counter(request.path.split("/")[1] for request in vendor.requests) == {"one": 5, "two": 5}


async def test_a_dialect_that_no_deployment_speaks_is_refused_with_those_they_do(caller: Caller) -> None:
    reply = await caller.post("/v1/rerank", {"model": "gemini", "query": "?", "documents": ["!"]})

    assert (reply.status, reply.json()["error"]["type"]) == (404, "not_found_error")
    assert "its deployments speak gemini, openai-chat" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("model", "target"),
    [("one-x", "/one/"), ("two-x", "/two/"), ("one/anything/at:all", "/one/"), ("two/shared-x", "/two/")],
)
async def test_an_open_model_goes_to_the_provider_that_claims_or_is_named(
    caller: Caller, vendor: ScriptedVendor, model: str, target: str
) -> None:
    reply = await caller.post("/v1/chat/completions", {**CHAT, "model": model})

    assert reply.status == 200
    assert vendor.requests[0].target == f"{target}chat/completions"
    assert reply.json()["model"] == model.removeprefix("one/").removeprefix("two/")


async def test_an_open_model_that_several_providers_claim_is_refused_with_their_names(caller: Caller) -> None:
    reply = await caller.post("/v1/chat/completions", {**CHAT, "model": "shared-x"})

    assert reply.status == 404
    assert "ask for one/shared-x or two/shared-x" in reply.json()["error"]["message"]


async def test_a_claim_counts_only_in_the_dialects_of_its_provider(caller: Caller, vendor: ScriptedVendor) -> None:
    reply = await caller.post("/v1/messages", {**MESSAGE, "model": "shared-x"})

    assert (reply.status, vendor.requests[0].path) == (200, "/one/messages")


@pytest.mark.parametrize("model", ["unheard-of", "small/anything", "one/", "/x", "nobody/one-x"])
async def test_an_unknown_model_is_refused_with_the_known_ones(caller: Caller, model: str) -> None:
    reply = await caller.post("/v1/chat/completions", {**CHAT, "model": model})

    error = reply.json()["error"]
    assert (reply.status, error["code"], error["param"]) == (404, "unknown_model", "model")
    assert f"'{model}' is not known here" in error["message"]
    assert "claude, gemini, keyed, locked, lost, mixed, rehearsal" in error["message"]
    assert "and 1 more" in error["message"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("locked", "NOT_SET_ANYWHERE"),
        ("lost", "/nowhere/key, which cannot be read"),
    ],
)
async def test_a_provider_whose_credential_is_missing_is_refused_with_what_to_set(
    caller: Caller, vendor: ScriptedVendor, model: str, said: str
) -> None:
    reply = await caller.post("/v1/chat/completions", {**CHAT, "model": model})

    assert (reply.status, reply.json()["error"]["code"]) == (400, "not_configured")
    assert said in reply.json()["error"]["message"]
    assert not vendor.requests


async def test_a_credential_goes_where_the_provider_wants_it(caller: Caller, vendor: ScriptedVendor) -> None:
    await caller.post("/v1beta/models/keyed:generateContent", GENERATE)

    [request] = vendor.requests
    assert request.header("x-goog-api-key") == "vendor-credential"
    assert request.header("authorization") is None


async def test_a_request_larger_than_the_provider_takes_is_refused_before_it_is_sent(
    caller: Caller, vendor: ScriptedVendor
) -> None:
    reply = await caller.post("/v1/chat/completions", {**CHAT, "model": "tight", "padding": " " * 100})

    assert (reply.status, reply.json()["error"]["code"]) == (413, "too_large")
    assert "small takes at most 100" in reply.json()["error"]["message"]
    assert not vendor.requests


@pytest.mark.parametrize(
    ("model", "spoken"),
    [
        ("gpt-5", "openai-responses"),
        ("gpt-4o-2024-11-20", "openai-responses"),
        ("gpt-4o-audio-preview", "openai-chat"),
        ("gpt-4o-mini-audio-preview-2024-12-17", "openai-chat"),
        ("gpt-audio-mini", "openai-chat"),
        ("gpt-4o-mini-search-preview", "openai-chat"),
        ("gpt-5-search-api-2025-10-14", "openai-chat"),
        ("o1-mini", "openai-chat"),
    ],
)
def test_models_that_only_chat_completions_serve_are_spoken_to_in_those(model: str, spoken: Dialect) -> None:
    both: frozenset[Dialect] = frozenset({"openai-chat", "openai-responses"})
    openai = Provider("openai", both, "http://openai", pricing_id="openai", prefers="openai-responses")

    assert spoken_to(Deployment("d", openai, model), MESSAGES) == spoken


def test_what_the_operator_says_of_responses_stands_over_the_profile() -> None:
    both = Provider("p", frozenset({"openai-chat", "openai-responses"}), "http://p", prefers="openai-responses")

    assert spoken_to(Deployment("d", both, "m", ProfileEntry(takes_responses=False)), MESSAGES) == "openai-chat"


def provider(name: str, *dialects: Dialect, claims: tuple[str, ...] | None = None) -> Provider:
    return Provider(name, frozenset(dialects), f"http://{name}", claims=claims)


def leg(name: str, weight: int, *dialects: Dialect) -> Leg:
    return Leg(Deployment(name, provider(name, *dialects), "m"), weight)


def shares(model: Model, draws: int = 1_000) -> Counter[str]:
    """Return how often each deployment is chosen by evenly spread draws."""
    return Counter(choose_deployment(model, ENDPOINT, drawn(n / draws)).name for n in range(draws))


def drawn(number: float) -> Callable[[], float]:
    return lambda: number


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        ({"a": 1}, {"a": 1_000}),
        ({"a": 3, "b": 1}, {"a": 750, "b": 250}),
        ({"a": 1, "b": 1, "c": 8}, {"a": 100, "b": 100, "c": 800}),
    ],
)
def test_each_deployment_gets_its_share_of_the_calls(weights: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    model = Model("m", tuple(leg(name, weight, "openai-chat") for name, weight in weights.items()), CREATED)

    assert shares(model) == wanted


def test_a_deployment_that_does_not_speak_the_dialect_leaves_its_share_to_the_others() -> None:
    route = (leg("a", 5, "gemini"), leg("b", 1, "openai-chat"), leg("c", 1, "openai-chat"))

    assert shares(Model("m", route, CREATED)) == {"b": 500, "c": 500}


def snapshot(providers: tuple[Provider, ...], *models: Model) -> OrganisationSnapshot:
    return OrganisationSnapshot(
        OrganisationId(uuid7()),
        1,
        {model.name: model for model in models},
        {provider.name: provider for provider in providers},
    )


def test_a_listed_model_goes_before_an_open_one_of_the_same_name() -> None:
    listed = Model("one/x", (leg("listed", 1, "openai-chat"),), CREATED)
    known = snapshot((provider("one", "openai-chat", claims=("",)),), listed)

    assert find_model(known, "one/x", "openai-chat") is listed


def test_an_organisation_without_any_model_is_told_to_set_one_up() -> None:
    with pytest.raises(Refusal, match="no model is listed for this key"):
        find_model(snapshot(()), "x", "openai-chat")
