"""The tables of configuration: secrets, encrypted under the envelope of config/secrets.py, and who has which keys."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from drawbridge.db.schema import created_at, identifier, metadata, organisation

secrets = Table(
    "secret",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    created_at(),
    UniqueConstraint("organisation_id", "name"),
)

key_holders = Table(
    "master_key_holder",
    metadata,
    Column("worker_id", UUID(as_uuid=True), primary_key=True),
    Column("key_ids", ARRAY(Text), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    schema="platform",
)
