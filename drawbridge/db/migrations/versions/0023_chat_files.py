"""Files of conversations, with their bytes in pieces."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from drawbridge.db.migrations.steps import ANY_ID, TIME, guard, organisation, within

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _files()
    _pieces()


def _files() -> None:
    op.create_table(
        "chat_file",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("owner_id", ANY_ID, nullable=False),
        sa.Column("conversation_id", ANY_ID),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="arriving"),
        sa.Column("kind", sa.Text),
        sa.Column("about", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("text", sa.Text),
        sa.UniqueConstraint("organisation_id", "id"),
        within("owner_id", "principal", on_delete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id", "owner_id"],
            ["conversation.organisation_id", "conversation.id", "conversation.owner_id"],
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("size > 0", name="chat_file_size_check"),
        sa.CheckConstraint("state in ('arriving', 'ready')", name="chat_file_state_check"),
        sa.CheckConstraint("kind in ('image', 'text', 'pages')", name="chat_file_kind_check"),
    )
    op.execute("create index chat_file_organisation_id_owner_id_idx on chat_file (organisation_id, owner_id)")
    op.execute("create index chat_file_conversation_id_idx on chat_file (conversation_id)")
    op.execute("create index chat_file_created_at_idx on chat_file (created_at) where conversation_id is null")
    guard("chat_file", app="select, insert, update, delete")


def _pieces() -> None:
    op.create_table(
        "chat_file_piece",
        organisation(),
        sa.Column("file_id", ANY_ID, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "file_id", "form", "number"),
        within("file_id", "chat_file", on_delete="CASCADE"),
        sa.CheckConstraint("form in ('original', 'shown')", name="chat_file_piece_form_check"),
    )
    # Most files are packed already: to pack their pieces again would cost time and save nothing.
    op.execute("alter table chat_file_piece alter column data set storage external")
    guard("chat_file_piece", app="select, insert, update, delete")
