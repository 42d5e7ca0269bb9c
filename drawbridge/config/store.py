"""Stored secrets: rows that hold nothing readable."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.secrets import SealedSecret
from drawbridge.config.tables import secrets
from drawbridge.core.ids import OrganisationId, uuid7


async def secret_names(connection: AsyncConnection, organisation_id: OrganisationId) -> list[str]:
    """List the names of an organisation's secrets, sorted."""
    query = select(secrets.c.name).where(secrets.c.organisation_id == organisation_id).order_by(secrets.c.name)
    return list((await connection.execute(query)).scalars())


async def master_keys_in_use(connection: AsyncConnection, organisation_id: OrganisationId) -> set[str]:
    """Return the ids of the master keys that an organisation's secrets are sealed under."""
    query = select(secrets.c.key_id).where(secrets.c.organisation_id == organisation_id).distinct()
    return set((await connection.execute(query)).scalars())


async def load_secrets(connection: AsyncConnection, organisation_id: OrganisationId) -> Mapping[str, SealedSecret]:
    """Read an organisation's secrets, still sealed, by name."""
    query = select(
        secrets.c.name, secrets.c.key_id, secrets.c.wrapped_key, secrets.c.nonce, secrets.c.ciphertext
    ).where(secrets.c.organisation_id == organisation_id)
    rows = await connection.execute(query)
    return {
        row.name: SealedSecret(row.key_id, bytes(row.wrapped_key), bytes(row.nonce), bytes(row.ciphertext))
        for row in rows
    }


async def put_secret(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str, sealed: SealedSecret
) -> None:
    """Store a secret, in place of the one that had its name."""
    content = {
        "key_id": sealed.key_id,
        "wrapped_key": sealed.wrapped_key,
        "nonce": sealed.nonce,
        "ciphertext": sealed.ciphertext,
    }
    statement = insert(secrets).values(id=uuid7(), organisation_id=organisation_id, name=name, **content)
    await connection.execute(statement.on_conflict_do_update(index_elements=["organisation_id", "name"], set_=content))


async def delete_secret(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> bool:
    """Delete a secret. Return whether there was one."""
    condition = (secrets.c.organisation_id == organisation_id) & (secrets.c.name == name)
    return bool((await connection.execute(delete(secrets).where(condition))).rowcount)
