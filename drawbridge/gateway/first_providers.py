"""What an installation can call before anybody configured it: the rehearsal, and keys in the environment."""

from collections.abc import Mapping

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway.entries import Credential, DeploymentEntry, ModelEntry, ProviderEntry, provider_in_full
from drawbridge.gateway.providers.presets import PRESETS
from drawbridge.gateway.store import (
    create_deployment,
    create_model,
    create_provider,
    read_providers,
)

_REHEARSAL = "rehearsal"
_REHEARSAL_MODELS = ("rehearsal", "rehearsal-embedding")


async def add_rehearsal(connection: AsyncConnection, organisation_id: OrganisationId) -> None:
    """Add the built-in provider with its models, so that a first call works without any vendor."""
    provider = provider_in_full(ProviderEntry(preset="rehearsal"))
    await create_provider(connection, organisation_id, _REHEARSAL, provider, managed_by_file=False)
    for name in _REHEARSAL_MODELS:
        deployment = DeploymentEntry(provider=_REHEARSAL, upstream_model=name)
        await create_deployment(connection, organisation_id, name, deployment, managed_by_file=False)
        await create_model(connection, organisation_id, name, ModelEntry(route=(name,)), managed_by_file=False)


async def add_found_providers(
    database: Database, organisation_id: OrganisationId, environment: Mapping[str, str]
) -> dict[str, str]:
    """Add a provider for each vendor key in the environment, by reference: the key itself is never copied.

    A provider of that name that is there already is left as it is. Return every provider that is used from the
    environment, with its variable.
    """
    found = {name: variable for name in PRESETS if (variable := _variable_of(name, environment))}
    async with database.organisation(organisation_id) as connection:
        present = await read_providers(connection, organisation_id)
    if found.keys() - present.keys():
        async with database.change(organisation_id) as connection:
            # Read again under the lock: another node may have added them by now.
            present = await read_providers(connection, organisation_id)
            for name in sorted(found.keys() - present.keys()):
                entry = ProviderEntry(preset=PRESETS[name].name, credential=Credential(env=found[name]), models="any")
                await create_provider(connection, organisation_id, name, provider_in_full(entry), managed_by_file=False)
            present = await read_providers(connection, organisation_id)
    return {name: used for name in found if (used := present[name].entry.credential) and (used := used.env)}


def _variable_of(name: str, environment: Mapping[str, str]) -> str | None:
    preset = PRESETS[name]
    if preset.base_url is None:
        # A credential alone does not say where to take it.
        return None
    return next((variable for variable in preset.environment if environment.get(variable)), None)
