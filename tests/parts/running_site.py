"""A whole worker on both loopback addresses, as browsers see it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from drawbridge.app import build_application, ingress_limits
from drawbridge.db.engine import Database
from drawbridge.ingress import Server
from drawbridge.preparation import prepare
from drawbridge.settings import load_settings
from drawbridge.supervisor import bind


@dataclass(frozen=True, slots=True)
class RunningSite:
    """Where it listens, and what opens it."""

    port: int
    set_up_token: str
    first_admin_key: str
    database: Database

    @property
    def url(self) -> str:
        """The one address under which there are pages."""
        return f"http://localhost:{self.port}"


@asynccontextmanager
async def running_site(
    data: Path, database_url: str, settings: Mapping[str, str] | None = None
) -> AsyncGenerator[RunningSite]:
    """Run a new installation."""
    environment = {"DRAWBRIDGE_DATA": str(data), "DRAWBRIDGE_FIND_PROVIDERS": "no", **(settings or {})}
    loaded = load_settings(environment)
    report = await prepare(loaded, database_url, database_url)
    assert report.set_up_token is not None
    assert report.first_admin_key is not None
    database = Database(database_url)
    async with build_application(loaded, database_url, database_url) as application:
        sockets = bind("localhost", 0)
        server = Server(application, sockets, replace(ingress_limits(loaded), drain_timeout_s=5.0))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve())
            await server.started.wait()
            await application.loaded.wait()
            port = sockets[0].getsockname()[1]
            try:
                yield RunningSite(port, report.set_up_token, report.first_admin_key, database)
            finally:
                server.stop()
                await serving
    await database.close()
