"""Daily work: done at the start and again, and the rest of it though one part fails."""

import asyncio

from sqlalchemy import text

from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.engine import Database
from drawbridge.usage.daily import do_daily
from drawbridge.usage.store import UsageStore


async def test_what_fails_is_tried_again_soon_and_the_rest_is_done() -> None:
    done: list[str] = []

    async def fails() -> None:
        done.append("fails")
        if len(done) < 3:
            raise DrawbridgeError("away")

    async def works() -> None:
        done.append("works")

    try:
        async with asyncio.timeout(0.5):
            await do_daily([fails, works], again_s=0.01)
    except TimeoutError:
        pass

    assert done == ["fails", "works", "fails", "works"]


async def test_the_tables_of_the_next_months_are_made_again_where_they_are_missing(database: Database) -> None:
    months = text(
        "select count(*) from pg_class where relname = 'usage_event_' ||"
        " to_char(date_trunc('month', now(), 'UTC') + interval '2 months', 'YYYY_MM')"
    )

    await UsageStore(database).make_months()

    async with database.system("drain") as connection:
        assert (await connection.execute(months)).scalar_one() == 1
