"""The tables of configuration: secrets, encrypted under the envelope of config/secrets.py."""

from sqlalchemy import Column, LargeBinary, Table, Text, UniqueConstraint

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
