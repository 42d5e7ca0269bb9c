import pytest

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from tests.parts.organisations import make_organisation


@pytest.fixture
async def organisation_id(database: Database) -> OrganisationId:
    return await make_organisation(database)
