"""The tables of prices: what an organisation pays now, and every row that ever stood in a price id."""

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation

price_lists = Table(
    "price_list",
    metadata,
    identifier(),
    organisation(),
    Column("settings", JSONB, nullable=False),
    managed_by_file(),
    created_at(),
    UniqueConstraint("organisation_id"),
)

price_rows = Table(
    "price_row",
    metadata,
    organisation(),
    Column("digest", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("row", JSONB, nullable=False),
    created_at(),
    PrimaryKeyConstraint("organisation_id", "digest"),
)
