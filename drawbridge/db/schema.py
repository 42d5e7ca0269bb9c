"""What every table is made of: one registry of tables, and the columns that all of them share."""

from typing import Any, Literal

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, ForeignKeyConstraint, MetaData, func, text
from sqlalchemy.dialects.postgresql import UUID

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)


# Any: SQLAlchemy types a column by the Python value it holds, and these helpers are used for several.
def identifier() -> Column[Any]:
    """Return the primary key column of a table whose ids are UUIDv7, made by the application."""
    return Column("id", UUID(as_uuid=True), primary_key=True)


def organisation() -> Column[Any]:
    """Return the column by which row-level security decides who sees a row."""
    return Column(
        "organisation_id",
        UUID(as_uuid=True),
        ForeignKey("organisation.id", ondelete="CASCADE"),
        nullable=False,
    )


def created_at() -> Column[Any]:
    """Return the column that tells when a row was made, by the database's clock."""
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


def managed_by_file() -> Column[Any]:
    """Return the column that marks what `drawbridge apply` owns and may therefore delete."""
    return Column("managed_by_file", Boolean, nullable=False, server_default=text("false"))


def within_organisation(
    column: str, table: str, *, on_delete: Literal["CASCADE"] | None = None
) -> ForeignKeyConstraint:
    """Return a reference that cannot leave the organisation: foreign keys are not held to row-level security."""
    return ForeignKeyConstraint(
        ["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"], ondelete=on_delete
    )
