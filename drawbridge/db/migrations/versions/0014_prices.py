"""What organisations pay, where that is not the list price."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from drawbridge.db.migrations.steps import ANY_ID, created_at, decides_calls, guard, organisation

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_list",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("settings", JSONB, nullable=False),
        sa.Column("managed_by_file", sa.Boolean, nullable=False, server_default=sa.text("false")),
        created_at(),
        sa.UniqueConstraint("organisation_id"),
    )
    decides_calls("price_list")
    # What stood in a price id stays: a cost of years ago can be reckoned again.
    op.create_table(
        "price_row",
        organisation(),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("row", JSONB, nullable=False),
        created_at(),
        sa.PrimaryKeyConstraint("organisation_id", "digest"),
    )
    guard("price_row", app="select, insert")
