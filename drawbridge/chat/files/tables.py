"""The tables of files: what is known of each, and its bytes in pieces."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from drawbridge.db.schema import created_at, identifier, metadata, organisation, within_organisation

files = Table(
    "chat_file",
    metadata,
    identifier(),
    organisation(),
    Column("owner_id", UUID(as_uuid=True), nullable=False),
    # None until it is part of a question: then it goes with the conversation.
    Column("conversation_id", UUID(as_uuid=True)),
    created_at(),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, CheckConstraint("size > 0", name="size"), nullable=False),
    Column(
        "state",
        Text,
        CheckConstraint("state in ('arriving', 'ready')", name="state"),
        nullable=False,
        server_default=text("'arriving'"),
    ),
    Column("kind", Text, CheckConstraint("kind in ('image', 'text', 'pages')", name="kind")),
    Column("about", JSONB, nullable=False, server_default=text("'{}'")),
    # The words in it, as models are given them.
    Column("text", Text),
    UniqueConstraint("organisation_id", "id"),
    within_organisation("owner_id", "principal", on_delete="CASCADE"),
    ForeignKeyConstraint(
        ["organisation_id", "conversation_id", "owner_id"],
        ["conversation.organisation_id", "conversation.id", "conversation.owner_id"],
        ondelete="CASCADE",
    ),
    Index(None, "organisation_id", "owner_id"),
    Index(None, "conversation_id"),
    Index(None, "created_at", postgresql_where=text("conversation_id is null")),
)

pieces = Table(
    "chat_file_piece",
    metadata,
    organisation(),
    Column("file_id", UUID(as_uuid=True), nullable=False),
    Column("form", Text, CheckConstraint("form in ('original', 'shown')", name="form"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation_id", "file_id", "form", "number"),
    within_organisation("file_id", "chat_file", on_delete="CASCADE"),
)
