"""Organisations as the database knows them: the rooms that row-level security keeps apart."""

import psycopg.errors
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database

_NOT_SET_UP = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject)
_NEWEST = text("select number from platform.revision")
_CHANGED = text("select id from organisation where revision > :revision")
_FIND = text("select id from organisation where name = :name")
_NAME = text("select name from organisation where id = :id")
_CREATE = text(
    "insert into organisation (id, name, revision) values (:id, :name, platform.next_revision())"
    " on conflict (name) do nothing returning id"
)


async def newest_revision(database: Database) -> int:
    """Return the number of the last change to anything that the hot path decides from. Raises DatabaseAway."""
    async with database.system("snapshot") as connection:
        return (await connection.execute(_NEWEST)).scalar_one()


async def changed_organisations(database: Database, revision: int) -> list[OrganisationId]:
    """Return the organisations that were changed after a revision. Raises DatabaseAway."""
    async with database.system("snapshot") as connection:
        return [OrganisationId(row.id) for row in await connection.execute(_CHANGED, {"revision": revision})]


async def find_organisation(database: Database, name: str) -> OrganisationId | None:
    """Return the organisation of a name; None also where the database is not set up yet. Raises DatabaseAway."""
    try:
        async with database.system("sign_in") as connection:
            found = (await connection.execute(_FIND, {"name": name})).scalar_one_or_none()
    except ProgrammingError as error:
        if isinstance(error.orig, _NOT_SET_UP):
            return None
        raise
    return None if found is None else OrganisationId(found)


async def organisation_name(connection: AsyncConnection, organisation_id: OrganisationId) -> str:
    """Return the name of the organisation that a transaction is of."""
    return (await connection.execute(_NAME, {"id": organisation_id})).scalar_one()


async def create_organisation(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> bool:
    """Create an organisation within its own transaction. Return False where its name is taken."""
    created = await connection.execute(_CREATE, {"id": organisation_id, "name": name})
    return created.scalar_one_or_none() is not None
