"""A real browser, with an authenticator that software plays (Chromium's WebAuthn domain of the DevTools protocol)."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

# The same browser without the windows around its pages, which would cost three times as much time here.
_PROGRAM = shutil.which("chromium-headless-shell")
PATIENCE_MS = 20_000

needs_chromium = pytest.mark.skipif(
    _PROGRAM is None,
    reason="chromium-headless-shell is missing: install the package that tools/system_packages.txt names",
)


@asynccontextmanager
async def running_chromium() -> AsyncGenerator[Browser]:
    """Start the browser that the system has."""
    # A sandbox needs user namespaces, which root in a container does not have.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_PROGRAM, args=arguments)
        yield browser
        await browser.close()


async def _send(session: CDPSession, method: str, **parameters: object) -> dict[str, Any]:
    # Any: what the protocol answers; playwright does not type it.
    return cast("dict[str, Any]", await session.send(method, parameters))  # pyright: ignore[reportUnknownMemberType]


@dataclass(frozen=True, slots=True)
class Authenticator:
    """A device that keeps passkeys, and whose owner always says yes."""

    session: CDPSession
    id: str

    async def credentials(self) -> list[dict[str, Any]]:
        """Return its passkeys, with private keys and counters."""
        found = await _send(self.session, "WebAuthn.getCredentials", authenticatorId=self.id)
        return found["credentials"]

    async def lose(self, credential: dict[str, Any]) -> None:
        """Take a passkey of it away."""
        lost = credential["credentialId"]
        await _send(self.session, "WebAuthn.removeCredential", authenticatorId=self.id, credentialId=lost)

    async def put(self, credential: dict[str, Any]) -> None:
        """Give it a passkey, in place of any with the same id."""
        if credential["credentialId"] in [each["credentialId"] for each in await self.credentials()]:
            await self.lose(credential)
        await _send(self.session, "WebAuthn.addCredential", authenticatorId=self.id, credential=credential)


async def add_authenticator(page: Page) -> Authenticator:
    """Give a page an authenticator built into the device."""
    session = await page.context.new_cdp_session(page)
    await _send(session, "WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = await _send(session, "WebAuthn.addVirtualAuthenticator", options=options)
    return Authenticator(session, added["authenticatorId"])


async def note_wire_bytes(page: Page) -> list[float]:
    """Return a list that takes the size on the wire, headers included, of each reply from now on."""
    session = await page.context.new_cdp_session(page)
    await _send(session, "Network.enable")
    sizes: list[float] = []

    def note(told: dict[str, Any]) -> None:
        sizes.append(told["encodedDataLength"])

    session.on("Network.loadingFinished", note)
    return sizes


@asynccontextmanager
async def opened(browser: Browser, **options: Any) -> AsyncGenerator[tuple[BrowserContext, Page]]:
    """Open a page in a profile of its own."""
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    yield context, await context.new_page()
    await context.close()
