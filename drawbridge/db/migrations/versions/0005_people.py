"""Teams, groups and projects, agents, and people who can be suspended."""

import sqlalchemy as sa
from alembic import op

from drawbridge.db.migrations.steps import ANY_ID, TIME, decides_calls, named_object, organisation, within

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")


def upgrade() -> None:
    op.add_column("organisation", sa.Column("display_name", sa.Text, nullable=False, server_default=_EMPTY))
    op.add_column("organisation", sa.Column("whom_to_ask", sa.Text, nullable=False, server_default=_EMPTY))
    op.add_column("organisation", sa.Column("suspended_at", TIME))
    op.add_column("organisation", _said_by_file("managed_by_file"))
    for table in ("team", "principal_group"):
        op.create_table(
            table,
            *named_object(),
            sa.Column("display_name", sa.Text, nullable=False, server_default=_EMPTY),
            sa.Column("parent_id", ANY_ID),
            within("parent_id", table),
        )
        decides_calls(table)
    _make_project()
    _change_principal()
    _make_memberships()


def _make_project() -> None:
    op.create_table(
        "project",
        *named_object(),
        sa.Column("display_name", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("team_id", ANY_ID),
        sa.Column(
            "data_class",
            sa.Text,
            sa.CheckConstraint("data_class in ('public', 'internal', 'confidential', 'restricted')"),
        ),
        within("team_id", "team"),
    )
    decides_calls("project")
    op.add_column("api_key", sa.Column("project_id", ANY_ID))
    op.create_foreign_key(
        "api_key_organisation_id_project_id_fkey",
        "api_key",
        "project",
        ["organisation_id", "project_id"],
        ["organisation_id", "id"],
    )


def _change_principal() -> None:
    op.drop_constraint("principal_kind_check", "principal")
    op.create_check_constraint("principal_kind_check", "principal", "kind in ('user', 'service_account', 'agent')")
    op.add_column("principal", sa.Column("email", sa.Text))
    op.add_column("principal", sa.Column("suspended_at", TIME))
    # What a file suspended, it may also reactivate; nothing else.
    op.add_column("principal", _said_by_file("suspended_by_file"))
    # The account that the person signs in with, one for all organisations: in a schema of its own, so no foreign key.
    op.add_column("principal", sa.Column("account_id", ANY_ID))
    op.create_unique_constraint(
        "principal_organisation_id_account_id_key", "principal", ["organisation_id", "account_id"]
    )
    # Of a service account or agent: the team that answers for it.
    op.add_column("principal", sa.Column("owner_team_id", ANY_ID))
    op.create_foreign_key(
        "principal_organisation_id_owner_team_id_fkey",
        "principal",
        "team",
        ["organisation_id", "owner_team_id"],
        ["organisation_id", "id"],
    )


def _said_by_file(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.text("false"))


def _make_memberships() -> None:
    for table, whole in (("team_member", "team"), ("group_member", "principal_group")):
        column = f"{whole}_id"
        op.create_table(
            table,
            organisation(),
            sa.Column(column, ANY_ID, nullable=False),
            sa.Column("principal_id", ANY_ID, nullable=False),
            sa.PrimaryKeyConstraint(column, "principal_id"),
            within(column, whole, on_delete="CASCADE"),
            within("principal_id", "principal", on_delete="CASCADE"),
        )
        op.create_index(f"{table}_principal_id_idx", table, ["organisation_id", "principal_id"])
        decides_calls(table)
