"""Installations as commands open them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from drawbridge.config.acts import ConfigAct
from drawbridge.config.key_sources import KeyVariable
from drawbridge.config.master_key_commands import MasterKeyCommands
from drawbridge.config.terminal import Installation, OpenInstallation
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from tests.parts.organisations import make_organisation


def new_installation(database_url: str) -> tuple[OpenInstallation, OrganisationId]:
    """Make an organisation, and what opens it in an event loop of its own, as a command does."""
    organisation_id = asyncio.run(_make(database_url))
    return opening(database_url, organisation_id), organisation_id


def without_master_keys(open_installation: OpenInstallation) -> MasterKeyCommands:
    """Return the commands for master keys of an installation that seals nothing and keeps no record."""

    async def unrecorded(connection: AsyncConnection, organisation_id: OrganisationId, act: ConfigAct) -> None:
        del connection, organisation_id, act

    return MasterKeyCommands(open_installation, KeyVariable(""), lambda _: (), unrecorded)


def opening(database_url: str, organisation_id: OrganisationId) -> OpenInstallation:
    """Return what opens an organisation that is there."""

    @asynccontextmanager
    async def open_installation() -> AsyncGenerator[Installation]:
        database = Database(database_url, pool_size=1)
        try:
            yield Installation(database, organisation_id)
        finally:
            await database.close()

    return open_installation


async def _make(database_url: str) -> OrganisationId:
    database = Database(database_url, pool_size=1)
    try:
        return await make_organisation(database)
    finally:
        await database.close()
