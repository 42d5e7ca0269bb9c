"""The tables of rate limits: what may be used, the buckets that it is taken from, and who has taken what of them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation, within_organisation

limits = Table(
    "rate_limit",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    managed_by_file(),
    created_at(),
    # Whose calls it is for: `organisation`, or one of a kind by its id; with `each`, everyone of that kind has it for
    # themselves, within the subject.
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", UUID(as_uuid=True)),
    Column("each", Text),
    Column("models", ARRAY(Text)),
    Column("products", ARRAY(Text)),
    Column("requests", BigInteger),
    Column("requests_per_ms", BigInteger),
    Column("tokens", BigInteger),
    Column("tokens_per_ms", BigInteger),
    Column("concurrency", BigInteger),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
)

buckets = Table(
    "rate_bucket",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    organisation(),
    Column("limit_id", UUID(as_uuid=True), nullable=False),
    Column("measure", Text, nullable=False),
    Column("holder_id", UUID(as_uuid=True)),
    Column("size", BigInteger, nullable=False),
    # A request or token has so many parts that the bucket fills by `size` parts in a millisecond: whole numbers.
    Column("part", BigInteger, nullable=False),
    # In parts; below zero where more was used than could be told beforehand.
    Column("level", BigInteger, nullable=False),
    Column(
        "leased", BigInteger, CheckConstraint("leased >= 0", name="leased"), nullable=False, server_default=text("0")
    ),
    Column("filled_at", DateTime(timezone=True), nullable=False),
    # When somebody last found too little here: those who hold what they do not need give it back.
    Column("missed_at", DateTime(timezone=True)),
    within_organisation("limit_id", "rate_limit", on_delete="CASCADE"),
    UniqueConstraint("organisation_id", "id"),
    CheckConstraint("level + leased * part <= size * part", name="within_size"),
    Index(None, "limit_id"),
    Index(None, "missed_at"),
)

leases = Table(
    "rate_lease",
    metadata,
    Column("bucket_id", UUID(as_uuid=True), nullable=False),
    Column("lessee", Text, nullable=False),
    organisation(),
    Column("amount", BigInteger, CheckConstraint("amount >= 0", name="amount"), nullable=False),
    PrimaryKeyConstraint("bucket_id", "lessee"),
    within_organisation("bucket_id", "rate_bucket", on_delete="CASCADE"),
    Index(None, "lessee"),
)

lessees = Table(
    "limit_lessee",
    metadata,
    Column("lessee", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, server_default=text("0")),
    Column("answer", JSONB, nullable=False, server_default=text("'{}'")),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    schema="platform",
)
