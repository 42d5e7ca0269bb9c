"""Passkeys in a real browser: registered, shown, copied."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from pyotp.totp import TOTP
from sqlalchemy import text

from tests.parts.chromium import add_authenticator, needs_chromium, opened, running_chromium
from tests.parts.running_site import RunningSite, running_site

pytestmark = [pytest.mark.passkeys, needs_chromium, pytest.mark.xdist_group("chromium")]

_PASSWORD = "orbit lantern velvet"


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[RunningSite]:
    async with running_site(tmp_path / "data", database_url) as site:
        yield site


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    async with opened(chromium) as (_, page):
        yield page


async def _set_up(site: RunningSite, page: Page) -> None:
    await page.goto(f"{site.url}/set-up#{site.set_up_token}")
    await page.get_by_label("E-mail").fill("ana@example.com")
    await page.get_by_label("Name").fill("Ana Arden")
    await page.get_by_label("Password").fill(_PASSWORD)
    await page.get_by_role("button", name="Make the account").click()
    # To the first steps, where the workspace was built.
    await expect(page).to_have_url(re.compile("/(welcome|account)$"))
    await page.goto(f"{site.url}/account")
    await expect(page.get_by_role("heading", name="Ana Arden")).to_be_visible()


async def _add_passkey(page: Page, name: str = "This laptop") -> None:
    await page.get_by_label("Name of a new passkey").fill(name)
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.locator("#passkeys li")).to_have_count(1)


async def _sign_out(page: Page) -> None:
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_passkey_is_registered_and_signs_in_without_an_email(site: RunningSite, page: Page) -> None:
    await add_authenticator(page)
    await _set_up(site, page)
    await _add_passkey(page)
    await _sign_out(page)

    await page.get_by_role("button", name="Sign in with a passkey").click()

    await expect(page.get_by_role("heading", name="Ana Arden")).to_be_visible()
    assert re.search("/account$", page.url)
    assert await _recorded(site) == ["passkey.added", "session.ended", "session.began"]


async def test_a_copied_passkey_is_refused_marked_and_ends_every_session(site: RunningSite, page: Page) -> None:
    device = await add_authenticator(page)
    await _set_up(site, page)
    await _add_passkey(page)
    [before] = await device.credentials()
    await _sign_out(page)
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("heading", name="Ana Arden")).to_be_visible()

    await page.context.clear_cookies()
    await device.put(before)
    await page.goto(f"{site.url}/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()

    await expect(page.get_by_role("alert")).to_contain_text("This passkey was copied")
    async with site.database.system("sign_in") as connection:
        assert (await connection.execute(text("select count(*) from platform.session"))).scalar_one() == 0
        assert (await connection.execute(text("select cloned_at from platform.passkey"))).scalar_one() is not None
        recorded = "select outcome from audit_event where action = 'passkey.copied'"
        assert (await connection.execute(text(recorded))).scalar_one() == "denied"
    await device.put({**before, "signCount": 1000})
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("alert")).to_contain_text("This passkey opens no account here")


async def test_a_passkey_is_shown_once_more_for_a_dangerous_act(site: RunningSite, page: Page) -> None:
    await add_authenticator(page)
    await _set_up(site, page)
    await _add_passkey(page)
    async with site.database.system("sign_in") as connection:
        await connection.execute(text("update platform.session set stepped_up_at = now() - interval '1 hour'"))

    await page.get_by_role("button", name="Make new ones").click()
    await page.get_by_role("button", name="Use a passkey").click()

    await expect(page.locator("#codes li")).to_have_count(10)
    # The first passkey brought as many codes, so that the page alone does not tell.
    async with asyncio.timeout(30):
        while "recovery_codes.renewed" not in (actions := await _recorded(site)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert actions == ["passkey.added", "session.stepped_up", "recovery_codes.renewed"]


async def _recorded(site: RunningSite) -> list[str]:
    """Return the actions on record since the first account was made."""
    async with site.database.system("sign_in") as connection:
        actions = (await connection.execute(text("select action from audit_event order by number"))).scalars().all()
    return [*actions[actions.index("session.began") + 1 :]]


async def test_the_account_page_shows_nothing_until_it_knows_whose_it_is(site: RunningSite, page: Page) -> None:
    await page.route("**/api/me", lambda route: route.abort())

    await page.goto(f"{site.url}/account")

    await expect(page.get_by_role("alert").first).not_to_be_empty()
    await expect(page.get_by_role("heading", name="Passkeys")).to_be_hidden()
    await expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_hidden()


async def test_the_pages_are_used_by_keyboard_alone_on_a_narrow_screen(site: RunningSite, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.goto(f"{site.url}/set-up#{site.set_up_token}")
    assert not page.url.endswith(site.set_up_token)
    for typed in ("ana@example.com", "Ana Arden", _PASSWORD):
        await page.keyboard.press("Tab")
        await page.keyboard.type(typed)
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Ana Arden")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


async def test_an_invited_person_joins_and_an_app_guards_the_account(
    site: RunningSite, page: Page, chromium: Browser
) -> None:
    await _set_up(site, page)
    invited = await page.evaluate(
        "fetch('/api/invitations', {method: 'POST', headers: {'content-type': 'application/json'},"
        " body: JSON.stringify({email: 'bo@example.com'})}).then((reply) => reply.json())"
    )
    async with opened(chromium) as (_, theirs):
        await theirs.goto(invited["link"])
        await theirs.get_by_label("Name").fill("Bo Berg")
        await theirs.get_by_label("Password").fill("harbour copper window")
        await theirs.get_by_role("button", name="Make an account and join").click()
        await expect(theirs.get_by_text("bo@example.com, bo in the organisation default")).to_be_visible()
        await theirs.get_by_role("button", name="Add an app").click()
        await expect(theirs.locator("#secret")).not_to_be_empty()
        secret = (await theirs.locator("#secret").inner_text()).replace(" ", "")
        await theirs.get_by_label("The code that it shows").fill(TOTP(secret).now())
        await theirs.get_by_role("button", name="Use this app").click()
        await expect(theirs.locator("#codes li")).to_have_count(10)
        recovery_code = await theirs.locator("#codes li").first.inner_text()
        await _sign_out(theirs)
        await theirs.get_by_label("E-mail").fill("bo@example.com")
        await theirs.get_by_label("Password").fill("harbour copper window")
        await theirs.get_by_role("button", name="Sign in with the password").click()
        await theirs.get_by_label("Code").fill(recovery_code)
        await theirs.get_by_role("button", name="Go on").click()

        await expect(theirs.get_by_role("heading", name="Bo Berg")).to_be_visible()
