"""The tables of usage added up by the hour and by the day: a row for each that had any, and all dimensions.

They are written by the database alone, in the transaction that books the events.
"""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, PrimaryKeyConstraint, Table, Text, column, table
from sqlalchemy.dialects.postgresql import UUID

from drawbridge.db.schema import metadata
from drawbridge.usage.report import SUMS


def _rollup(grain: str) -> Table:
    return Table(
        f"usage_{grain}",
        metadata,
        Column("organisation_id", UUID(as_uuid=True), nullable=False),
        # When it begins, in UTC.
        Column(grain, DateTime(timezone=True), nullable=False),
        Column("dimensions", LargeBinary, nullable=False),
        Column("principal_id", UUID(as_uuid=True), nullable=False),
        Column("key_id", UUID(as_uuid=True), nullable=False),
        Column("project_id", UUID(as_uuid=True)),
        Column("team_id", UUID(as_uuid=True)),
        *(Column(name, BigInteger, nullable=False) for name in SUMS),
        *(Column(name, Text, nullable=False) for name in ("product", "model", "deployment", "provider")),
        Column("client", Text),
        Column("outcome", Text, nullable=False),
        PrimaryKeyConstraint("organisation_id", grain, "dimensions"),
    )


usage_hours = _rollup("hour")
usage_days = _rollup("day")

# The gateway's, which stands above this: no more of it than whose models a provider has.
providers = table("provider", column("organisation_id"), column("name"), column("preset"))
