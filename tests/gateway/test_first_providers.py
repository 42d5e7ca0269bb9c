"""What a start makes of the vendors' credentials in its environment."""

from pathlib import Path

from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.gateway.routing import find_model
from drawbridge.gateway.snapshot import OrganisationSnapshot, Provider
from drawbridge.preparation import prepare
from drawbridge.settings import load_settings


async def test_a_start_offers_each_vendor_that_its_environment_has_a_credential_and_an_address_for(
    tmp_path: Path, database_url: str
) -> None:
    found = {"GROQ_API_KEY": "a", "XAI_API_KEY": "b", "AZURE_OPENAI_API_KEY": "c"}

    report = await prepare(load_settings({"DRAWBRIDGE_DATA": str(tmp_path), **found}), database_url, database_url)

    assert report.found_providers == {"groq": "GROQ_API_KEY", "xai": "XAI_API_KEY"}


def test_models_of_a_vendor_that_claims_no_names_are_called_with_its_own() -> None:
    groq = Provider("groq", frozenset({"openai-chat"}), "http://vendor", claims=())
    openai = Provider("openai", frozenset({"openai-chat"}), "http://vendor", claims=("gpt-",))
    snapshot = OrganisationSnapshot(OrganisationId(uuid7()), 1, {}, {"groq": groq, "openai": openai})

    named = find_model(snapshot, "groq/openai/gpt-oss-120b", "openai-chat")
    bare = find_model(snapshot, "gpt-oss-120b", "openai-chat")

    assert [(leg.deployment.provider, leg.deployment.upstream_model) for leg in named.route] == [
        (groq, "openai/gpt-oss-120b")
    ]
    assert [leg.deployment.provider for leg in bare.route] == [openai]
