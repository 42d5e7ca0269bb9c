"""The tables of identity."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation, within_organisation

organisations = Table(
    "organisation",
    metadata,
    identifier(),
    Column("name", Text, nullable=False, unique=True),
    Column("revision", BigInteger, nullable=False, server_default=text("0")),
    created_at(),
)

principals = Table(
    "principal",
    metadata,
    identifier(),
    organisation(),
    Column("kind", Text, CheckConstraint("kind in ('user', 'service_account')", name="kind"), nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False, server_default=text("''")),
    managed_by_file(),
    created_at(),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
)

api_keys = Table(
    "api_key",
    metadata,
    identifier(),
    organisation(),
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("hint", Text, nullable=False),
    Column("admin", Boolean, nullable=False, server_default=text("false")),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("replaces", UUID(as_uuid=True)),
    Column("strict", Boolean, nullable=False, server_default=text("false")),
    created_at(),
    Index(None, "organisation_id", "principal_id"),
    within_organisation("principal_id", "principal", on_delete="CASCADE"),
)
