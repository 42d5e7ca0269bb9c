"""The tables of the audit record: one for all organisations, one for the platform."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.schema import SchemaItem

from drawbridge.db.schema import metadata


def _event() -> tuple[SchemaItem, ...]:
    return (
        Column("id", UUID(as_uuid=True), nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("actor_kind", Text, nullable=False),
        Column("actor_via", Text, nullable=False),
        Column("actor_organisation_id", UUID(as_uuid=True)),
        Column("actor_principal_id", UUID(as_uuid=True)),
        Column("actor_name", Text, nullable=False),
        Column("actor_via_id", UUID(as_uuid=True)),
        Column("actor_address", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("object_kind", Text, nullable=False),
        Column("object_name", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        # The canonical form itself: a column of JSON would keep the value and not its bytes.
        Column("detail", Text, nullable=False),
        Column("previous_hash", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
    )


def _organisation() -> Column[object]:
    # Without a cascade: an organisation does not go while its record is there.
    return Column("organisation_id", UUID(as_uuid=True), ForeignKey("organisation.id"), primary_key=True)


events = Table(
    "audit_event",
    metadata,
    _organisation(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    *_event(),
    UniqueConstraint("organisation_id", "id"),
    Index(None, "organisation_id", "at"),
)

platform_events = Table(
    "audit_event",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    *_event(),
    UniqueConstraint("id"),
    schema="platform",
)


def _root() -> tuple[SchemaItem, ...]:
    return (
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("hash", LargeBinary, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("public_key", LargeBinary, nullable=False),
        Column("signature", LargeBinary, nullable=False),
    )


roots = Table("audit_root", metadata, _organisation(), *_root())
platform_roots = Table("audit_root", metadata, *_root(), schema="platform")
