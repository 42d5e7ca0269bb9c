"""Make the tables of the first call: who calls, what may be called, and what it used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UUID = UUID(as_uuid=True)
_TIME = sa.DateTime(timezone=True)

_SNAPSHOT_TABLES = ("principal", "api_key", "secret", "provider", "deployment", "model", "model_route")

_REVISION = """
create table platform.revision (number bigint not null);
insert into platform.revision values (0);

-- Takes the next number under the lock of its only row, so numbers have no gaps and follow commit order.
create function platform.next_revision() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare taken bigint;
begin
  update platform.revision set number = number + 1 returning number into taken;
  perform set_config('drawbridge.revision', taken::text, true);
  perform pg_notify('drawbridge_revision', taken::text);
  return taken;
end $$;

-- A change that forgets its revision would never reach the workers: it must fail loudly instead.
create function platform.require_revision() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if nullif(current_setting('drawbridge.revision', true), '') is null then
    raise exception 'table % was changed without taking a revision: use Database.change()', tg_table_name;
  end if;
  return null;
end $$;

revoke all on function platform.next_revision() from public;
revoke all on function platform.require_revision() from public;
grant usage on schema platform to drawbridge_app, drawbridge_system;
grant execute on function platform.next_revision() to drawbridge_app;
grant select on platform.revision to drawbridge_system;
grant usage on schema public to drawbridge_app, drawbridge_system;
"""


def upgrade() -> None:
    op.execute(_REVISION)
    _make_identity()
    _make_secrets()
    _make_routing()
    _make_usage()
    _guard("organisation", column="id")
    op.execute("grant select, insert, update on organisation to drawbridge_app")
    for table in _SNAPSHOT_TABLES:
        _guard(table)
        op.execute(f"grant select, insert, update, delete on {table} to drawbridge_app")
        op.execute(
            f"create trigger {table}_takes_revision before insert or update or delete on {table}"
            " for each statement execute function platform.require_revision()"
        )
    _guard("usage_event")
    op.execute("grant select on usage_event to drawbridge_app")
    op.execute("grant insert on usage_event to drawbridge_system")
    # COPY is refused on a table under row-level security: events are copied here, and inserted from here, within
    # one transaction. Only the system role may touch it, and it is empty whenever anyone else looks.
    op.execute("create unlogged table platform.usage_stage (like usage_event)")
    op.execute("alter table platform.usage_stage alter booked_at drop not null")
    op.execute("grant select, insert, delete on platform.usage_stage to drawbridge_system")


def _guard(table: str, *, column: str = "organisation_id") -> None:
    """Force row-level security, for the owner too: an unset organisation sees nothing rather than raising."""
    mine = f"{column} = nullif(current_setting('drawbridge.org', true), '')::uuid"
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy app on {table} to drawbridge_app using ({mine}) with check ({mine})")
    op.execute(f"create policy system on {table} to drawbridge_system using (true) with check (true)")
    op.execute(f"grant select on {table} to drawbridge_system")


def _own() -> list[SchemaItem]:
    return [
        sa.Column("id", _UUID, primary_key=True),
        _organisation(),
    ]


def _organisation() -> sa.Column[object]:
    return sa.Column(
        "organisation_id",
        _UUID,
        sa.ForeignKey("organisation.id", name=None, ondelete="CASCADE"),
        nullable=False,
    )


def _created_at() -> sa.Column[object]:
    return sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now())


def _managed() -> list[SchemaItem]:
    return [
        sa.Column("managed_by_file", sa.Boolean, nullable=False, server_default=sa.text("false")),
        _created_at(),
        sa.UniqueConstraint("organisation_id", "name"),
        sa.UniqueConstraint("organisation_id", "id"),
    ]


def _within(column: str, table: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"], ondelete=ondelete
    )


def _make_identity() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", _UUID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        _created_at(),
    )
    op.create_table(
        "principal",
        *_own(),
        sa.Column("kind", sa.Text, sa.CheckConstraint("kind in ('user', 'service_account')"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False, server_default=sa.text("''")),
        *_managed(),
    )
    op.create_table(
        "api_key",
        *_own(),
        sa.Column("principal_id", _UUID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("admin", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("expires_at", _TIME),
        sa.Column("revoked_at", _TIME),
        sa.Column("replaces", _UUID),
        _created_at(),
        _within("principal_id", "principal", ondelete="CASCADE"),
    )
    op.create_index("api_key_organisation_id_principal_id_idx", "api_key", ["organisation_id", "principal_id"])


def _make_secrets() -> None:
    op.create_table(
        "secret",
        *_own(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        _created_at(),
        sa.UniqueConstraint("organisation_id", "name"),
    )


def _make_routing() -> None:
    op.create_table(
        "provider",
        *_own(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("preset", sa.Text),
        sa.Column("dialects", ARRAY(sa.Text), nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("credential", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("quirks", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("open_models", sa.Boolean, nullable=False, server_default=sa.text("false")),
        *_managed(),
    )
    op.create_table(
        "deployment",
        *_own(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("provider_id", _UUID, nullable=False),
        sa.Column("upstream_model", sa.Text, nullable=False),
        *_managed(),
        _within("provider_id", "provider"),
    )
    op.create_index("deployment_organisation_id_provider_id_idx", "deployment", ["organisation_id", "provider_id"])
    op.create_table("model", *_own(), sa.Column("name", sa.Text, nullable=False), *_managed())
    op.create_table(
        "model_route",
        _organisation(),
        sa.Column("model_id", _UUID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("deployment_id", _UUID, nullable=False),
        sa.Column("weight", sa.Integer, sa.CheckConstraint("weight > 0"), nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("model_id", "position"),
        _within("model_id", "model", ondelete="CASCADE"),
        _within("deployment_id", "deployment"),
    )
    op.create_index(
        "model_route_organisation_id_deployment_id_idx", "model_route", ["organisation_id", "deployment_id"]
    )


def _make_usage() -> None:
    tokens = [
        sa.Column(f"{kind}_tokens", sa.BigInteger, nullable=False, server_default=sa.text("0"))
        for kind in (
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
    ]
    names = ("product", "operation", "dialect", "model", "deployment", "provider", "upstream_model")
    op.create_table(
        "usage_event",
        sa.Column("attempt_id", _UUID, primary_key=True),
        _organisation(),
        sa.Column("call_id", _UUID, nullable=False),
        sa.Column("principal_id", _UUID, nullable=False),
        sa.Column("key_id", _UUID, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in names),
        sa.Column("session_id", sa.Text),
        sa.Column("client", sa.Text),
        sa.Column("streamed", sa.Boolean, nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        *tokens,
        sa.Column("estimated", sa.Boolean, nullable=False),
        sa.Column("cost_nanousd", sa.BigInteger),
        sa.Column("price_id", sa.Text),
        sa.Column("time_to_first_byte_ms", sa.Integer),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("provider_request_id", sa.Text),
        sa.Column("booked_at", _TIME, nullable=False, server_default=sa.func.now()),
    )
    op.create_index("usage_event_organisation_id_attempt_id_idx", "usage_event", ["organisation_id", "attempt_id"])
    op.create_index(
        "usage_event_organisation_id_session_id_idx",
        "usage_event",
        ["organisation_id", "session_id"],
        postgresql_where=sa.text("session_id is not null"),
    )
