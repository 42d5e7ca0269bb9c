"""Make the table of the objects that live at vendors, each with its owner."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MINE = "organisation_id = nullif(current_setting('drawbridge.org', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "vendor_object",
        sa.Column(
            "organisation_id",
            UUID(as_uuid=True),
            sa.ForeignKey("organisation.id", name=None, ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("principal_id", UUID(as_uuid=True), nullable=False),
        sa.Column("deployment", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("organisation_id", "id", "kind", "provider"),
    )
    op.create_index(
        "vendor_object_by_owner",
        "vendor_object",
        ["organisation_id", "principal_id", "kind", "created_at", "id"],
    )
    # Forced for the owner too, as on every table: an unset organisation sees nothing rather than raising.
    op.execute("alter table vendor_object enable row level security")
    op.execute("alter table vendor_object force row level security")
    op.execute(f"create policy app on vendor_object to drawbridge_app using ({_MINE}) with check ({_MINE})")
    op.execute("create policy system on vendor_object to drawbridge_system using (true) with check (true)")
    op.execute("grant select, insert, delete on vendor_object to drawbridge_app")
    op.execute("grant select on vendor_object to drawbridge_system")
