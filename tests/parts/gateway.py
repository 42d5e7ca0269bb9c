"""A real gateway for tests: the whole application of a worker, over real HTTP, on a real database."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from drawbridge.app import build_application, ingress_limits
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import find_organisation
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.entries import Credential, ProviderEntry, Quirks, provider_in_full
from drawbridge.gateway.inner.door import InnerDoor
from drawbridge.gateway.store import create_provider
from drawbridge.ingress import Server
from drawbridge.preparation import ORGANISATION, prepare
from drawbridge.settings import load_settings

ALL_DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
VENDOR_KEY = "vendor-credential"
_VENDORS_ARE_HERE = {"DRAWBRIDGE_PRIVATE_PROVIDER_HOSTS": "127.0.0.1"}
"""For the providers of any organisation: the vendors of tests are on this machine."""


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """Where a gateway listens, and the admin key of its only organisation."""

    url: str
    key: str
    database: Database
    organisation_id: OrganisationId
    usage_folder: Path
    stop: Callable[[], None]
    """Tells it to stop, as its parent process would."""
    inner: InnerDoor
    """By which products in its process make calls."""


@asynccontextmanager
async def running_gateway(
    data: Path,
    database_url: str,
    vendor_url: str,
    *,
    settings: Mapping[str, str] | None = None,
    claims: tuple[str, ...] = ("",),
    direct_url: str | None = None,
) -> AsyncGenerator[RunningGateway]:
    """Run a gateway whose one vendor speaks every dialect and claims the models of these beginnings.

    `direct_url` is where it is told of changes; None: where its database is.
    """
    environment = {"DRAWBRIDGE_DATA": str(data), "VENDOR_KEY": VENDOR_KEY, **_VENDORS_ARE_HERE, **(settings or {})}
    loaded = load_settings(environment)
    report = await prepare(loaded, database_url, database_url)
    database = Database(database_url)
    organisation_id = await find_organisation(database, ORGANISATION)
    assert report.first_admin_key is not None
    assert organisation_id is not None
    await add_vendor(database, organisation_id, vendor_url, claims=claims)
    async with build_application(loaded, database_url, direct_url or database_url) as application:
        listening = socket.create_server(("127.0.0.1", 0))
        server = Server(
            application, [listening], replace(ingress_limits(loaded), drain_timeout_s=min(5.0, loaded.drain_timeout_s))
        )
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve())
            await server.started.wait()
            await application.loaded.wait()
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            try:
                usage_folder = loaded.data / "usage"
                yield RunningGateway(
                    url,
                    report.first_admin_key,
                    database,
                    organisation_id,
                    usage_folder,
                    server.stop,
                    application.inner,
                )
            finally:
                server.stop()
                await serving
    await database.close()


async def add_vendor(
    database: Database,
    organisation_id: OrganisationId,
    base_url: str,
    *,
    name: str = "vendor",
    claims: tuple[str, ...] = ("",),
) -> None:
    """Add a provider that speaks every dialect and claims the models of these beginnings."""
    entry = ProviderEntry(
        base_url=base_url,
        dialects=ALL_DIALECTS,
        credential=Credential(env="VENDOR_KEY"),
        quirks=Quirks(auth="bearer", model_patterns=claims),
        models="any",
    )
    async with database.change(organisation_id) as connection:
        await create_provider(connection, organisation_id, name, provider_in_full(entry), managed_by_file=False)
