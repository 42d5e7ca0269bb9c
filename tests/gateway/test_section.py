import pytest

from drawbridge.config.apply import apply_document
from drawbridge.config.document import parse_document
from drawbridge.config.errors import DocumentError
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.gateway.bounds import ceiling_of
from drawbridge.gateway.catalogue import Catalogue, DeploymentRow, RouteRow
from drawbridge.gateway.credentials import Resolved
from drawbridge.gateway.entries import Credential, ProfileEntry
from drawbridge.gateway.loading import build_snapshot
from drawbridge.gateway.routing import model_at
from drawbridge.gateway.section import GATEWAY_SECTIONS
from drawbridge.gateway.store import load_organisation, read_deployments
from tests.parts.organisations import make_organisation

TEXT = """\
version: 1
providers:
  openai: {preset: openai, models: any}
  lab:
    preset: vllm
    base_url: http://10.0.0.5:8000/v1/
    dialects: [openai-chat]
    credential: {file: /run/lab/key}
    quirks: {usage_in_stream: always, max_body_bytes: 1000}
deployments:
  main: {provider: openai, upstream_model: gpt-5}
  spare: {provider: lab, upstream_model: qwen}
models:
  gpt-5: {route: [{deployment: spare, weight: 3}, main]}
  small: {route: [spare]}
"""


@pytest.fixture
async def organisation_id(database: Database) -> OrganisationId:
    return await make_organisation(database)


async def apply(database: Database, organisation_id: OrganisationId, text: str) -> Catalogue:
    document = parse_document(text, "drawbridge.yaml", GATEWAY_SECTIONS)
    await apply_document(database, organisation_id, GATEWAY_SECTIONS, document)
    async with database.organisation(organisation_id) as connection:
        return await load_organisation(connection, organisation_id)


async def test_providers_are_loaded_with_all_that_their_presets_tell(
    database: Database, organisation_id: OrganisationId
) -> None:
    lab, openai = (await apply(database, organisation_id, TEXT)).providers

    assert (lab.name, lab.base_url, lab.dialects) == ("lab", "http://10.0.0.5:8000/v1", ("openai-chat",))
    assert lab.credential == Credential(file="/run/lab/key")
    assert (lab.traits.usage_in_stream, lab.traits.max_body_bytes, lab.traits.auth) == ("always", 1000, "bearer")
    assert not lab.open_models
    assert (openai.base_url, openai.open_models) == ("https://api.openai.com/v1", True)
    assert openai.credential == Credential(env="OPENAI_API_KEY")
    assert openai.traits.pricing_id == "openai"


async def test_deployments_and_models_are_loaded_with_their_routes_in_order(
    database: Database, organisation_id: OrganisationId
) -> None:
    catalogue = await apply(database, organisation_id, TEXT)

    assert catalogue.deployments == (
        DeploymentRow("main", "openai", "gpt-5"),
        DeploymentRow("spare", "lab", "qwen"),
    )
    assert [(model.name, model.route) for model in catalogue.models] == [
        ("gpt-5", (RouteRow("spare", 3), RouteRow("main", 1))),
        ("small", (RouteRow("spare", 1),)),
    ]


async def test_a_route_that_changes_is_replaced_and_the_model_stays_the_same(
    database: Database, organisation_id: OrganisationId
) -> None:
    before = await apply(database, organisation_id, TEXT)

    after = await apply(database, organisation_id, TEXT.replace("[{deployment: spare, weight: 3}, main]", "[main]"))

    assert after.models[0].route == (RouteRow("main", 1),)
    assert after.models[0].created_at == before.models[0].created_at


async def test_a_deployment_that_moves_to_another_provider_is_changed_in_place(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, TEXT)

    after = await apply(
        database,
        organisation_id,
        TEXT.replace("provider: openai, upstream_model: gpt-5", "provider: lab, upstream_model: x"),
    )

    assert after.deployments[0] == DeploymentRow("main", "lab", "x")


async def test_what_a_deployment_says_of_its_model_is_kept_and_shown_again(
    database: Database, organisation_id: OrganisationId
) -> None:
    profile = "profile: {images: false, thinking: budget, context_tokens: 4096, refuses: [store]}"
    text = TEXT.replace("upstream_model: qwen}", f"upstream_model: qwen, {profile}}}")

    _, spare = (await apply(database, organisation_id, text)).deployments

    said = ProfileEntry(images=False, thinking="budget", context_tokens=4096, refuses=("store",))
    assert spare.profile == said
    async with database.organisation(organisation_id) as connection:
        assert (await read_deployments(connection, organisation_id))["spare"].entry.profile == said
    _, spare = (await apply(database, organisation_id, TEXT)).deployments
    assert spare.profile == ProfileEntry()


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ("{image: false}", "image"),
        ("{images: sometimes}", "images"),
        ("{thinking: deep}", "thinking"),
        ("{context_tokens: 0}", "context_tokens"),
        ("{refuses: [1]}", "refuses"),
        ("{ceiling_usd: 0.5}", "ceiling_usd"),
        ('{ceiling_usd: "half"}', "ceiling_usd"),
    ],
)
def test_a_profile_that_says_nothing_that_is_known_is_a_complaint_that_names_it(profile: str, message: str) -> None:
    text = TEXT.replace("upstream_model: qwen}", f"upstream_model: qwen, profile: {profile}}}")

    with pytest.raises(DocumentError) as refused:
        parse_document(text, "drawbridge.yaml", GATEWAY_SECTIONS)

    assert "profile" in refused.value.message
    assert message in refused.value.message


async def test_a_ceiling_is_the_deployments_own_or_else_its_providers(
    database: Database, organisation_id: OrganisationId
) -> None:
    text = TEXT.replace("max_body_bytes: 1000", 'max_body_bytes: 1000, ceiling_usd: "0.5"')
    text = text.replace("upstream_model: gpt-5}", 'upstream_model: gpt-5, profile: {ceiling_usd: "2.25"}}')

    catalogue = await apply(database, organisation_id, text)

    resolved = dict.fromkeys(["lab", "openai"], Resolved(None))
    snapshot = build_snapshot(organisation_id, 1, catalogue, resolved)
    main, spare = (leg.deployment for leg in sorted(snapshot.models["gpt-5"].route, key=lambda leg: leg.weight))
    assert ceiling_of(main) == 2_250_000_000
    assert ceiling_of(spare) == 500_000_000
    assert ceiling_of(model_at(snapshot.providers["lab"], "any").route[0].deployment) == 500_000_000
    assert ceiling_of(model_at(snapshot.providers["openai"], "any").route[0].deployment) is None


async def test_another_organisation_has_its_own_objects_of_the_same_names(
    database: Database, organisation_id: OrganisationId
) -> None:
    other = await make_organisation(database, "other")
    await apply(database, organisation_id, TEXT)

    theirs = await apply(database, other, TEXT.replace("upstream_model: qwen", "upstream_model: theirs"))

    ours = await apply(database, organisation_id, TEXT)
    assert [deployment.upstream_model for deployment in theirs.deployments] == ["gpt-5", "theirs"]
    assert [deployment.upstream_model for deployment in ours.deployments] == ["gpt-5", "qwen"]


async def test_everything_can_be_taken_away_again(database: Database, organisation_id: OrganisationId) -> None:
    await apply(database, organisation_id, TEXT)

    assert await apply(database, organisation_id, "version: 1\n") == Catalogue((), (), ())
