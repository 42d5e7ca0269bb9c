"""The tables of signing in. All but `invitation` are the platform's, out of every organisation's reach."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from drawbridge.db.schema import created_at, identifier, metadata, organisation, within_organisation

_TIME = DateTime(timezone=True)
_NONE = text("'{}'")


# Any: a column is typed by the Python value it holds, and this one is used for several.
def _account(*, primary_key: bool = False, nullable: bool = False) -> Column[Any]:
    return Column(
        "account_id",
        UUID(as_uuid=True),
        ForeignKey("platform.account.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
    )


accounts = Table(
    "account",
    metadata,
    identifier(),
    Column("email", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False, server_default=text("''")),
    Column("suspended_at", _TIME),
    Column("platform_administrator", Boolean, nullable=False, server_default=text("false")),
    created_at(),
    schema="platform",
)

passwords = Table(
    "password",
    metadata,
    _account(primary_key=True),
    Column("hash", Text, nullable=False),
    Column("changed_at", _TIME, nullable=False),
    schema="platform",
)

passkeys = Table(
    "passkey",
    metadata,
    identifier(),
    _account(),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("name", Text, nullable=False),
    created_at(),
    Column("last_used_at", _TIME),
    Column("cloned_at", _TIME),
    Index("passkey_account_id_idx", "account_id"),
    schema="platform",
)

totps = Table(
    "totp",
    metadata,
    _account(primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    created_at(),
    schema="platform",
)

recovery_codes = Table(
    "recovery_code",
    metadata,
    _account(primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("used_at", _TIME),
    schema="platform",
)

sessions = Table(
    "session",
    metadata,
    identifier(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    _account(),
    Column("organisation_id", UUID(as_uuid=True), ForeignKey("organisation.id", ondelete="SET NULL")),
    Column("method", Text, nullable=False),
    created_at(),
    Column("last_seen_at", _TIME, nullable=False),
    Column("expires_at", _TIME, nullable=False),
    Column("stepped_up_at", _TIME, nullable=False),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Index("session_account_id_idx", "account_id"),
    schema="platform",
)

one_time_links = Table(
    "one_time_link",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("purpose", Text, CheckConstraint("purpose in ('set_up', 'sign_in')", name="purpose"), nullable=False),
    _account(nullable=True),
    created_at(),
    Column("expires_at", _TIME),
    Column("used_at", _TIME),
    schema="platform",
)

spent_challenges = Table(
    "spent_challenge",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("expires_at", _TIME, nullable=False),
    schema="platform",
)

attempts = Table(
    "sign_in_attempt",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", _TIME, nullable=False),
    Column("blocked_until", _TIME),
    Index("sign_in_attempt_last_at_idx", "last_at"),
    schema="platform",
)

invitations = Table(
    "invitation",
    metadata,
    identifier(),
    organisation(),
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("email", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("invited_by", Text, nullable=False),
    created_at(),
    Column("expires_at", _TIME, nullable=False),
    Column("used_at", _TIME),
    Column("revoked_at", _TIME),
    Index("invitation_principal_id_idx", "organisation_id", "principal_id"),
    within_organisation("principal_id", "principal", on_delete="CASCADE"),
)
