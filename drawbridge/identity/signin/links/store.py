"""The SQL of one-time links and of challenges that were answered. All in transactions of the system role."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.identity.signin.records import AccountId
from drawbridge.identity.signin.tables import one_time_links, spent_challenges

LinkPurpose = Literal["set_up", "sign_in"]


async def put_link(
    connection: AsyncConnection,
    purpose: LinkPurpose,
    hashed: bytes,
    *,
    account_id: AccountId | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Store a link in place of any other of the same purpose and account."""
    await delete_links(connection, purpose, account_id)
    await connection.execute(
        insert(one_time_links).values(hash=hashed, purpose=purpose, account_id=account_id, expires_at=expires_at)
    )


async def delete_links(connection: AsyncConnection, purpose: LinkPurpose, account_id: AccountId | None = None) -> None:
    """Make links void."""
    same = and_(one_time_links.c.purpose == purpose, one_time_links.c.account_id.is_not_distinct_from(account_id))
    await connection.execute(delete(one_time_links).where(same))


async def is_open(connection: AsyncConnection, purpose: LinkPurpose, hashed: bytes, now: datetime) -> bool:
    """Tell whether a link may still be used."""
    query = select(one_time_links.c.hash).where(_open(purpose, hashed, now))
    return (await connection.execute(query)).first() is not None


async def take_link(
    connection: AsyncConnection, purpose: LinkPurpose, hashed: bytes, now: datetime
) -> tuple[bool, AccountId | None]:
    """Use a link, once: of two who have it, one is told no. Return whether it was open, and whose it is."""
    statement = update(one_time_links).where(_open(purpose, hashed, now)).values(used_at=now)
    row = (await connection.execute(statement.returning(one_time_links.c.account_id))).one_or_none()
    return (False, None) if row is None else (True, row.account_id)


async def spend_challenge(connection: AsyncConnection, hashed: bytes, expires_at: datetime, now: datetime) -> bool:
    """Keep a challenge that was answered. Return False where it was answered before."""
    await connection.execute(delete(spent_challenges).where(spent_challenges.c.expires_at < now))
    statement = upsert(spent_challenges).values(hash=hashed, expires_at=expires_at).on_conflict_do_nothing()
    return (await connection.execute(statement.returning(spent_challenges.c.hash))).first() is not None


def _open(purpose: LinkPurpose, hashed: bytes, now: datetime) -> ColumnElement[bool]:
    return and_(
        one_time_links.c.hash == hashed,
        one_time_links.c.purpose == purpose,
        one_time_links.c.used_at.is_(None),
        or_(one_time_links.c.expires_at.is_(None), one_time_links.c.expires_at > now),
    )
