"""What is done once before the first call: migrations, the first organisation, and what the environment offers."""

import asyncio
from typing import Final

from drawbridge.audit.acts import Actor
from drawbridge.config.key_sources import KeyCommand, KeyFile, KeySource, KeyVariable
from drawbridge.config.rewrapping import SealedRows
from drawbridge.config.store import StoredSecrets
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.db.migrate import migrate
from drawbridge.db.tenancy import create_organisation, find_organisation
from drawbridge.gateway.first_providers import add_found_providers, add_rehearsal
from drawbridge.identity.first_administrator import NAME, add_first_administrator
from drawbridge.identity.organisations import FIRST, Invite
from drawbridge.identity.signin.first_link import new_set_up_link
from drawbridge.identity.signin.invitations.inviting import invite
from drawbridge.identity.signin.invitations.records import NewInvitation
from drawbridge.identity.signin.sealed import sealed_totps
from drawbridge.policy.first_grants import add_first_grants
from drawbridge.report import Report
from drawbridge.settings import Settings
from drawbridge.trail.store import SealedSigningKeys

ORGANISATION: Final = FIRST
"""The organisation of an installation that has only one."""


async def prepare(settings: Settings, url: str, direct_url: str) -> Report:
    """Bring the database up to date, and make the master key of a new installation. Several nodes may do so at once.

    Raises DrawbridgeError.
    """
    # First, since the administrator's key is shown once, and a key that cannot be used must not leave a half-made
    # installation behind.
    await asyncio.to_thread(key_source(settings).read, make=is_new(settings))
    first_admin_key = await prepare_database(url, direct_url)
    database = Database(url, pool_size=1)
    try:
        organisation_id = await find_organisation(database, ORGANISATION)
        assert organisation_id is not None
        found: dict[str, str] = {}
        if settings.find_providers:
            found = await add_found_providers(database, organisation_id, settings.environment)
        return Report(first_admin_key, await new_set_up_link(database), found)
    finally:
        await database.close()


def key_source(settings: Settings) -> KeySource:
    """Return where the installation's master keys are."""
    if settings.master_key is not None:
        return KeyVariable(settings.master_key)
    if settings.master_key_command is not None:
        return KeyCommand(settings.master_key_command)
    return KeyFile(settings.master_key_file)


def sealed_rows(database: Database) -> tuple[SealedRows, ...]:
    """Return everything that is sealed under the master key: what is not here is lost with the next rotation."""
    return (StoredSecrets(database), sealed_totps(database), SealedSigningKeys(database))


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
        return await furnish(connection, organisation_id)


async def furnish(connection: AsyncConnection, organisation_id: OrganisationId) -> str:
    """Give a new organisation what every one begins with; return the key of its first administrator."""
    await add_rehearsal(connection, organisation_id)
    first_admin_key = await add_first_administrator(connection, organisation_id)
    await add_first_grants(connection, organisation_id, [f"user:{NAME}"])
    return first_admin_key


def furnish_inviting(clock: Clock) -> Invite:
    """Make what does the same for an organisation whose first administrator is invited, and has no key."""

    async def furnish_and_invite(
        connection: AsyncConnection, organisation_id: OrganisationId, email: str, actor: Actor
    ) -> str:
        await add_rehearsal(connection, organisation_id)
        issued = await invite(connection, clock, organisation_id, NewInvitation(email), actor)
        await add_first_grants(connection, organisation_id, [f"user:{issued.invitation.user}"])
        return issued.token

    return furnish_and_invite
