"""What is done once before the first call: migrations, the first organisation, and what the environment offers."""

import asyncio
from typing import Final

from drawbridge.config.secrets import load_master_key
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.db.migrate import migrate
from drawbridge.db.tenancy import create_organisation, find_organisation
from drawbridge.gateway.first_providers import add_found_providers, add_rehearsal
from drawbridge.identity.first_administrator import add_first_administrator
from drawbridge.report import Report
from drawbridge.settings import Settings

ORGANISATION: Final = "default"
"""The organisation of an installation that has only one."""


async def prepare(settings: Settings, url: str, direct_url: str) -> Report:
    """Bring the database up to date, and make the master key of a new installation. Several nodes may do so at once.

    Raises DrawbridgeError.
    """
    # First, since the administrator's key is shown once, and a key that cannot be used must not leave a half-made
    # installation behind.
    load_master_key(settings.master_key_file, make=is_new(settings))
    first_admin_key = await prepare_database(url, direct_url)
    if not settings.find_providers:
        return Report(first_admin_key, {})
    database = Database(url, pool_size=1)
    try:
        organisation_id = await find_organisation(database, ORGANISATION)
        assert organisation_id is not None
        found = await add_found_providers(database, organisation_id, settings.environment)
    finally:
        await database.close()
    return Report(first_admin_key, found)


def is_new(settings: Settings) -> bool:
    """Tell whether no worker has ever served on the data folder."""
    return not settings.usage_folder.exists()


async def prepare_database(url: str, direct_url: str) -> str | None:
    """Bring the database up to date; return the first admin key if this made it. Raises DrawbridgeError."""
    await asyncio.to_thread(migrate, direct_url)
    database = Database(url, pool_size=1)
    try:
        return await _create_first(database)
    finally:
        await database.close()


async def _create_first(database: Database) -> str | None:
    """Create the first organisation with its administrator; return the key, or None where it is there already."""
    if await find_organisation(database, ORGANISATION) is not None:
        return None
    organisation_id = OrganisationId(uuid7())
    async with database.organisation(organisation_id) as connection:
        if not await create_organisation(connection, organisation_id, ORGANISATION):
            return None
        await add_rehearsal(connection, organisation_id)
        return await add_first_administrator(connection, organisation_id)
