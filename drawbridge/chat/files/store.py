"""The SQL of files."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.chat.files.records import FileId, Form, StoredFile
from drawbridge.chat.files.tables import files, pieces
from drawbridge.chat.records import ConversationId, Owner
from drawbridge.chat.tables import conversations
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database

_MOST_AT_ONCE: Final = 10_000
_ONE_AFTER_ANOTHER: Final = text("select pg_advisory_xact_lock(hashtextextended('chat_file ' || :owner, 0))")


async def bytes_of(connection: AsyncConnection, owner: Owner) -> int:
    """Return how much all files of an owner have, and let none of theirs begin until the transaction ends."""
    await connection.execute(_ONE_AFTER_ANOTHER, {"owner": str(owner.principal_id)})
    query = select(func.coalesce(func.sum(files.c.size), 0)).where(*_of(owner))
    return int((await connection.execute(query)).scalar_one())


async def insert_file(connection: AsyncConnection, owner: Owner, file: StoredFile) -> None:
    """Store a file of which nothing has arrived yet."""
    values = {
        "id": file.id,
        "organisation_id": owner.organisation_id,
        "owner_id": owner.principal_id,
        "created_at": file.created_at,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
    }
    await connection.execute(insert(files).values(values))


async def find_files(
    connection: AsyncConnection, owner: Owner, ids: Sequence[UUID], now: datetime, *, to_change: bool = False
) -> dict[FileId, StoredFile]:
    """Return those of an owner's files that have one of these ids, by id; none of a conversation that is over."""
    query = _query(owner, now).where(files.c.id.in_(ids)).order_by(files.c.id)
    if to_change:
        query = query.with_for_update(of=files)
    return {row.id: _file(row) for row in await connection.execute(query)}


async def texts_of(connection: AsyncConnection, owner: Owner, ids: Sequence[UUID]) -> dict[FileId, str]:
    """Return the words in an owner's files, by id; none of a file without words."""
    query = select(files.c.id, files.c.text).where(files.c.id.in_(ids), files.c.text.is_not(None), *_of(owner))
    return {row.id: row.text for row in await connection.execute(query)}


async def beginnings_of(connection: AsyncConnection, owner: Owner, ids: Sequence[UUID], most: int) -> dict[FileId, str]:
    """Return the first characters of the words in an owner's files, by id; none of a file without words."""
    query = select(files.c.id, func.substr(files.c.text, 1, most).label("text")).where(
        files.c.id.in_(ids), files.c.text.is_not(None), *_of(owner)
    )
    return {row.id: row.text for row in await connection.execute(query)}


async def said_bytes(connection: AsyncConnection, owner: Owner, ids: Sequence[UUID]) -> tuple[int, int]:
    """Return how many bytes files have as words, and as the pictures and pages that models are given of them."""
    mine = (files.c.id.in_(ids), *_of(owner))
    words = select(func.coalesce(func.sum(func.octet_length(files.c.text)), 0)).where(*mine)
    is_given = or_(
        and_(files.c.kind == "image", pieces.c.form == "shown"),
        and_(files.c.kind == "pages", pieces.c.form == "original"),
    )
    media = (
        select(func.coalesce(func.sum(func.octet_length(pieces.c.data)), 0))
        .join(files, and_(files.c.organisation_id == pieces.c.organisation_id, files.c.id == pieces.c.file_id))
        .where(is_given, *mine)
    )
    return int((await connection.execute(words)).scalar_one()), int((await connection.execute(media)).scalar_one())


async def put_pieces(
    connection: AsyncConnection, owner: Owner, file_id: UUID, form: Form, data: Mapping[int, bytes]
) -> None:
    """Store pieces by their numbers, in the place of those that had them."""
    for number, piece in data.items():
        values = {
            "organisation_id": owner.organisation_id,
            "file_id": file_id,
            "form": form,
            "number": number,
            "data": piece,
        }
        statement = insert(pieces).values(values)
        again = statement.on_conflict_do_update(constraint=pieces.primary_key, set_={"data": statement.excluded.data})
        await connection.execute(again)


async def arrived(connection: AsyncConnection, owner: Owner, file_id: UUID) -> dict[int, str]:
    """Return the numbers of the pieces that are there of what was sent, each with what changes when it is replaced."""
    written = cast(literal_column("xmin", Text), Text).label("version")
    query = select(pieces.c.number, written).where(*_pieces_of(owner, file_id, "original"))
    return {row.number: row.version for row in await connection.execute(query)}


async def read_piece(connection: AsyncConnection, owner: Owner, file_id: UUID, form: Form, number: int) -> bytes | None:
    """Return a piece; None where there is none of that number."""
    query = select(pieces.c.data).where(*_pieces_of(owner, file_id, form), pieces.c.number == number)
    return (await connection.execute(query)).scalar_one_or_none()


async def read_whole(connection: AsyncConnection, owner: Owner, file_id: UUID, form: Form) -> bytes:
    """Return all bytes of a form of a file; none where there are none."""
    query = select(pieces.c.data).where(*_pieces_of(owner, file_id, form)).order_by(pieces.c.number)
    return b"".join((await connection.execute(query)).scalars())


async def finish_file(connection: AsyncConnection, owner: Owner, file: StoredFile, words: str | None) -> None:
    """Write what was found in a file, which is ready then."""
    statement = update(files).where(files.c.id == file.id, files.c.state == "arriving", *_of(owner))
    values = {
        "state": "ready",
        "media_type": file.media_type,
        "kind": file.kind,
        "about": dict(file.about),
        "text": words,
    }
    await connection.execute(statement.values(values))


async def attach(connection: AsyncConnection, owner: Owner, ids: Iterable[UUID], conversation_id: UUID) -> None:
    """Make files part of a conversation, with which they go."""
    statement = update(files).where(files.c.id.in_(list(ids)), *_of(owner))
    await connection.execute(statement.values(conversation_id=conversation_id))


async def delete_file(connection: AsyncConnection, owner: Owner, file_id: UUID) -> None:
    """Delete a file with its pieces."""
    await connection.execute(delete(files).where(files.c.id == file_id, *_of(owner)))


async def abandoned(database: Database, before: datetime) -> list[tuple[OrganisationId, UUID]]:
    """Return files that were begun before some time and are in no question, with their organisations."""
    query = select(files.c.organisation_id, files.c.id).where(
        files.c.conversation_id.is_(None), files.c.created_at < before
    )
    async with database.system("sweeper") as connection:
        rows = await connection.execute(query.limit(_MOST_AT_ONCE))
        return [(OrganisationId(row.organisation_id), row.id) for row in rows]


async def delete_abandoned(connection: AsyncConnection, ids: Sequence[UUID]) -> int:
    """Delete those of these files that are in no question. Return how many there were."""
    statement = delete(files).where(files.c.id.in_(ids), files.c.conversation_id.is_(None))
    return (await connection.execute(statement)).rowcount


def _of(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return (files.c.organisation_id == owner.organisation_id, files.c.owner_id == owner.principal_id)


def _pieces_of(owner: Owner, file_id: UUID, form: Form) -> tuple[ColumnElement[bool], ...]:
    return (
        pieces.c.organisation_id == owner.organisation_id,
        pieces.c.file_id == file_id,
        pieces.c.form == form,
    )


# Any: rows of columns of several types.
def _query(owner: Owner, now: datetime) -> Select[*tuple[Any, ...]]:
    in_time = or_(conversations.c.id.is_(None), conversations.c.expires_at.is_(None), conversations.c.expires_at > now)
    columns = [column for column in files.c if column.name != "text"]
    joined = files.outerjoin(conversations, conversations.c.id == files.c.conversation_id)
    return select(*columns).select_from(joined).where(*_of(owner), in_time)


def _file(row: Row[*tuple[Any, ...]]) -> StoredFile:
    return StoredFile(
        id=FileId(row.id),
        conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        state=row.state,
        kind=row.kind,
        about=row.about,
        created_at=row.created_at,
    )
