"""Organisations in a test's database."""

from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import create_organisation


async def make_organisation(database: Database, name: str = "default") -> OrganisationId:
    organisation_id = OrganisationId(uuid7())
    async with database.organisation(organisation_id) as connection:
        assert await create_organisation(connection, organisation_id, name)
    return organisation_id
