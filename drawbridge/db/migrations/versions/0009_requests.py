"""Requests that may be repeated: what was answered to the first of them."""

import sqlalchemy as sa
from alembic import op

from drawbridge.db.migrations.steps import ANY_ID, created_at, guard, organisation, within

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repeatable_request",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("principal_id", ANY_ID, nullable=False),
        # What the caller named it by; no credential.
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("answer", sa.LargeBinary),
        created_at(),
        sa.UniqueConstraint("organisation_id", "principal_id", "key"),
        within("principal_id", "principal", on_delete="CASCADE"),
    )
    op.create_index(
        "repeatable_request_organisation_id_created_at_idx", "repeatable_request", ["organisation_id", "created_at"]
    )
    guard("repeatable_request", app="select, insert, update, delete")
