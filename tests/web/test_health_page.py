"""The page of health in a real browser: what is well, what is not, and what to do."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.running_site import RunningSite

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium health_page")]

_LOOKED_ANEW_MS = 20_000
"""The page looks every five seconds."""
_KEYLESS = """fetch("/api/providers/keyless", {
  method: "PUT",
  headers: {"content-type": "application/json"},
  body: JSON.stringify({preset: "mistral"}),
}).then((reply) => reply.status)"""
_WITHOUT_IT = """fetch("/api/providers/keyless", {method: "DELETE"}).then((reply) => reply.status)"""


async def test_what_is_wrong_is_shown_with_what_to_do_and_goes_when_it_is_mended(ana: Watched) -> None:
    page = ana.page
    await ana.open("/admin/health")
    await expect(page.get_by_text("Everything is well.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Workers")).to_be_visible()
    await ana.shoot("health-well")

    assert await page.evaluate(_KEYLESS) == 201
    problem = page.get_by_role("listitem").filter(has_text="A provider has no credential")
    await expect(problem).to_contain_text("MISTRAL_API_KEY", timeout=_LOOKED_ANEW_MS)
    await expect(problem).to_contain_text("Or store the key on the page of providers.")
    await ana.shoot("health-broken")
    assert await page.evaluate(_WITHOUT_IT) == 204

    await expect(page.get_by_text("Everything is well.")).to_be_visible(timeout=_LOOKED_ANEW_MS)


async def test_that_the_database_is_away_is_told_with_what_becomes_of_calls(ana: Watched) -> None:
    page = ana.page
    away = {
        "error": {"code": "database_away", "message": "The database does not answer (gone). Try again in a moment."}
    }
    await page.route("**/api/health", lambda route: route.fulfill(status=503, json=away))

    await ana.open("/admin/health")

    await expect(page.get_by_role("alert")).to_contain_text("The database does not answer")
    await expect(page.get_by_text("Calls by keys used lately go on")).to_be_visible()
    ana.complaints.clear()  # The browser notes each 503.


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_of_health_has_no_barriers_and_fits_into_360_pixels(
    chromium: Browser, site: RunningSite, session: Any, theme: Any
) -> None:
    narrow = {"width": 360, "height": 640}
    async with watched(chromium, site, storage_state=session, color_scheme=theme, viewport=narrow) as reader:
        await reader.open("/admin/health")
        await expect(reader.page.get_by_role("heading", name="Versions")).to_be_visible()

        assert await reader.find_barriers() == []
        assert await reader.overflow_px() <= 0
        await reader.shoot(f"health-narrow-{theme}")
