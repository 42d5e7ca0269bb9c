"""The SQL of requests that may be repeated."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.api.tables import repeatable_requests
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7

KEPT_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class FirstRequest:
    """The first request that came with a key."""

    id: UUID
    fingerprint: bytes
    age: timedelta
    status: int | None
    """None: it has not been answered, or nobody knows how."""
    answer: bytes | None
    """None: it was answered by something that cannot be kept."""


async def claim(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    principal_id: PrincipalId,
    key: str,
    fingerprint: bytes,
) -> UUID | FirstRequest:
    """Be the first request with a key, and return its id; else return who was. What is too old is forgotten."""
    old = repeatable_requests.c.created_at < func.now() - KEPT_FOR
    await connection.execute(
        delete(repeatable_requests).where(repeatable_requests.c.organisation_id == organisation_id, old)
    )
    row_id = uuid7()
    inserted = await connection.execute(
        insert(repeatable_requests)
        .values(id=row_id, organisation_id=organisation_id, principal_id=principal_id, key=key, fingerprint=fingerprint)
        .on_conflict_do_nothing()
        .returning(repeatable_requests.c.id)
    )
    if inserted.scalar_one_or_none() is not None:
        return row_id
    query = select(repeatable_requests, (func.now() - repeatable_requests.c.created_at).label("age")).where(
        repeatable_requests.c.organisation_id == organisation_id,
        repeatable_requests.c.principal_id == principal_id,
        repeatable_requests.c.key == key,
    )
    row = (await connection.execute(query)).one()
    return FirstRequest(row.id, bytes(row.fingerprint), row.age, row.status, row.answer)


async def keep_answer(connection: AsyncConnection, row_id: UUID, status: int, answer: bytes | None) -> None:
    """Keep what a request was answered."""
    statement = update(repeatable_requests).where(repeatable_requests.c.id == row_id)
    await connection.execute(statement.values(status=status, answer=answer))


async def forget(connection: AsyncConnection, row_id: UUID) -> None:
    """Forget a request that did nothing."""
    await connection.execute(delete(repeatable_requests).where(repeatable_requests.c.id == row_id))
