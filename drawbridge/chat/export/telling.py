"""Tells a conversation to its owner, a few messages at a time: it may be larger than the memory that there is."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.chat.conversations import require_conversation
from drawbridge.chat.costs import learn_costs
from drawbridge.chat.export.files import branch_of, json_head, json_message, markdown_head, markdown_message
from drawbridge.chat.files import store as files
from drawbridge.chat.messages import store as messages
from drawbridge.chat.records import Conversation, Message, MessageId, Owner
from drawbridge.core.clock import Clock
from drawbridge.db.engine import Database
from drawbridge.identity.access import organisation_of

_READ_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True)
class Export:
    """A conversation that is taken along, as it was when that began."""

    owner: Owner
    conversation: Conversation
    parents: Mapping[MessageId, MessageId | None]
    """All its messages, each after the one that it follows."""


@dataclass(frozen=True, slots=True)
class Exports:
    """What people take along."""

    database: Database
    clock: Clock

    async def begin(self, owner: Owner, conversation_id: UUID, actor: Actor) -> Export:
        """Find and record what is taken along. Raises UnknownConversationError."""
        async with self.database.organisation(owner.organisation_id) as connection:
            conversation = await require_conversation(connection, owner, conversation_id, self.clock.now())
            await learn_costs(connection, owner, conversation_id)
            parents = await messages.read_parents(connection, owner, conversation.id)
            act = Act(actor, "conversation.exported", "conversation", str(conversation_id))
            await record(connection, organisation_of(actor), act)
        return Export(owner, conversation, parents)

    async def as_markdown(self, export: Export) -> AsyncGenerator[bytes]:
        """Tell the branch that was looked at last."""
        yield markdown_head(export.conversation).encode()
        async for few in self._messages(export.owner, branch_of(export.conversation, export.parents)):
            yield "".join(map(markdown_message, few)).encode()

    async def as_json(self, export: Export) -> AsyncGenerator[bytes]:
        """Tell everything, with all branches, and the words of files by their ids.

        The bytes of files are at the addresses that their parts name.
        """
        yield _written(json_head(export.conversation)).removesuffix("}").encode() + b',"messages":['
        with_files: dict[UUID, None] = {}
        comma = ""
        async for few in self._messages(export.owner, list(export.parents)):
            with_files |= dict.fromkeys(
                UUID(part["id"]) for message in few for part in message.parts if part.get("type") == "file"
            )
            yield (comma + ",".join(_written(json_message(message)) for message in few)).encode()
            comma = ","
        yield b'],"file_texts":{'
        comma = ""
        for file_id in with_files:
            async with self.database.organisation(export.owner.organisation_id) as connection:
                found = await files.texts_of(connection, export.owner, [file_id])
            for words in found.values():
                yield f"{comma}{_written(str(file_id))}:{_written(words)}".encode()
                comma = ","
        yield b"}}"

    async def _messages(self, owner: Owner, ids: Sequence[MessageId]) -> AsyncIterator[list[Message]]:
        # Each time in a transaction of its own: whoever takes them slowly holds no connection meanwhile.
        for at in range(0, len(ids), _READ_AT_ONCE):
            async with self.database.organisation(owner.organisation_id) as connection:
                few = ids[at : at + _READ_AT_ONCE]
                found = await messages.read_messages(connection, owner, few, self.clock.now())
            if found:
                yield found


# Any: JSON.
def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
