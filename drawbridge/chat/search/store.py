"""The SQL of searching.

`@@` is not leakproof, so that an index for it is not used under row-level security: 30 ms became 0.4 ms on 300,000 rows
(PostgreSQL 18, 2026-11-22). So the ids are found by the system role, in a statement that names the organisation of the
transaction and the owner; what is shown of them is read under row-level security again.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR, array
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.chat.records import Owner
from drawbridge.chat.search.words import Query, owner_word, searched
from drawbridge.db.engine import Database

_CONFIG: Final = text("'simple'::regconfig")

_FIND_MESSAGES: Final = text("""
    select id from message
    where organisation_id = nullif(current_setting('drawbridge.org', true), '')::uuid
        and owner_id = :owner and words @@ cast(:query as tsquery)
        and (cast(:before as uuid) is null or id < :before)
    order by id desc limit :most
""")
# Estimates of how often a query matches can be far off, above all for the beginnings of words, and then the index is
# read for a fifth of all messages. What matches often is among the newest messages, and costs no more than these.
_FIND_NEAR: Final = text("""
    select (array_agg(id order by id desc) filter (where words @@ cast(:query as tsquery)))[1:cast(:most as integer)]
        as ids, count(*) as seen
    from (
        select id, words from message
        where organisation_id = nullif(current_setting('drawbridge.org', true), '')::uuid
            and owner_id = :owner and (cast(:before as uuid) is null or id < :before)
        order by id desc limit :near
    ) newest
""")
_NEAR: Final = 1000
_FIND_CONVERSATIONS: Final = text("""
    select id from conversation
    where organisation_id = nullif(current_setting('drawbridge.org', true), '')::uuid
        and owner_id = :owner and words @@ cast(:query as tsquery)
    order by updated_at desc, id desc limit :most
""")


# Any: SQLAlchemy has no Python type for what tsvectors and tsqueries hold.
def words_of(owner: Owner, content: str) -> ColumnElement[Any]:
    """Return the words that something of an owner is found by."""
    own = func.array_to_tsvector(array([literal(owner_word(owner.principal_id), Text)]), type_=TSVECTOR)
    return func.to_tsvector(_CONFIG, searched(content), type_=TSVECTOR).op("||")(own)


async def written_query(connection: AsyncConnection, owner: Owner, query: Query) -> str | None:
    """Return a query as PostgreSQL writes it; None where there is nothing to look for."""
    asked: ColumnElement[Any] = func.websearch_to_tsquery(_CONFIG, query.web, type_=TSQUERY)
    if query.beginning:
        asked = asked.op("&&")(func.to_tsquery(_CONFIG, f"{query.beginning}:*", type_=TSQUERY))
    size, written = (await connection.execute(select(func.numnode(asked), cast(asked, Text)))).one()
    return f"'{owner_word(owner.principal_id)}' & ( {written} )" if size else None


async def find_messages(
    connection: AsyncConnection, owner: Owner, query: str, most: int, before: UUID | None, *, near: int = _NEAR
) -> list[UUID]:
    """Return the ids of an owner's messages that a written query finds, the newest first.

    Looks through the newest `near` first, and asks the index of words where these are not enough.
    """
    values = {"owner": owner.principal_id, "query": query, "most": most, "before": before}
    async with Database.system_within(connection, "search"):
        newest = (await connection.execute(_FIND_NEAR, {**values, "near": near})).one()
        found: list[UUID] = newest.ids or []
        if len(found) == most or newest.seen < near:
            return found
        return list((await connection.execute(_FIND_MESSAGES, values)).scalars())


async def find_conversations(connection: AsyncConnection, owner: Owner, query: str, most: int) -> list[UUID]:
    """Return the ids of an owner's conversations whose titles a written query finds, the last changed first."""
    values = {"owner": owner.principal_id, "query": query, "most": most}
    async with Database.system_within(connection, "search"):
        return list((await connection.execute(_FIND_CONVERSATIONS, values)).scalars())
