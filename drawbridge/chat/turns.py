"""Turns: a question is put into a conversation, and a run is started that makes its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from drawbridge.agents import RunId, RunRef, Start
from drawbridge.chat import store
from drawbridge.chat.conversations import next_end, require_conversation
from drawbridge.chat.engine import PRODUCT, Engine
from drawbridge.chat.errors import AnswerRunningError, NothingToAnswerError, UnknownMessageError, UnknownRunError
from drawbridge.chat.files.files import put_into
from drawbridge.chat.messages import store as messages
from drawbridge.chat.records import Conversation, Json, Message, MessageId, Owner, Rating, names_of, text_of
from drawbridge.chat.titles import title_of
from drawbridge.core.clock import Clock
from drawbridge.core.ids import uuid7
from drawbridge.db.engine import AsyncConnection, Database


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, and of which model."""

    parent_id: UUID | None
    """The message that it follows. None: it begins the conversation, or begins it once more in other words."""
    parts: Sequence[Json]
    model: str
    parameters: Json
    """On top of those of the conversation."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, and the answer that is being made."""

    question_id: MessageId
    answer_id: MessageId
    run_id: UUID


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of all conversations."""

    database: Database
    clock: Clock
    engine: Engine

    async def ask(self, owner: Owner, conversation_id: UUID, question: Question) -> Turn:
        """Put a question, and begin its answer.

        Raises UnknownConversationError, UnknownMessageError, AnswerRunningError, and errors of its files.
        """
        now = self.clock.now()
        async with self.database.organisation(owner.organisation_id) as connection:
            conversation = await require_conversation(connection, owner, conversation_id, now, to_change=True)
            if question.parent_id is not None:
                parent = await self._message(connection, owner, question.parent_id, now)
                if parent.conversation_id != conversation_id:
                    raise UnknownMessageError(question.parent_id)
                _require_ended(parent)
            parts, more_words = await put_into(connection, owner, conversation, question.parts, now)
            asked = Message(
                id=MessageId(uuid7()),
                conversation_id=conversation.id,
                parent_id=None if question.parent_id is None else MessageId(question.parent_id),
                role="user",
                state="complete",
                parts=parts,
                created_at=now,
            )
            is_found = conversation.expires_at is None
            await messages.insert_message(connection, owner, asked, is_found=is_found, more_words=more_words)
            settings = conversation.parameters | question.parameters
            return await self._answer(connection, owner, conversation, asked, (question.model, settings))

    async def answer_again(self, owner: Owner, message_id: UUID, model: str | None, parameters: Json | None) -> Turn:
        """Begin another answer beside an answer, or one to a question that has none.

        By the model and with the parameters of the answer, unless others are given.

        Raises UnknownMessageError, AnswerRunningError, NothingToAnswerError.
        """
        now = self.clock.now()
        async with self.database.organisation(owner.organisation_id) as connection:
            message = await self._message(connection, owner, message_id, now)
            conversation = await require_conversation(connection, owner, message.conversation_id, now, to_change=True)
            _require_ended(message)
            question = message
            if message.role == "assistant":
                assert message.parent_id is not None
                question = await self._message(connection, owner, message.parent_id, now)
            wanted = model or message.model or conversation.model
            if wanted is None:
                raise NothingToAnswerError("No model was asked in this conversation before: say which one to ask.")
            kept = dict(message.parameters or {}) if message.role == "assistant" else conversation.parameters
            settings = kept if parameters is None else conversation.parameters | parameters
            return await self._answer(connection, owner, conversation, question, (wanted, settings))

    async def stop(self, owner: Owner, run_id: UUID) -> None:
        """Stop an answer that is being written; what there is of it stays. Raises UnknownRunError."""
        answer = await self.answer_of(owner, run_id)
        if answer.state == "running":
            await self.engine.cancel(RunRef(owner.organisation_id, RunId(run_id)))

    async def answer_of(self, owner: Owner, run_id: UUID) -> Message:
        """Return the answer that a run makes. Raises UnknownRunError."""
        async with self.database.organisation(owner.organisation_id) as connection:
            answer = await messages.answer_of_run(connection, owner, run_id, self.clock.now())
        if answer is None:
            raise UnknownRunError(run_id)
        return answer

    async def get(self, owner: Owner, message_id: UUID) -> Message:
        """Return a message. Raises UnknownMessageError."""
        async with self.database.organisation(owner.organisation_id) as connection:
            return await self._message(connection, owner, message_id, self.clock.now())

    async def rate(self, owner: Owner, message_id: UUID, rating: Rating | None, note: str) -> Message:
        """Keep what its reader thinks of an answer. Raises UnknownMessageError, NothingToAnswerError."""
        now = self.clock.now()
        async with self.database.organisation(owner.organisation_id) as connection:
            message = await self._message(connection, owner, message_id, now)
            if message.role != "assistant":
                raise NothingToAnswerError("This is a question: answers can be rated.")
            await messages.rate(connection, owner, message_id, rating, note)
        return replace(message, rating=rating, note=note)

    async def _answer(
        # Any: settings are of several types.
        self,
        connection: AsyncConnection,
        owner: Owner,
        conversation: Conversation,
        question: Message,
        asked: tuple[str, dict[str, Any]],
    ) -> Turn:
        model, parameters = asked
        now, answer_id = self.clock.now(), MessageId(uuid7())
        about, session = {"message_id": str(answer_id)}, str(conversation.id)
        start = Start(owner.organisation_id, owner.principal_id, PRODUCT, model, session, about)
        run_id = await self.engine.start(connection, start)
        answer = Message(
            id=answer_id,
            conversation_id=conversation.id,
            parent_id=question.id,
            role="assistant",
            state="running",
            parts=(),
            created_at=now,
            model=model,
            parameters=parameters,
            run_id=run_id,
        )
        await messages.insert_message(connection, owner, answer, is_found=False)
        changes: dict[str, Any] = {
            "current_message_id": answer_id,
            "model": model,
            "updated_at": now,
            "expires_at": next_end(conversation, now),
        }
        if not conversation.title and conversation.titled_by != "person":
            changes["title"] = title_of(text_of(question.parts) or names_of(question.parts))
        await store.change_conversation(connection, owner, conversation, changes)
        return Turn(question.id, answer_id, run_id)

    async def _message(self, connection: AsyncConnection, owner: Owner, message_id: UUID, now: datetime) -> Message:
        message = await messages.get_message(connection, owner, message_id, now)
        if message is None:
            raise UnknownMessageError(message_id)
        return message


def _require_ended(message: Message) -> None:
    if message.state == "running":
        raise AnswerRunningError(message.id)
