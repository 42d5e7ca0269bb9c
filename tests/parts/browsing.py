"""The workspace in a real browser: signed in, watched for what it must not do, and measured."""

import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

from drawbridge.workspace import BUILT
from tests.parts.chromium import PATIENCE_MS, opened
from tests.parts.keyboard import keyboard_faults

PASSWORD: Final = "orbit lantern velvet"
EMAIL: Final = "ana@example.com"
_ROOT: Final = Path(__file__).resolve().parents[2]
_AXE: Final = _ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_SHOTS: Final = _ROOT / "artifacts" / "workspace"
# WCAG 2.2 AA and all that it stands on.
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# A busy machine must fail no test: what is waited for comes at once where it is not.
expect.set_options(timeout=PATIENCE_MS)

needs_pages = pytest.mark.skipif(
    not (BUILT / "index.html").is_file() and os.environ.get("CI") != "true",
    reason="the pages are not built: install Node, then run tools/build_web.py",
)


class OpenSite(Protocol):
    """Where pages are served, and what opens them."""

    @property
    def url(self) -> str: ...
    @property
    def set_up_token(self) -> str: ...


@dataclass
class Watched:
    """A page, and what it did. Without slots, since playwright keeps something of its own in whose method it calls."""

    page: Page
    site: OpenSite
    complaints: list[str] = field(default_factory=list[str])
    """What the browser complained of: errors of scripts, and what the content security policy stopped."""
    elsewhere: list[str] = field(default_factory=list[str])
    """Requests to other origins."""

    async def open(self, path: str) -> None:
        await self.page.goto(self.site.url + path)

    async def shoot(self, name: str) -> None:
        """Keep a picture, to be looked at."""
        _SHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=_SHOTS / f"{name}.png")

    async def find_barriers(self) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA, and what a pass by the Tab key finds."""
        await self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        # Any: what axe returns.
        options = json.dumps({"runOnly": _RULES})
        found: dict[str, Any] = await self.page.evaluate(f"axe.run(document, {options})")
        barriers = [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]
        return [*barriers, *await keyboard_faults(self.page)]

    async def overflow_px(self) -> int:
        """Return by how much the page is wider than the window."""
        return await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    def note(self, message: ConsoleMessage) -> None:
        """Take what was written to the console."""
        if message.type == "error":
            self.complaints.append(message.text)

    def ask(self, request: Request) -> None:
        """Take a request that the page made."""
        if not request.url.startswith((self.site.url, "blob:")):
            self.elsewhere.append(request.url)


@asynccontextmanager
async def watched(browser: Browser, site: OpenSite, **options: Any) -> AsyncGenerator[Watched]:
    """Open a page in a profile of its own, in English unless something else is said."""
    # What is waited for takes its time on a busy machine.
    expect.set_options(timeout=PATIENCE_MS)
    async with opened(browser, **{"locale": "en-GB", **options}) as (_, page):
        watching = Watched(page, site)
        page.on("console", watching.note)
        page.on("pageerror", lambda error: watching.complaints.append(str(error)))
        page.on("request", watching.ask)
        yield watching


async def make_account(watched: Watched) -> None:
    """Make the first account, whose session the browser then has."""
    page = watched.page
    await watched.open(f"/set-up#{watched.site.set_up_token}")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Name").fill("Ana Arden")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make the account").click()
    await expect(page.get_by_role("heading", name="Ana Arden")).to_be_visible()


async def sign_in(page: Page) -> None:
    """Sign in on the page that asks for it."""
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in with the password").click()
