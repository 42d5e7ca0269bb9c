"""Calls in other dialects than the vendor's: what they lost, who wants nothing lost, what models can do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_key", sa.Column("strict", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("deployment", sa.Column("profile", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("usage_event", sa.Column("lost", postgresql.JSONB))
    op.add_column("usage_stage", sa.Column("lost", postgresql.JSONB), schema="platform")
