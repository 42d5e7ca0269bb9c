"""What the workspace's API takes and gives."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from drawbridge.chat.records import Conversation, Message, MessageId, MessageState, Rating, Role, Titled, Totals
from drawbridge.chat.search.pieces import Piece
from drawbridge.gateway import Offer
from drawbridge.identity.http import PrintableText


def _require_storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= mark <= "\udfff" for mark in text):
        raise ValueError("holds NUL, or halves of characters")
    return text


StorableText = Annotated[str, AfterValidator(_require_storable)]
"""Text of any lines that can be stored."""
ModelName = Annotated[PrintableText, Field(min_length=1, max_length=200)]
Title = Annotated[PrintableText, Field(max_length=200)]
SystemPrompt = Annotated[StorableText, Field(max_length=100_000)]


class ParametersBody(BaseModel):
    """Settings of a model. What is left out is as the vendor likes it."""

    model_config = ConfigDict(extra="forbid")

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=1, le=10_000_000)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None


class TextPartBody(BaseModel):
    """Words of a question."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text"]
    text: StorableText = Field(min_length=1)


class FilePartBody(BaseModel):
    """A file of a question: one that was brought before, and finished. It goes with its conversation from then on."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["file"]
    id: UUID


QuestionPart = Annotated[TextPartBody | FilePartBody, Field(discriminator="type")]


class NewConversationBody(BaseModel):
    """A conversation to begin. A temporary one is in no list and no search, and is gone a day after its last turn."""

    model_config = ConfigDict(extra="forbid")

    title: Title = ""
    model: ModelName | None = None
    system_prompt: SystemPrompt = ""
    parameters: ParametersBody = ParametersBody()
    temporary: bool = False
    title_by_model: bool = False
    """Whether a model is to make a title from the first answer on: see `titled_by`."""


class ConversationChangeBody(BaseModel):
    """What is to be changed of a conversation. What is left out stays.

    `current_message_id` goes to the branch of that message, down to its end.
    """

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    model: ModelName | None = None
    system_prompt: SystemPrompt | None = None
    parameters: ParametersBody | None = None
    current_message_id: UUID | None = None


class ConversationBody(BaseModel):
    """A conversation. `current_message_id` is the end of the branch that was looked at last; null without messages.

    `titled_by`: `words` are the first of the first question; `wanted` and `coming` mean the same until a model has made
    a title, which it does behind the first answer; `model`; `person`.
    """

    id: UUID
    title: str
    titled_by: Titled
    model: str | None
    system_prompt: str
    parameters: ParametersBody
    current_message_id: UUID | None
    temporary: bool
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class TotalsBody(BaseModel):
    """What the answers of a conversation came to, on all branches, and its title, where a model made that.

    `running`: so many are still being written, and not counted yet. `unpriced`: so many were made of which nobody knows
    here what they cost.
    """

    cost_nanousd: int
    input_tokens: int
    output_tokens: int
    answers: int
    running: int
    unpriced: int


class WholeConversationBody(ConversationBody):
    """A conversation, and what it came to."""

    totals: TotalsBody


class ConversationPage(BaseModel):
    """Conversations, the last changed first. `next_cursor` is null on the last page."""

    conversations: list[ConversationBody]
    next_cursor: str | None


class FailureBody(BaseModel):
    """Why an answer could not be made, or ended early."""

    code: str
    message: str


class LossBody(BaseModel):
    """What the model was not told, or told in another way: where it stood, why, and what it can change."""

    path: str
    reason: str
    effect: str


class MessageBody(BaseModel):
    """A question or an answer.

    `parts` are those of the AI SDK's UI messages: `text`, `reasoning`, and `file`, with its `id`. `siblings` are all
    messages that follow the same one, itself among them, the oldest first. What is null of cost and tokens is not
    known. `estimated`: the vendor's own count did not reach us, as of an answer that was stopped.
    """

    id: UUID
    conversation_id: UUID
    parent_id: UUID | None
    role: Role
    state: MessageState
    # Any: a part is JSON of its type.
    parts: list[dict[str, Any]]
    created_at: datetime
    model: str | None
    parameters: ParametersBody
    run_id: UUID | None
    stop_reason: str | None
    failure: FailureBody | None
    losses: list[LossBody]
    call_id: UUID | None
    answered_by: str | None
    """The model that was called, where a budget had no room for the one that was asked."""
    deployment: str | None
    cost_nanousd: int | None
    input_tokens: int | None
    output_tokens: int | None
    estimated: bool
    rating: Rating | None
    note: str
    siblings: list[UUID]


class MessagePage(BaseModel):
    """A branch from its end upwards. `next_cursor` is null where the conversation begins."""

    messages: list[MessageBody]
    next_cursor: str | None


class QuestionBody(BaseModel):
    """A question, and which model is asked. `parent_id` is the message that it follows; null for the first one.

    To edit a question, ask it in other words with the same `parent_id`: that makes a branch.
    """

    model_config = ConfigDict(extra="forbid")

    parent_id: UUID | None
    parts: list[QuestionPart] = Field(min_length=1, max_length=100)
    model: ModelName
    parameters: ParametersBody = ParametersBody()


class AgainBody(BaseModel):
    """How an answer is to be made once more; what is left out is as it was."""

    model_config = ConfigDict(extra="forbid")

    model: ModelName | None = None
    parameters: ParametersBody | None = None


class TurnBody(BaseModel):
    """The answer that is being made, the run that makes it, and the question that it is to."""

    message_id: UUID
    run_id: UUID
    question_id: UUID


class FeedbackBody(BaseModel):
    """What its reader thinks of an answer. A rating that is null takes an earlier one back."""

    model_config = ConfigDict(extra="forbid")

    rating: Rating | None
    note: StorableText = Field(default="", max_length=2000)


class PieceBody(BaseModel):
    """Some of a text, never markup; `is_match`: it is what was searched for."""

    text: str
    is_match: bool


class FoundTitleBody(BaseModel):
    """A conversation that was found by its title."""

    conversation_id: UUID
    title: str
    updated_at: datetime
    pieces: list[PieceBody]


class FoundMessageBody(BaseModel):
    """A message that was found by what it says."""

    message_id: UUID
    conversation_id: UUID
    conversation_title: str
    role: Role
    created_at: datetime
    pieces: list[PieceBody]
    file: str | None
    """The name of its file in which that stands; null where it says that itself."""


class FoundPage(BaseModel):
    """What was found: titles on the first page only, and messages, the newest first."""

    titles: list[FoundTitleBody]
    messages: list[FoundMessageBody]
    next_cursor: str | None


class OfferBody(BaseModel):
    """A model that one may ask. What is null is not known. Prices are in dollars for a million tokens of short prompts.

    `thinks`: it can reason before it answers; `images` and so on: it takes them. `takes_temperature`, `efforts`: which
    parameters reach it, and which of `reasoning_effort`.
    """

    name: str
    vendors: list[str]
    input_usd_per_million: str | None
    output_usd_per_million: str | None
    context_tokens: int | None
    max_output_tokens: int | None
    tools: bool | None
    images: bool | None
    documents: bool | None
    audio: bool | None
    video: bool | None
    thinks: bool | None
    takes_temperature: bool | None
    efforts: list[str] | None


class OffersBody(BaseModel):
    """The models that one may use, by name."""

    models: list[OfferBody]


def conversation_body(conversation: Conversation) -> ConversationBody:
    """Write a conversation for the API."""
    return ConversationBody(
        id=conversation.id,
        title=conversation.title,
        titled_by=conversation.titled_by,
        model=conversation.model,
        system_prompt=conversation.system_prompt,
        parameters=ParametersBody.model_validate(conversation.parameters),
        current_message_id=conversation.current_message_id,
        temporary=conversation.expires_at is not None,
        expires_at=conversation.expires_at,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


def whole_body(conversation: Conversation, totals: Totals) -> WholeConversationBody:
    """Write a conversation, and what it came to."""
    came_to = TotalsBody(
        cost_nanousd=totals.cost,
        input_tokens=totals.input_tokens,
        output_tokens=totals.output_tokens,
        answers=totals.answers,
        running=totals.running,
        unpriced=totals.unpriced,
    )
    return WholeConversationBody(**conversation_body(conversation).model_dump(), totals=came_to)


def message_body(message: Message, siblings: Sequence[MessageId]) -> MessageBody:
    """Write a message for the API."""
    ending = dict(message.ending or {})
    return MessageBody(
        id=message.id,
        conversation_id=message.conversation_id,
        parent_id=message.parent_id,
        role=message.role,
        state=message.state,
        parts=list(message.parts),
        created_at=message.created_at,
        model=message.model,
        parameters=ParametersBody.model_validate(dict(message.parameters or {})),
        run_id=message.run_id,
        stop_reason=ending.get("stop_reason"),
        failure=ending.get("failure"),
        losses=ending.get("losses") or [],
        call_id=ending.get("call_id"),
        answered_by=ending.get("answered_by"),
        deployment=ending.get("deployment"),
        cost_nanousd=message.cost,
        input_tokens=message.input_tokens,
        output_tokens=message.output_tokens,
        estimated=bool(ending.get("estimated")),
        rating=message.rating,
        note=message.note,
        siblings=list(siblings),
    )


def piece_bodies(pieces: Iterable[Piece]) -> list[PieceBody]:
    """Write the pieces of a text."""
    return [PieceBody(text=piece.text, is_match=piece.is_match) for piece in pieces]


def offer_body(offer: Offer) -> OfferBody:
    """Write a model for the API."""
    known = msgspec.structs.asdict(offer)
    return OfferBody.model_validate(known | {"name": offer.model, "vendors": list(offer.vendors)})


# Any: settings are of several types.
def settings_of(body: ParametersBody) -> dict[str, Any]:
    """Return what is set, by name."""
    return body.model_dump(exclude_none=True)
