"""Conversations, and their messages as rows of a tree."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from drawbridge.db.migrations.steps import ANY_ID, TIME, created_at, guard, organisation, within

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _conversations()
    _messages()


def _conversations() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("owner_id", ANY_ID, nullable=False),
        created_at(),
        sa.Column("updated_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", TIME),
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("titled_by", sa.Text, nullable=False, server_default="words"),
        sa.Column("title_run_id", ANY_ID),
        sa.Column("title_cost_nanousd", sa.BigInteger),
        sa.Column("title_input_tokens", sa.BigInteger),
        sa.Column("title_output_tokens", sa.BigInteger),
        sa.Column("model", sa.Text),
        sa.Column("system_prompt", sa.Text, nullable=False, server_default=""),
        sa.Column("parameters", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("current_message_id", ANY_ID),
        sa.Column("words", TSVECTOR),
        sa.UniqueConstraint("organisation_id", "id", "owner_id"),
        within("owner_id", "principal", on_delete="CASCADE"),
        sa.CheckConstraint(
            "titled_by in ('words', 'wanted', 'coming', 'model', 'person')", name="conversation_titled_by_check"
        ),
    )
    op.execute(
        "create index conversation_organisation_id_owner_id_updated_at_id_idx on conversation"
        " (organisation_id, owner_id, updated_at, id)"
    )
    op.execute("create index conversation_expires_at_idx on conversation (expires_at) where expires_at is not null")
    op.execute("create index conversation_words_idx on conversation using gin (words) with (fastupdate = off)")
    guard("conversation", app="select, insert, update, delete")


def _messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("conversation_id", ANY_ID, nullable=False),
        sa.Column("owner_id", ANY_ID, nullable=False),
        sa.Column("parent_id", ANY_ID),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="complete"),
        created_at(),
        sa.Column("parts", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("model", sa.Text),
        sa.Column("parameters", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("run_id", ANY_ID),
        sa.Column("ending", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("cost_nanousd", sa.BigInteger),
        sa.Column("input_tokens", sa.BigInteger),
        sa.Column("output_tokens", sa.BigInteger),
        sa.Column("rating", sa.Text),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("words", TSVECTOR),
        sa.UniqueConstraint("organisation_id", "conversation_id", "id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id", "owner_id"],
            ["conversation.organisation_id", "conversation.id", "conversation.owner_id"],
            ondelete="CASCADE",
        ),
        # A parent is a message of the same conversation.
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id", "parent_id"],
            ["message.organisation_id", "message.conversation_id", "message.id"],
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("role in ('user', 'assistant')", name="message_role_check"),
        sa.CheckConstraint("state in ('running', 'complete', 'failed', 'cancelled')", name="message_state_check"),
        sa.CheckConstraint("rating in ('good', 'bad')", name="message_rating_check"),
    )
    op.execute("create index message_conversation_id_parent_id_idx on message (conversation_id, parent_id)")
    op.execute("create index message_organisation_id_owner_id_id_idx on message (organisation_id, owner_id, id)")
    op.execute("create unique index message_run_id_idx on message (run_id) where run_id is not null")
    # Without a list of what is pending, which every search would have to read through.
    op.execute("create index message_words_idx on message using gin (words) with (fastupdate = off)")
    guard("message", app="select, insert, update, delete")
