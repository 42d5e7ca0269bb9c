"""Does a deployment work: one small call, on the path of all others, and what went wrong in words."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from drawbridge.core.ids import NO_KEY
from drawbridge.gateway.entries import Credential, DeploymentEntry, ProviderEntry, Quirks
from drawbridge.gateway.inner.asked import Asker
from drawbridge.gateway.probing.prober import Prober
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.store import create_deployment, create_provider, delete_deployment, delete_provider
from drawbridge.policy.entries import GrantEntry
from drawbridge.usage.budgets.entries import AtEndEntry, BudgetEntry
from tests.gateway.inner.conftest import budget
from tests.parts.asking import Person
from tests.parts.booked import Booked
from tests.parts.gateway import VENDOR_KEY, RunningGateway
from tests.parts.rights import grant, ungrant
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

_JSON = (("content-type", "application/json"),)


@pytest.fixture
def who(somebody: Person) -> Asker:
    return replace(somebody.who, product="admin", session_id=None)


@pytest.fixture
def prober(gateway: RunningGateway) -> Prober:
    return Prober(gateway.inner, gateway.database)


@asynccontextmanager
async def deployed(
    gateway: RunningGateway, upstream_model: str = "upstream-new", provider: str = "chat"
) -> AsyncGenerator[str]:
    """Have a deployment for a while that is on no route, and return its name."""
    name, organisation_id = "unrouted", gateway.organisation_id
    entry = DeploymentEntry(provider=provider, upstream_model=upstream_model)
    async with gateway.database.change(organisation_id) as connection:
        await create_deployment(connection, organisation_id, name, entry, managed_by_file=False)
    try:
        yield name
    finally:
        async with gateway.database.change(organisation_id) as connection:
            await delete_deployment(connection, organisation_id, name)


@asynccontextmanager
async def provided(gateway: RunningGateway, entry: ProviderEntry) -> AsyncGenerator[str]:
    """Have a provider for a while, and return its name."""
    name, organisation_id = "passing", gateway.organisation_id
    async with gateway.database.change(organisation_id) as connection:
        await create_provider(connection, organisation_id, name, entry, managed_by_file=False)
    try:
        yield name
    finally:
        async with gateway.database.change(organisation_id) as connection:
            await delete_provider(connection, organisation_id, name)


async def test_a_deployment_made_this_moment_and_on_no_route_answers(
    gateway: RunningGateway, prober: Prober, who: Asker, vendor: ScriptedVendor
) -> None:
    async with deployed(gateway) as name:
        probe = await prober.probe(who, name)

    (request,) = vendor.requests
    assert json.loads(request.body)["model"] == "upstream-new"
    assert probe.trouble is None
    assert probe.answer.startswith("Grüße from the script")
    assert probe.stop_reason == "end"
    assert (probe.task, probe.provider, probe.upstream_model) == ("conversation", "chat", "upstream-new")
    assert probe.cost_nanousd == probe.input_tokens * 2_000 + probe.output_tokens * 8_000 > 0


async def test_the_call_is_booked_for_who_tried_it_out(
    gateway: RunningGateway, prober: Prober, who: Asker, booked: Booked
) -> None:
    async with deployed(gateway) as name:
        probe = await prober.probe(who, name)

    event = await booked.event()
    assert event.call_id == probe.call_id
    assert (event.principal_id, event.key_id, event.product) == (who.principal_id, NO_KEY, "admin")
    assert (event.model, event.deployment) == ("chat/upstream-new", "unrouted")
    assert event.cost_nanousd == probe.cost_nanousd


async def test_the_deployment_that_was_named_answers_whatever_else_is_on_its_route(
    prober: Prober, who: Asker, vendor: ScriptedVendor
) -> None:
    for name in ("chat", "responses", "anthropic", "gemini"):
        probe = await prober.probe(who, name)

        assert probe.trouble is None, probe
        assert probe.upstream_model == f"upstream-{name}"
        assert probe.answer
    assert len(vendor.requests) == 4


async def test_what_a_vendor_answers_instead_is_told_in_its_words(
    prober: Prober, who: Asker, vendor: ScriptedVendor, booked: Booked
) -> None:
    error = b'{"error": {"message": "No model upstream-chat.", "type": "invalid_request_error", "code": null}}'
    vendor.script = always(Answer(status=404, headers=_JSON, pieces=((error, 0.0),)))

    probe = await prober.probe(who, "chat")

    assert probe.trouble is not None
    assert (probe.trouble.code, probe.trouble.status) == ("not_found", 404)
    assert probe.trouble.message == "No model upstream-chat."
    assert (await booked.event()).call_id == probe.call_id


async def test_a_credential_that_a_vendor_refuses_is_told_from_all_else_that_can_be_wrong(
    prober: Prober, who: Asker, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(status=401, headers=_JSON, pieces=((b'{"error": {"message": "No."}}', 0.0),)))

    probe = await prober.probe(who, "chat")

    assert probe.trouble is not None
    assert (probe.trouble.code, probe.trouble.status) == ("credential", 401)
    assert "'chat' refuses the credential" in probe.trouble.message
    assert (await booked.event()).call_id == probe.call_id


async def test_a_vendor_that_cannot_be_reached_is_told_with_what_to_look_at(
    gateway: RunningGateway, prober: Prober, who: Asker
) -> None:
    nowhere = ProviderEntry(base_url="http://127.0.0.1:1/v1", dialects=("openai-chat",), quirks=Quirks(auth="none"))
    async with provided(gateway, nowhere) as provider, deployed(gateway, provider=provider) as name:
        probe = await prober.probe(who, name)
        served = await prober.served(who, provider)

    assert probe.trouble is not None
    assert probe.trouble.code == "provider_unreachable"
    assert "Check the base URL" in probe.trouble.message
    assert served.trouble is not None
    assert served.trouble.code == "provider_unreachable"


async def test_without_its_credential_nothing_is_sent(
    gateway: RunningGateway, prober: Prober, who: Asker, vendor: ScriptedVendor
) -> None:
    entry = ProviderEntry(base_url=vendor.url, dialects=("openai-chat",), credential=Credential(env="NOT_THERE"))
    async with provided(gateway, entry) as provider, deployed(gateway, provider=provider) as name:
        probe = await prober.probe(who, name)
        served = await prober.served(who, provider)

    assert probe.trouble is not None
    assert (probe.trouble.code, probe.call_id) == ("not_configured", None)
    assert "NOT_THERE" in probe.trouble.message
    assert served.trouble == probe.trouble
    assert vendor.requests == []


@pytest.mark.parametrize("denied", ["chat/upstream-chat", "upstream-chat", "to-chat"])
async def test_a_deny_of_any_name_of_what_it_serves_holds(
    gateway: RunningGateway, prober: Prober, who: Asker, vendor: ScriptedVendor, denied: str
) -> None:
    await grant(gateway, "no", GrantEntry(effect="deny", to="everyone", may=("use",), on=(f"model:{denied}",)))
    try:
        async with deployed(gateway, "upstream-chat") as name:
            probe = await prober.probe(who, name)
    finally:
        await ungrant(gateway, "no")

    assert probe.trouble is not None
    assert probe.trouble.code == "forbidden"
    assert "'no'" in probe.trouble.message
    assert vendor.requests == []


async def test_a_budget_without_room_refuses_and_no_cheaper_model_is_called_instead(
    gateway: RunningGateway, prober: Prober, who: Asker, vendor: ScriptedVendor
) -> None:
    entry = BudgetEntry(limit_usd="0.000001", at_end=AtEndEntry(do="downgrade", model="to-gemini"), products=("admin",))
    async with budget(gateway, entry):
        probe = await prober.probe(who, "chat")

    assert probe.trouble is not None
    assert probe.trouble.code == "over_budget"
    assert vendor.requests == []


async def test_a_model_that_makes_vectors_is_asked_for_one(
    gateway: RunningGateway, prober: Prober, who: Asker, vendor: ScriptedVendor, booked: Booked
) -> None:
    entry = ProviderEntry(
        base_url=vendor.url, dialects=("openai-chat", "openai-embeddings"), credential=Credential(env="VENDOR_KEY")
    )
    async with provided(gateway, entry) as provider, deployed(gateway, "text-embedding-3-small", provider) as name:
        probe = await prober.probe(who, name)

    (request,) = vendor.requests
    assert request.path == "/embeddings"
    assert probe.trouble is None
    assert (probe.task, int(probe.answer) > 0) == ("vectors", True)
    event = await booked.event()
    assert (event.call_id, event.operation, event.product) == (probe.call_id, "embeddings", "admin")


async def test_what_a_vendor_of_vectors_answers_instead_is_told_in_its_words(
    gateway: RunningGateway, prober: Prober, who: Asker, vendor: ScriptedVendor
) -> None:
    entry = ProviderEntry(base_url=vendor.url, dialects=("openai-embeddings",), quirks=Quirks(auth="none"))
    vendor.script = always(Answer(status=404, headers=_JSON, pieces=((b'{"error": "no such model"}', 0.0),)))
    async with provided(gateway, entry) as provider, deployed(gateway, "nomic-embed", provider) as name:
        probe = await prober.probe(who, name)

    assert probe.trouble is not None
    assert (probe.trouble.message, probe.trouble.status) == ("no such model", 404)


async def test_a_deployment_that_does_not_exist_is_a_refusal(prober: Prober, who: Asker) -> None:
    with pytest.raises(Refusal, match="no deployment 'nothing'"):
        await prober.probe(who, "nothing")


async def test_a_provider_tells_which_models_it_serves(prober: Prober, who: Asker, vendor: ScriptedVendor) -> None:
    listed = b'{"object": "list", "data": [{"id": "b"}, {"id": "a"}]}'
    vendor.script = always(Answer(headers=_JSON, pieces=((listed, 0.0),)))

    served = await prober.served(who, "chat")

    (request,) = vendor.requests
    assert (request.method, request.path) == ("GET", "/chat/models")
    assert (served.models, served.trouble) == (("a", "b"), None)


async def test_a_provider_that_refuses_its_credential_says_so(
    prober: Prober, who: Asker, vendor: ScriptedVendor
) -> None:
    error = f'{{"error": {{"message": "Wrong: {VENDOR_KEY}."}}}}'.encode()
    vendor.script = always(Answer(status=401, headers=_JSON, pieces=((error, 0.0),)))

    served = await prober.served(who, "chat")

    assert served.trouble is not None
    assert (served.trouble.code, served.trouble.message, served.trouble.status) == (
        "credential",
        "Wrong: [credential].",
        401,
    )
