"""The key that signs, and the streams with how far they are, in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.audit.events import PLATFORM
from drawbridge.config.rewrapping import Rewrapped, SealedRow
from drawbridge.config.secrets import SealedSecret, WrappedKey
from drawbridge.config.sections import Present
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.trail.entries import StreamEntry
from drawbridge.trail.tables import keys, streams

SEALED_FOR: Final = "audit signing key"
"""What the private key is sealed for, beside the platform."""

_LONGEST_PROBLEM: Final = 500
_DUE: Final = text("""
    select s.id, s.organisation_id, s.name, s.settings, s.confirmed_number, s.confirmed_at, s.failures, s.problem,
        s.next_try_at
    from audit_stream s
    join platform.audit_head h on h.chain = s.organisation_id and h.number > s.confirmed_number
    where coalesce(s.next_try_at, '-infinity') <= clock_timestamp()
    order by s.next_try_at nulls first, s.id
    limit :most
""")


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream, and how far it is."""

    id: UUID
    organisation_id: OrganisationId
    name: str
    entry: StreamEntry
    confirmed_number: int
    """The last event that the receiver confirmed; 0 for none."""
    confirmed_at: datetime | None
    failures: int
    """How often in a row it failed."""
    problem: str
    """Why it failed last; empty where it works."""
    next_try_at: datetime | None


async def sealed_keys(connection: AsyncConnection) -> list[tuple[bytes, SealedSecret]]:
    """Read every key that ever signed, the newest first: the public part, and the private one, sealed."""
    rows = await connection.execute(select(keys).order_by(keys.c.created_at.desc(), keys.c.public_key))
    return [
        (
            bytes(row.public_key),
            SealedSecret(row.key_id, bytes(row.wrapped_key), bytes(row.nonce), bytes(row.ciphertext)),
        )
        for row in rows
    ]


async def insert_key(connection: AsyncConnection, public_key: bytes, sealed: SealedSecret) -> None:
    """Keep a new key."""
    await connection.execute(
        insert(keys).values(
            id=uuid7(),
            public_key=public_key,
            key_id=sealed.key_id,
            wrapped_key=sealed.wrapped_key,
            nonce=sealed.nonce,
            ciphertext=sealed.ciphertext,
        )
    )


@dataclass(frozen=True, slots=True)
class SealedSigningKeys:
    """The keys that sign, as rows that are wrapped anew under another master key."""

    database: Database
    what: str = "signing keys of the audit record"

    async def count_by_key(self) -> Mapping[str, int]:
        """Return how many are sealed under each master key. Raises DatabaseAway."""
        query = select(keys.c.key_id, func.count().label("rows")).group_by(keys.c.key_id)
        async with self.database.system("audit") as connection:
            return {row.key_id: row.rows for row in await connection.execute(query)}

    async def not_under(self, key_id: str, after: UUID | None, limit: int) -> Sequence[SealedRow]:
        """Return those that are sealed under other master keys, in the order of their ids. Raises DatabaseAway."""
        query = select(keys).where(keys.c.key_id != key_id).order_by(keys.c.id).limit(limit)
        if after is not None:
            query = query.where(keys.c.id > after)
        async with self.database.system("audit") as connection:
            return [
                SealedRow(row.id, PLATFORM, SEALED_FOR, WrappedKey(row.key_id, bytes(row.wrapped_key)))
                for row in await connection.execute(query)
            ]

    async def replace(self, rows: Sequence[Rewrapped]) -> int:
        """Store keys that were wrapped anew. Raises DatabaseAway."""
        replaced = 0
        async with self.database.system("audit") as connection:
            for one in rows:
                mine = (keys.c.id == one.row.row_id) & (keys.c.wrapped_key == one.row.wrapped.wrapped_key)
                content = {"key_id": one.wrapped.key_id, "wrapped_key": one.wrapped.wrapped_key}
                replaced += (await connection.execute(update(keys).where(mine).values(content))).rowcount
        return replaced


async def read_streams(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[StreamEntry]]:
    """Read every stream of an organisation, by name."""
    query = select(streams).where(streams.c.organisation_id == organisation_id)
    return {row.name: Present(_entry(row.settings), row.managed_by_file) for row in await connection.execute(query)}


async def create_stream(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: StreamEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Create a stream, which begins with the first event of the record."""
    row = {"id": uuid7(), "organisation_id": organisation_id, "name": name, "managed_by_file": managed_by_file}
    await connection.execute(insert(streams).values(**row, settings=msgspec.to_builtins(entry)))


async def update_stream(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: StreamEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Change a stream, which goes on where it is, at once."""
    statement = update(streams).where(_named(organisation_id, name))
    values = {"settings": msgspec.to_builtins(entry), "managed_by_file": managed_by_file}
    await connection.execute(statement.values(**values, next_try_at=None))


async def delete_stream(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a stream, and with it how far it was."""
    await connection.execute(delete(streams).where(_named(organisation_id, name)))


async def list_streams(connection: AsyncConnection, organisation_id: OrganisationId) -> list[Stream]:
    """List an organisation's streams by name."""
    query = select(streams).where(streams.c.organisation_id == organisation_id).order_by(streams.c.name)
    return [_stream(row) for row in await connection.execute(query)]


async def due_streams(connection: AsyncConnection, most: int) -> list[Stream]:
    """Read the streams of all organisations that have something to send now, those that never failed first."""
    return [_stream(row) for row in await connection.execute(_DUE, {"most": most})]


async def confirm(connection: AsyncConnection, stream: Stream, number: int) -> None:
    """Note that a stream's receiver has the events up to a number."""
    statement = update(streams).where(_same(stream), streams.c.confirmed_number < number)
    values = {"confirmed_number": number, "confirmed_at": func.now(), "failures": 0, "problem": ""}
    await connection.execute(statement.values(**values, next_try_at=None))


async def put_off(connection: AsyncConnection, stream: Stream, problem: str, wait_s: float) -> None:
    """Note that a stream failed, why, and when to try again."""
    next_try_at = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, wait_s)
    values = {"failures": streams.c.failures + 1, "problem": problem[:_LONGEST_PROBLEM], "next_try_at": next_try_at}
    await connection.execute(update(streams).where(_same(stream)).values(**values))


def _named(organisation_id: OrganisationId, name: str) -> ColumnElement[bool]:
    return (streams.c.organisation_id == organisation_id) & (streams.c.name == name)


def _same(stream: Stream) -> ColumnElement[bool]:
    return (streams.c.organisation_id == stream.organisation_id) & (streams.c.id == stream.id)


# Any: JSON, and a row of columns of several types.
def _entry(settings: Any) -> StreamEntry:
    return msgspec.convert(settings, StreamEntry)


def _stream(row: Row[*tuple[Any, ...]]) -> Stream:
    return Stream(
        id=row.id,
        organisation_id=OrganisationId(row.organisation_id),
        name=row.name,
        entry=_entry(row.settings),
        confirmed_number=row.confirmed_number,
        confirmed_at=row.confirmed_at,
        failures=row.failures,
        problem=row.problem,
        next_try_at=row.next_try_at,
    )
