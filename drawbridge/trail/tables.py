"""The tables of the trail: the key that signs, and the streams with how far each of them is."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation

keys = Table(
    "audit_key",
    metadata,
    identifier(),
    Column("public_key", LargeBinary, nullable=False, unique=True),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    created_at(),
    schema="platform",
)

streams = Table(
    "audit_stream",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    managed_by_file(),
    created_at(),
    Column("settings", JSONB, nullable=False),
    Column("confirmed_number", BigInteger, nullable=False, server_default=text("0")),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("problem", Text, nullable=False, server_default=text("''")),
    Column("next_try_at", DateTime(timezone=True)),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
)
