"""Which models the lines of a batch's file name, so that the right to them is asked for again when it is run."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vendor_object", sa.Column("models", postgresql.ARRAY(sa.Text)))
