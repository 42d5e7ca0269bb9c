"""What is counted against a key, while others count on it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from drawbridge.db.engine import Database
from drawbridge.identity.signin.limits import store
from drawbridge.identity.signin.limits.store import Counted
from drawbridge.identity.signin.store import signing_in

pytestmark = pytest.mark.passkeys

_KEY = b"k" * 32
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_DAY = timedelta(days=1)


async def _lock(database: Database) -> Counted:
    async with signing_in(database) as connection:
        return await store.lock(connection, _KEY, _NOW, _DAY)


async def test_a_count_that_somebody_forgets_meanwhile_begins_anew(database: Database) -> None:
    async with signing_in(database) as connection:
        await store.lock(connection, _KEY, _NOW, _DAY)
        await store.count(connection, _KEY, 3, _NOW, None)

    async with asyncio.TaskGroup() as tasks, signing_in(database) as connection:
        await store.lock(connection, _KEY, _NOW, _DAY)
        waiting = tasks.create_task(_lock(database))
        await asyncio.sleep(0.2)
        await store.forget(connection, _KEY)

    assert waiting.result() == Counted(0, None)
