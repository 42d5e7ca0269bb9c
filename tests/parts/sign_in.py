"""Signing in for tests: the API of an installation, and browsers that ask it as its pages do."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from drawbridge.admin import AdminParts, build_admin_api
from drawbridge.chat.http import ChatPlugs
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import create_organisation
from drawbridge.identity.first_administrator import NAME, add_first_administrator
from drawbridge.identity.signin.door import SignInPlugs, build_sign_in
from drawbridge.identity.signin.first_link import new_set_up_link
from drawbridge.identity.signin.site import Site
from drawbridge.policy.administrators import Administrators
from drawbridge.policy.first_grants import add_first_grants, appoint_administrator
from drawbridge.preparation import furnish, furnish_inviting
from drawbridge.sections import all_sections
from tests.parts.chat import hand_written
from tests.parts.clock import HeldClock
from tests.parts.denials import NotedDenials
from tests.parts.master_keys import held_keys
from tests.parts.probing import found_to_work

# Any: JSON as it came over the wire.
Json = dict[str, Any]

ORIGIN: Final = "http://localhost:8080"
COOKIE: Final = "drawbridge_session_8080"
EMAIL: Final = "ana@example.com"
PASSWORD: Final = "orbit lantern velvet"


@dataclass(slots=True)
class CountedHashing:
    """A hash that costs nothing, and counts how often it was asked for."""

    hashed: int = 0
    compared: int = 0

    def hash(self, password: str) -> str:
        self.hashed += 1
        return f"hash of {password}"

    def verify(self, hashed: str, password: str) -> bool:
        self.compared += 1
        return hashed == f"hash of {password}"


@dataclass(slots=True)
class Browser:
    """A browser on a page of ours: it keeps cookies, and says where its requests come from."""

    client: httpx2.AsyncClient

    async def ask(self, method: str, path: str, body: Json | bytes | None = None, **headers: str) -> httpx2.Response:
        """Send a request as a page does; `headers` go before its own, with _ for -, and an empty one is left out."""
        usual = {"origin": ORIGIN, "sec-fetch-site": "same-origin", "content-type": "application/json"}
        merged = {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = body if body is None or isinstance(body, bytes) else httpx2.Request("POST", ORIGIN, json=body).content
        sent = {name: value for name, value in merged.items() if value}
        return await self.client.request(method, path, content=content, headers=sent)

    async def post(self, path: str, body: Json | None = None, *, expect: int = 200) -> Json:
        """Send what must be answered with this status, and return the answer."""
        reply = await self.ask("POST", path, body or {})
        assert reply.status_code == expect, reply.text
        return reply.json() if reply.content else {}

    async def get(self, path: str, *, expect: int = 200) -> Json:
        reply = await self.ask("GET", path)
        assert reply.status_code == expect, reply.text
        return reply.json()

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        return await self.ask("POST", "/api/auth/password", {"email": email, "password": password})

    @property
    def token(self) -> str:
        """The session's token that the browser holds; empty without one."""
        return self.client.cookies.get(COOKIE) or ""


@dataclass(slots=True)
class Town:
    """An installation whose API is asked directly."""

    database: Database
    organisation_id: OrganisationId
    clock: HeldClock
    hashing: CountedHashing
    set_up_token: str
    transport_to: Any = field(repr=False)
    # Any: the ASGI application, as httpx takes it.

    @asynccontextmanager
    async def browser(self, address: str = "198.51.100.7") -> AsyncGenerator[Browser]:
        """Open a browser at an address."""
        transport = httpx2.ASGITransport(self.transport_to, client=(address, 50_000))
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Browser(client)


async def make_town(database: Database, site: Site | None = None, chat: ChatPlugs | None = None) -> Town:
    """Make an installation with the user `admin`, for whom nobody has made an account yet."""
    clock, hashing = HeldClock(), CountedHashing()
    organisation_id = OrganisationId(uuid7())
    async with database.organisation(organisation_id) as connection:
        assert await create_organisation(connection, organisation_id, "default")
        await add_first_administrator(connection, organisation_id)
        await add_first_grants(connection, organisation_id, [f"user:{NAME}"])
    sign_in = build_sign_in(
        database,
        clock,
        site or Site(),
        held_keys(),
        SignInPlugs("default", Administrators(), appoint_administrator),
        hashing=hashing,
    )
    token = await new_set_up_link(database)
    assert token is not None
    return Town(
        database,
        organisation_id,
        clock,
        hashing,
        token,
        build_admin_api(
            AdminParts(
                database,
                clock,
                all_sections(clock),
                held_keys(),
                NotedDenials(),
                sign_in,
                furnish,
                furnish_inviting(clock),
                chat or hand_written(),
                probing=found_to_work(),
            )
        ),
    )


async def set_up(town: Town, browser: Browser, token: str | None = None, email: str = EMAIL) -> httpx2.Response:
    """Make the first account."""
    body = {"token": town.set_up_token if token is None else token, "email": email, "password": PASSWORD}
    return await browser.ask("POST", "/api/auth/set-up", {**body, "display_name": "Ana"})
