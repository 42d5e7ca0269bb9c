"""The pages as a running worker serves them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

import drawbridge.identity.signin
from tests.parts.running_site import RunningSite, running_site

_PAGES = ("/set-up", "/sign-in", "/invitation", "/account")
_FOLDER = Path(drawbridge.identity.signin.__file__).parent / "pages"


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[RunningSite]:
    async with running_site(tmp_path_factory.mktemp("site") / "data", shared_database_url) as site:
        yield site


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


async def test_every_page_and_file_lets_nothing_else_in(site: RunningSite, client: aiohttp.ClientSession) -> None:
    for path in (*_PAGES, *(f"/sign-in-assets/{file.name}" for file in _FOLDER.iterdir())):
        async with client.get(site.url + path) as reply:
            policy = reply.headers["content-security-policy"]
            assert reply.status == 200, path
            assert reply.headers["x-frame-options"] == "DENY"
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_no_page_has_script_or_style_of_its_own_or_from_elsewhere() -> None:
    for page in _FOLDER.glob("*.html"):
        text = page.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=\"/sign-in-assets/)", text), page.name
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), page.name


def test_no_script_writes_html() -> None:
    for script in _FOLDER.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script.read_text())


@pytest.mark.parametrize("name", ["127.0.0.1", "[::1]"])
async def test_other_loopback_names_lead_to_localhost(
    site: RunningSite, client: aiohttp.ClientSession, name: str
) -> None:
    headers = {"host": f"{name}:{site.port}"}

    async with client.get(f"{site.url}/sign-in", headers=headers, allow_redirects=False) as reply:
        assert (reply.status, reply.headers["location"]) == (307, f"{site.url}/sign-in")


async def test_a_name_of_somebody_else_that_points_here_shows_no_page_and_signs_nobody_in(
    site: RunningSite, client: aiohttp.ClientSession
) -> None:
    headers = {"host": f"evil.example:{site.port}"}

    async with client.get(f"{site.url}/sign-in", headers=headers, allow_redirects=False) as reply:
        assert reply.status == 421
        assert "evil.example" not in await reply.text()
    body = {"email": "ana@example.com", "password": "orbit lantern velvet"}
    async with client.post(f"{site.url}/api/auth/password", json=body, headers=headers) as reply:
        assert reply.status == 401


async def test_a_browser_at_the_bare_address_gets_the_workspace_and_a_probe_a_sign_of_life(
    site: RunningSite, client: aiohttp.ClientSession
) -> None:
    async with client.get(site.url, headers={"accept": "text/html"}, allow_redirects=False) as reply:
        assert reply.status in (200, 503), "503 where the pages are not built"
        assert "workspace" in await reply.text()
    async with client.get(site.url) as reply:
        assert await reply.text() == "ok\n"


async def test_a_page_is_only_read_and_a_file_that_is_not_there_is_not_found(
    site: RunningSite, client: aiohttp.ClientSession
) -> None:
    async with client.post(f"{site.url}/sign-in") as reply:
        assert reply.status == 405
    for path in ("/sign-in-assets/../http.py", "/sign-in-assets/%2e%2e%2fhttp.py", "/sign-in-assets/nothing.js"):
        async with client.get(site.url + path, allow_redirects=False) as reply:
            assert reply.status == 404


async def test_an_unauthenticated_body_is_bounded(site: RunningSite, client: aiohttp.ClientSession) -> None:
    async with client.post(f"{site.url}/api/auth/password", data=b"x" * 70_000) as reply:
        assert reply.status == 413
