"""The SQL of sessions. Every function works in a transaction of the system role."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.identity.signin.records import AccountId, Session, SessionId, SessionIdentity
from drawbridge.identity.signin.tables import accounts, sessions
from drawbridge.identity.tables import organisations, principals


@dataclass(frozen=True, slots=True)
class Ages:
    """How long sessions last."""

    idle: timedelta
    """Without a request."""
    seen_every: timedelta
    """How often it is noted that a session is in use."""


async def insert_session(connection: AsyncConnection, session: Session, hashed: bytes) -> None:
    """Store a new session under its token's hash."""
    await connection.execute(
        insert(sessions).values(
            id=session.id,
            hash=hashed,
            account_id=session.account_id,
            organisation_id=session.organisation_id,
            method=session.method,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.expires_at,
            stepped_up_at=session.stepped_up_at,
            address=session.address,
            user_agent=session.user_agent,
        )
    )


async def find_identity(
    connection: AsyncConnection, hashed: bytes, now: datetime, ages: Ages, address: str
) -> tuple[SessionIdentity, datetime] | None:
    """Return whose session a token opens, and when it was last seen. None: it has ended, or its account is suspended.

    A user or an organisation that is suspended leaves the session without an organisation.
    """
    query = (
        select(sessions, accounts.c.email, accounts.c.display_name, accounts.c.platform_administrator)
        .add_columns(organisations.c.id.label("active_id"), principals.c.id.label("principal_id"), principals.c.name)
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .outerjoin(
            organisations,
            and_(organisations.c.id == sessions.c.organisation_id, organisations.c.suspended_at.is_(None)),
        )
        .outerjoin(
            principals,
            and_(
                principals.c.organisation_id == organisations.c.id,
                principals.c.account_id == sessions.c.account_id,
                principals.c.suspended_at.is_(None),
            ),
        )
        .where(sessions.c.hash == hashed, accounts.c.suspended_at.is_(None), _is_on(now, ages))
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (_identity(row, address), row.last_seen_at)


async def still_on(
    connection: AsyncConnection, ids: Collection[UUID], now: datetime, ages: Ages
) -> set[tuple[UUID, OrganisationId, PrincipalId]]:
    """Return those of these sessions that are on, each with the organisation and the user that it speaks for now.

    None whose account, user or organisation is suspended.
    """
    query = (
        select(sessions.c.id, principals.c.organisation_id, principals.c.id.label("principal_id"))
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .join(organisations, organisations.c.id == sessions.c.organisation_id)
        .join(
            principals,
            and_(
                principals.c.organisation_id == sessions.c.organisation_id,
                principals.c.account_id == sessions.c.account_id,
            ),
        )
        .where(
            sessions.c.id.in_(ids),
            _is_on(now, ages),
            *(each.c.suspended_at.is_(None) for each in (accounts, organisations, principals)),
        )
    )
    rows = await connection.execute(query)
    return {(row.id, OrganisationId(row.organisation_id), PrincipalId(row.principal_id)) for row in rows}


async def set_seen(connection: AsyncConnection, session_id: SessionId, now: datetime) -> None:
    """Note that a session is in use."""
    await connection.execute(update(sessions).where(sessions.c.id == session_id).values(last_seen_at=now))


async def rotate(
    connection: AsyncConnection,
    session_id: SessionId,
    hashed: bytes,
    *,
    stepped_up_at: datetime | None = None,
    organisation_id: OrganisationId | None = None,
) -> bool:
    """Put another token in the place of a session's, which opens nothing from now on. Return whether it was there."""
    values: dict[str, object] = {"hash": hashed}
    if stepped_up_at is not None:
        values["stepped_up_at"] = stepped_up_at
    if organisation_id is not None:
        values["organisation_id"] = organisation_id
    statement = update(sessions).where(sessions.c.id == session_id).values(values).returning(sessions.c.id)
    return (await connection.execute(statement)).scalar_one_or_none() is not None


async def sessions_of(connection: AsyncConnection, account_id: AccountId, now: datetime, ages: Ages) -> list[Session]:
    """Return an account's sessions that are on, the one in use last first."""
    query = select(sessions).where(sessions.c.account_id == account_id, _is_on(now, ages))
    rows = await connection.execute(query.order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc()))
    return [_session(row) for row in rows]


async def end_by_token(connection: AsyncConnection, hashed: bytes) -> None:
    """End the session that a token opens, if there is one."""
    await connection.execute(delete(sessions).where(sessions.c.hash == hashed))


async def end_session(connection: AsyncConnection, account_id: AccountId, session_id: SessionId) -> bool:
    """End one session of an account. Return whether it was there."""
    mine = and_(sessions.c.account_id == account_id, sessions.c.id == session_id)
    return (await connection.execute(delete(sessions).where(mine).returning(sessions.c.id))).first() is not None


async def end_sessions(connection: AsyncConnection, account_id: AccountId, *, but: SessionId | None = None) -> int:
    """End all sessions of an account, but for one. Return how many there were."""
    mine = sessions.c.account_id == account_id
    if but is not None:
        mine = and_(mine, sessions.c.id != but)
    return len((await connection.execute(delete(sessions).where(mine).returning(sessions.c.id))).all())


async def end_sessions_of_principal(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> int:
    """End the sessions in which an account works as this user. Return how many there were."""
    account_id = (
        select(principals.c.account_id)
        .where(principals.c.organisation_id == organisation_id, principals.c.id == principal_id)
        .scalar_subquery()
    )
    mine = and_(sessions.c.account_id == account_id, sessions.c.organisation_id == organisation_id)
    return len((await connection.execute(delete(sessions).where(mine).returning(sessions.c.id))).all())


async def end_sessions_in(connection: AsyncConnection, organisation_id: OrganisationId) -> int:
    """End the sessions in which anybody works in an organisation. Return how many there were."""
    mine = sessions.c.organisation_id == organisation_id
    return len((await connection.execute(delete(sessions).where(mine).returning(sessions.c.id))).all())


async def delete_ended(connection: AsyncConnection, account_id: AccountId, now: datetime, ages: Ages) -> None:
    """Forget an account's sessions that are over."""
    over = or_(sessions.c.expires_at <= now, sessions.c.last_seen_at <= now - ages.idle)
    await connection.execute(delete(sessions).where(sessions.c.account_id == account_id, over))


def _is_on(now: datetime, ages: Ages) -> ColumnElement[bool]:
    return and_(sessions.c.expires_at > now, sessions.c.last_seen_at > now - ages.idle)


# Any: rows of queries over columns of several types.
def _identity(row: Row[*tuple[Any, ...]], address: str) -> SessionIdentity:
    is_user = row.principal_id is not None
    return SessionIdentity(
        session_id=row.id,
        account_id=row.account_id,
        email=row.email,
        display_name=row.display_name,
        platform_administrator=row.platform_administrator,
        organisation_id=row.active_id if is_user else None,
        principal_id=row.principal_id,
        principal=row.name or "",
        stepped_up_at=row.stepped_up_at,
        method=row.method,
        address=address,
    )


def _session(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(
        id=row.id,
        account_id=row.account_id,
        organisation_id=row.organisation_id,
        method=row.method,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        stepped_up_at=row.stepped_up_at,
        address=row.address,
        user_agent=row.user_agent,
    )
