"""Answers, as runs make them: what the model is asked, and what is kept of what it said. Implements agents' `Turns`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from drawbridge.agents import EndState, Finish, Run
from drawbridge.chat.errors import TooLargeConversationError, UnknownMessageError
from drawbridge.chat.files.saying import FilesSaid, SaidPart, bytes_said, read_files
from drawbridge.chat.messages import store as messages
from drawbridge.chat.messages.store import end_answer
from drawbridge.chat.records import Conversation, Json, Message, MessageState, Owner
from drawbridge.chat.store import get_conversation
from drawbridge.core.clock import Clock
from drawbridge.core.text import storable
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway import Asked, Part, Reasoning, RefusalPart, SettingName, Text, Thinking
from drawbridge.gateway import Message as Said

_LONGEST_BRANCH: Final = 10_000
_STATES: Final[Mapping[EndState, MessageState]] = {
    "completed": "complete",
    "failed": "failed",
    "cancelled": "cancelled",
}
_PLAIN_SETTINGS: Final[tuple[SettingName, ...]] = ("temperature", "top_p", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of everybody."""

    database: Database
    clock: Clock
    most_bytes: int
    """Of a branch with its files: what is larger no call may say, and reading it could take all memory."""

    async def read(self, run: Run) -> Asked:
        """Return what a model is asked: the branch up to the question, and how.

        Raises UnknownMessageError, TooLargeConversationError.
        """
        owner, answer_id, now = Owner(run.organisation_id, run.principal_id), _answer_id(run), self.clock.now()
        async with self.database.organisation(run.organisation_id, steady=True) as connection:
            answer = await messages.get_message(connection, owner, answer_id, now)
            if answer is None or answer.parent_id is None:
                raise UnknownMessageError(answer_id)
            conversation = await get_conversation(connection, owner, answer.conversation_id, now)
            if conversation is None:
                raise UnknownMessageError(answer_id)
            branch = await self._branch(connection, owner, (conversation.id, answer.parent_id), now)
            files = await read_files(connection, owner, branch)
        conversing, instead = said(conversation, branch, files)
        return Asked(run.model, conversing, settings=asked_settings(answer.parameters or {}), instead=instead)

    async def _branch(
        self, connection: AsyncConnection, owner: Owner, place: tuple[UUID, UUID], now: datetime
    ) -> Sequence[Message]:
        """Read the branch to a message of a conversation, unless it is too large with its files."""
        part = await messages.branch_end(connection, owner, place, _LONGEST_BRANCH, self.most_bytes)
        if part.size_bytes < self.most_bytes:
            branch = await messages.read_messages(connection, owner, part.ids[::-1], now)
            if part.size_bytes + await bytes_said(connection, owner, branch) <= self.most_bytes:
                return branch
        raise TooLargeConversationError(self.most_bytes)

    async def finish(self, connection: AsyncConnection, run: Run, finish: Finish) -> None:
        """Keep an answer, once: nothing is done where it is kept already, or its conversation is gone."""
        owner, now = Owner(run.organisation_id, run.principal_id), self.clock.now()
        answer = await messages.get_message(connection, owner, _answer_id(run), now)
        if answer is None:
            return
        conversation = await get_conversation(connection, owner, answer.conversation_id, now)
        is_found = conversation is not None and conversation.expires_at is None
        await end_answer(connection, owner, ended(answer, finish), is_found=is_found)


def said(
    conversation: Conversation, branch: Sequence[Message], files: FilesSaid
) -> tuple[list[Said], dict[tuple[int, int], str]]:
    """Say a branch in the canonical form, and what is to be said in the place of media (`Asked.instead`).

    Answers without words are left out, and so is all reasoning: vendors seal it for themselves alone, and none needs
    that of earlier turns to go on.
    """
    instead: dict[tuple[int, int], str] = {}
    system = conversation.system_prompt
    conversing = [Said(role="system", parts=[Text(text=system)])] if system else []
    for message in branch:
        parts: list[Part] = []
        for each in _said_parts(message, files):
            if each.instead is not None:
                instead[len(conversing), len(parts)] = each.instead
            parts.append(each.part)
        if parts:
            conversing.append(Said(role=message.role, parts=parts))
    return conversing, instead


def _said_parts(message: Message, files: FilesSaid) -> Iterable[SaidPart]:
    for part in message.parts:
        if part.get("type") == "text" and part.get("text"):
            yield SaidPart(Text(text=part["text"]))
        elif part.get("type") == "file":
            yield from files.say(part)


# Any: settings are of several types.
def asked_settings(parameters: Mapping[str, Any]) -> dict[SettingName, Any]:
    """Return a conversation's parameters as the canonical form names them."""
    settings: dict[SettingName, Any] = {name: parameters[name] for name in _PLAIN_SETTINGS if name in parameters}
    effort = parameters.get("reasoning_effort")
    if effort is not None:
        # What is thought shall be seen, too.
        settings["reasoning"] = Reasoning(is_on=effort != "none", effort=effort, shows=effort != "none" or None)
    return settings


def ended(answer: Message, finish: Finish) -> Message:
    """Return an answer with what became of it."""
    ending = finish.ending
    told: Json = {"stop_reason": finish.stop_reason, "call_id": None if finish.call_id is None else str(finish.call_id)}
    if finish.state == "failed":
        told["failure"] = {"code": finish.code, "message": storable(finish.message or "")}
    if ending is not None:
        told["deployment"] = ending.deployment
        told["answered_by"] = ending.model if ending.called_instead else None
        told["estimated"] = ending.estimated or None
        told["losses"] = [
            {"path": storable(loss.path), "reason": storable(loss.reason), "effect": loss.effect}
            for loss in ending.losses
        ]
    return replace(
        answer,
        state=_STATES[finish.state],
        parts=list(shown(finish.parts)),
        ending={name: value for name, value in told.items() if value is not None},
        cost=None if ending is None else ending.cost_nanousd,
        input_tokens=None if ending is None else ending.tokens.input,
        output_tokens=None if ending is None else ending.tokens.output,
    )


def shown(parts: Iterable[Part]) -> Iterable[Json]:
    """Return the parts of an answer as pages show them, with the sources that it cites."""
    sources: dict[str, Json] = {}
    for part in parts:
        match part:
            case Text(text=words) | RefusalPart(text=words):
                yield {"type": "text", "text": storable(words)}
            case Thinking() if part.paragraphs:
                yield {"type": "reasoning", "text": storable("\n\n".join(part.paragraphs))}
            case _:
                pass
        for citation in part.citations if isinstance(part, Text) else ():
            if citation.url is not None:
                url, title = storable(citation.url), storable(citation.title or "")
                sources.setdefault(url, {"type": "source-url", "sourceId": url, "url": url, "title": title})
    yield from sources.values()


def _answer_id(run: Run) -> UUID:
    return UUID(run.input["message_id"])
