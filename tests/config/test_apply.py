import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from drawbridge.config.apply import apply_document, plan_document, read_world
from drawbridge.config.errors import DocumentError, PlanOutdatedError
from drawbridge.config.export import export_document, unmanaged_count
from drawbridge.config.plan import Plan
from drawbridge.config.secrets import master_key, seal
from drawbridge.config.sections import keeping_laws
from drawbridge.config.store import delete_secret, load_secrets, put_secret, secret_names
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import newest_revision
from drawbridge.gateway.entries import DeploymentEntry, ModelEntry, ProviderEntry, provider_in_full
from drawbridge.gateway.store import create_deployment, create_model, create_provider
from drawbridge.identity.errors import LastAdministratorError
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.section import identity_sections
from drawbridge.identity.store import create_principal
from tests.config.documents import (
    EXAMPLE,
    SECTIONS,
    Content,
    budgets_of_those_left,
    contents,
    grants_to_those_left,
    read,
    write,
)
from tests.parts.clock import HeldClock

USERS = next(section for section in identity_sections(HeldClock()) if section.name == "users")

OWN: Content = {"providers": {"own": {}}, "deployments": {"own": {}}}
"""The names of what `add_own` makes."""


async def add_own(database: Database, organisation_id: OrganisationId) -> None:
    """Add one object of each section by hand."""
    provider = provider_in_full(ProviderEntry(preset="ollama"))
    deployment = DeploymentEntry(provider="own", upstream_model="x")
    async with database.change(organisation_id) as connection:
        await create_provider(connection, organisation_id, "own", provider, managed_by_file=False)
        await create_deployment(connection, organisation_id, "own", deployment, managed_by_file=False)
        await create_model(connection, organisation_id, "own", ModelEntry(route=("own",)), managed_by_file=False)
        await create_principal(connection, organisation_id, "user", "own", display_name="Own")


async def apply(database: Database, organisation_id: OrganisationId, text: str) -> Plan:
    return await apply_document(database, organisation_id, SECTIONS, read(text))


async def export(database: Database, organisation_id: OrganisationId, *, everything: bool = False) -> str:
    async with database.organisation(organisation_id) as connection:
        world = await read_world(connection, organisation_id, SECTIONS)
    return export_document(SECTIONS, world, everything=everything)


async def test_the_example_is_applied_and_exported_as_it_was_written(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, EXAMPLE)

    exported = read(await export(database, organisation_id))

    document = read(EXAMPLE.replace(", credential: {env: OPENAI_API_KEY}", ""))
    assert exported.entries == document.entries


async def test_a_second_apply_changes_nothing_and_takes_no_revision(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, EXAMPLE)
    revision = await newest_revision(database)

    second = await apply(database, organisation_id, EXAMPLE)

    assert second.changes == ()
    assert await newest_revision(database) == revision


async def test_an_apply_takes_one_revision(database: Database, organisation_id: OrganisationId) -> None:
    revision = await newest_revision(database)

    await apply(database, organisation_id, EXAMPLE)

    assert await newest_revision(database) == revision + 1


async def test_an_apply_that_is_refused_changes_nothing(database: Database, organisation_id: OrganisationId) -> None:
    await apply(database, organisation_id, EXAMPLE)
    before = await export(database, organisation_id)

    with pytest.raises(DocumentError):
        await apply(database, organisation_id, EXAMPLE.replace("route: [gpt-5-main]", "route: [gone]"))

    assert await export(database, organisation_id) == before


async def test_a_deployment_can_go_in_the_apply_that_routes_its_model_elsewhere(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, EXAMPLE)
    text = EXAMPLE.replace("  gpt-5-main: {provider: openai, upstream_model: gpt-5}\n", "")
    text = text.replace("{deployment: gpt-5-main, weight: 3}, ", "").replace("[gpt-5-main]", "[lab-main]")

    plan = await apply(database, organisation_id, text)

    assert [f"{change.action} {change.name}" for change in plan.changes] == [
        "delete gpt-5-main",
        "update gpt-5",
        "update mixed",
    ]
    assert "gpt-5-main" not in await export(database, organisation_id)


async def test_a_plan_that_somebody_else_overtook_is_not_applied(
    database: Database, organisation_id: OrganisationId
) -> None:
    document = read(EXAMPLE)
    agreed = await plan_document(database, organisation_id, SECTIONS, document)
    await apply(database, organisation_id, "version: 1\nusers: {ana: {display_name: Other}}\n")

    with pytest.raises(PlanOutdatedError):
        await apply_document(database, organisation_id, SECTIONS, document, expected=agreed)


async def test_applies_at_once_come_one_after_another(database: Database, organisation_id: OrganisationId) -> None:
    texts = [f"version: 1\nusers: {{user-{n}: {{}}}}\n" for n in range(4)]

    async with asyncio.TaskGroup() as tasks:
        for text in texts:
            tasks.create_task(apply(database, organisation_id, text))

    assert len(read(await export(database, organisation_id)).entries["users"]) == 1


async def test_an_adopted_object_is_managed_by_file_from_then_on(
    database: Database, organisation_id: OrganisationId
) -> None:
    await add_own(database, organisation_id)
    adopted = await apply(database, organisation_id, "version: 1\nusers: {own: {display_name: New}}\n")

    gone = await apply(database, organisation_id, "version: 1\n")

    assert [change.action for change in adopted.changes] == ["adopt"]
    assert [(change.action, change.name) for change in gone.changes] == [("delete", "own")]


async def test_an_export_of_everything_holds_what_no_file_manages(
    database: Database, organisation_id: OrganisationId
) -> None:
    await add_own(database, organisation_id)

    everything = await export(database, organisation_id, everything=True)

    assert await export(database, organisation_id) == "version: 1\n"
    assert list(read(everything).entries) == ["users", "roles", "grants", "providers", "deployments", "models"]
    plan = await plan_document(database, organisation_id, SECTIONS, read(everything))
    assert [change.action for change in plan.changes] == ["adopt"] * 9
    assert not any(change.differences for change in plan.changes)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=contents(also=OWN))
async def test_any_files_applied_one_after_another_keep_the_laws(
    database: Database, organisation_id: OrganisationId, content: Content
) -> None:
    if await _world_is_new(database, organisation_id):
        await add_own(database, organisation_id)
    # A name that was another kind of principal before would be refused.
    others: Content = {name: {} for name in (*content["service_accounts"], *content["agents"])}
    people: Content = {"users": {**others, **content["users"]}, "service_accounts": {}, "agents": {}}
    left = {**content, **people}
    left |= {"grants": grants_to_those_left(left), "budgets": budgets_of_those_left(left)}
    document = read(write(left))

    await apply_document(database, organisation_id, SECTIONS, document)

    again = await plan_document(database, organisation_id, SECTIONS, document)
    exported = await export(database, organisation_id)
    exported_again = await plan_document(database, organisation_id, SECTIONS, read(exported))
    assert again.changes == exported_again.changes == ()
    async with database.organisation(organisation_id) as connection:
        world = await read_world(connection, organisation_id, SECTIONS)
    assert unmanaged_count(world) == 9


async def _world_is_new(database: Database, organisation_id: OrganisationId) -> bool:
    everything = read(await export(database, organisation_id, everything=True))
    return set(everything.entries) == {"roles", "grants"}


async def test_a_user_who_holds_the_last_admin_key_is_not_deleted(
    database: Database, organisation_id: OrganisationId
) -> None:
    clock = HeldClock()
    await apply(database, organisation_id, "version: 1\nusers: {ana: {}, ben: {}}\n")
    keyring = Keyring(database, clock)
    await keyring.create(organisation_id, KeyRequest("ana", admin=True))
    await keyring.create(organisation_id, KeyRequest("ben", admin=True, expires_at=clock.now() + timedelta(days=1)))

    plan = await apply(database, organisation_id, "version: 1\nusers: {ana: {}}\n")
    with pytest.raises(DocumentError, match=r"user 'ana'.*the last admin key"):
        await apply(database, organisation_id, "version: 1\nusers: {eve: {}}\n")
    with pytest.raises(LastAdministratorError):
        async with (
            database.change(organisation_id) as connection,
            keeping_laws(connection, organisation_id, [USERS]),
        ):
            await USERS.delete(connection, organisation_id, "ana")

    assert plan.deletions[0].goes_with_it == "1 key"
    assert list(read(await export(database, organisation_id)).entries["users"]) == ["ana"]


async def test_secrets_are_stored_sealed_listed_replaced_and_deleted(
    database: Database, organisation_id: OrganisationId
) -> None:
    key = master_key(bytes(32))
    sealed = seal(key, organisation_id, "openai", "sk-2")

    async with database.change(organisation_id) as connection:
        await put_secret(connection, organisation_id, "openai", seal(key, organisation_id, "openai", "sk-1"))
        await put_secret(connection, organisation_id, "openai", sealed)
        names = await secret_names(connection, organisation_id)
        stored = await load_secrets(connection, organisation_id)
        deleted = await delete_secret(connection, organisation_id, "openai")
        deleted_again = await delete_secret(connection, organisation_id, "openai")

    assert names == ["openai"]
    assert stored == {"openai": sealed}
    assert (deleted, deleted_again) == (True, False)
