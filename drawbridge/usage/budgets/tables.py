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
    # Where it was changed: what holds until then. It stays when it is over, since windows are cut there.
    Column("period_before", JSONB(none_as_null=True)),
    Column("period_before_since", DateTime(timezone=True)),
    Column("period_changes_at", DateTime(timezone=True)),
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
    # What was approved for this window alone: `wanted_nanousd` is the budget's limit and this.
    _spent("extra_nanousd"),
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
    # Those who have confirmed it, of several; and what came of the others.
    Column("told", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("problem", Text, nullable=False, server_default=text("''")),
    Column("next_try_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("window_id", "percent"),
    within_organisation("window_id", "budget_window", on_delete="CASCADE"),
)

requests = Table(
    "budget_request",
    metadata,
    identifier(),
    organisation(),
    Column("budget_id", UUID(as_uuid=True), nullable=False),
    Column("holder_id", UUID(as_uuid=True)),
    # No reference: what somebody asked for stays in the list when they are gone.
    Column("principal_id", UUID(as_uuid=True), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("amount_nanousd", BigInteger, CheckConstraint("amount_nanousd > 0", name="amount_nanousd"), nullable=False),
    Column("reason", Text, nullable=False),
    Column(
        "state",
        Text,
        CheckConstraint("state in ('open', 'approved', 'refused')", name="state"),
        nullable=False,
        server_default=text("'open'"),
    ),
    created_at(),
    Column("decided_at", DateTime(timezone=True)),
    Column("decided_by", Text),
    Column("answer", Text, nullable=False, server_default=text("''")),
    within_organisation("budget_id", "budget", on_delete="CASCADE"),
    Index(
        "budget_request_open_idx",
        "budget_id",
        "principal_id",
        text("coalesce(holder_id, budget_id)"),
        unique=True,
        postgresql_where=text("state = 'open'"),
    ),
)
