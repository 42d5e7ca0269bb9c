"""Long conversations, written as the workspace keeps them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from drawbridge.chat.messages.store import insert_message
from drawbridge.chat.records import Conversation, ConversationId, Message, MessageId, Owner
from drawbridge.chat.store import change_conversation, insert_conversation
from drawbridge.core.ids import uuid7
from drawbridge.db.embedded import running_url
from drawbridge.db.engine import Database

LAST_WORDS: Final = "These are the last words of all."
_NOW: Final = datetime(2026, 11, 23, tzinfo=UTC)
_PROSE: Final = (
    "The load of a bridge goes down through its piers, and what the wind pushes goes into the ground by the same way. "
)
_ANSWERS: Final = (
    _PROSE * 6,
    "## In short\n\n" + "".join(f"- **Point {n}**: {_PROSE}\n" for n in range(5)),
    f"{_PROSE}\n\n```python\n"
    + "".join(f"def load_{n}(span: float) -> float:\n    return span * {n}\n\n" for n in range(6))
    + "```\n",
    "| Span | Load |\n|---|---|\n" + "".join(f"| {n} m | {n * n} kN |\n" for n in range(8)) + f"\n{_PROSE * 2}",
)


async def write_conversation(data: Path, owner: Owner, length: int) -> UUID:
    """Write a conversation of so many messages, half of them answers with headings, lists, tables and code."""
    url = running_url(data)
    assert url is not None, "the installation runs"
    database = Database(url)
    try:
        return await _write(database, owner, length)
    finally:
        await database.close()


async def _write(database: Database, owner: Owner, length: int) -> UUID:
    conversation = Conversation(
        id=ConversationId(uuid7()),
        title=f"A conversation of {length} messages",
        model=None,
        system_prompt="",
        parameters={},
        current_message_id=None,
        expires_at=None,
        created_at=_NOW,
        updated_at=_NOW,
        titled_by="words",
    )
    async with database.organisation(owner.organisation_id) as connection:
        await insert_conversation(connection, owner, conversation)
        last: MessageId | None = None
        for number in range(length):
            message = _message(conversation.id, last, number, is_last=number == length - 1)
            await insert_message(connection, owner, message, is_found=True)
            last = message.id
        await change_conversation(connection, owner, conversation, {"current_message_id": last})
    return conversation.id


def _message(conversation_id: ConversationId, parent: MessageId | None, number: int, *, is_last: bool) -> Message:
    is_answer = number % 2 == 1
    text = _ANSWERS[number // 2 % len(_ANSWERS)] if is_answer else f"Question {number}: how is it built?"
    return Message(
        id=MessageId(uuid7()),
        conversation_id=conversation_id,
        parent_id=parent,
        role="assistant" if is_answer else "user",
        state="complete",
        parts=[{"type": "text", "text": f"{text}\n\n{LAST_WORDS}" if is_last else text}],
        created_at=_NOW,
        model="gpt-5" if is_answer else None,
    )
