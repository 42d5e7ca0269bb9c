"""The table of requests that may be repeated."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import UUID

from drawbridge.db.schema import created_at, identifier, metadata, organisation, within_organisation

repeatable_requests = Table(
    "repeatable_request",
    metadata,
    identifier(),
    organisation(),
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("answer", LargeBinary),
    created_at(),
    UniqueConstraint("organisation_id", "principal_id", "key"),
    Index(None, "organisation_id", "created_at"),
    within_organisation("principal_id", "principal", on_delete="CASCADE"),
)
