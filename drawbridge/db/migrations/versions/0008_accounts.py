"""How people sign in: accounts, their factors and sessions, one-time links, and invitations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from drawbridge.db.migrations.steps import ANY_ID, TIME, created_at, guard, organisation, within

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")
_NO = sa.text("false")
_TABLES = (
    "account",
    "password",
    "passkey",
    "totp",
    "recovery_code",
    "session",
    "one_time_link",
    "spent_challenge",
    "sign_in_attempt",
)


def upgrade() -> None:
    _make_accounts()
    _make_factors()
    _make_sessions()
    _make_limits()
    # Nobody but the system role in its duty to sign people in: they belong to no organisation, so to no app role.
    for table in _TABLES:
        op.execute(f"grant select, insert, update, delete on platform.{table} to drawbridge_system")
    _make_invitations()


def _make_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", ANY_ID, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, unique=True),
        sa.Column("display_name", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("suspended_at", TIME),
        sa.Column("platform_administrator", sa.Boolean, nullable=False, server_default=_NO),
        created_at(),
        schema="platform",
    )
    op.create_index(
        "principal_account_id_idx", "principal", ["account_id"], postgresql_where=sa.text("account_id is not null")
    )


def _account(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(
        "account_id",
        ANY_ID,
        sa.ForeignKey("platform.account.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
    )


def _make_factors() -> None:
    op.create_table(
        "password",
        _account(primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        schema="platform",
    )
    op.create_table(
        "passkey",
        sa.Column("id", ANY_ID, primary_key=True),
        _account(),
        sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("name", sa.Text, nullable=False),
        created_at(),
        sa.Column("last_used_at", TIME),
        # When its counter went back: somebody has a copy.
        sa.Column("cloned_at", TIME),
        schema="platform",
    )
    op.create_index("passkey_account_id_idx", "passkey", ["account_id"], schema="platform")
    op.create_table(
        "totp",
        _account(primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        # The time step of the last code that was taken: none at or before it is taken again.
        sa.Column("last_step", sa.BigInteger, nullable=False),
        created_at(),
        schema="platform",
    )
    op.create_table(
        "recovery_code",
        _account(primary_key=True),
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("used_at", TIME),
        schema="platform",
    )


def _make_sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", ANY_ID, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        _account(),
        # The organisation that the person works in; None where he is in none.
        sa.Column("organisation_id", ANY_ID, sa.ForeignKey("organisation.id", ondelete="SET NULL")),
        sa.Column("method", sa.Text, nullable=False),
        created_at(),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("stepped_up_at", TIME, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        schema="platform",
    )
    op.create_index("session_account_id_idx", "session", ["account_id"], schema="platform")
    op.create_table(
        "one_time_link",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("purpose", sa.Text, sa.CheckConstraint("purpose in ('set_up', 'sign_in')"), nullable=False),
        _account(nullable=True),
        created_at(),
        sa.Column("expires_at", TIME),
        sa.Column("used_at", TIME),
        schema="platform",
    )


def _make_limits() -> None:
    op.create_table(
        "spent_challenge",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", TIME, nullable=False),
        schema="platform",
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("blocked_until", TIME),
        schema="platform",
    )
    op.create_index("sign_in_attempt_last_at_idx", "sign_in_attempt", ["last_at"], schema="platform")


def _make_invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        # The user whom the link lets sign in.
        sa.Column("principal_id", ANY_ID, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("invited_by", sa.Text, nullable=False),
        created_at(),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.Column("revoked_at", TIME),
        within("principal_id", "principal", on_delete="CASCADE"),
    )
    op.create_index("invitation_principal_id_idx", "invitation", ["organisation_id", "principal_id"])
    guard("invitation", app="select, insert, update, delete")
