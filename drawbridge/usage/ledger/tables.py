"""The tables of the ledger: periods, transactions, entries that sum to zero in each, and corrections."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
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
from sqlalchemy.dialects.postgresql import UUID

from drawbridge.db.schema import metadata, organisation, within_organisation

periods = Table(
    "ledger_period",
    metadata,
    organisation(),
    Column("month", Date, CheckConstraint("extract(day from month) = 1", name="month"), nullable=False),
    Column("state", Text, CheckConstraint("state in ('open', 'closing', 'closed')", name="state"), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("organisation_id", "month"),
)

transactions = Table(
    "ledger_transaction",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # No reference, as with events: what was booked stays booked.
    Column("organisation_id", UUID(as_uuid=True), nullable=False),
    Column(
        "kind",
        Text,
        CheckConstraint("kind in ('usage', 'reversal', 'correction', 'adjustment')", name="kind"),
        nullable=False,
    ),
    Column("month", Date, nullable=False),
    Column("attempt_id", UUID(as_uuid=True)),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("booked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("organisation_id", "id"),
    Index(None, "organisation_id", "month"),
    Index(None, "attempt_id", postgresql_where=text("attempt_id is not null")),
)

ACCOUNTS = (
    "vendor_payable",
    "cost_centre",
    "customer_receivable",
    "markup",
    "credit",
    "suspense",
    "overage",
    "variance",
)

entries = Table(
    "ledger_entry",
    metadata,
    Column("transaction_id", UUID(as_uuid=True), nullable=False),
    Column("organisation_id", UUID(as_uuid=True), nullable=False),
    Column(
        "account",
        Text,
        CheckConstraint(f"account in ({', '.join(repr(name) for name in ACCOUNTS)})", name="account"),
        nullable=False,
    ),
    Column("name", Text, nullable=False),
    Column("amount_nanousd", BigInteger, nullable=False),
    PrimaryKeyConstraint("transaction_id", "account", "name"),
    within_organisation("transaction_id", "ledger_transaction"),
    Index(None, "organisation_id", "account", "name"),
)

corrections = Table(
    "usage_correction",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("organisation_id", UUID(as_uuid=True), nullable=False),
    # What was entered together has one.
    Column("entering_id", UUID(as_uuid=True), nullable=False),
    Column("source", Text, nullable=False),
    Column("reference", Text, nullable=False),
    # None: a call that nobody knows.
    Column("attempt_id", UUID(as_uuid=True)),
    Column("provider", Text, nullable=False),
    # Which one of its attempt, from 1 on: the last one is what holds.
    Column("number", Integer, nullable=False),
    Column("cost_before_nanousd", BigInteger),
    Column(
        "cost_after_nanousd",
        BigInteger,
        CheckConstraint("cost_after_nanousd >= 0", name="cost_after_nanousd"),
        nullable=False,
    ),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("booked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(None, "attempt_id", "source", unique=True, postgresql_where=text("attempt_id is not null")),
    Index(
        None,
        "organisation_id",
        "provider",
        "reference",
        "source",
        unique=True,
        postgresql_where=text("attempt_id is null"),
    ),
    Index(None, "entering_id"),
)
