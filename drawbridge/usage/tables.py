"""The table of usage events: one row for each attempt, never changed, unique forever."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, Table, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from drawbridge.db.schema import metadata
from drawbridge.usage.rows import TOKEN_COLUMNS


def _tokens(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


usage_events = Table(
    "usage_event",
    metadata,
    Column("attempt_id", UUID(as_uuid=True), primary_key=True),
    # No reference: what was used stays used, and to look the organisation up costs a sixth of booking an event.
    Column("organisation_id", UUID(as_uuid=True), nullable=False),
    Column("call_id", UUID(as_uuid=True), nullable=False),
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("key_id", UUID(as_uuid=True), nullable=False),
    Column("project_id", UUID(as_uuid=True)),
    Column("team_id", UUID(as_uuid=True)),
    Column("product", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("upstream_model", Text, nullable=False),
    Column("session_id", Text),
    Column("client", Text),
    Column("streamed", Boolean, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    *(_tokens(name) for name in TOKEN_COLUMNS),
    Column("estimated", Boolean, nullable=False),
    Column("cost_nanousd", BigInteger),
    Column("held_nanousd", BigInteger),
    Column("suspense_nanousd", BigInteger),
    Column("price_id", Text),
    Column("time_to_first_byte_ms", Integer),
    Column("duration_ms", BigInteger, nullable=False),
    Column("provider_request_id", Text),
    Column("lost", JSONB),
    Column("windows", ARRAY(UUID(as_uuid=True))),
    Column("booked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(None, "organisation_id", "attempt_id"),
    Index(None, "organisation_id", "session_id", postgresql_where=text("session_id is not null")),
    Index(
        "usage_event_started_at_idx",
        "started_at",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    ),
    # By month: `platform.make_usage_months` makes the parts.
    postgresql_partition_by="RANGE (attempt_id)",
)
