"""Keys of the API in a real browser: made, used, replaced and revoked."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.clients.running import run
from tests.parts.administering import Programs, programs_of
from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.running_site import RunningSite

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium keys")]

_PROGRAMS = Path(__file__).resolve().parents[2] / ".venv" / "bin"
_WITHIN_S = 60.0


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="module")
async def programs(site: RunningSite) -> AsyncIterator[Programs]:
    async with programs_of(site) as programs:
        yield programs


async def test_a_key_is_made_replaced_and_revoked(ana: Watched, site: RunningSite, http: aiohttp.ClientSession) -> None:
    page = ana.page
    first = await _make(ana, "nightly job")
    assert await _calls(http, site, first) == 200

    await page.get_by_role("link", name="I have kept it").click()
    await page.get_by_role("button", name="Replace the key nightly job").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("The old key works for another").select_option("0")
    await dialog.get_by_role("button", name="Replace", exact=True).click()
    second = await _shown_key(dialog)
    await ana.shoot("key-replaced")
    await dialog.get_by_role("button", name="I have kept it").click()

    assert second != first
    assert (await _calls(http, site, first), await _calls(http, site, second)) == (401, 200)

    await page.get_by_role("button", name="Revoke the key nightly job").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    await expect(page.get_by_role("row", name=re.compile("nightly job"))).to_have_count(0)
    await page.get_by_label("State").select_option("all")
    await expect(page.get_by_role("row", name=re.compile("nightly job.* expired"))).to_have_count(1)
    await expect(page.get_by_role("row", name=re.compile("nightly job.* revoked"))).to_have_count(1)
    await ana.shoot("keys-revoked")

    assert await _calls(http, site, second) == 401


async def test_the_keys_of_one_member_are_found_from_the_members_own_page(ana: Watched, programs: Programs) -> None:
    page = ana.page
    await programs.put("users/bo", {})
    made = await programs.client.post("/api/keys", json={"owner": "bo", "name": "key of bo"})
    assert made.status_code == 201, made.text
    await ana.open("/admin/keys")
    await expect(page.get_by_role("row", name=re.compile("key of bo"))).to_have_count(1)
    everybodys = await page.get_by_role("row").count()

    await ana.open("/admin/members/bo")
    await page.get_by_role("main").get_by_role("link", name="Keys").click()

    await expect(page.get_by_label("Owner")).to_have_value("bo")
    await expect(page.get_by_role("row")).to_have_count(2)  # With its head.
    await expect(page.get_by_role("row", name=re.compile("key of bo"))).to_have_count(1)
    await ana.shoot("keys-of-one")
    # By keyboard, which must not lose its place while other keys come.
    await expect(page.get_by_label("Owner").locator("option").first).to_have_text("anybody")
    await page.get_by_label("Owner").focus()
    await page.keyboard.press("Home")
    await expect(page.get_by_role("row")).to_have_count(everybodys)
    await expect(page.get_by_label("Owner")).to_be_focused()


async def test_a_key_that_is_shown_once_stays_until_somebody_says_that_it_is_kept(ana: Watched) -> None:
    page = ana.page
    await _make(ana, "fragile")
    await page.get_by_role("link", name="I have kept it").click()
    await page.get_by_role("button", name="Replace the key fragile").click()
    dialog = page.get_by_role("dialog")
    await page.mouse.click(5, 5)
    await expect(dialog).to_be_visible()  # Nor does a click beside it lose what was chosen.
    await dialog.get_by_role("button", name="Replace", exact=True).click()
    shown = await _shown_key(dialog)

    await page.mouse.click(5, 5)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")

    assert await _shown_key(dialog) == shown
    await dialog.get_by_role("button", name="I have kept it").click()
    await expect(dialog).to_have_count(0)


async def test_what_is_wrong_with_a_new_key_is_said_beside_its_field(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/keys/~new")
    await page.get_by_label("Name").fill("lost")
    await page.get_by_label("Project").fill("no-such-project")

    await page.get_by_role("button", name="Make the key").click()

    await expect(page.get_by_role("alert")).to_contain_text("no-such-project")
    await expect(page.get_by_label("Name")).to_have_value("lost")
    ana.complaints.clear()  # The browser notes each refusal.


@pytest.mark.parametrize("client", ["curl", "OpenAI SDK", "Anthropic SDK"])
async def test_what_the_page_shows_for_a_client_works_as_it_stands(ana: Watched, tmp_path: Path, client: str) -> None:
    page, home = ana.page, tmp_path / "home"
    key = await _make(ana, f"for {client}")
    await _choose_rehearsal(page)
    await page.get_by_role("tab", name=client).click()

    said = ""
    for step in await page.get_by_role("tabpanel").get_by_role("figure").all():
        place, text = await step.locator("figcaption span").first.inner_text(), await step.locator("pre").inner_text()
        if place == "hello.py":
            (home / "project").mkdir(parents=True)
            (home / "project" / place).write_text(text)
        elif text.startswith("pip install "):
            assert (_PROGRAMS / "python").exists()  # The SDKs are there with the tests themselves.
        else:
            path = {"PATH": f"{_PROGRAMS}:/usr/bin:/bin"}
            ran = await run(["bash", "-ec", f"export DRAWBRIDGE_KEY={key}\n{text}"], home, path, _WITHIN_S)
            assert ran.code == 0, ran.shown
            said += ran.shown

    assert "Hello" in said


async def test_tabs_of_clients_are_chosen_by_keys(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/keys")
    await page.get_by_role("tab", name="curl").focus()

    await page.keyboard.press("End")
    await expect(page.get_by_role("tab", name="Claude Code")).to_be_focused()
    await page.keyboard.press("ArrowLeft")

    await expect(page.get_by_role("tab", name="Codex CLI", selected=True)).to_be_focused()
    await expect(page.get_by_role("tabpanel", name="Codex CLI")).to_contain_text('wire_api = "responses"')


@pytest.mark.parametrize("path", ["/admin/keys", "/admin/keys/~new"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_pages_of_keys_have_no_barriers_and_fit_into_360_pixels(
    chromium: Browser, site: RunningSite, session: Any, path: str, theme: Any
) -> None:
    narrow = {"width": 360, "height": 640}
    async with watched(chromium, site, storage_state=session, color_scheme=theme, viewport=narrow) as reader:
        await reader.open(path)
        await expect(reader.page.get_by_role("heading", level=1)).to_be_visible()

        assert await reader.find_barriers() == []
        assert await reader.overflow_px() <= 0
        await reader.shoot(f"keys-narrow-{theme}{'-new' if path.endswith('new') else ''}")


async def _make(ana: Watched, name: str) -> str:
    page = ana.page
    await ana.open("/admin/keys")
    await page.get_by_role("link", name="New key").click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Make the key").click()
    return await _shown_key(page)


async def _shown_key(where: Page | Locator) -> str:
    shown = await where.get_by_label("The key, for a shell").inner_text()
    return shown.removeprefix("export DRAWBRIDGE_KEY=")


async def _choose_rehearsal(page: Page) -> None:
    await page.get_by_role("button", name="Model:").click()
    await page.get_by_role("dialog").get_by_role("option", name=re.compile(r"^rehearsal ")).click()


async def _calls(http: aiohttp.ClientSession, site: RunningSite, key: str) -> int:
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"authorization": f"Bearer {key}"}
    async with http.post(f"{site.url}/v1/chat/completions", json=body, headers=headers) as reply:
        return reply.status
