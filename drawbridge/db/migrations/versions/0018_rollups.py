"""Usage added up by the hour and by the day, in the transaction that books it."""

import sqlalchemy as sa
from alembic import op

from drawbridge.db.migrations.steps import ANY_ID, TIME, guard

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_DIMENSIONS = "principal_id, key_id, project_id, team_id, product, model, deployment, provider, client, outcome"
_KINDS = (
    "input",
    "input_cached",
    "input_cache_write_5m",
    "input_cache_write_1h",
    "input_audio",
    "input_image",
    "output",
    "output_reasoning",
    "output_audio",
    "output_image",
)
_SUMS = {
    "attempts": "count(*)",
    **{f"{kind}_tokens": f"sum({kind}_tokens)::bigint" for kind in _KINDS},
    "cost_nanousd": "coalesce(sum(cost_nanousd), 0)::bigint",
    "overage_nanousd": (
        "coalesce(sum(greatest(cost_nanousd - held_nanousd, 0)) filter (where outcome <> 'lost'), 0)::bigint"
    ),
    "unpriced": "count(*) filter (where cost_nanousd is null)",
    "estimated": "count(*) filter (where estimated)",
}

# Added up once for both. In one order, whoever books: nobody waits for somebody who waits for him. The hash stands for
# the dimensions: a name may be longer than what an index takes.
_ADD = """
  with named as materialized (
    select substr(sha256(convert_to(jsonb_build_array({dimensions})::text, 'UTF8')), 1, 16) as dimensions, added.*
    from (
      select date_trunc('hour', started_at, 'UTC') as hour, organisation_id, {dimensions}, {sums}
      from {source} group by hour, organisation_id, {dimensions}) added
  ), days as (
    insert into usage_day (day, organisation_id, dimensions, {dimensions}, {names})
      select date_trunc('day', hour, 'UTC') as day, organisation_id, dimensions, {dimensions}, {summed}
      from named group by day, organisation_id, dimensions, {dimensions} order by organisation_id, day, dimensions
      on conflict (organisation_id, day, dimensions) do update set {onto_day}
  )
  insert into usage_hour (hour, organisation_id, dimensions, {dimensions}, {names})
    select hour, organisation_id, dimensions, {dimensions}, {names}
    from named order by organisation_id, hour, dimensions
    on conflict (organisation_id, hour, dimensions) do update set {onto_hour}"""

_FUNCTION = """
-- Only events that are new come here, in whichever way they were entered.
create function platform.roll_up_usage() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin{add};
  return null;
end $$;
revoke all on function platform.roll_up_usage() from public;
create trigger rolls_up after insert on usage_event referencing new table as booked_now
  for each statement execute function platform.roll_up_usage();
"""


def upgrade() -> None:
    for grain in ("hour", "day"):
        _make_table(grain)
    # Small beside an index of every time: events lie in the order of their times.
    op.execute(
        "create index usage_event_started_at_idx on usage_event using brin (started_at) with (pages_per_range = 16,"
        " autosummarize = on)"
    )
    op.execute(_FUNCTION.format(add=_add("booked_now")))
    _add_up_what_is_there()


def _make_table(grain: str) -> None:
    table = f"usage_{grain}"
    op.create_table(
        table,
        # No reference, as with events: what was used stays used.
        sa.Column("organisation_id", ANY_ID, nullable=False),
        sa.Column(grain, TIME, nullable=False),
        sa.Column("dimensions", sa.LargeBinary, nullable=False),
        sa.Column("principal_id", ANY_ID, nullable=False),
        sa.Column("key_id", ANY_ID, nullable=False),
        sa.Column("project_id", ANY_ID),
        sa.Column("team_id", ANY_ID),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("product", "model", "deployment", "provider")),
        sa.Column("client", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", grain, "dimensions"),
    )
    # Room for the next sums of the same hour, so that they need no second entry in the index.
    op.execute(f"alter table {table} set (fillfactor = 80)")
    guard(table, app="select")
    op.execute(f"grant insert, update on {table} to drawbridge_system")


def _add(source: str) -> str:
    return _ADD.format(
        source=source,
        dimensions=_DIMENSIONS,
        names=", ".join(_SUMS),
        sums=", ".join(f"{value} as {name}" for name, value in _SUMS.items()),
        summed=", ".join(f"sum({name})::bigint as {name}" for name in _SUMS),
        onto_hour=", ".join(f"{name} = usage_hour.{name} + excluded.{name}" for name in _SUMS),
        onto_day=", ".join(f"{name} = usage_day.{name} + excluded.{name}" for name in _SUMS),
    )


def _add_up_what_is_there() -> None:
    # The owner, too, sees nothing under forced row-level security.
    tables = ("usage_event", "usage_hour", "usage_day")
    for table in tables:
        op.execute(f"alter table {table} no force row level security")
    op.execute(_add("usage_event"))
    for table in tables:
        op.execute(f"alter table {table} force row level security")
