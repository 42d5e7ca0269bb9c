"""What is around every page, in a real browser: who is signed in, navigation, commands, appearance, language."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.parts.browsing import Watched, needs_pages, sign_in, watched
from tests.parts.chromium import needs_chromium, note_wire_bytes
from tests.parts.running_site import RunningSite

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium shell")]

_MOST_WIRE_BYTES = 250 * 1024


@pytest.mark.usefixtures("session")
async def test_who_is_not_signed_in_signs_in_and_comes_back_to_the_page_that_was_asked_for(
    chromium: Browser, site: RunningSite
) -> None:
    async with watched(chromium, site) as stranger:
        await stranger.open("/search?q=bridge")
        await expect(stranger.page).to_have_url(re.compile("/sign-in$"))

        await sign_in(stranger.page)

        await expect(stranger.page).to_have_url(re.compile(r"/search\?q=bridge$"))
        await expect(stranger.page.get_by_role("heading", name="Search")).to_be_visible()


async def test_the_bare_address_leads_to_a_new_chat(ana: Watched) -> None:
    await ana.open("/")

    await expect(ana.page).to_have_url(re.compile("/chat$"))
    await expect(ana.page).to_have_title("New chat - Drawbridge")


async def test_a_command_is_found_and_given_by_keys_alone(ana: Watched) -> None:
    await ana.open("/chat")
    keyboard = ana.page.keyboard
    await expect(ana.page.get_by_role("heading", name="What do you want to know?")).to_be_visible()

    await keyboard.press("Control+k")
    await expect(ana.page.get_by_role("combobox", name="Commands")).to_be_focused()
    await ana.shoot("command-menu")
    await keyboard.type("sear")
    await expect(ana.page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    await keyboard.press("Enter")

    await expect(ana.page).to_have_url(re.compile("/search$"))
    await expect(ana.page.get_by_role("dialog")).to_have_count(0)


async def test_escape_closes_the_commands_and_the_focus_comes_back(ana: Watched) -> None:
    await ana.open("/chat")
    await ana.page.get_by_role("button", name="Commands").focus()

    await ana.page.keyboard.press("Enter")
    await expect(ana.page.get_by_role("combobox", name="Commands")).to_be_focused()
    await ana.page.keyboard.press("Escape")

    await expect(ana.page.get_by_role("button", name="Commands")).to_be_focused()


async def test_appearance_and_language_are_chosen_and_kept(ana: Watched) -> None:
    await ana.open("/chat")
    await ana.page.get_by_text("Ana Arden").click()

    await ana.page.get_by_label("Appearance").select_option("dark")
    await ana.page.get_by_label("Language").select_option("de")

    html = ana.page.locator("html")
    await expect(ana.page.get_by_role("link", name="Neuer Chat")).to_be_visible()
    await ana.shoot("dark-german")
    await ana.page.reload()
    await expect(ana.page.get_by_role("link", name="Neuer Chat")).to_be_visible()
    await expect(html).to_have_attribute("data-theme", "dark")
    await expect(html).to_have_attribute("lang", "de")


async def test_a_page_that_does_not_exist_says_so_in_the_readers_language(
    chromium: Browser, site: RunningSite, session: Any
) -> None:
    async with watched(chromium, site, storage_state=session, locale="de-DE") as reader:
        await reader.open("/no/such/page")

        await expect(reader.page.get_by_role("heading", name="Diese Seite gibt es nicht")).to_be_visible()


async def test_signing_out_ends_the_session(ana: Watched) -> None:
    await ana.open("/chat")
    await ana.page.get_by_text("Ana Arden").click()

    async with ana.page.expect_response("**/api/auth/sign-out") as ended:
        await ana.page.route("**/api/auth/sign-out", lambda route: route.fulfill(status=204))
        await ana.page.get_by_role("button", name="Sign out").click()

    assert (await ended.value).status == 204
    await expect(ana.page).to_have_url(re.compile("/sign-in$"))


@pytest.mark.parametrize("path", ["/chat", "/search", "/no/such/page"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_page_has_barriers_in_either_theme(
    chromium: Browser, site: RunningSite, session: Any, path: str, theme: Any
) -> None:
    async with watched(chromium, site, storage_state=session, color_scheme=theme) as reader:
        await reader.open(path)
        await expect(reader.page.get_by_role("heading", level=1)).to_be_visible()

        assert await reader.find_barriers() == []


@pytest.mark.parametrize("path", ["/chat", "/search"])
async def test_every_page_fits_into_360_pixels(chromium: Browser, site: RunningSite, session: Any, path: str) -> None:
    async with watched(chromium, site, storage_state=session, viewport={"width": 360, "height": 640}) as reader:
        await reader.open(path)
        await expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
        assert await reader.overflow_px() <= 0
        await reader.shoot(f"narrow-{path[1:]}")

        await reader.page.get_by_role("button", name="Menu").click()

        await expect(reader.page.get_by_role("link", name="New chat")).to_be_visible()
        assert await reader.overflow_px() <= 0
        assert await reader.find_barriers() == []
        await reader.page.keyboard.press("Escape")
        await expect(reader.page.get_by_role("heading", level=1)).to_be_visible()


async def test_the_first_page_is_at_most_250_kilobytes_on_the_wire(ana: Watched) -> None:
    sizes = await note_wire_bytes(ana.page)

    await ana.open("/chat")
    await expect(ana.page.get_by_role("heading", level=1)).to_be_visible()
    await ana.page.wait_for_load_state("networkidle")

    print(f"first page: {sum(sizes) / 1024:.0f} KB in {len(sizes)} files")
    assert 0 < sum(sizes) <= _MOST_WIRE_BYTES
