"""The durable queue's own schema: what the installed procrastinate ships, in the schema `work`.

Its SQL stays in its package, so a new installation begins with all of it, and an older one is brought there by the
files that were added since. Which file was the newest is kept as the comment on the schema. A version that adds one
needs a migration that calls `bring_queue_up` (`tests/work/test_schema.py` tells).
"""

from pathlib import Path
from typing import Any, Final, cast

import psycopg
from alembic import op

NEWEST: Final = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
"""The newest of procrastinate's migrations that a migration of ours has applied."""

_CONFINE: Final = """
do $$
declare
  own record;
begin
  for own in
    select p.oid::regprocedure as name from pg_proc p
    where p.pronamespace = 'work'::regnamespace and p.proname like 'procrastinate%'
  loop
    execute format('alter function %s set search_path = work, pg_catalog, pg_temp', own.name);
    execute format('revoke all on function %s from public', own.name);
    execute format('grant execute on function %s to drawbridge_system', own.name);
  end loop;
end $$;
grant select, insert, update, delete on all tables in schema work to drawbridge_system;
grant usage on all sequences in schema work to drawbridge_system;
"""


def bring_queue_up() -> None:
    """Make the queue's tables and functions, or bring them to those of the installed procrastinate."""
    files = installed()
    driver = _driver()
    row = driver.execute("select obj_description('work'::regnamespace, 'pg_namespace')").fetchone()
    applied = None if row is None else row[0]
    waiting = [_schema()] if applied is None else [text for name, text in files if name > applied]
    driver.execute("set local search_path = work, pg_catalog")
    for statements in waiting:
        driver.execute(statements.encode())
    driver.execute(_CONFINE.encode())
    driver.execute(f"comment on schema work is '{files[-1][0]}'".encode())
    driver.execute("reset search_path")


def installed() -> list[tuple[str, str]]:
    """Return the names and texts of the migrations that the installed procrastinate has, in order."""
    from procrastinate.schema import SchemaManager

    folder = Path(SchemaManager.get_migrations_path())
    return [(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))]


def _schema() -> str:
    from procrastinate.schema import SchemaManager

    return SchemaManager.get_schema()


# Any: rows of whatever columns.
def _driver() -> psycopg.Connection[Any]:
    # The driver's own connection takes a text of many statements, as long as they have no parameters.
    # cast: it is the driver's, whichever its rows are.
    return cast("psycopg.Connection[Any]", op.get_bind().connection.driver_connection)
