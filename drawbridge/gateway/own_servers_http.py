"""The route of model servers on the machine that Drawbridge runs on."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from drawbridge.audit.acts import Actor
from drawbridge.gateway.inner.own_servers import FoundServer
from drawbridge.identity.access import Access


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


def own_servers_router(access: Access, servers: Servers) -> APIRouter:
    """Make the route under /api."""
    router = APIRouter(prefix="/api", tags=["providers"])
    may_manage = access.requires("manage", "provider")

    @router.get("/local-servers")
    async def find_local_servers(_: Annotated[Actor, Depends(may_manage)]) -> FoundServersBody:
        """Look for Ollama, vLLM and the like where they listen by default on the machine that Drawbridge runs on."""
        return FoundServersBody(servers=[FoundServerBody.model_validate(each) for each in await servers.find()])

    del find_local_servers  # The router holds it.
    return router
