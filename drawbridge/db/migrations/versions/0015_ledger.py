"""The ledger: usage events by month, double entries whose transactions sum to zero, periods that close."""

import sqlalchemy as sa
from alembic import op

from drawbridge.db.migrations.steps import ANY_ID, TIME, guard, organisation, within

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MONTHS = """
create function platform.first_id_at(at timestamptz) returns uuid
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the tables for the months around now, and takes over what came for them when they were not there.
create function platform.make_usage_months() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  this_month timestamptz := date_trunc('month', now(), 'UTC');
  begins timestamptz;
  ends timestamptz;
  month text;
begin
  if to_regclass('platform.usage_event_' || to_char((this_month + interval '2 months') at time zone 'UTC', 'YYYY_MM'))
    is not null then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtext('drawbridge usage months'));
  for ahead in 0..2 loop
    begins := (this_month at time zone 'UTC' + make_interval(months => ahead)) at time zone 'UTC';
    ends := (this_month at time zone 'UTC' + make_interval(months => ahead + 1)) at time zone 'UTC';
    month := 'usage_event_' || to_char(begins at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass('platform.' || month) is not null;
    execute format('create table platform.%I (like public.usage_event including defaults)', month);
    execute format('alter table platform.%I enable row level security', month);
    lock table public.usage_event in share row exclusive mode;
    execute format(
      'with taken as (delete from platform.usage_event_other where attempt_id >= %L and attempt_id < %L returning *)'
      ' insert into platform.%I select * from taken',
      platform.first_id_at(begins), platform.first_id_at(ends), month);
    execute format(
      'alter table public.usage_event attach partition platform.%I for values from (%L) to (%L)',
      month, platform.first_id_at(begins), platform.first_id_at(ends));
  end loop;
end $$;

revoke all on function platform.first_id_at(timestamptz) from public;
revoke all on function platform.make_usage_months() from public;
grant execute on function platform.make_usage_months() to drawbridge_system;
"""

_BALANCE = """
-- As whoever writes: the owner sees no row of any organisation, and would find everything in balance.
create function platform.require_balance() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare total numeric;
begin
  select sum(amount_nanousd) into total from public.ledger_entry where transaction_id = new.transaction_id;
  if total is distinct from 0 then
    raise exception 'ledger transaction % does not sum to zero: %', new.transaction_id, total using errcode = '23514';
  end if;
  return null;
end $$;

create function platform.refuse_entry_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the ledger only grows: % of % is refused; enter a correction', lower(tg_op), tg_table_name
    using errcode = '42501';
end $$;

-- What comes for a month that is closed belongs to the first open one from now on.
create function platform.open_month(wanted_organisation uuid, month date) returns date
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select case
    when not exists (
      select from public.ledger_period p
      where p.organisation_id = wanted_organisation and p.month = $2 and p.state = 'closed') then $2
    else greatest(
      date_trunc('month', now() at time zone 'UTC')::date,
      (select (max(p.month) + interval '1 month')::date from public.ledger_period p
       where p.organisation_id = wanted_organisation and p.state = 'closed'))
    end
$$;

create function platform.require_open_month() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if platform.open_month(new.organisation_id, new.month) <> new.month then
    raise exception 'the month % of the ledger is closed: book in an open one', new.month using errcode = '23514';
  end if;
  return new;
end $$;

revoke all on function platform.require_balance() from public;
revoke all on function platform.refuse_entry_change() from public;
revoke all on function platform.open_month(uuid, date) from public;
revoke all on function platform.require_open_month() from public;
grant execute on function platform.open_month(uuid, date) to drawbridge_system, drawbridge_app;
"""


def upgrade() -> None:
    _split_events_by_month()
    _make_periods()
    _make_entries()
    _only_grow_in_balance()
    # Of a response in the background: the attempt that is corrected when its end is known.
    op.add_column("vendor_object", sa.Column("attempt_id", ANY_ID))


def _split_events_by_month() -> None:
    op.execute(
        "alter table usage_event add column project_id uuid, add column team_id uuid,"
        " add column held_nanousd bigint, add column suspense_nanousd bigint, add column windows uuid[]"
    )
    op.execute("alter table usage_event rename to usage_event_before")
    op.execute("alter table usage_event_before rename constraint usage_event_pkey to usage_event_before_pkey")
    op.execute("drop index usage_event_organisation_id_attempt_id_idx, usage_event_organisation_id_session_id_idx")
    # The time is in the first bits of an id (RFC 9562, version 7), so the key that keeps an event unique forever is
    # the key by which the months are told apart, too.
    op.execute("create table usage_event (like usage_event_before including defaults) partition by range (attempt_id)")
    op.execute("alter table usage_event add constraint usage_event_pkey primary key (attempt_id)")
    op.create_index("usage_event_organisation_id_attempt_id_idx", "usage_event", ["organisation_id", "attempt_id"])
    op.create_index(
        "usage_event_organisation_id_session_id_idx",
        "usage_event",
        ["organisation_id", "session_id"],
        postgresql_where=sa.text("session_id is not null"),
    )
    op.execute("create table platform.usage_event_other partition of usage_event default")
    op.execute("alter table platform.usage_event_other enable row level security")
    guard("usage_event", app="select")
    op.execute("grant insert on usage_event to drawbridge_system")
    op.execute(_MONTHS)
    op.execute("select platform.make_usage_months()")
    # The owner, too, sees nothing under forced row-level security.
    op.execute("alter table usage_event_before no force row level security")
    op.execute("alter table usage_event no force row level security")
    op.execute("insert into usage_event select * from usage_event_before")
    op.execute("alter table usage_event force row level security")
    op.execute("drop table usage_event_before")
    op.execute("drop table platform.usage_stage")
    # Rows come and go with every batch: what is dead must not wait for a share of the table to die.
    op.execute(
        "create unlogged table platform.usage_stage (like usage_event)"
        " with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)"
    )
    op.execute("alter table platform.usage_stage alter booked_at drop not null")
    op.execute("grant select, insert, delete on platform.usage_stage to drawbridge_system")


def _make_periods() -> None:
    op.create_table(
        "ledger_period",
        organisation(),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("organisation_id", "month"),
        sa.CheckConstraint("state in ('open', 'closing', 'closed')", name="ledger_period_state_check"),
        sa.CheckConstraint("extract(day from month) = 1", name="ledger_period_month_check"),
    )
    guard("ledger_period", app="select, insert, update")
    op.execute(_BALANCE)


def _make_entries() -> None:
    op.create_table(
        "ledger_transaction",
        sa.Column("id", ANY_ID, primary_key=True),
        # No reference, as with events: what was booked stays booked.
        sa.Column("organisation_id", ANY_ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("attempt_id", ANY_ID),
        sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("booked_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("organisation_id", "id"),
        sa.CheckConstraint(
            "kind in ('usage', 'reversal', 'correction', 'adjustment')", name="ledger_transaction_kind_check"
        ),
    )
    op.create_index("ledger_transaction_organisation_id_month_idx", "ledger_transaction", ["organisation_id", "month"])
    op.create_index(
        "ledger_transaction_attempt_id_idx",
        "ledger_transaction",
        ["attempt_id"],
        postgresql_where=sa.text("attempt_id is not null"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("transaction_id", ANY_ID, nullable=False),
        sa.Column("organisation_id", ANY_ID, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("amount_nanousd", sa.BigInteger, nullable=False),
        within("transaction_id", "ledger_transaction"),
        sa.PrimaryKeyConstraint("transaction_id", "account", "name"),
        sa.CheckConstraint(
            "account in ('vendor_payable', 'cost_centre', 'customer_receivable', 'markup', 'credit', 'suspense',"
            " 'overage', 'variance')",
            name="ledger_entry_account_check",
        ),
    )
    op.create_index(
        "ledger_entry_organisation_id_account_name_idx", "ledger_entry", ["organisation_id", "account", "name"]
    )


def _only_grow_in_balance() -> None:
    for table in ("ledger_transaction", "ledger_entry"):
        guard(table, app="select, insert")
        op.execute(f"grant insert on {table} to drawbridge_system")
        op.execute(
            f"create trigger only_grows before update or delete or truncate on {table}"
            " for each statement execute function platform.refuse_entry_change()"
        )
    op.execute(
        "create trigger is_open before insert on ledger_transaction"
        " for each row execute function platform.require_open_month()"
    )
    op.execute(
        "create constraint trigger balances after insert on ledger_entry deferrable initially deferred"
        " for each row execute function platform.require_balance()"
    )
