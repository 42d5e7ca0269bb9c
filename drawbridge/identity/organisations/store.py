"""The SQL of organisations as such: what stands about each, and how many people it has; nothing else of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.tables import secrets
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.tables import api_keys, organisations, principals


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation from outside."""

    id: OrganisationId
    name: str
    display_name: str
    suspended_at: datetime | None
    """None: not suspended."""
    created_at: datetime
    people: int
    """How many users it has, the suspended too."""
    managed_by_file: bool
    """Whether its display name stands in a file of its own."""


async def read_organisations(database: Database, name: str | None = None) -> list[Organisation]:
    """Return all organisations, or the one of a name, sorted by name. Those that were deleted are left out."""
    users = (
        select(func.count())
        .where(principals.c.organisation_id == organisations.c.id, principals.c.kind == "user")
        .correlate(organisations)
        .scalar_subquery()
    )
    query = select(organisations, users.label("people")).where(organisations.c.deleted_at.is_(None))
    query = query.order_by(organisations.c.name)
    if name is not None:
        query = query.where(organisations.c.name == name)
    async with database.system("platform") as connection:
        rows = (await connection.execute(query)).all()
    return [
        Organisation(
            row.id,
            row.name,
            row.display_name,
            row.suspended_at,
            row.created_at,
            row.people,
            row.managed_by_file,
        )
        for row in rows
    ]


async def set_suspended(connection: AsyncConnection, organisation_id: OrganisationId, at: datetime | None) -> None:
    """Suspend an organisation; None: reactivate."""
    statement = update(organisations).where(organisations.c.id == organisation_id)
    await connection.execute(statement.values(suspended_at=at))


async def close(connection: AsyncConnection, organisation_id: OrganisationId, now: datetime) -> int:
    """Delete an organisation: bar it for good, with its keys, users' accounts and secrets. Return how many keys ended.

    Its other rows stay, for what was used and who did what refers to them.
    """
    mine = api_keys.c.organisation_id == organisation_id
    ended = await connection.execute(
        update(api_keys).where(mine, api_keys.c.revoked_at.is_(None)).values(revoked_at=now).returning(api_keys.c.id)
    )
    linked = update(principals).where(principals.c.organisation_id == organisation_id)
    await connection.execute(linked.values(account_id=None))
    await connection.execute(delete(secrets).where(secrets.c.organisation_id == organisation_id))
    statement = update(organisations).where(organisations.c.id == organisation_id)
    barred = func.coalesce(organisations.c.suspended_at, now)
    await connection.execute(statement.values(deleted_at=now, suspended_at=barred))
    return len(ended.all())


async def set_display_name(connection: AsyncConnection, organisation_id: OrganisationId, display_name: str) -> None:
    """Change how people see an organisation's name."""
    statement = update(organisations).where(organisations.c.id == organisation_id)
    await connection.execute(statement.values(display_name=display_name))
