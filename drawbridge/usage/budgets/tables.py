"""The tables of budgets: what may be spent, the windows in which it is counted, who holds what of them, and alerts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from drawbridge.db.schema import created_at, identifier, managed_by_file, metadata, organisation, within_organisation

budgets = Table(
    "budget",
    metadata,
    identifier(),
    organisation(),
    Column("name", Text, nullable=False),
    managed_by_file(),
    created_at(),
    # Whose calls it is for: `organisation`, or one of a kind by its id; with `each`, everyone of that kind has it for
    # themselves, within the subject.
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", UUID(as_uuid=True)),
    Column("each", Text),
    Column("models", ARRAY(Text)),
    Column("products", ARRAY(Text)),
    Column("limit_nanousd", BigInteger, CheckConstraint("limit_nanousd >= 0", name="limit_nanousd"), nullable=False),
    Column("is_hard", Boolean, nullable=False),
    Column("period", JSONB, nullable=False),
    Column("at_end", JSONB, nullable=False),
    Column("alerts", JSONB, nullable=False, server_default=text("'[]'")),
    Column("alert_percents", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    Column("owner_id", UUID(as_uuid=True)),
    UniqueConstraint("organisation_id", "name"),
    UniqueConstraint("organisation_id", "id"),
)


def _spent(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


windows = Table(
    "budget_window",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    organisation(),
    Column("budget_id", UUID(as_uuid=True), nullable=False),
    Column("holder_id", UUID(as_uuid=True)),
    Column("begins", DateTime(timezone=True), nullable=False),
    Column("ends", DateTime(timezone=True)),
    # None where the budget is soft: then it only counts. It is above what is wanted where a budget was made smaller
    # than what had been spent and held of it by then.
    Column("limit_nanousd", BigInteger),
    Column("wanted_nanousd", BigInteger, nullable=False),
    _spent("posted_nanousd"),
    Column(
        "held_nanousd",
        BigInteger,
        CheckConstraint("held_nanousd >= 0", name="held_nanousd"),
        nullable=False,
        server_default=text("0"),
    ),
    _spent("overage_nanousd"),
    Column("alert_percents", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    # When somebody last found too little here: those who hold what they do not need give it back.
    Column("missed_at", DateTime(timezone=True)),
    within_organisation("budget_id", "budget", on_delete="CASCADE"),
    UniqueConstraint("organisation_id", "id"),
    CheckConstraint("posted_nanousd + held_nanousd <= limit_nanousd", name="within_limit"),
    Index(None, "budget_id"),
)

leases = Table(
    "budget_lease",
    metadata,
    Column("window_id", UUID(as_uuid=True), nullable=False),
    Column("lessee", Text, nullable=False),
    organisation(),
    Column("amount_nanousd", BigInteger, CheckConstraint("amount_nanousd >= 0", name="amount_nanousd"), nullable=False),
    PrimaryKeyConstraint("window_id", "lessee"),
    within_organisation("window_id", "budget_window", on_delete="CASCADE"),
    Index(None, "lessee"),
)

lessees = Table(
    "budget_lessee",
    metadata,
    Column("lessee", Text, primary_key=True),
    _spent("number"),
    Column("answer", JSONB, nullable=False, server_default=text("'[]'")),
    Column("reported_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("closed_at", DateTime(timezone=True)),
    schema="platform",
)

alerts = Table(
    "budget_alert",
    metadata,
    Column("window_id", UUID(as_uuid=True), nullable=False),
    organisation(),
    Column("percent", Integer, nullable=False),
    Column("reached_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("told_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("window_id", "percent"),
    within_organisation("window_id", "budget_window", on_delete="CASCADE"),
)
