"""The route of model servers on the machine that Drawbridge runs on."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from drawbridge.audit.acts import Actor
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import organisation_name
from drawbridge.gateway.inner.own_servers import FoundServer
from drawbridge.identity.access import Access, organisation_of


class FoundServerBody(BaseModel):
    """A model server that answers on this machine."""

    preset: str
    title: str
    base_url: str
    models: list[str]

    model_config = {"from_attributes": True}


class FoundServersBody(BaseModel):
    """All that answer where such servers listen by default."""

    servers: list[FoundServerBody]


class Servers(Protocol):
    """Looks for model servers; `OwnServers` does."""

    async def find(self) -> list[FoundServer]:
        """Return those that answer on this machine."""
        ...


def own_servers_router(database: Database, access: Access, servers: Servers, process_owner: str) -> APIRouter:
    """Make the route under /api. `process_owner` names the organisation that runs the installation."""
    router = APIRouter(prefix="/api", tags=["providers"])
    may_manage = access.requires("manage", "provider")

    @router.get("/local-servers")
    async def find_local_servers(actor: Annotated[Actor, Depends(may_manage)]) -> FoundServersBody:
        """Look for Ollama, vLLM and the like where they listen by default on the machine that Drawbridge runs on.

        None is found by an organisation that does not run the installation: what there is on the machine is not for it.
        """
        async with database.organisation(organisation_of(actor)) as connection:
            is_owner = await organisation_name(connection, organisation_of(actor)) == process_owner
        found = await servers.find() if is_owner else []
        return FoundServersBody(servers=[FoundServerBody.model_validate(each) for each in found])

    del find_local_servers  # The router holds it.
    return router
