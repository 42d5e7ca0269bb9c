"""Organisations with a row in every table, made by the products' own stores."""

from datetime import UTC, datetime

import msgspec

from drawbridge.config.secrets import master_key, seal
from drawbridge.config.store import put_secret
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.db.engine import Database
from drawbridge.gateway.entries import Credential, DeploymentEntry, ModelEntry, ProviderEntry, provider_in_full
from drawbridge.gateway.objects.kinds import VendorObject
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.gateway.store import create_deployment, create_model, create_provider
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.store import create_principal
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation
from tests.usage.attempts import make_intent, make_settlement

_MASTER_KEY = master_key(bytes(32))


async def furnish(database: Database, name: str) -> OrganisationId:
    """Make an organisation in which everything is there once."""
    organisation_id = await make_organisation(database, name)
    await _configure(database, organisation_id)
    clock = HeldClock(datetime.now(UTC))
    await Keyring(database, clock).create(organisation_id, KeyRequest("ana", admin=True))
    await _book(database, organisation_id)
    await _keep(database, organisation_id)
    return organisation_id


async def _configure(database: Database, organisation_id: OrganisationId) -> None:
    provider = ProviderEntry(preset="openai", credential=Credential(stored="vendor-key"))
    async with database.change(organisation_id) as connection:
        await create_principal(connection, organisation_id, "user", "ana")
        sealed = seal(_MASTER_KEY, organisation_id, "vendor-key", "a credential")
        await put_secret(connection, organisation_id, "vendor-key", sealed)
        await create_provider(connection, organisation_id, "vendor", provider_in_full(provider), managed_by_file=False)
        deployment = DeploymentEntry(provider="vendor", upstream_model="gpt-5")
        await create_deployment(connection, organisation_id, "main", deployment, managed_by_file=False)
        await create_model(connection, organisation_id, "fast", ModelEntry(route=("main",)), managed_by_file=False)


async def _keep(database: Database, organisation_id: OrganisationId) -> None:
    owned = VendorObject(organisation_id, PrincipalId(uuid7()), "vendor", "response", "resp_1")
    await VendorObjectStore(database).record([owned])


async def _book(database: Database, organisation_id: OrganisationId) -> None:
    intent = msgspec.structs.replace(make_intent(), organisation_id=organisation_id)
    await UsageStore(database).book([copy_line(intent, make_settlement(intent.attempt_id))])
