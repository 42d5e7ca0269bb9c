"""An installation as commands open it: next to a running `drawbridge up`, or by itself."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import typer

from drawbridge.config.terminal import Installation
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.embedded import EmbeddedDatabase, running_url
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.db.server import prepare_server, require_usable_url, sqlalchemy_url
from drawbridge.db.tenancy import find_organisation
from drawbridge.preparation import ORGANISATION, prepare_database
from drawbridge.settings import Settings


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncGenerator[Installation]:
    """Connect to an installation's database, starting the embedded one for as long as a command takes."""
    if settings.database_url:
        direct_url = settings.database_direct_url or settings.database_url
        require_usable_url(settings.database_url)
        prepare_server(direct_url)
        await _prepare(sqlalchemy_url(direct_url))
        async with _opened(sqlalchemy_url(settings.database_url)) as installation:
            yield installation
    elif running := running_url(settings.data):
        async with _opened_beside(running) as installation:
            yield installation
    else:
        embedded = EmbeddedDatabase(settings.data)
        embedded.start()
        try:
            await _prepare(embedded.url)
            async with _opened(embedded.url) as installation:
                yield installation
        finally:
            embedded.stop()


async def _prepare(url: str) -> None:
    first_admin_key = await prepare_database(url, url)
    if first_admin_key is not None:
        typer.echo(f"New installation. Its admin key, shown this once: {first_admin_key}", err=True)


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


@asynccontextmanager
async def _opened_beside(url: str) -> AsyncGenerator[Installation]:
    """Open the database of a running `up`, which may have it for a moment only."""
    async with AsyncExitStack() as stack:
        try:
            installation = await stack.enter_async_context(_opened(url))
        except DatabaseAway as error:
            raise StartingError from error
        yield installation


class StartingError(DrawbridgeError):
    """The installation's database is being started or set up at this moment."""

    code = "starting"

    def __init__(self) -> None:
        super().__init__(
            "Drawbridge is starting, or its database is: try again in a few seconds, as the user who started it."
        )
