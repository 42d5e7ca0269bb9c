"""What tests do to people."""

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.directory.store import id_of
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.identity.keys import hash_key
from drawbridge.identity.people.store import join_teams
from drawbridge.identity.records import Bar, KeyRecord
from drawbridge.identity.store import find_key, find_principal
from drawbridge.identity.tables import teams
from tests.parts.clock import HeldClock


async def new_key(database: Database, organisation_id: OrganisationId, owner: str, *, admin: bool = False) -> IssuedKey:
    """Make a key."""
    return await Keyring(database, HeldClock()).create(organisation_id, KeyRequest(owner, admin=admin))


async def held(database: Database, issued: IssuedKey) -> KeyRecord | Bar | None:
    """Return what a key says to the door."""
    return await find_key(database, hash_key(issued.text))


async def join(database: Database, organisation_id: OrganisationId, name: str, team: str) -> None:
    """Put somebody into a team."""
    async with database.change(organisation_id) as connection:
        person = await find_principal(connection, organisation_id, name)
        team_id = await id_of(connection, teams, organisation_id, team)
        assert person is not None
        assert team_id is not None
        await join_teams(connection, organisation_id, person.id, [team_id])


async def exists(database: Database, organisation_id: OrganisationId, name: str) -> bool:
    """Tell whether somebody is there."""
    async with database.organisation(organisation_id) as connection:
        return await find_principal(connection, organisation_id, name) is not None
