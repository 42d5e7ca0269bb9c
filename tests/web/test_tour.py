"""Takes the pictures of docs/tour.md: the first two minutes of a newcomer, and an administrator's first day.

They are laid into artifacts/tour; copied from there into docs/tour they are the document's.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.clients.running import run
from tests.parts.administering import Json, Programs, programs_of
from tests.parts.browsing import EMAIL, PASSWORD, Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.model_server import TITLE, serve
from tests.parts.running_site import RunningSite, running_site
from tests.parts.vendor import ScriptedVendor

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium tour")]

_ROOT: Final = Path(__file__).resolve().parents[2]
_TAKEN: Final = _ROOT / "artifacts" / "tour"
_KEPT: Final = _ROOT / "docs" / "tour"
_MOST_BYTES: Final = 150_000
_WITHIN_S: Final = 60.0


@dataclass(slots=True)
class Tour:
    """A browser that takes pictures on its way."""

    watched: Watched
    site: RunningSite
    taken: list[str] = field(default_factory=list[str])

    @property
    def page(self) -> Page:
        return self.watched.page

    async def picture(self, name: str, of: Locator | None = None) -> None:
        """Take a picture of the page, with what matters in sight."""
        if of is not None:
            await of.scroll_into_view_if_needed()
        _TAKEN.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=_TAKEN / f"{name}.png", animations="disabled", caret="hide")
        self.taken.append(name)


@pytest.fixture
async def tour(chromium: Browser, tmp_path: Path, database_url: str) -> AsyncIterator[Tour]:
    async with ScriptedVendor(serve) as server:
        settings = {"OLLAMA_HOST": server.url}
        async with (
            running_site(tmp_path / "data", database_url, settings) as site,
            watched(chromium, site, viewport={"width": 1000, "height": 660}) as opened,
        ):
            yield Tour(opened, site)


async def test_the_tour_can_be_taken_as_it_is_told(tour: Tour, tmp_path: Path) -> None:
    await _make_the_first_account(tour)
    await _choose_who_answers(tour)
    async with programs_of(tour.site) as programs:
        await programs.put("prices", {"own": {name: _price(name) for name in ("llama-large", "llama-small")}})
        await _ask_something(tour)
        await _make_a_key_and_call(tour, tmp_path / "home")
        await _invite_somebody(tour, programs)
        await _ask_why(tour, programs)
        await _try_a_deployment(tour)
        await _look_at_money(tour, programs)
    await _look_at(tour, "keys", "Keys")
    await _look_at(tour, "audit", "Audit record")
    await _look_at(tour, "health", "Health")

    assert (tour.watched.elsewhere, tour.watched.complaints) == ([], [])
    told = re.findall(r"\]\(tour/([\w-]+)\.png\)", (_ROOT / "docs" / "tour.md").read_text())
    assert told == tour.taken
    assert sorted(told) == sorted(path.stem for path in _KEPT.iterdir())
    assert max(path.stat().st_size for path in (*_TAKEN.iterdir(), *_KEPT.iterdir())) <= _MOST_BYTES


def _price(model: str) -> Json:
    return {"provider": "ollama", "model": model, "per_million": {"input": "0.4", "output": "1.2"}}


async def _make_the_first_account(tour: Tour) -> None:
    page, site = tour.page, tour.site
    await tour.watched.open(f"/set-up#{site.set_up_token}")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Name").fill("Ana Arden")
    await page.get_by_label("Password").fill(PASSWORD)
    await tour.picture("set-up")
    await page.get_by_role("button", name="Make the account").click()
    await expect(page.get_by_role("heading", name="Welcome, Ana Arden")).to_be_visible()


async def _choose_who_answers(tour: Tour) -> None:
    page = tour.page
    await expect(page.get_by_role("button", name="Use Ollama")).to_be_visible()
    await tour.picture("who-answers")
    await page.get_by_role("button", name="Use Ollama").click()
    await expect(page.get_by_text("answers, with 2 models").first).to_be_visible()


async def _ask_something(tour: Tour) -> None:
    page = tour.page
    await page.get_by_role("button", name="Model:").first.click()
    await page.get_by_role("combobox", name="Choose a model").fill("llama-large")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    await tour.picture("answer")


async def _make_a_key_and_call(tour: Tour, home: Path) -> None:
    page = tour.page
    await page.get_by_role("link", name="First steps").click()
    await page.get_by_role("button", name="Make the key").click()
    shown = page.get_by_label("The key, for a shell")
    await expect(shown).to_be_visible()
    await tour.picture("key", page.get_by_role("tablist"))
    lines = f"{await shown.inner_text()}\n{await page.get_by_label('In a shell').inner_text()}"
    ran = await run(["bash", "-c", lines], home, {}, _WITHIN_S)
    assert ran.code == 0, ran.shown
    await expect(page.get_by_text("All is set up.")).to_be_visible()
    await tour.picture("first-call", page.get_by_role("button", name="Go to the chat"))


async def _invite_somebody(tour: Tour, programs: Programs) -> None:
    page = tour.page
    await programs.put("teams/research", {"display_name": "Research"})
    await tour.watched.open("/admin/invitations/~new")
    await page.get_by_label("E-mail").fill("bo@example.com")
    await page.get_by_label("Display name").fill("Bo Berg")
    await page.get_by_role("button", name="Add a team").click()
    await page.keyboard.type("Research")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Invite somebody").click()
    await expect(page.get_by_role("heading", level=1, name="The invitation is ready")).to_be_visible()
    await tour.picture("invitation")


async def _ask_why(tour: Tour, programs: Programs) -> None:
    deny = {"effect": "deny", "to": "team:research", "may": ["use"], "on": ["model:llama-large"]}
    await programs.put("grants/large-is-not-for-research", deny)
    await tour.watched.open("/admin/explain?who=user:bo&may=use&on=model:llama-large")
    await expect(tour.page.get_by_role("row", name=re.compile("large-is-not-for-research"))).to_be_visible()
    await tour.picture("explain")


async def _try_a_deployment(tour: Tour) -> None:
    page = tour.page
    await tour.watched.open("/admin/deployments")
    await page.get_by_role("link", name="ollama/llama-small").click()
    await page.get_by_role("button", name="Test it").click()
    await expect(page.get_by_text("It works.")).to_be_visible()
    await tour.picture("deployment")


async def _look_at_money(tour: Tour, programs: Programs) -> None:
    page = tour.page
    await programs.put("budgets/research", {"limit_usd": "50", "of": "team:research"})
    await tour.watched.open("/admin/budgets")
    await expect(page.get_by_text("research").first).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await tour.picture("budgets")
    await tour.watched.open("/admin/usage")
    await expect(page.get_by_text("llama-large").first).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await tour.picture("usage", page.get_by_role("figure").first)


async def _look_at(tour: Tour, page: str, title: str) -> None:
    await tour.watched.open(f"/admin/{page}")
    await expect(tour.page.get_by_role("heading", level=1, name=title)).to_be_visible()
    await expect(tour.page.get_by_role("table").first).to_be_visible()
    await tour.picture(page)
