"""What the workspace keeps: conversations and their messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NewType
from uuid import UUID

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.core.money import Nanousd

ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
RunId = UUID
"""Of the journal."""

Role = Literal["user", "assistant"]
MessageState = Literal["running", "complete", "failed", "cancelled"]
"""How an answer stands; a question is always complete."""
Rating = Literal["good", "bad"]
Titled = Literal["words", "wanted", "coming", "model", "person"]
"""Where a title is from: the first words, for good, or until a model has made a better one, which is wanted from the
first answer on and then coming; a model; a person."""
Json = dict[str, Any]
"""An object of JSON. Any: what stands in it is for whoever reads it to check."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose conversations are meant: those of one person in one organisation."""

    organisation_id: OrganisationId
    principal_id: PrincipalId


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, without its messages."""

    id: ConversationId
    title: str
    """The first words of the first question, until somebody has made another."""
    titled_by: Titled
    model: str | None
    """The one that was asked last; None before the first question."""
    system_prompt: str
    parameters: Json
    """Settings of the canonical form by name, such as `temperature`."""
    current_message_id: MessageId | None
    """The last message of the branch that was looked at last; None while there are no messages."""
    expires_at: datetime | None
    """When it is gone; None unless it is temporary."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A question, or an answer with what became of it."""

    id: MessageId
    conversation_id: ConversationId
    parent_id: MessageId | None
    """The message that it follows; None for the first of a conversation, and for another first one."""
    role: Role
    state: MessageState
    parts: Sequence[Json]
    """As pages show them: `{"type": "text", "text": ...}`, `{"type": "reasoning", "text": ...}`, and files."""
    created_at: datetime
    model: str | None = None
    """Of an answer: the model that was asked."""
    parameters: Mapping[str, Any] | None = None
    run_id: UUID | None = None
    ending: Mapping[str, Any] | None = None
    """What is known of the end of an answer: `finish_reason`, `code`, `message`, `losses`, `call_id`, ..."""
    cost: Nanousd | None = None
    """None: not known."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    rating: Rating | None = None
    note: str = ""

    @property
    def is_unheard(self) -> bool:
        """Its process died: what its call came to is known to usage alone."""
        ending = self.ending or {}
        return "deployment" not in ending and ending.get("failure", {}).get("code") == "interrupted"


@dataclass(frozen=True, slots=True)
class TitleRun:
    """The run that makes the title of a conversation."""

    conversation_id: UUID
    run_id: RunId


@dataclass(frozen=True, slots=True)
class CameTo:
    """What one call came to; None where that is not known."""

    cost: Nanousd | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a conversation came to: its answers, and the title that a model made."""

    cost: Nanousd
    input_tokens: int
    output_tokens: int
    answers: int
    running: int
    """Answers that are still being written; what they come to is not known yet."""
    unpriced: int
    """Answers that a model was called for, and of which nobody knows here what they cost."""


def text_of(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return the words of a message, without its reasoning: what is shown, searched and sent on."""
    return "\n\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")


def names_of(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return the names of a message's files."""
    return ", ".join(str(part.get("filename", "")) for part in parts if part.get("type") == "file")
