"""The first minutes of a newcomer: from the link that the start printed to an answer, a key and a call in the usage."""

import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.clients.running import run
from tests.parts.browsing import EMAIL, PASSWORD, Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.model_server import serve
from tests.parts.running_site import RunningSite, running_site
from tests.parts.vendor import ScriptedVendor

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium first_run")]

_WITHIN_S = 60.0


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[ScriptedVendor]:
    """A model server on this machine."""
    async with ScriptedVendor(serve) as server:
        yield server


@pytest.fixture(scope="module")
async def site(
    tmp_path_factory: pytest.TempPathFactory, shared_database_url: str, server: ScriptedVendor
) -> AsyncIterator[RunningSite]:
    folder = tmp_path_factory.mktemp("site") / "data"
    async with running_site(folder, shared_database_url, {"OLLAMA_HOST": server.url}) as site:
        yield site


@pytest.fixture
async def new_site(tmp_path: Path, database_url: str, server: ScriptedVendor) -> AsyncIterator[RunningSite]:
    """An installation that nobody has an account of."""
    async with running_site(tmp_path / "data", database_url, {"OLLAMA_HOST": server.url}) as site:
        yield site


async def test_a_newcomer_has_an_answer_a_key_and_the_first_call_in_the_usage_within_two_minutes(
    chromium: Browser, new_site: RunningSite, tmp_path: Path
) -> None:
    began = time.monotonic()
    async with watched(chromium, new_site) as newcomer:
        page = newcomer.page
        await newcomer.open(f"/set-up#{new_site.set_up_token}")
        await page.get_by_label("E-mail").fill(EMAIL)
        await page.get_by_label("Name").fill("Ana Arden")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Make the account").click()
        await expect(page.get_by_role("heading", name="Welcome, Ana Arden")).to_be_visible()

        await page.get_by_role("button", name="Use Ollama").click()
        await expect(_step(page, "Choose who answers")).to_contain_text("answers, with 2 models")
        await newcomer.shoot("welcome-answerer")
        await _choose_model(page, _step(page, "Ask something"), "llama-large")
        await page.get_by_role("button", name="Ask", exact=True).click()
        await expect(page.get_by_role("article", name="Answer of llama-large")).to_be_visible()
        await expect(page.get_by_role("button", name="Answer again")).to_be_visible()

        await page.get_by_role("link", name="First steps").click()
        await page.get_by_role("button", name="Make the key").click()
        exported = await page.get_by_label("The key, for a shell").inner_text()
        called = await page.get_by_label("In a shell").inner_text()
        await expect(_step(page, "See the first call")).to_contain_text("Waiting for the first call")
        ran = await run(["bash", "-c", f"{exported}\n{called}"], tmp_path / "home", {}, _WITHIN_S)
        await expect(_step(page, "See the first call")).to_contain_text("Here it is.")
        await expect(page.get_by_text("All is set up.")).to_be_visible()
        await newcomer.shoot("welcome-done")
        took_s = time.monotonic() - began
        await page.get_by_role("button", name="Go to the chat").click()
        await expect(page).to_have_url(re.compile("/chat$"))
        await expect(page.get_by_role("link", name="First steps")).to_have_count(0)

        assert ran.code == 0, ran.shown
        assert '"choices"' in ran.shown
        assert (newcomer.elsewhere, newcomer.complaints) == ([], [])
    print(f"from the link to the first call: {took_s:.1f} s, without the time that a person takes")
    assert took_s < 120


async def test_a_wrong_key_of_a_vendor_is_told_at_once_and_the_right_one_takes_its_place(
    ana: Watched, server: ScriptedVendor
) -> None:
    page = ana.page
    await page.route("**/api/providers/openai", _directed_to(server))
    await ana.open("/welcome")

    await page.get_by_label("Key", exact=True).fill("wrong")
    await page.get_by_role("button", name="Use this key").click()
    told = _step(page, "Choose who answers").get_by_role("alert")
    await expect(told).to_have_text("Incorrect API key provided.")
    await ana.shoot("welcome-wrong-key")
    await page.get_by_label("Key", exact=True).fill("right")
    await page.get_by_role("button", name="Use this key").click()

    await expect(_step(page, "Choose who answers")).to_contain_text("answers, with 2 models")
    await expect(told).to_have_count(0)
    await expect(page.get_by_label("Key", exact=True)).to_have_value("")


async def test_the_first_steps_are_taken_by_keyboard_alone(ana: Watched) -> None:
    page = ana.page
    await ana.open("/welcome")
    await expect(page.get_by_role("heading", name="Welcome, Ana Arden")).to_be_visible()

    await _open_by_keys(page, "Choose who answers")
    await _tab_to(page, page.get_by_role("button", name="Begin with the rehearsal model"))
    await page.keyboard.press("Enter")
    await _open_by_keys(page, "Ask something")
    await _tab_to(page, page.get_by_label("Question"))
    await page.keyboard.press("Control+a")
    await page.keyboard.type("By keys alone")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("article", name="Answer of")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("By keys alone")


async def test_who_looks_after_nothing_begins_with_a_question(ana: Watched) -> None:
    page = ana.page
    nothing: dict[str, object] = {"use": ["model"], "read": [], "manage": [], "approve": [], "own_keys": False}
    await page.route("**/api/me/abilities", lambda route: route.fulfill(json=nothing))

    await ana.open("/welcome")

    await expect(page.locator("main").get_by_role("heading", level=2)).to_have_text(["Ask something"])
    # Of providers and keys nothing was asked that would be refused.
    assert ana.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_first_steps_have_no_barriers_in_either_theme(
    chromium: Browser, site: RunningSite, session: Any, theme: Any
) -> None:
    async with watched(chromium, site, storage_state=session, color_scheme=theme) as reader:
        await reader.open("/welcome")
        await _open_all(reader.page)

        assert await reader.find_barriers() == []
        await reader.shoot(f"welcome-{theme}")


async def test_the_first_steps_fit_into_360_pixels(chromium: Browser, site: RunningSite, session: Any) -> None:
    narrow = {"width": 360, "height": 640}
    async with watched(chromium, site, storage_state=session, viewport=narrow, locale="de-DE") as reader:
        await reader.open("/welcome")
        await _open_all(reader.page)

        assert await reader.overflow_px() <= 0
        assert await reader.find_barriers() == []
        await reader.shoot("welcome-narrow")


def _step(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))


async def _choose_model(page: Page, within: Locator, name: str) -> None:
    await within.get_by_role("button", name="Model:").click()
    await page.get_by_role("combobox", name="Choose a model").fill(name)
    await page.keyboard.press("Enter")


async def _open_all(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("summary h2").first).to_be_visible()
    for step in await page.locator("main details").all():
        if await step.get_attribute("open") is None:
            await step.locator("summary").click()


async def _open_by_keys(page: Page, title: str) -> None:
    head = page.locator("summary", has_text=title)
    await _tab_to(page, head)
    if not await head.evaluate("each => each.parentElement.open"):
        await page.keyboard.press("Enter")


async def _tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(80):
        if await wanted.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} was not reached by the Tab key")


def _directed_to(server: ScriptedVendor) -> Any:
    """Let a provider of a preset be made with another address than its vendor's."""

    async def direct(route: Route) -> None:
        if route.request.method == "PUT":
            # Any: JSON.
            sent: dict[str, Any] = json.loads(route.request.post_data or "{}")
            body = {**sent, "base_url": f"{server.url}/v1"}
            await route.continue_(post_data=json.dumps(body))
        else:
            await route.continue_()

    return direct
