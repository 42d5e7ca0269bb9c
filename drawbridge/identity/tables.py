"""The tables of identity."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.schema import SchemaItem

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation, within_organisation

organisations = Table(
    "organisation",
    metadata,
    identifier(),
    Column("name", Text, nullable=False, unique=True),
    Column("revision", BigInteger, nullable=False, server_default=text("0")),
    created_at(),
    Column("display_name", Text, nullable=False, server_default=text("''")),
    Column("whom_to_ask", Text, nullable=False, server_default=text("''")),
    Column("suspended_at", DateTime(timezone=True)),
    managed_by_file(),
    Column("deleted_at", DateTime(timezone=True)),
)


def _tree(name: str) -> tuple[SchemaItem, ...]:
    """Return the columns of a table whose rows have names, and stand below others of it."""
    return (
        identifier(),
        organisation(),
        Column("name", Text, nullable=False),
        Column("display_name", Text, nullable=False, server_default=text("''")),
        Column("parent_id", UUID(as_uuid=True)),
        managed_by_file(),
        created_at(),
        UniqueConstraint("organisation_id", "name"),
        UniqueConstraint("organisation_id", "id"),
        within_organisation("parent_id", name),
    )


teams = Table("team", metadata, *_tree("team"))
groups = Table("principal_group", metadata, *_tree("principal_group"))

projects = Table(
    "project",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False, server_default=text("''")),
    Column("team_id", UUID(as_uuid=True)),
    Column(
        "data_class",
        Text,
        CheckConstraint("data_class in ('public', 'internal', 'confidential', 'restricted')", name="data_class"),
    ),
    managed_by_file(),
    created_at(),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
    within_organisation("team_id", "team"),
)

principals = Table(
    "principal",
    metadata,
    identifier(),
    organisation(),
    Column("kind", Text, CheckConstraint("kind in ('user', 'service_account', 'agent')", name="kind"), nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False, server_default=text("''")),
    managed_by_file(),
    created_at(),
    Column("email", Text),
    Column("suspended_at", DateTime(timezone=True)),
    Column("suspended_by_file", Boolean, nullable=False, server_default=text("false")),
    Column("account_id", UUID(as_uuid=True)),
    Column("owner_team_id", UUID(as_uuid=True)),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "account_id"),
    Index("principal_account_id_idx", "account_id", postgresql_where=text("account_id is not null")),
    within_organisation("owner_team_id", "team"),
)


def _membership(name: str, whole: str) -> Table:
    """Return the table of who is in a team or group."""
    return Table(
        name,
        metadata,
        organisation(),
        Column(f"{whole}_id", UUID(as_uuid=True), nullable=False),
        Column("principal_id", UUID(as_uuid=True), nullable=False),
        PrimaryKeyConstraint(f"{whole}_id", "principal_id"),
        Index(f"{name}_principal_id_idx", "organisation_id", "principal_id"),
        within_organisation(f"{whole}_id", whole, on_delete="CASCADE"),
        within_organisation("principal_id", "principal", on_delete="CASCADE"),
    )


team_members = _membership("team_member", "team")
group_members = _membership("group_member", "principal_group")

api_keys = Table(
    "api_key",
    metadata,
    identifier(),
    organisation(),
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("hint", Text, nullable=False),
    Column("admin", Boolean, nullable=False, server_default=text("false")),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("replaces", UUID(as_uuid=True)),
    Column("strict", Boolean, nullable=False, server_default=text("false")),
    Column("project_id", UUID(as_uuid=True)),
    created_at(),
    Column("frozen_at", DateTime(timezone=True)),
    Index(None, "organisation_id", "principal_id"),
    within_organisation("principal_id", "principal", on_delete="CASCADE"),
    within_organisation("project_id", "project"),
)
