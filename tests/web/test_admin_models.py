"""Providers, deployments, models, prices and secrets in a real browser, over a real server and a scripted vendor."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from tests.parts.answers import answer_by_path
from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.running_site import RunningSite
from tests.parts.scripts import always
from tests.parts.size import shared_out
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium admin_models")]

_JSON: Final = (("content-type", "application/json"),)
_KEY: Final = "sk-pasted-into-a-page"
_PLACES: Final = [
    "providers",
    "providers/~new",
    "providers/rehearsal",
    "deployments",
    "deployments/~new",
    "deployments/rehearsal",
    "models",
    "models/~new",
    "models/rehearsal",
    "prices",
    "prices/own:",
    "prices/discount:",
    "prices/settings",
    "secrets",
]


@pytest.fixture
async def vendor() -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(_served) as vendor:
        yield vendor


def _served(request: Request) -> Answer:
    if request.path == "/v1/models":
        listed = b'{"data": [{"id": "house-large"}, {"id": "house-small"}]}'
        return Answer(headers=_JSON, pieces=((listed, 0.0),))
    return answer_by_path(request)


async def _button(page: Page, name: str | re.Pattern[str]) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


def _was_refused(ana: Watched, status: int) -> None:
    """Take the browser's complaint of a request that was meant to be refused."""
    complaint = ana.complaints.pop()
    assert f"status of {status}" in complaint


async def _add_provider(ana: Watched, vendor: ScriptedVendor, name: str) -> None:
    """Make a provider with a key that is pasted."""
    page = ana.page
    await ana.open("/admin/providers")
    await page.get_by_role("link", name="New provider").click()
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Another, with an address of its own").check()
    await page.get_by_label("Base URL").fill(f"{vendor.url}/v1")
    await page.get_by_label("OpenAI Chat Completions").check()
    await _button(page, "Paste a key")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill(f"{name}-key")
    await dialog.get_by_label("Secret", exact=True).fill(_KEY)
    await ana.shoot("admin-paste-a-key")
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_label("Credential", exact=True)).to_have_value(f"stored:{name}-key")
    await _button(page, "Make it")
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


async def test_from_a_pasted_key_to_a_model_that_answers(ana: Watched, vendor: ScriptedVendor) -> None:
    page = ana.page
    await _add_provider(ana, vendor, "house")

    await _button(page, "Check the connection")
    await expect(page.get_by_text("It answers, and serves 2 models")).to_be_visible()
    await ana.shoot("admin-provider")
    await page.get_by_role("link", name="Deploy house-small").click()
    await expect(page.get_by_label("Upstream model")).to_have_value("house-small")
    await page.get_by_label("Name", exact=True).fill("small-at-home")
    await _button(page, "Make it")
    await page.get_by_role("button", name="Test it").click()
    await expect(page.get_by_text("It works.")).to_be_visible()
    await expect(page.get_by_text("Grüße from the script")).to_be_visible()
    await ana.shoot("admin-deployment-tested")
    await page.get_by_role("link", name="Make a model that routes to it").click()
    await page.get_by_label("Name", exact=True).fill("small")
    await _button(page, "Make it")

    await expect(page.get_by_role("heading", name="small", level=1)).to_be_visible()
    await expect(page.get_by_role("spinbutton", name="Weight of small-at-home")).to_have_value("1")
    called = [request for request in vendor.requests if request.path == "/v1/chat/completions"]
    assert [dict(request.headers)["authorization"] for request in called] == [f"Bearer {_KEY}"]
    assert _KEY not in await page.content()


async def test_a_deployment_is_tested_by_keys_alone_and_its_vendors_words_are_shown(
    ana: Watched, vendor: ScriptedVendor
) -> None:
    page, keyboard = ana.page, ana.page.keyboard
    await _add_provider(ana, vendor, "locked")
    await ana.open("/admin/deployments/~new?provider=locked&model=house-large")
    await page.get_by_label("Name", exact=True).fill("locked-large")
    await keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="locked-large", level=1)).to_be_visible()
    error = b'{"error": {"message": "The model house-large was retired.", "type": "invalid_request_error"}}'
    vendor.script = always(Answer(status=404, headers=_JSON, pieces=((error, 0.0),)))

    await _tab_to(page, "Test it")
    await keyboard.press("Enter")

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("There is no such model there.")
    await expect(alert).to_contain_text("The model house-large was retired.")
    await expect(alert).to_contain_text("HTTP status 404")
    await ana.shoot("admin-deployment-refused")
    await ana.open("/admin/deployments")
    await page.get_by_role("button", name="Test locked-large").click()
    await expect(page.get_by_role("row", name=re.compile("locked-large"))).to_contain_text("fails")


async def _tab_to(page: Page, name: str) -> None:
    """Press Tab until a button of this name has the focus."""
    wanted = page.get_by_role("button", name=name, exact=True)
    for _ in range(80):
        if await wanted.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


async def test_every_row_of_deployments_is_tested_by_one_click(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/deployments")

    for name in ("rehearsal", "rehearsal-embedding"):
        await page.get_by_role("button", name=f"Test {name}", exact=True).click()

    await expect(page.get_by_text(re.compile(r"^works, \d+"))).to_have_count(2)
    await ana.shoot("admin-deployments")


async def test_a_provider_of_a_known_vendor_needs_its_key_and_a_name(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/providers/~new")

    await page.get_by_label("Anthropic", exact=True).check()

    await expect(page.get_by_text("Left empty: https://api.anthropic.com/v1")).to_be_visible()
    await expect(page.get_by_text("does not have the variable ANTHROPIC_API_KEY")).to_be_visible()
    await ana.shoot("admin-provider-new")


async def test_weights_are_shown_as_shares_and_a_route_without_deployments_is_refused_in_words(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/models/~new")
    await page.get_by_label("Name", exact=True).fill("mixed")
    await _button(page, "Make it")
    await expect(page.get_by_role("alert")).to_contain_text("route")
    _was_refused(ana, 422)

    for name in ("rehearsal", "rehearsal-embedding"):
        await _button(page, "Add a deployment")
        await page.get_by_role("combobox", name="Add a deployment").fill(name)
        await page.keyboard.press("Enter")
    await page.get_by_role("spinbutton", name="Weight of rehearsal", exact=True).fill("3")

    await expect(page.get_by_text("75%")).to_be_visible()
    await expect(page.get_by_text("25%")).to_be_visible()
    await _button(page, "Make it")
    await expect(page.get_by_role("heading", name="mixed", level=1)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("spinbutton", name="Weight of rehearsal", exact=True)).to_have_value("3")
    await ana.shoot("admin-model")
    await page.get_by_role("link", name="Find out who may use it").click()
    await expect(page).to_have_url(re.compile(r"/admin/explain\?.*model%3Amixed"))


async def test_a_price_of_ones_own_holds_and_a_wrong_one_is_told_beside_its_field(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/prices")
    await page.get_by_role("link", name="New price").click()
    await page.get_by_label("Name", exact=True).fill("contract")
    await page.get_by_label("Provider").fill("rehearsal")
    await page.get_by_label("Upstream model").fill("rehearsal-embedding")
    await page.get_by_label("Input", exact=True).fill("2.5")
    await page.get_by_label("Output", exact=True).fill("10")
    await page.get_by_label("Currency").fill("EUR")
    await _button(page, "Make it")
    await expect(page.get_by_label("Currency")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("EUR has no rate").first).to_be_visible()
    await ana.shoot("admin-price-refused")
    _was_refused(ana, 422)

    await page.get_by_label("Currency").fill("")
    await _button(page, "Make it")

    row = page.get_by_role("row", name=re.compile(r"^rehearsal-embedding .*\$2\.50"))
    await expect(row.get_by_text("own", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="contract")).to_be_visible()
    await ana.shoot("admin-prices")


async def test_what_becomes_of_unknown_prices_is_chosen(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/prices/settings")

    await page.get_by_label("Calls whose price is unknown").select_option(label="booked at a ceiling price")
    await page.get_by_label("Input", exact=True).fill("30")
    await page.get_by_label("Output", exact=True).fill("150")
    await _button(page, "Add a rate")
    await page.get_by_label("Currency").fill("EUR")
    await page.get_by_label("In US dollars").fill("1.1")
    await page.get_by_label("Holds from").fill("2026-01-01")
    await ana.shoot("admin-price-settings")
    await _button(page, "Save")

    await expect(page.get_by_role("definition").filter(has_text="booked at a ceiling price")).to_be_visible()
    await expect(page.get_by_text("One rate")).to_be_visible()


async def test_a_secret_is_stored_replaced_and_not_deleted_while_it_is_used(
    ana: Watched, vendor: ScriptedVendor
) -> None:
    page = ana.page
    await _add_provider(ana, vendor, "vault")
    await ana.open("/admin/secrets")
    row = page.get_by_role("row", name=re.compile("vault-key"))
    await expect(row.get_by_role("link", name="vault", exact=True)).to_be_visible()

    await page.get_by_role("button", name="Replace vault-key").click()
    await page.get_by_role("dialog").get_by_label("Secret", exact=True).fill("another")
    await _button(page, "Replace it")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Delete vault-key?").click()
    await _button(page, "Delete")

    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("is used by providers.vault")
    await ana.shoot("admin-secret-in-use")
    _was_refused(ana, 409)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_page_of_models_has_barriers_in_either_theme(
    chromium: Browser, site: RunningSite, session: Any, theme: Any
) -> None:
    async with watched(chromium, site, storage_state=session, color_scheme=theme) as reader:
        found: dict[str, list[str]] = {}
        for place in shared_out(_PLACES, theme, "light", "dark"):
            await reader.open(f"/admin/{place}")
            await _settled(reader.page)
            found[place] = await reader.find_barriers()
        await reader.shoot(f"admin-prices-settings-{theme}")

        assert {place: barriers for place, barriers in found.items() if barriers} == {}
        assert reader.complaints == []


async def test_every_page_of_models_fits_into_360_pixels(chromium: Browser, site: RunningSite, session: Any) -> None:
    async with watched(
        chromium, site, storage_state=session, viewport={"width": 360, "height": 640}, locale="de-DE"
    ) as reader:
        too_wide: dict[str, int] = {}
        for place in _PLACES:
            await reader.open(f"/admin/{place}")
            await _settled(reader.page)
            too_wide[place] = await reader.overflow_px()
            await reader.shoot(f"narrow-admin-{re.sub('[^a-z]+', '-', place).strip('-')}")

        assert {place: px for place, px in too_wide.items() if px > 0} == {}


async def _settled(page: Page) -> None:
    # The first page of a new profile loads everything.
    await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=20_000)
    await page.wait_for_load_state("networkidle")
