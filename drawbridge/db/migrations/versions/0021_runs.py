"""Runs with their journal, and the durable queue by which workers hear of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from drawbridge.db.migrations.queue_schema import bring_queue_up
from drawbridge.db.migrations.steps import ANY_ID, TIME, created_at, guard, organisation, within

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ENQUEUE = """
-- Asks for a task to be done, once this transaction is committed. While one of the same `once` waits, it is enough: it
-- is due now, even where it was to be tried again later.
create function work.enqueue_for(organisation uuid, task text, about jsonb, once text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform work.procrastinate_defer_jobs_v1(array[row(
    task, task, 0, null, once, about || jsonb_build_object('organisation_id', organisation), null
  )::work.procrastinate_job_to_defer_v1]);
exception when unique_violation then
  update work.procrastinate_jobs j set scheduled_at = null
    where j.queueing_lock = once and j.status = 'todo' and j.scheduled_at > now();
end $$;

-- The same for an organisation's own transactions, which see nothing of the queue: always for themselves.
create function work.enqueue(task text, about jsonb, once text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform work.enqueue_for(current_setting('drawbridge.org')::uuid, task, about, once);
end $$;

revoke all on function work.enqueue_for(uuid, text, jsonb, text) from public;
revoke all on function work.enqueue(text, jsonb, text) from public;
grant execute on function work.enqueue_for(uuid, text, jsonb, text) to drawbridge_system;
grant execute on function work.enqueue(text, jsonb, text) to drawbridge_app;
"""

_APPEND = """
-- Appends events to journals, of many runs at once. Only who holds a run's lease may, and only behind the event that
-- it knows as the last: so numbers have no gaps, and what is sent again after a lost answer is there once.
--   batch: [{"run", "lease", "after", "events": [{"kind", "data"}, ...]}, ...], a run at most once
-- Returns for each run `appended`, `known` where all of it was there already, or `lost`. Tells readers on the channel
-- drawbridge_runs: the writer's name, then `run:number` for each run, about as many as a notification can hold.
create function platform.append_run_events(batch jsonb, writer text, told_at timestamptz)
  returns table (id uuid, result text)
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  told text := '';
  one record;
begin
  for one in
    with wanted as materialized (
      select w.run, w.lease, w.after, w.events, jsonb_array_length(w.events) as many
      from jsonb_to_recordset(batch) as w (run uuid, lease uuid, after bigint, events jsonb)
    ), mine as materialized (
      -- In the order of all who lock several.
      select r.id, r.organisation_id, r.number, r.ended_at
      from run r join wanted w on r.id = w.run and r.lease = w.lease order by r.id for update of r
    ), judged as materialized (
      select w.run, w.events, w.many, m.organisation_id, m.number,
        case
          when m.id is null then 'lost'
          when m.number = w.after + w.many then 'known'
          when m.ended_at is not null or m.number <> w.after then 'lost'
          else 'appended'
        end as result
      from wanted w left join mine m on m.id = w.run
    ), added as (
      insert into run_event (organisation_id, run_id, number, kind, data, at)
        select j.organisation_id, j.run, j.number + e.place, e.event ->> 'kind', e.event -> 'data', told_at
        from judged j, jsonb_array_elements(j.events) with ordinality as e (event, place)
        where j.result = 'appended'
    ), moved as (
      update run r set number = j.number + j.many from judged j where r.id = j.run and j.result = 'appended'
    )
    select j.run, j.result, j.number + j.many as last from judged j
  loop
    id := one.run;
    result := one.result;
    if one.result = 'appended' then
      told := told || ' ' || one.run || ':' || one.last;
      if length(told) > 7000 then
        perform pg_notify('drawbridge_runs', writer || told);
        told := '';
      end if;
    end if;
    return next;
  end loop;
  if told <> '' then
    perform pg_notify('drawbridge_runs', writer || told);
  end if;
end $$;
revoke all on function platform.append_run_events(jsonb, text, timestamptz) from public;
grant execute on function platform.append_run_events(jsonb, text, timestamptz) to drawbridge_app, drawbridge_system;
"""


def upgrade() -> None:
    op.execute("create schema work")
    bring_queue_up()
    op.execute("grant usage on schema work to drawbridge_app, drawbridge_system")
    op.execute(_ENQUEUE)
    _make_runs()
    _make_events()
    op.execute(_APPEND)


def _make_runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("principal_id", ANY_ID, nullable=False),
        sa.Column("project_id", ANY_ID),
        # Whose turn it is, and what the product knows it by.
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text),
        sa.Column("input", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("state", sa.Text, nullable=False, server_default="queued"),
        # The number of its last event.
        sa.Column("number", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        # Who works on it, and until when at least. Without a holder: by when somebody must have taken it.
        sa.Column("lease", ANY_ID),
        sa.Column("leased_until", TIME, nullable=False),
        sa.Column("times_taken", sa.Integer, nullable=False, server_default=sa.text("0")),
        created_at(),
        sa.Column("cancel_asked_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("failure", sa.Text),
        sa.Column("input_tokens", sa.BigInteger),
        sa.Column("output_tokens", sa.BigInteger),
        sa.Column("cost_nanousd", sa.BigInteger),
        within("principal_id", "principal", on_delete="CASCADE"),
        sa.UniqueConstraint("organisation_id", "id"),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'completed', 'failed', 'cancelled')", name="run_state_check"
        ),
        sa.CheckConstraint(
            "(ended_at is not null) = (state in ('completed', 'failed', 'cancelled'))", name="run_ended_at_check"
        ),
    )
    op.create_index("run_organisation_id_principal_id_idx", "run", ["organisation_id", "principal_id"])
    op.execute("create index run_leased_until_idx on run (leased_until) where ended_at is null")
    # The row changes with each group of events: there is room for that on its page.
    op.execute("alter table run set (fillfactor = 50)")
    guard("run", app="select, insert, update, delete")
    op.execute("grant update on run to drawbridge_system")


def _make_events() -> None:
    op.create_table(
        "run_event",
        sa.Column("run_id", ANY_ID, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        organisation(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("at", TIME, nullable=False),
        within("run_id", "run", on_delete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number"),
        sa.CheckConstraint("number > 0", name="run_event_number_check"),
    )
    guard("run_event", app="select, insert")
    op.execute("grant insert on run_event to drawbridge_system")
