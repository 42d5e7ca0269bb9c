"""The SQL of messages: a tree for each conversation, read branch by branch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.chat.records import ConversationId, Message, MessageId, Owner, Totals, text_of
from drawbridge.chat.search.store import words_of
from drawbridge.chat.tables import conversations, messages
from drawbridge.core.money import Nanousd

_BRANCH: Final = text("""
    with recursive branch as (
        select id, parent_id, 1 as depth, octet_length(cast(parts as text))::bigint as bytes from message
        where conversation_id = :conversation and organisation_id = :organisation and id = :last
        union all
        select m.id, m.parent_id, depth + 1, bytes + octet_length(cast(m.parts as text)) from branch
        join message m on m.organisation_id = :organisation and m.conversation_id = :conversation
            and m.id = branch.parent_id
        where depth < :most and bytes < :most_bytes
    )
    select id, bytes from branch order by depth
""")
_TITLE: Final = select(
    conversations.c.title_cost_nanousd, conversations.c.title_input_tokens, conversations.c.title_output_tokens
)
_LEAF: Final = text("""
    with recursive branch as (
        select cast(:from_message as uuid) as id, 1 as depth
        union all
        select (select m.id from message m where m.conversation_id = :conversation and m.parent_id = branch.id
                order by m.id desc limit 1), depth + 1
        from branch where branch.id is not null
    )
    select id from branch where id is not null order by depth desc limit 1
""")


_HAS_DIED: Final = messages.c.ending["failure"]["code"].astext == "interrupted"
_IS_UNHEARD: Final = and_(_HAS_DIED, not_(messages.c.ending.has_key("deployment")))


async def insert_message(
    connection: AsyncConnection, owner: Owner, message: Message, *, is_found: bool, more_words: str = ""
) -> None:
    """Store a new message; `is_found`: by searching, as all are but those of temporary conversations.

    `more_words` are those of its files, by which it is found too.
    """
    content = f"{text_of(message.parts)}\n{more_words}".strip()
    values = {
        "id": message.id,
        "organisation_id": owner.organisation_id,
        "owner_id": owner.principal_id,
        "conversation_id": message.conversation_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "state": message.state,
        "created_at": message.created_at,
        "parts": list(message.parts),
        "model": message.model,
        "parameters": dict(message.parameters or {}),
        "run_id": message.run_id,
        "words": words_of(owner, content) if is_found and content else null(),
    }
    await connection.execute(insert(messages).values(values))


async def end_answer(connection: AsyncConnection, owner: Owner, answer: Message, *, is_found: bool) -> bool:
    """Write how an answer ended; False where it has ended already, or is gone."""
    content = text_of(answer.parts)
    statement = (
        update(messages)
        .where(messages.c.id == answer.id, messages.c.state == "running", *_of(owner))
        .values(
            state=answer.state,
            parts=list(answer.parts),
            ending=dict(answer.ending or {}),
            cost_nanousd=answer.cost,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            words=words_of(owner, content) if is_found and content else null(),
        )
    )
    return (await connection.execute(statement)).rowcount == 1


async def unheard_answers(connection: AsyncConnection, owner: Owner, conversation_id: UUID) -> list[Message]:
    """Return the answers of a conversation that broke off with their process, and of which nothing more is known."""
    columns = [column for column in messages.c if column.name != "words"]
    query = select(*columns).where(messages.c.conversation_id == conversation_id, _IS_UNHEARD, *_of(owner))
    return [_message(row) for row in await connection.execute(query)]


async def note_cost(connection: AsyncConnection, owner: Owner, answer: Message) -> None:
    """Write what an answer came to that had ended without anybody knowing."""
    statement = update(messages).where(messages.c.id == answer.id, _IS_UNHEARD, *_of(owner))
    values = {
        "ending": dict(answer.ending or {}),
        "cost_nanousd": answer.cost,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
    }
    await connection.execute(statement.values(values))


async def get_message(connection: AsyncConnection, owner: Owner, message_id: UUID, now: datetime) -> Message | None:
    """Return a message; None where the owner has none of that id any more."""
    return await _one(connection, _query(owner, now).where(messages.c.id == message_id))


async def answer_of_run(connection: AsyncConnection, owner: Owner, run_id: UUID, now: datetime) -> Message | None:
    """Return the answer that a run makes; None where the owner has none."""
    return await _one(connection, _query(owner, now).where(messages.c.run_id == run_id))


async def read_messages(connection: AsyncConnection, owner: Owner, ids: Iterable[UUID], now: datetime) -> list[Message]:
    """Return those of an owner's messages that have one of these ids, in their order."""
    rows = await connection.execute(_query(owner, now).where(messages.c.id.in_(list(ids))))
    found = {row.id: _message(row) for row in rows}
    return [found[each] for each in ids if each in found]


async def read_parents(
    connection: AsyncConnection, owner: Owner, conversation_id: UUID
) -> dict[MessageId, MessageId | None]:
    """Return all messages of a conversation by their ids, each after the one that it follows, which it names."""
    query = select(messages.c.id, messages.c.parent_id).where(
        messages.c.conversation_id == conversation_id, *_of(owner)
    )
    rows = await connection.execute(query.order_by(messages.c.id))
    return {MessageId(row.id): None if row.parent_id is None else MessageId(row.parent_id) for row in rows}


@dataclass(frozen=True, slots=True)
class BranchEnd:
    """The last messages of a branch, from its end upwards."""

    ids: Sequence[MessageId]
    size_bytes: int
    """Of all that they say, as JSON."""


async def branch_end(
    connection: AsyncConnection, owner: Owner, place: tuple[UUID, UUID], most: int, most_bytes: int
) -> BranchEnd:
    """Return the last messages of a branch, from a place upwards: as many as there may be, the last of `most_bytes`.

    The place is a conversation and a message of it. No message is read for it, so that a branch of any size does no
    harm.
    """
    conversation_id, last = place
    values = {"organisation": owner.organisation_id, "conversation": conversation_id, "last": last}
    rows = (await connection.execute(_BRANCH, {**values, "most": most, "most_bytes": most_bytes})).all()
    return BranchEnd([MessageId(row.id) for row in rows], rows[-1].bytes if rows else 0)


async def leaf_below(connection: AsyncConnection, conversation_id: UUID, message_id: UUID) -> MessageId:
    """Return the end of the branch that a message is on, going the newest way down."""
    values = {"conversation": conversation_id, "from_message": message_id}
    return MessageId((await connection.execute(_LEAF, values)).scalar_one())


async def siblings(
    connection: AsyncConnection, owner: Owner, found: Sequence[Message]
) -> Mapping[MessageId | None, list[MessageId]]:
    """Return what follows the same message as each of these does, the oldest first, by the id of that message."""
    if not found:
        return {}
    parents = {message.parent_id for message in found}
    follows: list[ColumnElement[bool]] = [messages.c.parent_id.in_([each for each in parents if each is not None])]
    if None in parents:
        follows.append(messages.c.parent_id.is_(None))
    query = (
        select(messages.c.id, messages.c.parent_id)
        .where(messages.c.conversation_id == found[0].conversation_id, or_(*follows), *_of(owner))
        .order_by(messages.c.id)
    )
    beside: dict[MessageId | None, list[MessageId]] = {}
    for row in await connection.execute(query):
        beside.setdefault(row.parent_id, []).append(MessageId(row.id))
    return beside


async def totals_of(connection: AsyncConnection, owner: Owner, conversation_id: UUID) -> Totals:
    """Add up what the answers of a conversation came to, on all its branches, and its title."""
    # A call was made: somebody answered, or whoever made it died.
    was_made = or_(messages.c.ending.has_key("deployment"), _HAS_DIED)
    is_unpriced = and_(messages.c.state != "running", messages.c.cost_nanousd.is_(None), was_made)
    query = select(
        func.coalesce(func.sum(messages.c.cost_nanousd), 0).label("cost"),
        func.coalesce(func.sum(messages.c.input_tokens), 0).label("input"),
        func.coalesce(func.sum(messages.c.output_tokens), 0).label("output"),
        func.count().label("answers"),
        func.count().filter(messages.c.state == "running").label("running"),
        func.count().filter(is_unpriced).label("unpriced"),
    ).where(messages.c.conversation_id == conversation_id, messages.c.role == "assistant", *_of(owner))
    row = (await connection.execute(query)).one()
    title = (await connection.execute(_TITLE.where(conversations.c.id == conversation_id))).one()
    return Totals(
        Nanousd(int(row.cost) + (title.title_cost_nanousd or 0)),
        int(row.input) + (title.title_input_tokens or 0),
        int(row.output) + (title.title_output_tokens or 0),
        row.answers,
        row.running,
        row.unpriced,
    )


async def rate(connection: AsyncConnection, owner: Owner, message_id: UUID, rating: str | None, note: str) -> None:
    """Write what its reader thinks of an answer."""
    statement = update(messages).where(messages.c.id == message_id, *_of(owner))
    await connection.execute(statement.values(rating=rating, note=note))


async def running_runs(connection: AsyncConnection, owner: Owner, conversation_id: UUID) -> list[UUID]:
    """Return the runs whose answers are still being written in a conversation."""
    query = select(messages.c.run_id).where(
        messages.c.conversation_id == conversation_id, messages.c.state == "running", *_of(owner)
    )
    return list((await connection.execute(query)).scalars())


async def all_runs(connection: AsyncConnection, conversation_id: UUID) -> list[UUID]:
    """Return the runs of all answers of a conversation."""
    query = select(messages.c.run_id).where(
        messages.c.conversation_id == conversation_id, messages.c.run_id.is_not(None)
    )
    return list((await connection.execute(query)).scalars())


def _of(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return (messages.c.organisation_id == owner.organisation_id, messages.c.owner_id == owner.principal_id)


# Any: rows of columns of several types.
def _query(owner: Owner, now: datetime) -> Select[*tuple[Any, ...]]:
    in_time = or_(conversations.c.expires_at.is_(None), conversations.c.expires_at > now)
    columns = [column for column in messages.c if column.name != "words"]
    return (
        select(*columns)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(*_of(owner), in_time)
    )


async def _one(connection: AsyncConnection, query: Select[*tuple[Any, ...]]) -> Message | None:
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _message(row)


def _message(row: Row[*tuple[Any, ...]]) -> Message:
    return Message(
        id=MessageId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        parent_id=None if row.parent_id is None else MessageId(row.parent_id),
        role=row.role,
        state=row.state,
        parts=row.parts,
        created_at=row.created_at,
        model=row.model,
        parameters=row.parameters,
        run_id=row.run_id,
        ending=row.ending,
        cost=None if row.cost_nanousd is None else Nanousd(row.cost_nanousd),
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        rating=row.rating,
        note=row.note,
    )
