from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.parts.browsing import Watched, make_account, watched
from tests.parts.chromium import running_chromium
from tests.parts.running_site import RunningSite, running_site


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[RunningSite]:
    """An installation that the tests of a module share, each with conversations of its own."""
    async with running_site(tmp_path_factory.mktemp("site") / "data", shared_database_url) as site:
        yield site


@pytest.fixture(scope="module")
async def session(chromium: Browser, site: RunningSite) -> object:
    """The state of a browser that is signed in."""
    async with watched(chromium, site) as first:
        await make_account(first)
        return await first.page.context.storage_state()


@pytest.fixture
async def ana(chromium: Browser, site: RunningSite, session: object) -> AsyncIterator[Watched]:
    """A browser of somebody who is signed in. What it must never do is looked at when the test is over."""
    async with watched(chromium, site, storage_state=session) as opened:
        yield opened
        assert opened.elsewhere == []
        assert opened.complaints == []
