"""Conversations: begun, read, changed and deleted by the one whose they are, and by nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from drawbridge.agents import RunId, RunRef
from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.chat import store
from drawbridge.chat.costs import learn_costs
from drawbridge.chat.engine import Engine
from drawbridge.chat.errors import UnknownConversationError, UnknownMessageError
from drawbridge.chat.messages import store as messages
from drawbridge.chat.records import Conversation, ConversationId, Json, Message, MessageId, Owner, Titled, Totals
from drawbridge.core.clock import Clock
from drawbridge.core.ids import uuid7
from drawbridge.core.paging import Page, PageRequest, encode_cursor
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.access import organisation_of

TEMPORARY_FOR: Final = timedelta(hours=24)
"""How long a temporary conversation stays after its last turn."""
_MOST_PAGE_BYTES: Final = 4 * 1024 * 1024
"""Of messages on a page, but for the last."""


@dataclass(frozen=True, slots=True)
class NewConversation:
    """What a conversation begins with."""

    title: str = ""
    model: str | None = None
    system_prompt: str = ""
    parameters: Json | None = None
    is_temporary: bool = False
    wants_title: bool = False
    """A model is to make a title once there is an answer; never of a temporary one, which is in no list."""

    @property
    def titled_by(self) -> Titled:
        """Where its title is from at the beginning."""
        if self.title:
            return "person"
        return "wanted" if self.wants_title and not self.is_temporary else "words"


@dataclass(frozen=True, slots=True)
class Branch:
    """Some messages of a branch, the last first, each with those that follow the same message."""

    messages: Page[Message]
    beside: dict[MessageId, list[MessageId]]


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversations of everybody."""

    database: Database
    clock: Clock
    engine: Engine

    async def begin(self, owner: Owner, wanted: NewConversation) -> Conversation:
        """Begin a conversation, without messages."""
        now = self.clock.now()
        conversation = Conversation(
            id=ConversationId(uuid7()),
            title=wanted.title,
            titled_by=wanted.titled_by,
            model=wanted.model,
            system_prompt=wanted.system_prompt,
            parameters=wanted.parameters or {},
            current_message_id=None,
            expires_at=now + TEMPORARY_FOR if wanted.is_temporary else None,
            created_at=now,
            updated_at=now,
        )
        async with self.database.organisation(owner.organisation_id) as connection:
            await store.insert_conversation(connection, owner, conversation)
        return conversation

    async def recent(self, owner: Owner, page: PageRequest) -> Page[Conversation]:
        """List conversations, the last changed first; none that is temporary."""
        async with self.database.organisation(owner.organisation_id) as connection:
            return await store.list_conversations(connection, owner, page)

    async def get(self, owner: Owner, conversation_id: UUID) -> tuple[Conversation, Totals]:
        """Return a conversation, and what its answers came to. Raises UnknownConversationError."""
        async with self.database.organisation(owner.organisation_id) as connection:
            conversation = await require_conversation(connection, owner, conversation_id, self.clock.now())
            totals = await messages.totals_of(connection, owner, conversation_id)
            if totals.unpriced and await learn_costs(connection, owner, conversation_id):
                totals = await messages.totals_of(connection, owner, conversation_id)
            return conversation, totals

    async def change(
        # Any: columns of several types.
        self,
        owner: Owner,
        conversation_id: UUID,
        changes: dict[str, Any],
    ) -> tuple[Conversation, Totals]:
        """Change some of `title`, `model`, `system_prompt`, `parameters` and `current_message_id`.

        The last goes on to the end of the branch that the message is on. Raises UnknownConversationError,
        UnknownMessageError.
        """
        now = self.clock.now()
        async with self.database.organisation(owner.organisation_id) as connection:
            conversation = await require_conversation(connection, owner, conversation_id, now, to_change=True)
            values = dict(changes)
            if "title" in values:
                values["titled_by"] = "person"
            if (wanted := values.get("current_message_id")) is not None:
                await _require_message(connection, owner, conversation_id, wanted, now)
                values["current_message_id"] = await messages.leaf_below(connection, conversation_id, wanted)
            if values:
                await store.change_conversation(connection, owner, conversation, values)
            changed = await require_conversation(connection, owner, conversation_id, now)
            return changed, await messages.totals_of(connection, owner, conversation_id)

    async def delete(self, owner: Owner, conversation_id: UUID, actor: Actor) -> None:
        """Delete a conversation with all its messages and runs, and stop what is being written in it.

        Raises UnknownConversationError.
        """
        now = self.clock.now()
        async with self.database.organisation(owner.organisation_id) as connection:
            await require_conversation(connection, owner, conversation_id, now)
            running = await messages.running_runs(connection, owner, conversation_id)
            running += await store.title_runs(connection, conversation_id)
        # Before it is gone, while whoever writes it can still be told.
        for run_id in running:
            await self.engine.cancel(RunRef(owner.organisation_id, RunId(run_id)))
        async with self.database.organisation(owner.organisation_id) as connection:
            # Runs first: whoever ends the one that makes its title has that run, and then wants the conversation.
            await self.engine.forget(connection, await _all_runs(connection, conversation_id))
            await require_conversation(connection, owner, conversation_id, now, to_change=True)
            await self._delete(connection, conversation_id)
            act = Act(actor, "conversation.deleted", "conversation", str(conversation_id))
            await record(connection, organisation_of(actor), act)

    async def sweep(self) -> int:
        """Delete the temporary conversations whose time is over. Return how many there were."""
        swept, now = 0, self.clock.now()
        for organisation_id, conversation_id in await store.expired(self.database, now):
            async with self.database.organisation(organisation_id) as connection:
                if await store.is_expired(connection, conversation_id, now):
                    await self._delete(connection, conversation_id)
                    swept += 1
        return swept

    async def branch(self, owner: Owner, conversation_id: UUID, page: PageRequest, last: UUID | None) -> Branch:
        """Return a branch from its end upwards: that of `last`, else the one that was looked at last.

        A page after one begins above it, and is shorter where messages are large.

        Raises UnknownConversationError, UnknownMessageError.
        """
        branch = await self._branch(owner, conversation_id, page, last)
        if any(message.is_unheard for message in branch.messages.items):
            async with self.database.organisation(owner.organisation_id) as connection:
                has_learned = await learn_costs(connection, owner, conversation_id)
            branch = await self._branch(owner, conversation_id, page, last) if has_learned else branch
        return branch

    async def _branch(self, owner: Owner, conversation_id: UUID, page: PageRequest, last: UUID | None) -> Branch:
        now = self.clock.now()
        async with self.database.organisation(owner.organisation_id, steady=True) as connection:
            conversation = await require_conversation(connection, owner, conversation_id, now)
            begin = page.after or last or conversation.current_message_id
            if begin is None:
                return Branch(Page((), None), {})
            end = await _require_message(connection, owner, conversation_id, begin, now)
            last_id = end.id if page.after is None else end.parent_id
            if last_id is None:
                return Branch(Page((), None), {})
            place = (conversation_id, last_id)
            part = await messages.branch_end(connection, owner, place, page.limit, _MOST_PAGE_BYTES)
            found = await messages.read_messages(connection, owner, part.ids, now)
            follows = await messages.siblings(connection, owner, found)
        cursor = None if found[-1].parent_id is None else encode_cursor(found[-1].id)
        beside = {message.id: follows[message.parent_id] for message in found}
        return Branch(Page(tuple(found), cursor), beside)

    async def _delete(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        """Delete a conversation with its messages, and the journals of its answers, which hold their words too."""
        await self.engine.forget(connection, await _all_runs(connection, conversation_id))
        await store.delete_conversation(connection, conversation_id)


async def require_conversation(
    connection: AsyncConnection, owner: Owner, conversation_id: UUID, now: datetime, *, to_change: bool = False
) -> Conversation:
    """Return a conversation. Raises UnknownConversationError."""
    conversation = await store.get_conversation(connection, owner, conversation_id, now, to_change=to_change)
    if conversation is None:
        raise UnknownConversationError(conversation_id)
    return conversation


def next_end(conversation: Conversation, now: datetime) -> datetime | None:
    """Return when a conversation in which something happens now is gone; None unless it is temporary."""
    return None if conversation.expires_at is None else now + TEMPORARY_FOR


def owned_by(actor: Actor) -> Owner:
    """Return whose conversations somebody who came through the door may have: their own."""
    assert actor.principal_id is not None
    return Owner(organisation_of(actor), actor.principal_id)


async def _all_runs(connection: AsyncConnection, conversation_id: UUID) -> list[UUID]:
    of_answers = await messages.all_runs(connection, conversation_id)
    return of_answers + await store.title_runs(connection, conversation_id)


async def _require_message(
    connection: AsyncConnection, owner: Owner, conversation_id: UUID, message_id: UUID, now: datetime
) -> Message:
    message = await messages.get_message(connection, owner, message_id, now)
    if message is None or message.conversation_id != conversation_id:
        raise UnknownMessageError(message_id)
    return message
