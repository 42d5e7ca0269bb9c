"""The workspace over a real server, with answers that a test writes by hand."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.admin import DESCRIPTION
from drawbridge.agents import Finish
from drawbridge.chat.http import ChatPlugs
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import create_organisation
from drawbridge.gateway import Text
from drawbridge.gateway.guard import Guard
from drawbridge.identity.first_administrator import NAME, add_first_administrator
from drawbridge.identity.signin.first_link import new_set_up_link
from drawbridge.identity.signin.serving import Pages
from drawbridge.identity.signin.site import Site
from drawbridge.ingress import Exchange, IngressLimits, Server
from drawbridge.policy.first_grants import add_first_grants
from drawbridge.supervisor import bind
from drawbridge.workspace import Workspace
from tests.parts.admin import admin_api
from tests.parts.chat import HandWrittenOffers, HandWrittenRuns, Writer, ending

_LIMITS: Final = IngressLimits(drain_timeout_s=1)


@dataclass(frozen=True, slots=True)
class WrittenSite:
    """Where it listens, what opens it, and who writes its answers."""

    port: int
    set_up_token: str
    runs: HandWrittenRuns
    writer: Writer

    @property
    def url(self) -> str:
        """The one address under which there are pages."""
        return f"http://localhost:{self.port}"

    async def grow(self, run_id: UUID, text: str, kind: str = "text") -> None:
        """Let a run say something more."""
        await self.runs.tell(run_id, ("delta", {"part": 0, "kind": kind, "text": text}))

    async def finish(self, run_id: UUID, text: str) -> None:
        """Let a run end, after it has said this."""
        end = ending(1_234_000)
        finish = Finish("completed", [Text(text=text)], end.call_id, end, "end")
        await self.writer.finish(str(run_id), finish)
        spent = {"usage": {"input_tokens": 12, "output_tokens": 34}, "cost_nanousd": end.cost_nanousd}
        await self.runs.tell(run_id, ("message.completed", {"stop_reason": "end", **spent}), ("run.completed", spent))


@dataclass(frozen=True, slots=True)
class _Handler:
    pages: Pages
    workspace: Workspace
    api: Guard

    async def __call__(self, exchange: Exchange) -> None:
        if exchange.path.startswith("/api/"):
            await self.api(exchange)
        elif self.pages.has(exchange.path):
            await self.pages(exchange)
        else:
            await self.workspace(exchange)


async def _furnish(database: Database) -> str:
    """Make an organisation, and return the token that makes the first account."""
    organisation_id = OrganisationId(uuid7())
    async with database.organisation(organisation_id) as connection:
        assert await create_organisation(connection, organisation_id, "default")
        await add_first_administrator(connection, organisation_id)
        await add_first_grants(connection, organisation_id, [f"user:{NAME}"])
    token = await new_set_up_link(database)
    assert token is not None
    return token


@asynccontextmanager
async def written_site(database_url: str) -> AsyncGenerator[WrittenSite]:
    """Run a workspace on a database of its own."""
    database, clock, site, runs = Database(database_url), SystemClock(), Site(), HandWrittenRuns()
    token = await _furnish(database)
    api = admin_api(database, clock, chat=ChatPlugs(runs, HandWrittenOffers()))
    handler = _Handler(Pages(site), Workspace(site), Guard(api, open_path=DESCRIPTION, site=site))
    sockets = bind("localhost", 0)
    server = Server(handler, sockets, _LIMITS)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve())
        await server.started.wait()
        try:
            yield WrittenSite(sockets[0].getsockname()[1], token, runs, Writer(database, clock, runs))
        finally:
            server.stop()
            await serving
    await database.close()
