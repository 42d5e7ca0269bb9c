"""Rate limits: what may be used in which time, the buckets that it is taken from, and what each worker has taken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from drawbridge.db.migrations.steps import ANY_ID, TIME, decides_calls, guard, named_object, organisation, within

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_FUNCTIONS = """
-- All of these look up a few rows by their keys: to read a whole table is never better, whatever is known of its size.

-- Fills buckets up to a time, by the limits as they are now. The rows must be locked.
-- A clock that went back fills nothing, and fills on from where it stands.
create function platform.fill_buckets(ids uuid[], at timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  update rate_bucket b
    set size = found.size, part = found.part,
      filled_at = case when at < b.filled_at then at else b.filled_at + found.elapsed_ms * interval '1 ms' end,
      level = case when b.measure = 'concurrency' then found.size - b.leased else least(
        trunc((b.level + least(found.elapsed_ms, 2 * b.part) * b.size)::numeric * found.part / b.part)::bigint,
        (found.size - b.leased) * found.part) end
  from (
    select there.id, coalesce(case there.measure when 'requests' then l.requests when 'tokens' then l.tokens
        else l.concurrency end, there.size) as size,
      coalesce(case there.measure when 'requests' then l.requests_per_ms when 'tokens' then l.tokens_per_ms
        else 1 end, there.part) as part,
      greatest(floor(extract(epoch from at - there.filled_at) * 1000), 0)::bigint as elapsed_ms
    from rate_bucket there join rate_limit l on l.id = there.limit_id where there.id = any (ids)
  ) found
  where b.id = found.id;
end $$;

-- `wanted_at` is the time; null for that of the database's clock.
-- A worker's request to tell what it used and to take more, done once however often it is sent: the answer to the
-- last one is kept, so that an answer which was lost on the way is given again.
--   returned: [[bucket, spent of what it leased, unused of it, used beside it (below zero: to be put back)], ...]
--   wanted:   [[[bucket, limit, measure, holder, need], ...], ...], each all or nothing
-- Returns {"answers": for each wanted one {"granted": [[bucket, amount, left], ...]} or {"short": bucket, ...},
-- "missed": [the buckets of which others lately found too little], "lapsed": whether all that it had leased is gone}.
create function platform.exchange_limits(
  wanted_lessee text, number bigint, returned jsonb, wanted jsonb, wanted_at timestamptz
) returns jsonb
language plpgsql set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  known platform.limit_lessee;
  at timestamptz := coalesce(wanted_at, clock_timestamp());
  has_lapsed boolean;
  involved uuid[];
  demand jsonb;
  ids uuid[];
  needs numeric[];
  stocked uuid[] := '{}';
  short record;
  granted jsonb;
  answers jsonb := '[]';
begin
  insert into platform.limit_lessee (lessee, reported_at) values (wanted_lessee, at) on conflict do nothing;
  select * into known from platform.limit_lessee where lessee = wanted_lessee for update;
  if number = known.number then
    return known.answer;
  elsif number < known.number then
    raise exception 'request % of % comes after %', number, wanted_lessee, known.number using errcode = '55000';
  end if;
  has_lapsed := at - known.reported_at > interval '60 seconds';

  insert into rate_bucket (id, organisation_id, limit_id, measure, holder_id, size, part, level, filled_at)
    select distinct on ((w ->> 0)::uuid) (w ->> 0)::uuid, l.organisation_id, l.id, w ->> 2, (w ->> 3)::uuid,
      x.size, x.part, x.size * x.part, at
    from jsonb_array_elements(wanted) d, jsonb_array_elements(d) w join rate_limit l on l.id = (w ->> 1)::uuid,
      lateral (select case w ->> 2 when 'requests' then l.requests when 'tokens' then l.tokens else l.concurrency end,
        case w ->> 2 when 'requests' then l.requests_per_ms when 'tokens' then l.tokens_per_ms else 1 end
      ) as x (size, part)
    where x.size is not null and not exists (select from rate_bucket there where there.id = (w ->> 0)::uuid)
    on conflict do nothing;

  -- In one order, whoever asks: nobody waits for somebody who waits for him.
  select array_agg(id) into involved from (
    select id from rate_bucket where id in (
        select (r ->> 0)::uuid from jsonb_array_elements(returned) r
        union
        select (w ->> 0)::uuid from jsonb_array_elements(wanted) d, jsonb_array_elements(d) w
        union
        select bucket_id from rate_lease where has_lapsed and lessee = wanted_lessee)
      order by id for update) locked;

  -- After all locks: else whoever waited would seem to come before those that he waited for.
  at := coalesce(wanted_at, clock_timestamp());
  -- Filled as far as they may be with what is still leased: what was used lately has its time still to come.
  perform platform.fill_buckets(involved, at);

  -- Of those who were not heard of for long: they use nothing of it any more.
  with gone as (
    delete from rate_lease l using platform.limit_lessee s
    where l.bucket_id = any (involved) and s.lessee = l.lessee
      and case when l.lessee = wanted_lessee then has_lapsed else at - s.reported_at > interval '120 seconds' end
    returning l.bucket_id, l.amount
  )
  update rate_bucket b
    set leased = b.leased - g.amount, level = b.level + case when b.measure = 'concurrency' then g.amount else 0 end
  from (select bucket_id, sum(amount)::bigint as amount from gone group by 1) g where b.id = g.bucket_id;

  with told as (
    -- What was used is what vendors say, and they may say anything: no number is too large here.
    select (r ->> 0)::uuid as id, (r ->> 1)::numeric as spent, (r ->> 2)::numeric as unused,
      (r ->> 3)::numeric as beside
    from jsonb_array_elements(returned) r
  ), back as (
    select id, beside, least(coalesce(l.amount, 0), unused)::bigint as unused,
      least(coalesce(l.amount, 0) - least(coalesce(l.amount, 0), unused), spent)::bigint as spent
    from told left join rate_lease l on l.bucket_id = told.id and l.lessee = wanted_lessee
  ), leased as (
    update rate_lease l set amount = l.amount - back.unused - back.spent
    from back where l.bucket_id = back.id and l.lessee = wanted_lessee
  )
  update rate_bucket b
    set leased = b.leased - back.unused - back.spent,
      -- What is owed is at most what a whole bucket holds.
      level = greatest(- b.size * b.part, least(b.level + (back.unused - back.beside) * b.part,
        (b.size - b.leased + back.unused + back.spent) * b.part))::bigint
  from back where b.id = back.id;

  for demand in select * from jsonb_array_elements(wanted) loop
    select array_agg((w ->> 0)::uuid), array_agg((w ->> 4)::numeric) into ids, needs
      from jsonb_array_elements(demand) w;
    select b.id, greatest(b.level / b.part, 0) as left, b.leased - coalesce(l.amount, 0) as elsewhere,
        case when b.measure = 'concurrency' then 0
          else least(ceil((x.need * b.part - b.level) / b.size), 2 ^ 53)::bigint end as wait_ms
      into short
      from unnest(ids, needs) as x (id, need) join rate_bucket b on b.id = x.id
      left join rate_lease l on l.bucket_id = b.id and l.lessee = wanted_lessee
      where x.need > 0 and b.level < x.need * b.part
      order by wait_ms desc, b.id limit 1;
    if found then
      if short.elsewhere > 0 then
        update rate_bucket set missed_at = at where id = short.id;
      end if;
      answers := answers || jsonb_build_array(jsonb_build_object(
        'short', short.id, 'left', short.left, 'elsewhere', short.elsewhere, 'wait_ms', short.wait_ms));
      continue;
    end if;
    with taken as (
      update rate_bucket b set level = b.level - block.amount * b.part, leased = b.leased + block.amount
      from (
        -- What is more than the need is for the calls to come: once, however many ask at the same time.
        select before.id, (case when x.need = 0 or before.id = any (stocked) then x.need
          else greatest(x.need, least(before.size / 10, before.level / before.part / 16)) end)::bigint as amount
        from unnest(ids, needs) as x (id, need) join rate_bucket before on before.id = x.id
      ) block
      where b.id = block.id
      returning b.id, b.organisation_id, block.amount, greatest(b.level / b.part, 0) as left
    ), leased as (
      insert into rate_lease (bucket_id, lessee, organisation_id, amount)
        select id, wanted_lessee, organisation_id, amount from taken where amount > 0
      on conflict (bucket_id, lessee) do update set amount = rate_lease.amount + excluded.amount
    )
    select coalesce(jsonb_agg(jsonb_build_array(id, amount, taken.left)), '[]') into granted from taken;
    stocked := stocked || ids;
    answers := answers || jsonb_build_array(jsonb_build_object('granted', granted));
  end loop;

  answers := jsonb_build_object('answers', answers, 'lapsed', has_lapsed, 'missed', (
    select coalesce(jsonb_agg(b.id), '[]') from rate_bucket b
    join rate_lease l on l.bucket_id = b.id and l.lessee = wanted_lessee and l.amount > 0
    where b.missed_at > at - interval '2 seconds'));
  update platform.limit_lessee set number = exchange_limits.number, answer = answers, reported_at = at
    where lessee = wanted_lessee;
  return answers;
end $$;

-- Ends what a worker has leased that uses no more of it. What it did not use comes back with time, as what it used
-- does: nobody knows which is which. Slots are free at once.
create function platform.close_limit_lessee(wanted_lessee text, wanted_at timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  perform from rate_bucket where id in (select bucket_id from rate_lease where lessee = wanted_lessee)
    order by id for update;
  perform platform.fill_buckets(
    array(select bucket_id from rate_lease where lessee = wanted_lessee), coalesce(wanted_at, clock_timestamp()));
  with gone as (delete from rate_lease where lessee = wanted_lessee returning bucket_id, amount)
  update rate_bucket b
    set leased = b.leased - gone.amount,
      level = b.level + case when b.measure = 'concurrency' then gone.amount else 0 end
    from gone where b.id = gone.bucket_id;
  delete from platform.limit_lessee where lessee = wanted_lessee;
end $$;

revoke all on function platform.fill_buckets(uuid[], timestamptz) from public;
revoke all on function platform.exchange_limits(text, bigint, jsonb, jsonb, timestamptz) from public;
revoke all on function platform.close_limit_lessee(text, timestamptz) from public;
grant execute on function platform.fill_buckets(uuid[], timestamptz) to drawbridge_system;
grant execute on function platform.exchange_limits(text, bigint, jsonb, jsonb, timestamptz) to drawbridge_system;
grant execute on function platform.close_limit_lessee(text, timestamptz) to drawbridge_system;
"""


def upgrade() -> None:
    _make_limits()
    _make_buckets()
    op.execute(_FUNCTIONS)


def _make_limits() -> None:
    op.create_table(
        "rate_limit",
        *named_object(),
        # Whose calls it is for: `organisation`, or one of a kind by its id; with `each`, everyone of that kind has it
        # for themselves, within the subject.
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", ANY_ID),
        sa.Column("each", sa.Text),
        sa.Column("models", ARRAY(sa.Text)),
        sa.Column("products", ARRAY(sa.Text)),
        sa.Column("requests", sa.BigInteger),
        sa.Column("requests_per_ms", sa.BigInteger),
        sa.Column("tokens", sa.BigInteger),
        sa.Column("tokens_per_ms", sa.BigInteger),
        sa.Column("concurrency", sa.BigInteger),
    )
    decides_calls("rate_limit")


def _make_buckets() -> None:
    op.create_table(
        "rate_bucket",
        sa.Column("id", ANY_ID, primary_key=True),
        organisation(),
        sa.Column("limit_id", ANY_ID, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("holder_id", ANY_ID),
        sa.Column("size", sa.BigInteger, nullable=False),
        # A request or token has so many parts that the bucket fills by `size` parts in a millisecond: whole numbers.
        sa.Column("part", sa.BigInteger, nullable=False),
        # In parts; below zero where more was used than could be told beforehand.
        sa.Column("level", sa.BigInteger, nullable=False),
        sa.Column("leased", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("filled_at", TIME, nullable=False),
        # When somebody last found too little here: those who hold what they do not need give it back.
        sa.Column("missed_at", TIME),
        within("limit_id", "rate_limit", on_delete="CASCADE"),
        sa.UniqueConstraint("organisation_id", "id"),
        sa.CheckConstraint("leased >= 0", name="rate_bucket_leased_check"),
        sa.CheckConstraint("level + leased * part <= size * part", name="rate_bucket_within_size_check"),
    )
    op.create_index("rate_bucket_limit_id_idx", "rate_bucket", ["limit_id"])
    op.create_index("rate_bucket_missed_at_idx", "rate_bucket", ["missed_at"])
    guard("rate_bucket", app="select")
    op.execute("grant insert, update on rate_bucket to drawbridge_system")
    op.create_table(
        "rate_lease",
        sa.Column("bucket_id", ANY_ID, nullable=False),
        sa.Column("lessee", sa.Text, nullable=False),
        organisation(),
        sa.Column("amount", sa.BigInteger, nullable=False),
        within("bucket_id", "rate_bucket", on_delete="CASCADE"),
        sa.PrimaryKeyConstraint("bucket_id", "lessee"),
        sa.CheckConstraint("amount >= 0", name="rate_lease_amount_check"),
    )
    op.create_index("rate_lease_lessee_idx", "rate_lease", ["lessee"])
    guard("rate_lease", app="select")
    op.execute("grant insert, update, delete on rate_lease to drawbridge_system")
    op.create_table(
        "limit_lessee",
        sa.Column("lessee", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("answer", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("reported_at", TIME, nullable=False),
        schema="platform",
    )
    op.execute("grant select, insert, update, delete on platform.limit_lessee to drawbridge_system")
