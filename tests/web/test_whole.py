"""The first minutes of a newcomer on a whole installation: nothing is written by hand but what they type."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.parts.browsing import Watched, needs_pages
from tests.parts.chromium import needs_chromium
from tests.parts.running_site import RunningSite, running_site

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium whole")]


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[RunningSite]:
    async with running_site(tmp_path_factory.mktemp("site") / "data", shared_database_url) as site:
        yield site


async def test_a_newcomer_asks_the_rehearsal_model_and_is_answered(ana: Watched) -> None:
    page = ana.page
    await ana.open("/account")
    await page.get_by_role("link", name="Open the workspace").click()
    await page.get_by_role("button", name="Model:").click()
    await page.get_by_role("dialog").get_by_role("option", name=re.compile(r"^rehearsal ")).click()
    await page.get_by_role("textbox", name="Write a message").fill("Hello, who is there?")
    await page.keyboard.press("Enter")

    answer = page.get_by_role("article", name="Answer of rehearsal")
    await expect(answer).to_contain_text("Hello", timeout=20_000)
    await expect(answer.get_by_role("button", name="Answer again")).to_be_visible(timeout=20_000)
    await expect(answer).to_contain_text("tokens in")
    await ana.shoot("rehearsal")


async def test_an_export_holds_what_was_said(ana: Watched, tmp_path: Path) -> None:
    page = ana.page
    await ana.open("/chat")
    await page.get_by_role("textbox", name="Write a message").fill("Keep this sentence.")
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=20_000)

    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Markdown, to read").click()
    kept = tmp_path / "kept.md"
    await (await download.value).save_as(kept)

    assert "Keep this sentence." in kept.read_text(encoding="utf-8")
