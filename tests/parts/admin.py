"""The admin API of a test, in its own process."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Route

from drawbridge.admin import DESCRIPTION, AdminParts, build_admin_api
from drawbridge.api.description import DescribedApi
from drawbridge.chat.http import ChatPlugs
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.gateway.own_servers_http import Servers
from drawbridge.gateway.probing.prober import Probes
from drawbridge.health.looking import HealthPlugs
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.identity.records import PrincipalKind
from drawbridge.identity.signin.door import SignInPlugs, build_sign_in
from drawbridge.identity.signin.site import Site
from drawbridge.identity.store import create_principal, find_principal
from drawbridge.policy.administrators import Administrators
from drawbridge.policy.denials import DenialLog
from drawbridge.policy.first_grants import appoint_administrator
from drawbridge.sections import all_sections
from tests.parts.chat import hand_written
from tests.parts.denials import NotedDenials
from tests.parts.idle import IdleRecord, KnownProviders, NoServers
from tests.parts.master_keys import held_keys
from tests.parts.probing import found_to_work


def admin_api(
    database: Database,
    clock: Clock,
    denials: DenialLog | None = None,
    chat: ChatPlugs | None = None,
    probes: Probes | None = None,
    servers: Servers | None = None,
) -> DescribedApi:
    """Put the whole admin API together, with a master key that everybody knows."""
    keys = held_keys()
    sign_in = build_sign_in(
        database, clock, Site(), keys, SignInPlugs("default", Administrators(), appoint_administrator)
    )
    return build_admin_api(
        AdminParts(
            database,
            clock,
            all_sections(clock),
            keys,
            denials or NotedDenials(),
            sign_in,
            chat=chat or hand_written(),
            servers=servers or NoServers(),
            health=HealthPlugs(IdleRecord(), Path(), KnownProviders()),
            probing=found_to_work(probes),
        )
    )


# Any: JSON as it came over the wire.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asker:
    """One who asks the admin API, by a key or by none."""

    client: httpx2.AsyncClient

    async def ask(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Ask, with a body as JSON unless it is None."""
        return await self.client.request(method, path, json=body, headers=headers)

    async def get(self, path: str, **query: str | int | bool) -> Json:
        """Get what must be there."""
        reply = await self.client.get(path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def put(self, path: str, body: object, *, expect: int = 201) -> Json:
        """Write an object."""
        reply = await self.ask("PUT", path, body)
        assert reply.status_code == expect, reply.text
        return reply.json()

    async def refused(self, method: str, path: str, body: object = None, *, expect: int) -> Json:
        """Ask for what must be refused, and return the error."""
        reply = await self.ask(method, path, body)
        assert reply.status_code == expect, reply.text
        return reply.json()["error"]


@asynccontextmanager
async def asking(api: DescribedApi, key: str | None) -> AsyncGenerator[Asker]:
    """Ask an admin API by a key, or by nothing."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    transport = httpx2.ASGITransport(api)
    async with httpx2.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:
        yield Asker(client)


async def make_key(
    database: Database,
    clock: Clock,
    organisation_id: OrganisationId,
    owner: str,
    *,
    admin: bool = True,
    kind: PrincipalKind = "user",
) -> IssuedKey:
    """Make a key, and its owner unless there is one of that name."""
    async with database.change(organisation_id) as connection:
        if await find_principal(connection, organisation_id, owner) is None:
            await create_principal(connection, organisation_id, kind, owner)
    return await Keyring(database, clock).create(organisation_id, KeyRequest(owner, admin=admin))


def operations(api: DescribedApi) -> Iterator[tuple[str, str]]:
    """Return the method and path of every route, by the application's own table and not by its description."""
    for context in iter_route_contexts(api.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            yield from ((method, route.path_format) for method in sorted(route.methods or ()))
        else:
            assert isinstance(route, Route), route
            assert route.path == DESCRIPTION
