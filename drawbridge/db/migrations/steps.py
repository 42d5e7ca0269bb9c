"""What many migrations do to a table, in one place."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

ANY_ID: Final = UUID(as_uuid=True)
TIME: Final = sa.DateTime(timezone=True)


def guard(table: str, *, app: str) -> None:
    """Force row-level security, for the owner too: an unset organisation sees nothing rather than raising.

    `app` is what an organisation's own role may do, such as `select, insert`.
    """
    mine = "organisation_id = nullif(current_setting('drawbridge.org', true), '')::uuid"
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy app on {table} to drawbridge_app using ({mine}) with check ({mine})")
    op.execute(f"create policy system on {table} to drawbridge_system using (true) with check (true)")
    op.execute(f"grant select on {table} to drawbridge_system")
    op.execute(f"grant {app} on {table} to drawbridge_app")


def decides_calls(table: str) -> None:
    """Guard a table that the hot path decides from: it cannot be changed without taking a revision."""
    guard(table, app="select, insert, update, delete")
    op.execute(
        f"create trigger {table}_takes_revision before insert or update or delete on {table}"
        " for each statement execute function platform.require_revision()"
    )


def organisation() -> sa.Column[object]:
    """Return the column by which row-level security decides."""
    return sa.Column(
        "organisation_id", ANY_ID, sa.ForeignKey("organisation.id", name=None, ondelete="CASCADE"), nullable=False
    )


def created_at() -> sa.Column[object]:
    """Return the column that tells when a row was made."""
    return sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now())


def named_object() -> list[sa.schema.SchemaItem]:
    """Return the columns and constraints of what has a name in `drawbridge.yaml`."""
    return [
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("managed_by_file", sa.Boolean, nullable=False, server_default=sa.text("false")),
        created_at(),
        sa.UniqueConstraint("organisation_id", "name"),
        sa.UniqueConstraint("organisation_id", "id"),
    ]


def within(column: str, table: str, *, on_delete: str | None = None) -> sa.ForeignKeyConstraint:
    """Return a reference that cannot leave the organisation."""
    return sa.ForeignKeyConstraint(
        ["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"], ondelete=on_delete
    )
