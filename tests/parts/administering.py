"""An installation as its administrator's programs see it: by the admin API, beside the pages."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
from playwright.async_api import Browser, StorageState, expect
from sqlalchemy import select, update

from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tables import sessions
from tests.parts.browsing import PASSWORD, watched
from tests.parts.running_site import RunningSite

# Any: JSON as it came over the wire.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Programs:
    """Asks the admin API with the first admin key."""

    site: RunningSite
    client: httpx2.AsyncClient

    async def put(self, path: str, body: Json) -> Json:
        """Make or change an object, such as `teams/lab`."""
        reply = await self.client.put(f"/api/{path}", json=body)
        assert reply.status_code < 300, reply.text
        return reply.json()

    async def get(self, path: str, **query: str) -> Json:
        """Read something, such as `teams/lab`."""
        reply = await self.client.get(f"/api/{path}", params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def status(self, path: str) -> int:
        """Return how a question is answered."""
        return (await self.client.get(f"/api/{path}")).status_code

    async def apply(self, file: str) -> None:
        """Apply a file."""
        reply = await self.client.post("/api/apply", json={"files": [{"text": file}]})
        assert reply.status_code == 200, reply.text

    async def age_newest_session(self) -> None:
        """Let it be an hour since a password or passkey was shown in it."""
        newest = select(sessions.c.id).order_by(sessions.c.created_at.desc()).limit(1).scalar_subquery()
        an_hour_ago = sessions.c.stepped_up_at - timedelta(hours=1)
        async with signing_in(self.site.database) as connection:
            await connection.execute(update(sessions).where(sessions.c.id == newest).values(stepped_up_at=an_hour_ago))

    async def join(self, browser: Browser, email: str, name: str) -> StorageState:
        """Invite somebody, who joins, and return the state of the browser in which that was done."""
        reply = await self.client.post("/api/invitations", json={"email": email, "display_name": name})
        assert reply.status_code == 201, reply.text
        async with watched(browser, self.site) as joining:
            page = joining.page
            await page.goto(reply.json()["link"])
            await page.get_by_label("Password").fill(PASSWORD)
            await page.get_by_role("button", name="Make an account and join").click()
            await expect(page).to_have_url(re.compile("/(account|chat|welcome)"))
            return await page.context.storage_state()


@asynccontextmanager
async def programs_of(site: RunningSite) -> AsyncGenerator[Programs]:
    """Open a client of the admin API."""
    headers = {"authorization": f"Bearer {site.first_admin_key}"}
    async with httpx2.AsyncClient(base_url=site.url, headers=headers, timeout=60) as client:
        yield Programs(site, client)
