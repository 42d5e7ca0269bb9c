"""The audit record: chains of events that only grow."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from drawbridge.db.migrations.steps import ANY_ID, TIME, created_at, guard, named_object

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FUNCTIONS = """
-- The end of every chain. Whoever records holds its row, so that events of a chain come one after another.
create table platform.audit_head (
  chain uuid primary key,
  number bigint not null,
  hash bytea not null,
  at timestamptz not null
);

-- Whoever has entered the organisation may record in its chain, and of the duties that see all organisations those
-- two in which things happen to an organisation: a sign-in, and what was denied and comes from the write-ahead files.
create function platform.may_record(wanted uuid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(
    wanted::text = current_setting('drawbridge.org', true)
      or current_setting('drawbridge.duty', true) in ('sign_in', 'drain'),
    false)
$$;

-- Takes the lock of a chain until the end of the transaction, and tells its end and the time, which never goes back.
create function platform.lock_audit_head(wanted uuid)
returns table (last_number bigint, last_hash bytea, next_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare last_at timestamptz;
begin
  if wanted = 'ffffffff-ffff-ffff-ffff-ffffffffffff' then
    if coalesce(current_setting('drawbridge.duty', true), '') = '' then
      raise exception 'an organisation was to record for the platform' using errcode = '42501';
    end if;
  elsif not platform.may_record(wanted) then
    raise exception 'something was to be recorded for an organisation that was not entered' using errcode = '42501';
  end if;
  select h.number, h.hash, h.at into last_number, last_hash, last_at
    from platform.audit_head h where h.chain = wanted for update;
  if not found then
    insert into platform.audit_head values (wanted, 0, decode(repeat('00', 32), 'hex'), '-infinity')
      on conflict do nothing;
    select h.number, h.hash, h.at into last_number, last_hash, last_at
      from platform.audit_head h where h.chain = wanted for update;
  end if;
  next_at := greatest(last_at, clock_timestamp());
  return next;
end $$;

-- What does not follow the end of its chain is refused, whoever writes it.
create function platform.follow_audit_head() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare followed uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
begin
  if tg_table_schema = 'public' then
    followed := new.organisation_id;
    if not platform.may_record(followed) then
      raise exception 'something was recorded for an organisation that was not entered' using errcode = '42501';
    end if;
  end if;
  update platform.audit_head set number = new.number, hash = new.hash, at = new.at
    where chain = followed and number = new.number - 1 and hash = new.previous_hash and at <= new.at;
  if not found then
    raise exception 'audit event % does not follow the end of its chain', new.number using errcode = '23000';
  end if;
  return null;
end $$;

create function platform.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the audit record only grows: % of % is refused', lower(tg_op), tg_table_name
    using errcode = '42501';
end $$;

revoke all on function platform.may_record(uuid) from public;
revoke all on function platform.lock_audit_head(uuid) from public;
revoke all on function platform.follow_audit_head() from public;
revoke all on function platform.refuse_change() from public;
grant execute on function platform.lock_audit_head(uuid) to drawbridge_app, drawbridge_system;
grant select on platform.audit_head to drawbridge_system;
"""


def upgrade() -> None:
    op.execute(_FUNCTIONS)
    _make_events()
    _make_roots()
    _make_streams()


def _make_events() -> None:
    op.create_table("audit_event", _organisation(), *_event(), sa.UniqueConstraint("organisation_id", "id"))
    op.create_index("audit_event_organisation_id_at_idx", "audit_event", ["organisation_id", "at"])
    guard("audit_event", app="select, insert")
    op.execute("grant insert on audit_event to drawbridge_system")
    op.create_table("audit_event", *_event(), sa.UniqueConstraint("id"), schema="platform")
    op.execute("grant select, insert on platform.audit_event to drawbridge_system")
    for table in ("public.audit_event", "platform.audit_event"):
        op.execute(
            f"create trigger follows after insert on {table} for each row execute function platform.follow_audit_head()"
        )
        only_grows(table)


def _make_roots() -> None:
    op.create_table("audit_root", _organisation(), *_root())
    guard("audit_root", app="select")
    op.execute("grant insert on audit_root to drawbridge_system")
    op.create_table("audit_root", *_root(), schema="platform")
    # The key that signs, sealed under the master key as a stored secret is.
    op.create_table(
        "audit_key",
        sa.Column("id", ANY_ID, primary_key=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("key_id", sa.Text, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("wrapped_key", "nonce", "ciphertext")),
        created_at(),
        schema="platform",
    )
    op.execute("grant select, insert on platform.audit_root, platform.audit_key to drawbridge_system")
    # For a new master key: what it wraps is wrapped anew.
    op.execute("grant update (key_id, wrapped_key) on platform.audit_key to drawbridge_system")
    for table in ("public.audit_root", "platform.audit_root"):
        only_grows(table)


def _root() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    ]


def _make_streams() -> None:
    op.create_table(
        "audit_stream",
        *named_object(),
        sa.Column("settings", JSONB, nullable=False),
        sa.Column("confirmed_number", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("confirmed_at", TIME),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("problem", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("next_try_at", TIME),
    )
    guard("audit_stream", app="select, insert, update, delete")


def only_grows(table: str) -> None:
    """Refuse every change of what stands in a table, to its owner too."""
    op.execute(
        f"create trigger only_grows before update or delete or truncate on {table}"
        " for each statement execute function platform.refuse_change()"
    )


def _organisation() -> sa.Column[object]:
    # Without a cascade: an organisation does not go while its record is there.
    return sa.Column("organisation_id", ANY_ID, sa.ForeignKey("organisation.id"), primary_key=True)


def _event() -> list[sa.schema.SchemaItem]:
    texts = ("actor_name", "actor_address", "action", "object_kind", "object_name", "outcome", "detail")
    return [
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", ANY_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor_via", sa.Text, nullable=False),
        sa.Column("actor_organisation_id", ANY_ID),
        sa.Column("actor_principal_id", ANY_ID),
        sa.Column("actor_via_id", ANY_ID),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("previous_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    ]
