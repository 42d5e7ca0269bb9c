"""The table of objects that live at vendors."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from drawbridge.db.schema import created_at, metadata, organisation

vendor_objects = Table(
    "vendor_object",
    metadata,
    organisation(),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("provider", Text, nullable=False),
    # No foreign key: an owner or a provider that is deleted must not stop the rows of others in the same insert,
    # and an object without an owner is nobody's.
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("deployment", Text),
    # Only of the file of a batch: what its lines name. Null for files from before this was kept.
    Column("models", ARRAY(Text)),
    # Only of a response in the background: the attempt that is corrected when its end is known.
    Column("attempt_id", UUID(as_uuid=True)),
    created_at(),
    PrimaryKeyConstraint("organisation_id", "id", "kind", "provider"),
    Index("vendor_object_by_owner", "organisation_id", "principal_id", "kind", "created_at", "id"),
)
