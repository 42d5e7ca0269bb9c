"""The tables of the gateway: providers, deployments, models and their routes."""

from sqlalchemy import (
    Boolean,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation, within_organisation

providers = Table(
    "provider",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    Column("preset", Text),
    Column("dialects", ARRAY(Text), nullable=False),
    Column("base_url", Text, nullable=False),
    Column("credential", JSONB, nullable=False, server_default=text("'{}'")),
    Column("quirks", JSONB, nullable=False, server_default=text("'{}'")),
    Column("open_models", Boolean, nullable=False, server_default=text("false")),
    Column("region", Text),
    managed_by_file(),
    created_at(),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
)

deployments = Table(
    "deployment",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    Column("provider_id", UUID(as_uuid=True), nullable=False),
    Column("upstream_model", Text, nullable=False),
    Column("profile", JSONB, nullable=False, server_default=text("'{}'")),
    managed_by_file(),
    created_at(),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
    within_organisation("provider_id", "provider"),
    Index(None, "organisation_id", "provider_id"),
)

models = Table(
    "model",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    managed_by_file(),
    created_at(),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
)

model_routes = Table(
    "model_route",
    metadata,
    organisation(),
    Column("model_id", UUID(as_uuid=True), nullable=False),
    Column("position", Integer, nullable=False),
    Column("deployment_id", UUID(as_uuid=True), nullable=False),
    Column("weight", Integer, CheckConstraint("weight > 0", name="weight"), nullable=False, server_default=text("1")),
    PrimaryKeyConstraint("model_id", "position"),
    within_organisation("model_id", "model", on_delete="CASCADE"),
    within_organisation("deployment_id", "deployment"),
    Index(None, "organisation_id", "deployment_id"),
)
