"""Stored secrets, rows that hold nothing readable, and which worker holds which master keys."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.rewrapping import Rewrapped, SealedRow
from drawbridge.config.secrets import SealedSecret, WrappedKey
from drawbridge.config.tables import key_holders, secrets
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database

_REWRAPPING_LOCK: Final = 0x6472_6277_6B65_7973
"""The advisory lock of whoever wraps rows anew. Any number does, as long as every version uses the same one."""
_ALIVE: Final = text("seen_at > now() - interval '60 seconds'")
_LONG_GONE: Final = text("seen_at < now() - interval '1 hour'")


async def secret_names(connection: AsyncConnection, organisation_id: OrganisationId) -> list[str]:
    """List the names of an organisation's secrets, sorted."""
    query = select(secrets.c.name).where(secrets.c.organisation_id == organisation_id).order_by(secrets.c.name)
    return list((await connection.execute(query)).scalars())


async def list_secrets(connection: AsyncConnection, organisation_id: OrganisationId) -> Mapping[str, datetime]:
    """Return when each secret of an organisation was first stored, by name, in the order of names."""
    query = select(secrets.c.name, secrets.c.created_at).where(secrets.c.organisation_id == organisation_id)
    return {row.name: row.created_at for row in await connection.execute(query.order_by(secrets.c.name))}


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


class KeyHolders:
    """Which workers are alive, and which master keys each has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, worker_id: UUID, key_ids: Sequence[str]) -> None:
        """Tell that a worker is alive, and which keys it has, the one that it seals under first.

        Raises DatabaseAway.
        """
        content = {"key_ids": list(key_ids), "seen_at": func.now()}
        statement = insert(key_holders).values(worker_id=worker_id, **content)
        async with self._database.system("sweeper") as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=["worker_id"], set_=content))
            await connection.execute(delete(key_holders).where(_LONG_GONE))

    async def leave(self, worker_id: UUID) -> None:
        """Tell that a worker ends. Raises DatabaseAway."""
        async with self._database.system("sweeper") as connection:
            await connection.execute(delete(key_holders).where(key_holders.c.worker_id == worker_id))

    async def alive(self) -> list[tuple[str, ...]]:
        """Return what each worker told that did so within the last minute. Raises DatabaseAway."""
        async with self._database.system("sweeper") as connection:
            found = await connection.execute(select(key_holders.c.key_ids).where(_ALIVE))
            return [tuple(key_ids) for key_ids in found.scalars()]

    @asynccontextmanager
    async def sole_rewrapper(self) -> AsyncGenerator[bool]:
        """Tell whether nobody else wraps rows anew, and keep others out for as long as this lasts."""
        async with self._database.system("sweeper") as connection:
            taken = await connection.execute(select(func.pg_try_advisory_xact_lock(_REWRAPPING_LOCK)))
            yield bool(taken.scalar_one())


@dataclass(frozen=True, slots=True)
class StoredSecrets:
    """The secrets of all organisations, as rows that are wrapped anew."""

    database: Database
    what: str = "stored secrets"

    async def count_by_key(self) -> Mapping[str, int]:
        """Return how many secrets are sealed under each master key. Raises DatabaseAway."""
        query = select(secrets.c.key_id, func.count().label("rows")).group_by(secrets.c.key_id)
        async with self.database.system("sweeper") as connection:
            return {row.key_id: row.rows for row in await connection.execute(query)}

    async def not_under(self, key_id: str, after: UUID | None, limit: int) -> Sequence[SealedRow]:
        """Return secrets that are sealed under other master keys, in the order of their ids. Raises DatabaseAway."""
        query = select(secrets.c.id, secrets.c.organisation_id, secrets.c.name, secrets.c.key_id, secrets.c.wrapped_key)
        query = query.where(secrets.c.key_id != key_id).order_by(secrets.c.id).limit(limit)
        if after is not None:
            query = query.where(secrets.c.id > after)
        async with self.database.system("sweeper") as connection:
            return [
                SealedRow(row.id, row.organisation_id, row.name, WrappedKey(row.key_id, bytes(row.wrapped_key)))
                for row in await connection.execute(query)
            ]

    async def replace(self, rows: Sequence[Rewrapped]) -> int:
        """Store keys that were wrapped anew, in one change for each organisation. Raises DatabaseAway."""
        replaced = 0
        by_owner = sorted(rows, key=lambda one: one.row.owner)
        for owner, group in groupby(by_owner, key=lambda one: one.row.owner):
            async with self.database.change(OrganisationId(owner)) as connection:
                for one in group:
                    old = (secrets.c.id == one.row.row_id) & (secrets.c.wrapped_key == one.row.wrapped.wrapped_key)
                    statement = update(secrets).where(old)
                    done = await connection.execute(
                        statement.values(key_id=one.wrapped.key_id, wrapped_key=one.wrapped.wrapped_key)
                    )
                    replaced += done.rowcount
        return replaced
