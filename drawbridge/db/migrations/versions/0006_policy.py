"""Grants and roles. Organisations that exist get those that every new one begins with."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from drawbridge.core.ids import uuid7
from drawbridge.db.migrations.steps import ANY_ID, decides_calls, named_object, organisation, within

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_READ_BY_THE_ADMINISTRATORS = ("organisation", "principal", "api_key")
"""Tables that are read here, in which their owner otherwise sees no row."""

_ROLES = (
    ("administrator", "May do everything.", [{"may": ["*"], "on": ["*"]}]),
    (
        "auditor",
        "Reads who did what, who may do what, and what was used.",
        [{"may": ["read"], "on": ["audit:*", "usage:*", "user:*", "team:*", "group:*", "grant:*", "role:*"]}],
    ),
    ("member", "Uses every model.", [{"may": ["use"], "on": ["model:*", "provider:*"]}]),
)


def upgrade() -> None:
    _make_roles()
    _make_grants()
    _seed()
    for table in ("role", "policy_grant", "policy_grant_subject"):
        decides_calls(table)


def _make_roles() -> None:
    op.create_table(
        "role",
        *named_object(),
        sa.Column("description", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("permissions", postgresql.JSONB, nullable=False),
    )


def _make_grants() -> None:
    op.create_table(
        "policy_grant",
        *named_object(),
        sa.Column("effect", sa.Text, sa.CheckConstraint("effect in ('allow', 'deny')"), nullable=False),
        sa.Column("role_id", ANY_ID),
        sa.Column("may", postgresql.JSONB),
        sa.Column("resources", postgresql.JSONB),
        sa.Column("within_team_id", ANY_ID),
        sa.Column("conditions", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.CheckConstraint(
            "num_nulls(may, resources) = case when role_id is null then 0 else 2 end",
            name="policy_grant_says_what_check",
        ),
        within("role_id", "role"),
        within("within_team_id", "team", on_delete="CASCADE"),
    )
    op.create_table(
        "policy_grant_subject",
        organisation(),
        sa.Column("grant_id", ANY_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("principal_id", ANY_ID),
        sa.Column("group_id", ANY_ID),
        sa.Column("team_id", ANY_ID),
        sa.Column("project_id", ANY_ID),
        sa.PrimaryKeyConstraint("grant_id", "position"),
        sa.CheckConstraint(
            "num_nonnulls(principal_id, group_id, team_id, project_id) <= 1", name="policy_grant_subject_one_check"
        ),
        within("grant_id", "policy_grant", on_delete="CASCADE"),
        within("principal_id", "principal", on_delete="CASCADE"),
        within("group_id", "principal_group", on_delete="CASCADE"),
        within("team_id", "team", on_delete="CASCADE"),
        within("project_id", "project", on_delete="CASCADE"),
    )
    op.create_index(
        "policy_grant_subject_organisation_id_principal_id_idx",
        "policy_grant_subject",
        ["organisation_id", "principal_id"],
    )


def _seed() -> None:
    connection = op.get_bind()
    for table in _READ_BY_THE_ADMINISTRATORS:
        op.execute(f"alter table {table} no force row level security")
    for organisation_id in connection.execute(sa.text("select id from organisation")).scalars().all():
        role_ids = {
            name: _insert_role(organisation_id, name, description, permissions)
            for name, description, permissions in _ROLES
        }
        _insert_grant(organisation_id, "everyone-is-a-member", role_ids["member"], [None])
        holders = connection.execute(
            sa.text(
                "select principal_id from api_key where organisation_id = :id and admin and revoked_at is null"
                " and (expires_at is null or expires_at > now()) group by principal_id order by min(id::text)"
            ),
            {"id": organisation_id},
        )
        if administrators := list(holders.scalars()):
            _insert_grant(organisation_id, "administrators", role_ids["administrator"], administrators)
    for table in _READ_BY_THE_ADMINISTRATORS:
        op.execute(f"alter table {table} force row level security")


def _insert_role(organisation_id: object, name: str, description: str, permissions: object) -> object:
    role_id = uuid7()
    op.get_bind().execute(
        sa.text(
            "insert into role (id, organisation_id, name, description, permissions)"
            " values (:id, :organisation_id, :name, :description, cast(:permissions as jsonb))"
        ),
        {
            "id": role_id,
            "organisation_id": organisation_id,
            "name": name,
            "description": description,
            "permissions": json.dumps(permissions),
        },
    )
    return role_id


def _insert_grant(organisation_id: object, name: str, role_id: object, principals: "list[object | None]") -> None:
    grant_id = uuid7()
    op.get_bind().execute(
        sa.text(
            "insert into policy_grant (id, organisation_id, name, effect, role_id)"
            " values (:id, :organisation_id, :name, 'allow', :role_id)"
        ),
        {"id": grant_id, "organisation_id": organisation_id, "name": name, "role_id": role_id},
    )
    for position, principal_id in enumerate(principals):
        op.get_bind().execute(
            sa.text(
                "insert into policy_grant_subject (organisation_id, grant_id, position, principal_id)"
                " values (:organisation_id, :grant_id, :position, :principal_id)"
            ),
            {
                "organisation_id": organisation_id,
                "grant_id": grant_id,
                "position": position,
                "principal_id": principal_id,
            },
        )
