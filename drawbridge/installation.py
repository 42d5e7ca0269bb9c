"""An installation as commands open it: next to a running `drawbridge up`, or by itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import typer

from drawbridge.config.terminal import Installation
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.embedded import EmbeddedDatabase, running_url
from drawbridge.db.engine import Database
from drawbridge.db.server import prepare_server, sqlalchemy_url
from drawbridge.db.tenancy import find_organisation
from drawbridge.preparation import ORGANISATION, prepare
from drawbridge.settings import Settings


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncGenerator[Installation]:
    """Connect to an installation's database, starting the embedded one for as long as a command takes."""
    if settings.database_url:
        direct_url = settings.database_direct_url or settings.database_url
        prepare_server(direct_url)
        await _prepare(settings, sqlalchemy_url(direct_url))
        async with _opened(sqlalchemy_url(settings.database_url)) as installation:
            yield installation
    elif running := running_url(settings.data):
        async with _opened(running) as installation:
            yield installation
    else:
        embedded = EmbeddedDatabase(settings.data)
        embedded.start()
        try:
            await _prepare(settings, embedded.url)
            async with _opened(embedded.url) as installation:
                yield installation
        finally:
            embedded.stop()


async def _prepare(settings: Settings, url: str) -> None:
    report = await prepare(settings, url, url)
    if report.first_admin_key is not None:
        typer.echo(f"New installation. Its admin key, shown this once: {report.first_admin_key}", err=True)


@asynccontextmanager
async def _opened(url: str) -> AsyncGenerator[Installation]:
    database = Database(url, pool_size=1)
    try:
        organisation_id = await find_organisation(database, ORGANISATION)
        if organisation_id is None:
            raise StartingError
        yield Installation(database, organisation_id)
    finally:
        await database.close()


class StartingError(DrawbridgeError):
    """The installation is being set up at this moment."""

    code = "starting"

    def __init__(self) -> None:
        super().__init__("Drawbridge is starting for the first time: try again in a few seconds.")
