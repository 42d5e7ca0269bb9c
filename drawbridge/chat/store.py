"""The SQL of conversations. Everything here is of one owner: what is somebody else's is not there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.chat.records import CameTo, Conversation, ConversationId, MessageId, Owner, TitleRun
from drawbridge.chat.search.store import words_of
from drawbridge.chat.tables import conversations
from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.db.engine import Database

_MOST_AT_ONCE: Final = 10_000


async def insert_conversation(connection: AsyncConnection, owner: Owner, conversation: Conversation) -> None:
    """Store a new conversation."""
    values = {
        "id": conversation.id,
        "organisation_id": owner.organisation_id,
        "owner_id": owner.principal_id,
        "title": conversation.title,
        "titled_by": conversation.titled_by,
        "model": conversation.model,
        "system_prompt": conversation.system_prompt,
        "parameters": conversation.parameters,
        "expires_at": conversation.expires_at,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "words": _words(owner, conversation.title, conversation.expires_at),
    }
    await connection.execute(insert(conversations).values(values))


async def get_conversation(
    connection: AsyncConnection, owner: Owner, conversation_id: UUID, now: datetime, *, to_change: bool = False
) -> Conversation | None:
    """Return a conversation; None where the owner has none of that id any more.

    `to_change` holds it until the transaction ends, so that turns in it come one after another.
    """
    query = select(conversations).where(conversations.c.id == conversation_id, *_theirs(owner, now))
    if to_change:
        query = query.with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _conversation(row)


async def list_conversations(connection: AsyncConnection, owner: Owner, page: PageRequest) -> Page[Conversation]:
    """List an owner's conversations, the last changed first; none that is temporary."""
    query = select(conversations).where(*_of(owner), conversations.c.expires_at.is_(None))
    if page.after is not None:
        place = (
            select(conversations.c.updated_at).where(conversations.c.id == page.after, *_of(owner)).scalar_subquery()
        )
        earlier = conversations.c.updated_at < place
        query = query.where(or_(earlier, and_(conversations.c.updated_at == place, conversations.c.id < page.after)))
    ordered = query.order_by(conversations.c.updated_at.desc(), conversations.c.id.desc())
    rows = await connection.execute(ordered.limit(page.limit + 1))
    return page_of([_conversation(row) for row in rows], page, lambda conversation: conversation.id)


async def read_conversations(
    connection: AsyncConnection, owner: Owner, ids: list[UUID], now: datetime
) -> dict[UUID, Conversation]:
    """Return those of an owner's conversations that have one of these ids."""
    query = select(conversations).where(conversations.c.id.in_(ids), *_theirs(owner, now))
    return {row.id: _conversation(row) for row in await connection.execute(query)}


async def change_conversation(
    # Any: columns of several types.
    connection: AsyncConnection,
    owner: Owner,
    conversation: Conversation,
    changes: Mapping[str, Any],
) -> None:
    """Change columns of a conversation by their names, and what it is found by with its title."""
    values = dict(changes)
    if "title" in values:
        values["words"] = _words(owner, values["title"], conversation.expires_at)
    statement = update(conversations).where(conversations.c.id == conversation.id, *_of(owner))
    await connection.execute(statement.values(values))


async def delete_conversation(connection: AsyncConnection, conversation_id: UUID) -> None:
    """Delete a conversation with all its messages."""
    await connection.execute(delete(conversations).where(conversations.c.id == conversation_id))


async def wants_title(connection: AsyncConnection, owner: Owner, conversation_id: UUID) -> bool:
    """Tell whether a model is to make a conversation's title, and hold it then until the transaction ends.

    Not where somebody else holds it: whoever ends a run must not wait for one who deletes it.
    """
    query = select(conversations.c.id).where(
        conversations.c.id == conversation_id, conversations.c.titled_by == "wanted", *_of(owner)
    )
    found = await connection.execute(query.with_for_update(skip_locked=True))
    return found.scalar_one_or_none() is not None


async def begin_title(connection: AsyncConnection, owner: Owner, ref: TitleRun) -> None:
    """Note the run that makes a conversation's title."""
    statement = update(conversations).where(conversations.c.id == ref.conversation_id, *_of(owner))
    await connection.execute(statement.values(titled_by="coming", title_run_id=ref.run_id))


async def end_title(connection: AsyncConnection, owner: Owner, ref: TitleRun, title: str, came_to: CameTo) -> None:
    """Write the title that a run made, empty if none, and what it came to. What a person wrote meanwhile stays."""
    mine = update(conversations).where(
        conversations.c.id == ref.conversation_id, conversations.c.title_run_id == ref.run_id, *_of(owner)
    )
    spent = {
        "title_cost_nanousd": came_to.cost,
        "title_input_tokens": came_to.input_tokens,
        "title_output_tokens": came_to.output_tokens,
    }
    await connection.execute(mine.values(spent))
    titled = (
        {"titled_by": "model", "title": title, "words": words_of(owner, title)} if title else {"titled_by": "words"}
    )
    await connection.execute(mine.where(conversations.c.titled_by == "coming").values(titled))


async def title_runs(connection: AsyncConnection, conversation_id: UUID) -> list[UUID]:
    """Return the run that made a conversation's title, if one did."""
    query = select(conversations.c.title_run_id).where(
        conversations.c.id == conversation_id, conversations.c.title_run_id.is_not(None)
    )
    return list((await connection.execute(query)).scalars())


async def expired(database: Database, now: datetime) -> list[tuple[OrganisationId, UUID]]:
    """Return temporary conversations whose time is over, with their organisations."""
    query = select(conversations.c.organisation_id, conversations.c.id).where(conversations.c.expires_at <= now)
    async with database.system("sweeper") as connection:
        rows = await connection.execute(query.limit(_MOST_AT_ONCE))
        return [(OrganisationId(row.organisation_id), row.id) for row in rows]


async def is_expired(connection: AsyncConnection, conversation_id: UUID, now: datetime) -> bool:
    """Tell whether a conversation's time is over, and keep it from going on until the transaction ends."""
    query = select(conversations.c.expires_at).where(conversations.c.id == conversation_id).with_for_update()
    expires_at = (await connection.execute(query)).scalar_one_or_none()
    return expires_at is not None and expires_at <= now


def _words(owner: Owner, title: str, expires_at: datetime | None) -> ColumnElement[Any]:
    return words_of(owner, title) if title and expires_at is None else null()


def _of(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return (
        conversations.c.organisation_id == owner.organisation_id,
        conversations.c.owner_id == owner.principal_id,
    )


def _theirs(owner: Owner, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (*_of(owner), or_(conversations.c.expires_at.is_(None), conversations.c.expires_at > now))


# Any: rows of columns of several types.
def _conversation(row: Row[*tuple[Any, ...]]) -> Conversation:
    return Conversation(
        id=ConversationId(row.id),
        title=row.title,
        titled_by=row.titled_by,
        model=row.model,
        system_prompt=row.system_prompt,
        parameters=row.parameters,
        current_message_id=None if row.current_message_id is None else MessageId(row.current_message_id),
        expires_at=row.expires_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
