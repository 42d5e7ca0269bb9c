"""Keys of one's own in a real browser, of a member whom nobody made an administrator."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.clients.running import run
from tests.parts.administering import Programs, programs_of
from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.running_site import RunningSite

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium own_keys")]

_WITHIN_S = 60.0


@pytest.fixture(scope="module")
async def programs(site: RunningSite) -> AsyncIterator[Programs]:
    async with programs_of(site) as programs:
        yield programs


@pytest.fixture(scope="module")
async def membership(chromium: Browser, session: object, programs: Programs) -> object:
    """The state of the browser of Bo, who was invited and is a member."""
    assert session
    return await programs.join(chromium, "bo@example.com", "Bo")


@pytest.fixture
async def bo(chromium: Browser, site: RunningSite, membership: object) -> AsyncIterator[Watched]:
    async with watched(chromium, site, storage_state=membership) as opened:
        yield opened
        assert opened.elsewhere == []
        assert opened.complaints == []


async def test_a_member_makes_a_key_and_the_first_call_with_it_is_in_the_usage(bo: Watched, tmp_path: Path) -> None:
    page = bo.page
    await bo.open("/chat")
    await page.get_by_role("link", name="My keys").click()
    await expect(page.get_by_role("heading", level=1, name="My keys")).to_be_visible()
    await page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog", name="New key")
    await expect(dialog.get_by_label("Owner")).to_have_count(0)
    await expect(dialog.get_by_label("Opens the admin API too")).to_have_count(0)
    await bo.shoot("own-key-new")

    await dialog.get_by_label("Name").fill("my laptop")
    await dialog.get_by_role("button", name="Make the key").click()
    exported = await dialog.get_by_label("The key, for a shell").inner_text()
    called = await dialog.get_by_label("In a shell").inner_text()
    await bo.shoot("own-key-made")
    await dialog.get_by_role("button", name="I have kept it").click()
    ran = await run(["bash", "-c", f"{exported}\n{called}"], tmp_path / "home", {}, _WITHIN_S)

    assert ran.code == 0, ran.shown
    assert '"choices"' in ran.shown
    await expect(page.get_by_role("row", name=re.compile("my laptop.* works"))).to_have_count(1)
    await bo.shoot("own-keys")
    # Which waits until the call is booked.
    await bo.open("/welcome")
    await expect(_step(page, "See the first call")).to_contain_text("Here it is.")
    await bo.open("/usage?view=calls")
    await expect(page.get_by_role("row", name=re.compile("rehearsal"))).to_have_count(1)
    await bo.shoot("own-key-used")


async def test_the_first_steps_of_a_member_lead_to_a_key(bo: Watched) -> None:
    page = bo.page
    await bo.open("/welcome")
    titles = page.locator("main").get_by_role("heading", level=2)
    await expect(titles).to_have_text(["Ask something", "Make a key for programs", "See the first call in the usage"])
    step = _step(page, "Make a key for programs")
    if not await step.get_by_role("button", name="Make the key").is_visible():
        await step.locator("summary").click()

    await step.get_by_role("button", name="Make the key").click()

    await expect(step.get_by_label("The key, for a shell")).to_contain_text("export DRAWBRIDGE_KEY=dbk_")


async def test_an_own_key_is_made_replaced_and_revoked_by_keyboard_alone(bo: Watched) -> None:
    page = bo.page
    await bo.open("/keys")
    await _press(page, page.get_by_role("button", name="New key"))
    dialog = page.get_by_role("dialog", name="New key")
    await _tab_to(page, dialog.get_by_label("Name"))
    await page.keyboard.type("typed")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("status").first).to_contain_text("The key “typed” works.")
    await _press(page, dialog.get_by_role("button", name="I have kept it"))
    await expect(page.get_by_role("button", name="New key")).to_be_focused()

    await _press(page, page.get_by_role("button", name="Replace the key typed"))
    dialog = page.get_by_role("dialog", name="Replace the key typed")
    await _tab_to(page, dialog.get_by_label("The old key works for another"))
    await page.keyboard.press("Home")
    await _press(page, dialog.get_by_role("button", name="Replace", exact=True))
    await expect(dialog.get_by_label("The key, for a shell")).to_be_visible()
    await _press(page, dialog.get_by_role("button", name="I have kept it"))
    await _press(page, page.get_by_role("button", name="Revoke the key typed"))
    await _press(page, page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True))
    await expect(page.get_by_role("row", name=re.compile("typed"))).to_have_count(0)

    await page.get_by_label("State").select_option("all")
    await expect(page.get_by_role("row", name=re.compile("typed.* expired"))).to_have_count(1)
    await expect(page.get_by_role("row", name=re.compile("typed.* revoked"))).to_have_count(1)


async def test_who_may_have_no_keys_is_not_led_to_them_and_told_whom_to_ask(bo: Watched, programs: Programs) -> None:
    page = bo.page
    deny = {"effect": "deny", "to": "user:bo", "may": ["manage"], "on": ["key:own"], "reason": "Ask Ana for a key."}
    await programs.put("grants/no-keys", deny)
    try:
        await bo.open("/keys")

        await expect(page.get_by_role("alert")).to_contain_text("You may not manage key:own: grant no-keys refuses it.")
        await expect(page.get_by_role("alert")).to_contain_text("Ask Ana for a key.")
        await page.wait_for_load_state("networkidle")
        await expect(page.get_by_role("link", name="My keys")).to_have_count(0)
        await expect(page.get_by_role("button", name="New key")).to_have_count(0)
        await bo.shoot("own-keys-refused")
    finally:
        await programs.client.delete("/api/grants/no-keys")
    bo.complaints.clear()  # The browser notes each refusal.


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
async def test_the_page_of_own_keys_has_no_barriers_and_fits_into_360_pixels(
    chromium: Browser, site: RunningSite, membership: Any, theme: Any, locale: str
) -> None:
    narrow = {"width": 360, "height": 640}
    options: dict[str, Any] = {"color_scheme": theme, "locale": locale, "viewport": narrow}
    async with watched(chromium, site, storage_state=membership, **options) as reader:
        page = reader.page
        await reader.open("/keys")
        await expect(page.get_by_role("tablist")).to_be_visible()
        barriers, overflow = await reader.find_barriers(), [await reader.overflow_px()]
        await reader.shoot(f"own-keys-narrow-{theme}")

        await page.locator("header").get_by_role("button").last.click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("textbox").first.fill("narrow")
        barriers += await reader.find_barriers()
        await reader.shoot(f"own-key-new-narrow-{theme}")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("tablist")).to_be_visible()
        barriers += await reader.find_barriers()
        overflow.append(await reader.overflow_px())
        await reader.shoot(f"own-key-made-narrow-{theme}")

        assert barriers == []
        assert max(overflow) <= 0


def _step(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))


async def _press(page: Page, wanted: Locator) -> None:
    await _tab_to(page, wanted)
    await page.keyboard.press("Enter")


async def _tab_to(page: Page, wanted: Locator) -> None:
    await expect(wanted).to_be_visible()
    for _ in range(80):
        if await wanted.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} was not reached by the Tab key")
