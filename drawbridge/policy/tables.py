"""The tables of policy: roles, grants, and to whom grants are made."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation, within_organisation

roles = Table(
    "role",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    managed_by_file(),
    created_at(),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("permissions", JSONB, nullable=False),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
)

grants = Table(
    "policy_grant",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    managed_by_file(),
    created_at(),
    Column("effect", Text, CheckConstraint("effect in ('allow', 'deny')", name="effect"), nullable=False),
    Column("role_id", UUID(as_uuid=True)),
    Column("may", JSONB),
    Column("resources", JSONB),
    Column("within_team_id", UUID(as_uuid=True)),
    Column("conditions", JSONB, nullable=False, server_default=text("'{}'")),
    Column("reason", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
    CheckConstraint("num_nulls(may, resources) = case when role_id is null then 0 else 2 end", name="says_what"),
    within_organisation("role_id", "role"),
    # What belongs to a team that is gone cannot be known to belong to it: the grant could never apply again.
    within_organisation("within_team_id", "team", on_delete="CASCADE"),
)

grant_subjects = Table(
    "policy_grant_subject",
    metadata,
    organisation(),
    Column("grant_id", UUID(as_uuid=True), nullable=False),
    Column("position", Integer, nullable=False),
    # Everyone, where none of the four is there.
    Column("principal_id", UUID(as_uuid=True)),
    Column("group_id", UUID(as_uuid=True)),
    Column("team_id", UUID(as_uuid=True)),
    Column("project_id", UUID(as_uuid=True)),
    PrimaryKeyConstraint("grant_id", "position"),
    Index(None, "organisation_id", "principal_id"),
    CheckConstraint("num_nonnulls(principal_id, group_id, team_id, project_id) <= 1", name="one"),
    within_organisation("grant_id", "policy_grant", on_delete="CASCADE"),
    within_organisation("principal_id", "principal", on_delete="CASCADE"),
    within_organisation("group_id", "principal_group", on_delete="CASCADE"),
    within_organisation("team_id", "team", on_delete="CASCADE"),
    within_organisation("project_id", "project", on_delete="CASCADE"),
)
