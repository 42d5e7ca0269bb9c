"""The tables of runs: what each is and who has it, and what was told of it."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from drawbridge.db.schema import created_at, identifier, metadata, organisation, within_organisation

runs = Table(
    "run",
    metadata,
    identifier(),
    organisation(),
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("project_id", UUID(as_uuid=True)),
    Column("product", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("session_id", Text),
    Column("input", JSONB, nullable=False, server_default=text("'{}'")),
    Column("state", Text, nullable=False, server_default=text("'queued'")),
    Column("number", BigInteger, nullable=False, server_default=text("0")),
    Column("lease", UUID(as_uuid=True)),
    Column("leased_until", DateTime(timezone=True), nullable=False),
    Column("times_taken", Integer, nullable=False, server_default=text("0")),
    created_at(),
    Column("cancel_asked_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("failure", Text),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cost_nanousd", BigInteger),
    within_organisation("principal_id", "principal", on_delete="CASCADE"),
    UniqueConstraint("organisation_id", "id"),
    CheckConstraint("state in ('queued', 'running', 'completed', 'failed', 'cancelled')", name="state"),
    CheckConstraint("(ended_at is not null) = (state in ('completed', 'failed', 'cancelled'))", name="ended_at"),
    Index(None, "organisation_id", "principal_id"),
    Index("run_leased_until_idx", "leased_until", postgresql_where=text("ended_at is null")),
)

events = Table(
    "run_event",
    metadata,
    Column("run_id", UUID(as_uuid=True), nullable=False),
    Column("number", BigInteger, nullable=False),
    organisation(),
    Column("kind", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    within_organisation("run_id", "run", on_delete="CASCADE"),
    PrimaryKeyConstraint("run_id", "number"),
    CheckConstraint("number > 0", name="number"),
)
