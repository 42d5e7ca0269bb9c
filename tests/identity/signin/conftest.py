from collections.abc import AsyncIterator

import pytest

from drawbridge.db.engine import Database
from tests.parts.sign_in import Browser, Town, make_town, set_up


@pytest.fixture
async def town(database: Database) -> Town:
    """An installation without an account."""
    return await make_town(database)


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    """A browser that is not signed in."""
    async with town.browser() as browser:
        yield browser


@pytest.fixture
async def ana(town: Town, browser: Browser) -> Browser:
    """The browser of the first account, signed in."""
    assert (await set_up(town, browser)).status_code == 201
    return browser
