"""When an organisation was deleted: what it used and did is kept."""

import sqlalchemy as sa
from alembic import op

from drawbridge.db.migrations.steps import TIME

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("deleted_at", TIME))
