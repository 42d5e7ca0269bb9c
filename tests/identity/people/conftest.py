import pytest

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.people import People
from drawbridge.identity.store import create_principal
from tests.identity.directory.applying import apply
from tests.parts.clock import HeldClock

TEAMS = """\
organisation: {whom_to_ask: it@acme.example}
teams: {research: {}, sales: {}}
projects: {search: {team: research}}
service_accounts: {ci-bot: {team: research}}
"""


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def people(database: Database, organisation_id: OrganisationId, clock: HeldClock) -> People:
    """Ana and Ben, whom no file manages, in an organisation with teams that one does."""
    async with database.change(organisation_id) as connection:
        for name in ("ana", "ben"):
            await create_principal(connection, organisation_id, "user", name)
    await apply(database, organisation_id, TEAMS)
    return People(database, clock)
