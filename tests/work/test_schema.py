"""The queue's tables are those of the library that is installed."""

from sqlalchemy import text

from drawbridge.db.engine import Database
from drawbridge.db.migrations.queue_schema import NEWEST, installed


def test_the_installed_library_has_no_newer_tables_than_our_migrations_have_made() -> None:
    newest, _ = installed()[-1]

    assert newest == NEWEST, "add a migration that calls bring_queue_up(), and name the file in NEWEST"


async def test_the_schema_says_how_far_it_is(database: Database) -> None:
    async with database.system("sweeper") as connection:
        said = await connection.execute(text("select obj_description('work'::regnamespace, 'pg_namespace')"))

        assert said.scalar_one() == NEWEST
