"""Who has calls made into the private networks that the installation reaches: whoever runs it, or whom he lets."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from drawbridge.egress import ListedHosts
from drawbridge.gateway.inner.asked import Asker
from drawbridge.gateway.loading import PrivateNetworks
from drawbridge.gateway.probing.prober import Prober
from drawbridge.identity.store import find_principal
from tests.gateway.objects.test_files_and_batches import FORM, form
from tests.parts.caller import calling
from tests.parts.gateway import RunningGateway, add_vendor, running_gateway
from tests.parts.organisations import make_organisation
from tests.parts.people import new_key
from tests.parts.rights import until_answered
from tests.parts.vendor import ScriptedVendor

pytestmark = pytest.mark.isolation

CHAT: Final = {"model": "x", "messages": [{"role": "user", "content": "Hello"}]}
"""A call of a model that the vendor of every test claims."""
LISTED: Final = PrivateNetworks("default", ListedHosts.of(["vLLM.example.com", "10.0.0.7:8000", "[fd00::7]:8000"]))


@pytest.fixture
async def vendor() -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor() as vendor:
        yield vendor


@pytest.fixture
async def gateway(tmp_path: Path, database_url: str, vendor: ScriptedVendor) -> AsyncIterator[RunningGateway]:
    nothing_listed = {"DRAWBRIDGE_PRIVATE_PROVIDER_HOSTS": ""}
    async with running_gateway(tmp_path / "data", database_url, vendor.url, settings=nothing_listed) as gateway:
        yield gateway


@pytest.mark.parametrize(
    ("organisation", "base_url", "may"),
    [
        ("default", "http://10.1.2.3/v1", True),
        ("acme", "http://10.1.2.3/v1", False),
        ("acme", "http://VLLM.example.com:8000/v1", True),
        ("acme", "http://10.0.0.7:8000/v1", True),
        ("acme", "http://10.0.0.7:8001/v1", False),
        ("acme", "http://10.0.0.7/v1", False),
        ("acme", "http://[fd00::7]:8000/v1", True),
        ("acme", "http://[fd00::7]/v1", False),
        ("acme", "http://[10.0.0.7]:8000/v1", False),
        ("acme", "http://vllm.example.com.evil.example/v1", False),
        ("acme", "http://evil.example/vllm.example.com", False),
        ("acme", "http://x.vllm.example.com/v1", False),
    ],
)
def test_other_organisations_providers_are_in_private_networks_only_at_listed_hosts(
    organisation: str, base_url: str, may: bool
) -> None:
    assert LISTED.may_hold(organisation, base_url) is may


async def test_no_call_of_another_organisation_goes_to_this_machine(
    gateway: RunningGateway, vendor: ScriptedVendor
) -> None:
    other = await make_organisation(gateway.database, "acme")
    await add_vendor(gateway.database, other, vendor.url)
    key = await new_key(gateway, other, "ann")
    async with gateway.database.organisation(other) as connection:
        asker = await find_principal(connection, other, "ann")
    assert asker is not None
    async with calling(gateway.url, gateway.key) as operator, calling(gateway.url, key) as ann:
        assert (await operator.post("/v1/chat/completions", CHAT)).status == 200
        await operator.post("/v1/files", form(), FORM)
        assert [request.target for request in vendor.requests][-2:] == ["/chat/completions", "/files"]
        await until_answered(ann, "/v1/models", None, 200)
        sent = len(vendor.requests)

        replies = [
            await ann.post("/v1/chat/completions", CHAT),
            await ann.post("/v1/files", form(), FORM),
            await ann.post("/v1/responses", {"model": "x", "input": "Hello", "background": True}),
        ]
        listed = (await ann.get("/v1/models")).json()["data"]
        tried = await Prober(gateway.inner, gateway.database).served(Asker(other, asker.id, "admin"), "vendor")

    assert len(vendor.requests) == sent
    assert [reply.status for reply in replies] == [400, 400, 400]
    for reply in replies:
        assert "a loopback address" in reply.json()["error"]["message"]
        assert "docs/configuration.md" in reply.json()["error"]["message"]
    assert listed == []
    assert tried.trouble is not None
    assert (tried.trouble.code, tried.models) == ("not_configured", ())
