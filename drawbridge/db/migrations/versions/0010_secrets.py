"""Which worker has which master keys, so that a new one is used only where all have it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from drawbridge.db.migrations.steps import ANY_ID, TIME

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "master_key_holder",
        sa.Column("worker_id", ANY_ID, primary_key=True),
        sa.Column("key_ids", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("seen_at", TIME, nullable=False, server_default=sa.func.now()),
        schema="platform",
    )
    op.execute("grant select, insert, update, delete on platform.master_key_holder to drawbridge_system")
