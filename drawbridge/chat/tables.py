"""The tables of the workspace: conversations, and their messages as rows of a tree."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR, UUID

from drawbridge.db.schema import created_at, identifier, metadata, organisation, within_organisation

conversations = Table(
    "conversation",
    metadata,
    identifier(),
    organisation(),
    Column("owner_id", UUID(as_uuid=True), nullable=False),
    created_at(),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # Of a temporary conversation: from then on it is as if it had never been.
    Column("expires_at", DateTime(timezone=True)),
    Column("title", Text, nullable=False, server_default=text("''")),
    Column(
        "titled_by",
        Text,
        CheckConstraint("titled_by in ('words', 'wanted', 'coming', 'model', 'person')", name="titled_by"),
        nullable=False,
        server_default=text("'words'"),
    ),
    # The run that made the title, or was to, and what that came to.
    Column("title_run_id", UUID(as_uuid=True)),
    Column("title_cost_nanousd", BigInteger),
    Column("title_input_tokens", BigInteger),
    Column("title_output_tokens", BigInteger),
    Column("model", Text),
    Column("system_prompt", Text, nullable=False, server_default=text("''")),
    Column("parameters", JSONB, nullable=False, server_default=text("'{}'")),
    # The last message of the branch that was looked at last.
    Column("current_message_id", UUID(as_uuid=True)),
    Column("words", TSVECTOR),
    UniqueConstraint("organisation_id", "id", "owner_id"),
    within_organisation("owner_id", "principal", on_delete="CASCADE"),
    Index(None, "organisation_id", "owner_id", "updated_at", "id"),
    Index(None, "expires_at", postgresql_where=text("expires_at is not null")),
    Index(None, "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)

messages = Table(
    "message",
    metadata,
    identifier(),
    organisation(),
    Column("conversation_id", UUID(as_uuid=True), nullable=False),
    Column("owner_id", UUID(as_uuid=True), nullable=False),
    Column("parent_id", UUID(as_uuid=True)),
    Column("role", Text, CheckConstraint("role in ('user', 'assistant')", name="role"), nullable=False),
    Column(
        "state",
        Text,
        CheckConstraint("state in ('running', 'complete', 'failed', 'cancelled')", name="state"),
        nullable=False,
        server_default=text("'complete'"),
    ),
    created_at(),
    Column("parts", JSONB, nullable=False, server_default=text("'[]'")),
    Column("model", Text),
    Column("parameters", JSONB, nullable=False, server_default=text("'{}'")),
    # No reference: an answer outlives the journal that it was made by.
    Column("run_id", UUID(as_uuid=True)),
    Column("ending", JSONB, nullable=False, server_default=text("'{}'")),
    Column("cost_nanousd", BigInteger),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("rating", Text, CheckConstraint("rating in ('good', 'bad')", name="rating")),
    Column("note", Text, nullable=False, server_default=text("''")),
    # The words that it is found by, and whose it is; none of what is not to be found.
    Column("words", TSVECTOR),
    UniqueConstraint("organisation_id", "conversation_id", "id"),
    ForeignKeyConstraint(
        ["organisation_id", "conversation_id", "owner_id"],
        ["conversation.organisation_id", "conversation.id", "conversation.owner_id"],
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(
        ["organisation_id", "conversation_id", "parent_id"],
        ["message.organisation_id", "message.conversation_id", "message.id"],
        ondelete="CASCADE",
    ),
    Index(None, "conversation_id", "parent_id"),
    Index(None, "organisation_id", "owner_id", "id"),
    Index(None, "run_id", unique=True, postgresql_where=text("run_id is not null")),
    Index(None, "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)
