"""Corrections: what vendors billed, beside what was booked, which is never changed."""

import sqlalchemy as sa
from alembic import op

from drawbridge.db.migrations.steps import ANY_ID, TIME, guard

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_FUNCTION = """
-- Enters what calls really cost: lines [[reference, attempt or null, provider, nano-dollars], ...].
-- For each attempt, what was booked is reversed and booked anew in a month that is open, and the budgets' windows
-- follow by the difference. What was billed for a call that nobody knows is in suspense, until it is entered again with
-- its attempt, by whatever source. What came before from the same source, for the same attempt or reference, changes
-- nothing.
-- Returns the id of the entering, by which its corrections are found.
create function platform.correct_usage(
  wanted_organisation uuid, wanted_source text, wanted_reason text, wanted_actor text, lines jsonb) returns uuid
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  entering uuid := gen_random_uuid();
begin
  -- Nobody closes a month meanwhile, and the corrections of one organisation come one after another.
  perform pg_advisory_xact_lock_shared(hashtext('drawbridge ledger periods'));
  perform pg_advisory_xact_lock(hashtext('drawbridge corrections'), hashtext(wanted_organisation::text));

  insert into usage_correction (id, organisation_id, entering_id, source, reference, attempt_id, provider, number,
      cost_before_nanousd, cost_after_nanousd, reason, actor)
    select gen_random_uuid(), wanted_organisation, entering, wanted_source, l ->> 0, e.attempt_id,
      coalesce(e.provider, l ->> 2), coalesce(last.number, 0) + 1,
      case when last.number is null then e.cost_nanousd else last.cost_after_nanousd end, (l ->> 3)::bigint,
      wanted_reason, wanted_actor
    from jsonb_array_elements(lines) l
      left join usage_event e on e.attempt_id = (l ->> 1)::uuid and e.organisation_id = wanted_organisation
      left join lateral (
        select c.number, c.cost_after_nanousd from usage_correction c where c.attempt_id = e.attempt_id
        order by c.number desc limit 1) last on true
    on conflict do nothing;

  with figures as materialized (
    select f.*, gen_random_uuid() as reversal, gen_random_uuid() as correction,
      platform.open_month(wanted_organisation, happened) as month
    from platform.corrected_figures(wanted_organisation, entering) f
    where before <> after or unknown_before <> 0
  ), transactions as (
    insert into ledger_transaction (id, organisation_id, kind, month, attempt_id, reason)
      select reversal, wanted_organisation, 'reversal', month, attempt_id, wanted_reason from figures
        where before <> 0 or unknown_before <> 0
      union all
      select correction, wanted_organisation, 'correction', month, attempt_id, wanted_reason from figures
        where after <> 0
  ), entries as (
    select reversal as id, 'cost_centre' as account, centre as name, above_before - before as amount from figures
    union all select reversal, 'overage', centre, - above_before from figures
    union all select reversal, 'suspense', centre, - unknown_before from figures
    union all select reversal, 'vendor_payable', provider, before + unknown_before from figures
    union all select correction, 'cost_centre', centre, after - above_after from figures
    union all select correction, 'overage', centre, above_after from figures
    union all select correction, 'vendor_payable', provider, - after from figures
  )
  insert into ledger_entry (transaction_id, organisation_id, account, name, amount_nanousd)
    select id, wanted_organisation, account, name, amount from entries where amount <> 0;

  -- Calls that nobody knows; and those of which it has come out since whose they are.
  with strange as materialized (
    select gen_random_uuid() as id, c.provider, c.cost_after_nanousd as cost, 'adjustment' as kind, c.reference
    from usage_correction c where c.entering_id = entering and c.attempt_id is null and c.cost_after_nanousd <> 0
    union all
    -- Whatever source said so, and however the attempt is named now; once, since the reversal bears its id.
    select distinct known.id, known.provider, - known.cost_after_nanousd, 'reversal', known.reference
    from usage_correction c join usage_event e on e.attempt_id = c.attempt_id
      join usage_correction known on known.organisation_id = wanted_organisation and known.provider = e.provider
        and known.reference in (c.reference, e.provider_request_id, e.attempt_id::text) and known.attempt_id is null
    where c.entering_id = entering and known.cost_after_nanousd <> 0
      and not exists (select from ledger_transaction t where t.id = known.id)
  ), transactions as (
    insert into ledger_transaction (id, organisation_id, kind, month, reason)
      select id, wanted_organisation, kind,
        platform.open_month(wanted_organisation, date_trunc('month', now() at time zone 'UTC')::date),
        wanted_source || ' ' || reference from strange
  )
  insert into ledger_entry (transaction_id, organisation_id, account, name, amount_nanousd)
    select id, wanted_organisation, 'suspense', '', cost from strange
    union all select id, wanted_organisation, 'vendor_payable', provider, - cost from strange;

  perform platform.add_up_corrections(wanted_organisation, entering);
  perform platform.follow_corrections(wanted_organisation, entering);
  return entering;
end $$;

-- What stands in the ledger of each attempt that is corrected by one entering, and what is to stand there.
-- `counted` is what its hard windows have counted of it: with what it may have come to, where nobody saw the end.
create function platform.corrected_figures(wanted_organisation uuid, entering uuid) returns table (
  attempt_id uuid, happened date, centre text, provider text, windows uuid[], before bigint, after bigint,
  above_before bigint, above_after bigint, unknown_before bigint, counted bigint)
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select e.attempt_id, date_trunc('month', e.started_at at time zone 'UTC')::date,
    coalesce('project:' || e.project_id, 'team:' || e.team_id, ''), e.provider, e.windows,
    f.before, c.cost_after_nanousd,
    case when e.outcome = 'lost' and c.number = 1 then 0 else greatest(f.before - e.held_nanousd, 0) end,
    greatest(c.cost_after_nanousd - e.held_nanousd, 0),
    case when c.number = 1 then coalesce(e.suspense_nanousd, 0) else 0 end,
    case
      when c.number = 1 and (e.outcome = 'lost' or e.cost_nanousd is null)
        then greatest(coalesce(e.held_nanousd, 0), f.before)
      when c.number = 1 then f.before + coalesce(e.suspense_nanousd, 0)
      else f.before
    end
  from usage_correction c
    join usage_event e on e.attempt_id = c.attempt_id
    cross join lateral (select coalesce(c.cost_before_nanousd, 0) as before) f
  where c.organisation_id = wanted_organisation and c.entering_id = entering
$$;

-- By how much one entering changes what is added up for each hour and the dimensions of its events.
create function platform.corrected_totals(wanted_organisation uuid, entering uuid) returns table (
  hour timestamptz, dimensions bytea, cost bigint, overage bigint, unpriced bigint)
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select date_trunc('hour', e.started_at, 'UTC'),
    substr(sha256(convert_to(jsonb_build_array(e.principal_id, e.key_id, e.project_id, e.team_id, e.product, e.model,
      e.deployment, e.provider, e.client, e.outcome)::text, 'UTF8')), 1, 16),
    sum(f.after - f.before)::bigint, sum(f.above_after - f.above_before)::bigint,
    - count(*) filter (where c.cost_before_nanousd is null)
  from platform.corrected_figures(wanted_organisation, entering) f
    join usage_event e on e.attempt_id = f.attempt_id
    join usage_correction c on c.attempt_id = f.attempt_id and c.entering_id = entering
  group by 1, 2
$$;

-- Hours before days, each in their order, as booking does: nobody waits for somebody who waits for him.
create function platform.add_up_corrections(wanted_organisation uuid, entering uuid) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform from usage_hour h join platform.corrected_totals(wanted_organisation, entering) t
    on h.organisation_id = wanted_organisation and h.hour = t.hour and h.dimensions = t.dimensions
    order by h.hour, h.dimensions for update of h;
  update usage_hour h
    set cost_nanousd = h.cost_nanousd + t.cost, overage_nanousd = h.overage_nanousd + t.overage,
      unpriced = h.unpriced + t.unpriced
    from platform.corrected_totals(wanted_organisation, entering) t
    where h.organisation_id = wanted_organisation and h.hour = t.hour and h.dimensions = t.dimensions;

  perform from usage_day d join platform.corrected_totals(wanted_organisation, entering) t
    on d.organisation_id = wanted_organisation and d.day = date_trunc('day', t.hour, 'UTC')
      and d.dimensions = t.dimensions
    order by d.day, d.dimensions for update of d;
  update usage_day d
    set cost_nanousd = d.cost_nanousd + t.cost, overage_nanousd = d.overage_nanousd + t.overage,
      unpriced = d.unpriced + t.unpriced
    from (
      select date_trunc('day', hour, 'UTC') as day, dimensions, sum(cost)::bigint as cost,
        sum(overage)::bigint as overage, sum(unpriced)::bigint as unpriced
      from platform.corrected_totals(wanted_organisation, entering) group by 1, 2) t
    where d.organisation_id = wanted_organisation and d.day = t.day and d.dimensions = t.dimensions;
end $$;

-- What comes on top counts within the limit as far as there is room, and is overage beyond; what falls away comes off
-- the overage first, so that no budget has room again before it has made good what was too much.
create function platform.follow_corrections(wanted_organisation uuid, entering uuid) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  ids uuid[];
  hard bigint[];
  soft bigint[];
begin
  select array_agg(w order by w), array_agg(by_hard order by w), array_agg(by_soft order by w) into ids, hard, soft
    from (
      select w, sum(after - counted)::bigint as by_hard, sum(after - before)::bigint as by_soft
      from platform.corrected_figures(wanted_organisation, entering), unnest(windows) w group by w) changes;
  if ids is null then
    return;
  end if;
  perform from budget_window where id = any (ids) order by id for update;
  update budget_window w
    set posted_nanousd = w.posted_nanousd + x.posted, overage_nanousd = w.overage_nanousd + x.overage,
      limit_nanousd = case when w.limit_nanousd is not null
        then greatest(w.wanted_nanousd, w.posted_nanousd + x.posted + w.held_nanousd) end
    from (
      select now.id, case when now.limit_nanousd is null then c.soft else c.hard - o.overage end as posted, o.overage
      from unnest(ids, hard, soft) as c (id, hard, soft) join budget_window now on now.id = c.id
        cross join lateral (select case
          when now.limit_nanousd is null then 0
          when c.hard < 0 then - least(- c.hard, now.overage_nanousd)
          else greatest(c.hard - (now.limit_nanousd - now.posted_nanousd - now.held_nanousd), 0)
          end as overage) o
    ) x where w.id = x.id;
  insert into budget_alert (window_id, organisation_id, percent)
    select w.id, w.organisation_id, percent from budget_window w, unnest(w.alert_percents) percent
    where w.id = any (ids) and w.posted_nanousd + w.overage_nanousd >= w.wanted_nanousd::numeric * percent / 100
    on conflict do nothing;
end $$;

-- Moves a month on: open to closing, while what is late may still come; closing to closed, for good.
create function platform.change_period(wanted_organisation uuid, wanted_month date, wanted_state text) returns boolean
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  present text;
begin
  -- What is being booked in it is booked first.
  perform pg_advisory_xact_lock(hashtext('drawbridge ledger periods'));
  select state into present from ledger_period where organisation_id = wanted_organisation and month = wanted_month;
  present := coalesce(present, 'open');
  if (present, wanted_state) not in (('open', 'closing'), ('closing', 'open'), ('closing', 'closed')) then
    return false;
  end if;
  insert into ledger_period (organisation_id, month, state) values (wanted_organisation, wanted_month, wanted_state)
    on conflict (organisation_id, month) do update set state = excluded.state, changed_at = now();
  return true;
end $$;

revoke all on function platform.correct_usage(uuid, text, text, text, jsonb) from public;
revoke all on function platform.corrected_figures(uuid, uuid) from public;
revoke all on function platform.corrected_totals(uuid, uuid) from public;
revoke all on function platform.add_up_corrections(uuid, uuid) from public;
revoke all on function platform.follow_corrections(uuid, uuid) from public;
revoke all on function platform.change_period(uuid, date, text) from public;
grant execute on function platform.correct_usage(uuid, text, text, text, jsonb) to drawbridge_app;
grant execute on function platform.corrected_figures(uuid, uuid) to drawbridge_app;
grant execute on function platform.corrected_totals(uuid, uuid) to drawbridge_app;
grant execute on function platform.add_up_corrections(uuid, uuid) to drawbridge_app;
grant execute on function platform.follow_corrections(uuid, uuid) to drawbridge_app;
grant execute on function platform.change_period(uuid, date, text) to drawbridge_app;
"""


def upgrade() -> None:
    op.create_table(
        "usage_correction",
        sa.Column("id", ANY_ID, primary_key=True),
        # No reference, as with events: what was booked stays booked.
        sa.Column("organisation_id", ANY_ID, nullable=False),
        sa.Column("entering_id", ANY_ID, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        # None: a call that nobody knows.
        sa.Column("attempt_id", ANY_ID),
        sa.Column("provider", sa.Text, nullable=False),
        # Which one of its attempt, from 1 on: the last one is what holds.
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("cost_before_nanousd", sa.BigInteger),
        sa.Column("cost_after_nanousd", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("booked_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("cost_after_nanousd >= 0", name="usage_correction_cost_after_nanousd_check"),
    )
    op.create_index(
        "usage_correction_attempt_id_source_idx",
        "usage_correction",
        ["attempt_id", "source"],
        unique=True,
        postgresql_where=sa.text("attempt_id is not null"),
    )
    op.create_index(
        "usage_correction_organisation_id_provider_reference_source_idx",
        "usage_correction",
        ["organisation_id", "provider", "reference", "source"],
        unique=True,
        postgresql_where=sa.text("attempt_id is null"),
    )
    op.create_index("usage_correction_entering_id_idx", "usage_correction", ["entering_id"])
    guard("usage_correction", app="select, insert")
    op.execute(
        "create trigger only_grows before update or delete or truncate on usage_correction"
        " for each statement execute function platform.refuse_entry_change()"
    )
    op.execute("grant update (posted_nanousd, overage_nanousd) on budget_window to drawbridge_app")
    op.execute("grant insert on budget_alert to drawbridge_app")
    for grain in ("hour", "day"):
        op.execute(f"grant update (cost_nanousd, overage_nanousd, unpriced) on usage_{grain} to drawbridge_app")
    op.execute(_FUNCTION)
