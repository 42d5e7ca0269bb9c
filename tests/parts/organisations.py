"""Organisations in a test's database."""

from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import create_organisation
from drawbridge.policy.first_grants import add_first_grants


async def make_organisation(
    database: Database, name: str = "default", *, administrators: tuple[str, ...] = ("everyone",)
) -> OrganisationId:
    """Make an organisation that begins as every one does, but that any admin key of it administers it."""
    organisation_id = OrganisationId(uuid7())
    async with database.organisation(organisation_id) as connection:
        assert await create_organisation(connection, organisation_id, name)
        await add_first_grants(connection, organisation_id, administrators)
    return organisation_id
