"""Requests for more of a budget, what was approved of them, and how far the telling of alerts is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from drawbridge.db.migrations.steps import ANY_ID, TIME, created_at, guard, organisation, within

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was approved for this window alone: it stays on top of whatever the budget's limit becomes.
    op.add_column(
        "budget_window", sa.Column("extra_nanousd", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    op.execute("grant update (extra_nanousd) on budget_window to drawbridge_app")
    op.create_table(
        "budget_request",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("budget_id", ANY_ID, nullable=False),
        sa.Column("holder_id", ANY_ID),
        # No reference: what somebody asked for stays in the list when they are gone.
        sa.Column("principal_id", ANY_ID, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("amount_nanousd", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        created_at(),
        sa.Column("decided_at", TIME),
        sa.Column("decided_by", sa.Text),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        within("budget_id", "budget", on_delete="CASCADE"),
        sa.CheckConstraint("amount_nanousd > 0", name="budget_request_amount_nanousd_check"),
        sa.CheckConstraint("state in ('open', 'approved', 'refused')", name="budget_request_state_check"),
    )
    op.execute(
        "create unique index budget_request_open_idx on budget_request"
        " (budget_id, principal_id, coalesce(holder_id, budget_id)) where state = 'open'"
    )
    guard("budget_request", app="select, insert, update")
    # Each receiver is told for itself: what one has confirmed is not sent to it again while another one fails.
    op.add_column("budget_alert", sa.Column("told", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("budget_alert", sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("budget_alert", sa.Column("problem", sa.Text, nullable=False, server_default=""))
    op.add_column("budget_alert", sa.Column("next_try_at", TIME))
