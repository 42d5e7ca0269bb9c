"""The migrations make what the products' tables say, once, whoever starts them and whatever interrupts them."""

import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

import drawbridge
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.db.errors import DatabaseNewer
from drawbridge.db.migrate import HEAD, LOCK, driver_url, migrate, present_revision
from drawbridge.db.schema import metadata
from drawbridge.db.tenancy import create_organisation, find_organisation
from drawbridge.gateway.objects.kinds import VendorObject
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.identity.keys import make_key
from drawbridge.identity.store import create_principal
from drawbridge.policy.entries import GrantEntry
from drawbridge.policy.store import read_grants, read_roles
from drawbridge.preparation import prepare_database
from tests.parts.keys import holder_of
from tests.parts.organisations import make_organisation

Description = set[tuple[object, ...]]

_PATIENCE_S = 30.0
_ROOT = Path(drawbridge.__file__).parent
_MIGRATE = "import sys; from drawbridge.db.migrate import migrate; print(migrate(sys.argv[1]))"

_COLUMNS = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
"""
_CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace and contype not in ('n', 't')
"""
_INDEXES = "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'"


@pytest.fixture
def empty_url(database_url: str) -> str:
    """A database as it is before its first migration."""
    _drop_tables(database_url)
    with _as_owner(database_url) as connection:
        connection.execute("drop schema platform cascade")
        connection.execute("drop schema work cascade")
    return database_url


def _drop_tables(url: str) -> None:
    with _as_owner(url) as connection:
        tables = connection.execute("select quote_ident(tablename) from pg_tables where schemaname = 'public'")
        for (table,) in tables.fetchall():
            connection.execute(f"drop table public.{table} cascade".encode())


def _as_owner(url: str) -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(driver_url(url), autocommit=True)
    connection.execute("set role drawbridge_owner")
    return connection


def _described(url: str, query: str) -> Description:
    with _as_owner(url) as connection:
        return set(connection.execute(query.encode()).fetchall())


def _tables(url: str) -> set[object]:
    query = "select tablename from pg_tables where schemaname in ('public', 'platform')"
    return {row[0] for row in _described(url, query)}


def _state(url: str) -> list[Description]:
    return [_described(url, query) for query in (_COLUMNS, _CONSTRAINTS, _INDEXES)]


@pytest.mark.parametrize("query", [_COLUMNS, _CONSTRAINTS, _INDEXES], ids=["columns", "constraints", "indexes"])
def test_the_migrations_make_just_what_the_products_tables_say(database_url: str, query: str) -> None:
    migrated = _described(database_url, query)
    _drop_tables(database_url)

    _make_tables_of_the_products(database_url)

    assert migrated
    assert _described(database_url, query) == migrated


_KEY_OF_THE_FIRST_VERSION = sqlalchemy.text(
    "insert into api_key (id, organisation_id, principal_id, name, hash, hint)"
    " values (:id, :org, :alice, '', :hash, :hint)"
)


def _make_tables_of_the_products(url: str) -> None:
    for path in sorted(_ROOT.rglob("tables.py")):
        import_module(".".join(["drawbridge", *path.relative_to(_ROOT).with_suffix("").parts]))
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("set role drawbridge_owner"))
        metadata.create_all(connection)


def test_the_head_that_is_written_down_is_the_newest_of_the_numbered_files() -> None:
    numbers = sorted(path.name[:4] for path in (_ROOT / "db" / "migrations" / "versions").glob("[0-9]*.py"))

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert numbers[-1] == HEAD


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    assert present_revision(empty_url) is None
    assert migrate(empty_url)
    state = _state(empty_url)

    assert not migrate(empty_url)

    assert present_revision(empty_url) == HEAD
    assert _state(empty_url) == state


async def test_what_the_first_version_kept_is_there_after_an_upgrade(empty_url: str) -> None:
    _migrate_to(empty_url, "0001")
    async with _database(empty_url) as database:
        ours = await _make_bare_organisation(database, "default")
        async with database.change(ours) as connection:
            alice = await create_principal(connection, ours, "user", "alice")
            made_key = make_key(bytes(32))
            # In its words: the keyring of today writes columns that were not there.
            values = {"id": uuid7(), "org": ours, "alice": alice, "hash": made_key.hash, "hint": made_key.hint}
            await connection.execute(_KEY_OF_THE_FIRST_VERSION, values)
    assert "vendor_object" not in _tables(empty_url)

    assert migrate(empty_url)

    assert present_revision(empty_url) == HEAD
    async with _database(empty_url) as database:
        assert await find_organisation(database, "default") == ours
        key = await holder_of(database, made_key.hash)
        assert key is not None
        assert not key.strict
        made = VendorObject(ours, key.principal_id, "vendor", "response", "resp_1")
        assert await VendorObjectStore(database).record([made]) == {made}


async def test_organisations_that_exist_get_the_grants_that_new_ones_begin_with(empty_url: str) -> None:
    _migrate_to(empty_url, "0005")
    async with _database(empty_url) as database:
        ours, theirs = [await _make_bare_organisation(database, name) for name in ("ours", "theirs")]
        for place, (name, fate) in enumerate(_FATES.items()):
            async with database.change(ours) as connection:
                values = {"id": uuid7(), "org": ours, "holder": uuid7(), "name": name, "hash": bytes([place])}
                await connection.execute(_HOLDER, values)
                await connection.execute(sqlalchemy.text(f"{_KEY_OF_A_HOLDER}, {fate})"), values)

    migrate(empty_url)

    async with _database(empty_url) as database:
        new = await make_organisation(database, administrators=())
        granted = {
            organisation_id: await _granted(database, organisation_id) for organisation_id in (ours, theirs, new)
        }
    administrators = granted[ours].pop("administrators")
    assert administrators == GrantEntry(to=("user:ana", "user:eva"), role="administrator")
    # The right to keys of one's own came later: nobody's role is changed by an upgrade.
    for_members = [granted[each].pop("member") for each in (ours, theirs)]
    assert granted[new].pop("member") not in for_members
    assert granted[ours] == granted[theirs] == granted[new]
    assert list(granted[new]) == ["administrator", "auditor", "everyone-is-a-member"]
    assert _described(empty_url, _NOT_FORCED) == set()


_NOT_FORCED = "select relname from pg_class where relrowsecurity and not relforcerowsecurity and not relispartition"
_HOLDER = sqlalchemy.text(
    "insert into principal (id, organisation_id, kind, name) values (:holder, :org, 'user', :name)"
)
_KEY_OF_A_HOLDER = (
    "insert into api_key (id, organisation_id, principal_id, name, hash, hint, admin, revoked_at, expires_at)"
    " values (:id, :org, :holder, '', :hash, ''"
)
_FATES = {
    "ana": "true, null, null",
    "ben": "false, null, null",
    "cleo": "true, now(), null",
    "dan": "true, null, now() - interval '1 hour'",
    "eva": "true, null, now() + interval '1 hour'",
}
"""What each holder's key is: admin or not, when revoked, when it ends."""


async def _granted(database: Database, organisation_id: OrganisationId) -> dict[str, object]:
    async with database.organisation(organisation_id) as connection:
        found = {**await read_roles(connection, organisation_id), **await read_grants(connection, organisation_id)}
    assert not any(present.managed_by_file for present in found.values())
    return {name: present.entry for name, present in found.items()}


async def _make_bare_organisation(database: Database, name: str) -> OrganisationId:
    """Make an organisation without what it begins with today: there were no tables for it."""
    organisation_id = OrganisationId(uuid7())
    async with database.organisation(organisation_id) as connection:
        assert await create_organisation(connection, organisation_id, name)
    return organisation_id


@asynccontextmanager
async def _database(url: str) -> AsyncGenerator[Database]:
    database = Database(url)
    yield database
    await database.close()


def _migrate_to(url: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("set role drawbridge_owner"))
        connection.execute(sqlalchemy.text("create schema if not exists platform"))
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(_ROOT / "db" / "migrations"))
        command.upgrade(config, revision)


def test_migrations_at_once_are_applied_once(empty_url: str) -> None:
    with ThreadPoolExecutor() as threads:
        list(threads.map(migrate, [empty_url] * 4))

    assert present_revision(empty_url) == HEAD


def test_a_database_of_a_newer_version_is_told_and_not_touched(database_url: str) -> None:
    with _as_owner(database_url) as connection:
        connection.execute("update platform.alembic_version set version_num = '9999'")
    state = _state(database_url)

    with pytest.raises(DatabaseNewer, match=rf"migration 9999, and this one knows only those up to {HEAD}. Upgrade"):
        migrate(database_url)

    assert _state(database_url) == state


def test_a_version_that_was_overtaken_while_it_waited_is_told(empty_url: str) -> None:
    with ThreadPoolExecutor() as threads, _as_owner(empty_url) as newer:
        newer.execute("select pg_advisory_lock(%s)", [LOCK])
        waiting = threads.submit(migrate, empty_url)
        _until_someone_waits(empty_url, "advisory")
        newer.execute("create schema platform")
        newer.execute("create table platform.alembic_version as select '9999' as version_num")
        newer.execute("select pg_advisory_unlock(%s)", [LOCK])

        with pytest.raises(DatabaseNewer):
            waiting.result()

    assert _tables(empty_url) == {"alembic_version"}


def test_a_migration_that_is_killed_leaves_nothing_that_stops_the_next(empty_url: str) -> None:
    with _as_owner(empty_url) as obstacle:
        # The migration waits for this table's name to be free, when it has made most of the others.
        obstacle.execute("begin")
        obstacle.execute("create table public.usage_event ()")
        migrating = subprocess.Popen([sys.executable, "-c", _MIGRATE, empty_url])
        _until_someone_waits(empty_url, "transactionid")
        migrating.kill()
        assert migrating.wait() == -signal.SIGKILL
        obstacle.execute("rollback")
    _until_nobody_else_is_connected(empty_url)

    assert _tables(empty_url) == set()
    assert migrate(empty_url)
    assert present_revision(empty_url) == HEAD


@pytest.mark.security_regressions
async def test_an_upgrade_that_fails_stops_the_start_and_leaves_the_database_as_it_was(empty_url: str) -> None:
    """BerriAI/litellm #23976, #33074, #20300: a failed migration was passed over or marked as done.

    The proxy then served on half a schema, and nobody could sign in or call any more.
    """
    _migrate_to(empty_url, "0008")
    with _as_owner(empty_url) as obstacle:
        # In the way of a later migration than the first that is missing.
        obstacle.execute("create table platform.master_key_holder ()")
    before = (_state(empty_url), _tables(empty_url), "0008")

    for _ in range(2):
        with pytest.raises(ProgrammingError, match="already exists"):
            await prepare_database(empty_url, empty_url)
        assert (_state(empty_url), _tables(empty_url), present_revision(empty_url)) == before

    with _as_owner(empty_url) as obstacle:
        obstacle.execute("drop table platform.master_key_holder")
    assert await prepare_database(empty_url, empty_url) is not None
    assert present_revision(empty_url) == HEAD


def test_a_database_that_goes_away_is_told(empty_url: str) -> None:
    with pytest.raises(DatabaseAway):
        migrate(str(make_url(empty_url).set(query={"host": "/nowhere"})))


def _until_someone_waits(url: str, lock: str) -> None:
    query = f"""
        select from pg_locks l join pg_stat_activity a using (pid)
        where not granted and locktype = '{lock}' and a.datname = current_database()
    """
    _until(lambda: _described(url, query) != set(), f"a migration waits for a lock ({lock})")


def _until_nobody_else_is_connected(url: str) -> None:
    query = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    _until(lambda: _described(url, query) == set(), "every other connection has ended")


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)
