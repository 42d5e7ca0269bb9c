"""Budgets: what may be spent, what is spent and held of it, and what each worker has taken to spend from memory."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from drawbridge.db.migrations.steps import ANY_ID, TIME, decides_calls, guard, named_object, organisation, within

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_FUNCTIONS = """
-- A worker's request to take and give back headroom, done once however often it is sent: the answer to the last one
-- is kept, so that an answer which was lost on the way is given again.
--   given:  [[window, amount], ...]
--   wanted: [[[window, budget, holder, begins, ends, need], ...], ...], each all or nothing
-- Returns {"answers": for each wanted one {"granted": [[window, amount], ...]} or {"short": window, ...} where one has
-- not enough, "missed": [the windows of this lessee of which others lately found too little]}.
create function platform.exchange_leases(wanted_lessee text, number bigint, given jsonb, wanted jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  known platform.budget_lessee;
  demand jsonb;
  answers jsonb := '[]';
  ids uuid[];
  needs bigint[];
  new_of uuid[];
  short record;
  granted jsonb;
begin
  insert into platform.budget_lessee (lessee) values (wanted_lessee)
    on conflict (lessee) do update set reported_at = clock_timestamp();
  select * into known from platform.budget_lessee where lessee = wanted_lessee for update;
  if known.closed_at is not null then
    raise exception 'the leases of % were given back when it was taken for dead', wanted_lessee using errcode = '55000';
  end if;
  if number = known.number then
    return known.answer;
  elsif number < known.number then
    raise exception 'request % of % comes after %', number, wanted_lessee, known.number using errcode = '55000';
  end if;

  select array_agg(distinct (w ->> 1)::uuid) into new_of from jsonb_array_elements(wanted) d, jsonb_array_elements(d) w
    where not exists (select from budget_window there where there.id = (w ->> 0)::uuid);
  if new_of is not null then
    -- Whoever changes a budget changes the windows that are there: so no window is made while somebody does. What is
    -- locked is read again by the next statement, as it is then.
    perform from budget where id = any (new_of) order by id for share;
    insert into budget_window
        (id, organisation_id, budget_id, holder_id, begins, ends, limit_nanousd, wanted_nanousd, alert_percents)
      select distinct on ((w ->> 0)::uuid)
        (w ->> 0)::uuid, b.organisation_id, b.id, (w ->> 2)::uuid, (w ->> 3)::timestamptz, (w ->> 4)::timestamptz,
        case when b.is_hard then b.limit_nanousd end, b.limit_nanousd, b.alert_percents
      from jsonb_array_elements(wanted) d, jsonb_array_elements(d) w join budget b on b.id = (w ->> 1)::uuid
      where not exists (select from budget_window there where there.id = (w ->> 0)::uuid)
      order by 1
      on conflict do nothing;
  end if;

  -- In one order, whoever asks: nobody waits for somebody who waits for him.
  perform from budget_window where id in (
      select (g ->> 0)::uuid from jsonb_array_elements(given) g
      union
      select (w ->> 0)::uuid from jsonb_array_elements(wanted) d, jsonb_array_elements(d) w)
    order by id for update;

  with back as (
    select (g ->> 0)::uuid as window_id, sum((g ->> 1)::bigint)::bigint as amount
    from jsonb_array_elements(given) g group by 1
  ), leased as (
    update budget_lease l set amount_nanousd = l.amount_nanousd - back.amount
    from back where l.window_id = back.window_id and l.lessee = wanted_lessee
    returning l.window_id
  )
  update budget_window w
    set held_nanousd = w.held_nanousd - back.amount,
      limit_nanousd = case when w.limit_nanousd is not null
        then greatest(w.wanted_nanousd, w.posted_nanousd + w.held_nanousd - back.amount) end
  from back join leased using (window_id) where w.id = back.window_id;

  for demand in select * from jsonb_array_elements(wanted) loop
    select array_agg((w ->> 0)::uuid), array_agg((w ->> 5)::bigint) into ids, needs from jsonb_array_elements(demand) w;
    select w.id, w.limit_nanousd - w.posted_nanousd - w.held_nanousd as headroom,
        w.held_nanousd - coalesce(l.amount_nanousd, 0) as elsewhere, w.limit_nanousd - w.posted_nanousd as unspent,
        w.wanted_nanousd
      into short
      from unnest(ids, needs) as x (id, need) join budget_window w on w.id = x.id
      left join budget_lease l on l.window_id = w.id and l.lessee = wanted_lessee
      where x.need > 0 and w.limit_nanousd - w.posted_nanousd - w.held_nanousd < x.need
      order by unspent, w.id limit 1;
    if found then
      update budget_window set missed_at = clock_timestamp() where id = short.id;
      answers := answers || jsonb_build_array(jsonb_build_object(
        'short', short.id, 'headroom', short.headroom, 'elsewhere', short.elsewhere, 'unspent', short.unspent,
        'limit', short.wanted_nanousd));
      continue;
    end if;
    with taken as (
      update budget_window w
        set held_nanousd = w.held_nanousd + block.amount
      from (
        select before.id, greatest(x.need, least(before.wanted_nanousd / 100,
          (before.limit_nanousd - before.posted_nanousd - before.held_nanousd) / 16)) as amount
        from unnest(ids, needs) as x (id, need) join budget_window before on before.id = x.id
        where x.need > 0 and before.limit_nanousd is not null
      ) block
      where w.id = block.id
      returning w.id, w.organisation_id, block.amount
    ), leased as (
      insert into budget_lease (window_id, lessee, organisation_id, amount_nanousd)
        select id, wanted_lessee, organisation_id, amount from taken
      on conflict (window_id, lessee)
        do update set amount_nanousd = budget_lease.amount_nanousd + excluded.amount_nanousd
    )
    select coalesce(jsonb_agg(jsonb_build_array(id, amount)), '[]') into granted from taken;
    answers := answers || jsonb_build_array(jsonb_build_object('granted', granted));
  end loop;

  answers := jsonb_build_object('answers', answers, 'missed', (
    select coalesce(jsonb_agg(w.id), '[]') from budget_lease l join budget_window w on w.id = l.window_id
    where l.lessee = wanted_lessee and w.missed_at > clock_timestamp() - interval '2 seconds'));
  update platform.budget_lessee set number = exchange_leases.number, answer = answers, reported_at = clock_timestamp()
    where lessee = wanted_lessee;
  return answers;
end $$;

-- Gives back what is left of a dead worker's leases: when all that it left was booked, and not before.
create function platform.close_lessee(wanted_lessee text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update platform.budget_lessee set closed_at = coalesce(closed_at, clock_timestamp()) where lessee = wanted_lessee;
  perform from budget_window where id in (select window_id from budget_lease where lessee = wanted_lessee)
    order by id for update;
  with gone as (delete from budget_lease where lessee = wanted_lessee returning window_id, amount_nanousd)
  update budget_window w
    set held_nanousd = w.held_nanousd - gone.amount_nanousd,
      limit_nanousd = case when w.limit_nanousd is not null
        then greatest(w.wanted_nanousd, w.posted_nanousd + w.held_nanousd - gone.amount_nanousd) end
    from gone where w.id = gone.window_id;
end $$;

-- Books what was copied to the stage: each event once, its entries, and what it took of the budgets of its call.
-- `p` below is what counts against them: never more than was held, and of that also what a call may have come to whose
-- end nobody saw.
-- Returns the keys whose calls cost more than was held for them.
create function platform.book_usage(wanted_lessee text) returns table (frozen_organisation uuid, frozen_key uuid)
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  ids uuid[];
  within_hold bigint[];
  whole bigint[];
begin
  -- Nobody closes a month while events are booked in it.
  perform pg_advisory_xact_lock_shared(hashtext('drawbridge ledger periods'));

  with fresh as (
    insert into usage_event (__COLUMNS__) select __COLUMNS__ from platform.usage_stage
    on conflict (attempt_id) do nothing returning attempt_id
  )
  delete from platform.usage_stage s where not exists (select from fresh where fresh.attempt_id = s.attempt_id);

  with costs as (
    select organisation_id, date_trunc('month', started_at at time zone 'UTC')::date as happened,
      coalesce('project:' || project_id, 'team:' || team_id, '') as centre, provider,
      sum(coalesce(cost_nanousd, 0))::bigint as cost,
      sum(case when outcome <> 'lost' then greatest(cost_nanousd - held_nanousd, 0) else 0 end)::bigint as above,
      sum(coalesce(suspense_nanousd, 0))::bigint as unknown
    from platform.usage_stage where cost_nanousd <> 0 or suspense_nanousd > 0 group by 1, 2, 3, 4
  ), heads as materialized (
    select organisation_id, happened, gen_random_uuid() as id from costs group by 1, 2
  ), transactions as (
    insert into ledger_transaction (id, organisation_id, kind, month)
      select id, organisation_id, 'usage', platform.open_month(organisation_id, happened) from heads
  ), entries as (
    select organisation_id, happened, 'cost_centre' as account, centre as name, cost - above as amount from costs
    union all select organisation_id, happened, 'overage', centre, above from costs
    union all select organisation_id, happened, 'suspense', centre, unknown from costs
    union all select organisation_id, happened, 'vendor_payable', provider, - cost - unknown from costs
  )
  insert into ledger_entry (transaction_id, organisation_id, account, name, amount_nanousd)
    select id, organisation_id, account, name, sum(amount) from entries join heads using (organisation_id, happened)
    group by 1, 2, 3, 4 having sum(amount) <> 0 or account = 'vendor_payable';

  -- Event by event, so that it does not matter with which others one is booked: what one call cost above its hold
  -- must not vanish in what another did not use of its own.
  select array_agg(w order by w), array_agg(p order by w), array_agg(cost order by w) into ids, within_hold, whole
    from (
      select w, sum(p)::bigint as p,
        sum(case when b.limit_nanousd is null then cost else greatest(cost, p) end)::bigint as cost
      from platform.usage_stage
        cross join lateral (select coalesce(cost_nanousd, 0) as cost,
          case when outcome = 'lost' or cost_nanousd is null then coalesce(held_nanousd, 0)
            else least(cost_nanousd + coalesce(suspense_nanousd, 0), coalesce(held_nanousd, cost_nanousd)) end as p
        ) of_event
        cross join unnest(windows) w join budget_window b on b.id = w group by w) spent;
  if ids is not null then
    perform platform.spend(wanted_lessee, ids, within_hold, whole);
  end if;
  return query select distinct organisation_id, key_id from platform.usage_stage
    where outcome <> 'lost' and cost_nanousd > held_nanousd;
  delete from platform.usage_stage;
end $$;

-- Turns what was held into what is spent. Where more comes than is held and free, the rest is overage, outside of the
-- budget: posted + held <= limit stays true, whatever a vendor bills.
create function platform.spend(wanted_lessee text, ids uuid[], within_hold bigint[], whole bigint[]) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform from budget_window where id = any (ids) order by id for update;
  with spent as (
    select w.id, w.limit_nanousd is null as is_soft, x.whole,
      least(x.within_hold, coalesce(l.amount_nanousd, 0)) as taken,
      greatest(least(x.within_hold,
        w.limit_nanousd - w.posted_nanousd - w.held_nanousd + least(x.within_hold, coalesce(l.amount_nanousd, 0))), 0)
        as posted
    from unnest(ids, within_hold, whole) as x (id, within_hold, whole)
    join budget_window w on w.id = x.id
    left join budget_lease l on l.window_id = x.id and l.lessee = wanted_lessee
  ), leased as (
    update budget_lease l set amount_nanousd = l.amount_nanousd - spent.taken
    from spent where l.window_id = spent.id and l.lessee = wanted_lessee and spent.taken <> 0
  )
  update budget_window w
    set posted_nanousd = w.posted_nanousd + case when is_soft then spent.whole else spent.posted end,
      held_nanousd = w.held_nanousd - spent.taken,
      overage_nanousd = w.overage_nanousd + case when is_soft then 0 else greatest(spent.whole - spent.posted, 0) end,
      limit_nanousd = case when not is_soft then greatest(
        w.wanted_nanousd, w.posted_nanousd + spent.posted + w.held_nanousd - spent.taken) end
    from spent where w.id = spent.id;
  insert into budget_alert (window_id, organisation_id, percent)
    select w.id, w.organisation_id, percent from budget_window w, unnest(w.alert_percents) percent
    where w.id = any (ids) and w.posted_nanousd + w.overage_nanousd >= w.wanted_nanousd::numeric * percent / 100
    on conflict do nothing;
end $$;

revoke all on function platform.exchange_leases(text, bigint, jsonb, jsonb) from public;
revoke all on function platform.close_lessee(text) from public;
revoke all on function platform.book_usage(text) from public;
revoke all on function platform.spend(text, uuid[], bigint[], bigint[]) from public;
grant execute on function platform.exchange_leases(text, bigint, jsonb, jsonb) to drawbridge_system;
grant execute on function platform.close_lessee(text) to drawbridge_system;
grant execute on function platform.book_usage(text) to drawbridge_system;
grant execute on function platform.spend(text, uuid[], bigint[], bigint[]) to drawbridge_system;
"""

_COLUMNS = (
    "attempt_id, organisation_id, call_id, principal_id, key_id, project_id, team_id, streamed, started_at, status,"
    " input_tokens, input_cached_tokens, input_cache_write_5m_tokens, input_cache_write_1h_tokens, input_audio_tokens,"
    " input_image_tokens, output_tokens, output_reasoning_tokens, output_audio_tokens, output_image_tokens, estimated,"
    " cost_nanousd, held_nanousd, suspense_nanousd, time_to_first_byte_ms, duration_ms, product,"
    " operation, dialect, model, deployment,"
    " provider, upstream_model, outcome, session_id, client, price_id, provider_request_id, lost, windows"
)


def upgrade() -> None:
    op.add_column("api_key", sa.Column("frozen_at", TIME))
    _make_budgets()
    _make_windows()
    _make_leases()
    op.execute(_FUNCTIONS.replace("__COLUMNS__", _COLUMNS))


def _make_budgets() -> None:
    op.create_table(
        "budget",
        *named_object(),
        # Whose calls it is for: `organisation`, or one of a kind by its id; with `each`, everyone of that kind has it
        # for themselves, within the subject.
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", ANY_ID),
        sa.Column("each", sa.Text),
        sa.Column("models", ARRAY(sa.Text)),
        sa.Column("products", ARRAY(sa.Text)),
        sa.Column("limit_nanousd", sa.BigInteger, nullable=False),
        sa.Column("is_hard", sa.Boolean, nullable=False),
        sa.Column("period", JSONB, nullable=False),
        # Where it was changed: what holds until then. It stays when it is over, since windows are cut there.
        sa.Column("period_before", JSONB),
        sa.Column("period_before_since", TIME),
        sa.Column("period_changes_at", TIME),
        sa.Column("at_end", JSONB, nullable=False),
        sa.Column("alerts", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("alert_percents", ARRAY(sa.Integer), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("owner_id", ANY_ID),
        sa.CheckConstraint("limit_nanousd >= 0", name="budget_limit_nanousd_check"),
    )
    decides_calls("budget")
    # To lock a row while a window is made from it takes the right to change some column; nobody changes this one.
    op.execute("grant update (id) on budget to drawbridge_system")


def _make_windows() -> None:
    op.create_table(
        "budget_window",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("budget_id", ANY_ID, nullable=False),
        sa.Column("holder_id", ANY_ID),
        sa.Column("begins", TIME, nullable=False),
        sa.Column("ends", TIME),
        # None where the budget is soft: then it only counts. It is above what is wanted where a budget was made
        # smaller than what had been spent and held of it by then.
        sa.Column("limit_nanousd", sa.BigInteger),
        sa.Column("wanted_nanousd", sa.BigInteger, nullable=False),
        sa.Column("posted_nanousd", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("held_nanousd", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("overage_nanousd", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("alert_percents", ARRAY(sa.Integer), nullable=False, server_default=sa.text("'{}'")),
        # When somebody last found too little here: those who hold what they do not need give it back.
        sa.Column("missed_at", TIME),
        within("budget_id", "budget", on_delete="CASCADE"),
        sa.UniqueConstraint("organisation_id", "id"),
        sa.CheckConstraint("posted_nanousd + held_nanousd <= limit_nanousd", name="budget_window_within_limit_check"),
        sa.CheckConstraint("held_nanousd >= 0", name="budget_window_held_nanousd_check"),
    )
    op.create_index("budget_window_budget_id_idx", "budget_window", ["budget_id"])
    guard("budget_window", app="select")
    op.execute("grant insert, update on budget_window to drawbridge_system")
    # What an administrator changes of a budget holds for its windows too.
    op.execute("grant update (limit_nanousd, wanted_nanousd, alert_percents, ends) on budget_window to drawbridge_app")


def _make_leases() -> None:
    op.create_table(
        "budget_lease",
        sa.Column("window_id", ANY_ID, nullable=False),
        sa.Column("lessee", sa.Text, nullable=False),
        organisation(),
        sa.Column("amount_nanousd", sa.BigInteger, nullable=False),
        within("window_id", "budget_window", on_delete="CASCADE"),
        sa.PrimaryKeyConstraint("window_id", "lessee"),
        sa.CheckConstraint("amount_nanousd >= 0", name="budget_lease_amount_nanousd_check"),
    )
    op.create_index("budget_lease_lessee_idx", "budget_lease", ["lessee"])
    guard("budget_lease", app="select")
    op.execute("grant insert, update, delete on budget_lease to drawbridge_system")
    op.create_table(
        "budget_lessee",
        sa.Column("lessee", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("answer", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("reported_at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("closed_at", TIME),
        schema="platform",
    )
    op.execute("grant select, insert, update, delete on platform.budget_lessee to drawbridge_system")
    op.create_table(
        "budget_alert",
        sa.Column("window_id", ANY_ID, nullable=False),
        organisation(),
        sa.Column("percent", sa.Integer, nullable=False),
        sa.Column("reached_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("told_at", TIME),
        within("window_id", "budget_window", on_delete="CASCADE"),
        sa.PrimaryKeyConstraint("window_id", "percent"),
    )
    guard("budget_alert", app="select")
    op.execute("grant insert, update on budget_alert to drawbridge_system")
