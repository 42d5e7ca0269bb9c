"""The SQL of failed attempts. Every function works in a transaction of the system role."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.identity.signin.tables import attempts


class Counted(NamedTuple):
    """What stands against a key."""

    failures: int
    blocked_until: datetime | None


async def lock(connection: AsyncConnection, key: bytes, now: datetime, forget_after: timedelta) -> Counted:
    """Return what stands against a key, and keep others from counting on it until the transaction ends."""
    # In one statement, which changes nothing of a row that is there: between two, somebody else may forget it.
    statement = upsert(attempts).values(key=key, failures=0, last_at=now)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_={"key": statement.excluded.key})
    row = (
        await connection.execute(statement.returning(attempts.c.failures, attempts.c.blocked_until, attempts.c.last_at))
    ).one()
    return Counted(0, None) if row.last_at <= now - forget_after else Counted(row.failures, row.blocked_until)


async def count(
    connection: AsyncConnection, key: bytes, failures: int, now: datetime, blocked_until: datetime | None
) -> None:
    """Write down how many failures there are on a key, and until when it is blocked."""
    values = {"failures": failures, "last_at": now, "blocked_until": blocked_until}
    await connection.execute(update(attempts).where(attempts.c.key == key).values(values))


async def forget(connection: AsyncConnection, key: bytes) -> None:
    """Forget what was counted on a key."""
    await connection.execute(delete(attempts).where(attempts.c.key == key))


async def take_back(connection: AsyncConnection, key: bytes) -> None:
    """Take back one attempt, which was none to be counted."""
    values = {"failures": func.greatest(attempts.c.failures - 1, 0), "blocked_until": None}
    await connection.execute(update(attempts).where(attempts.c.key == key).values(values))


async def delete_old(connection: AsyncConnection, before: datetime, most: int) -> None:
    """Forget what is old, and the oldest of what is more than `most` rows."""
    await connection.execute(delete(attempts).where(attempts.c.last_at < before))
    too_many = select(attempts.c.key).order_by(attempts.c.last_at.desc()).offset(most)
    await connection.execute(delete(attempts).where(attempts.c.key.in_(too_many)))
