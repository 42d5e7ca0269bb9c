"""An installation as commands open it: next to a running `drawbridge up`, or by itself."""

import os
import pwd
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import typer

from drawbridge.audit.acts import COMMAND_LINE, Act
from drawbridge.audit.record import record
from drawbridge.config.acts import ConfigAct
from drawbridge.config.terminal import Installation
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import OrganisationId
from drawbridge.core.text import require_printable
from drawbridge.db.embedded import EmbeddedDatabase, running_url
from drawbridge.db.engine import AsyncConnection, Database, DatabaseAway
from drawbridge.db.server import prepare_server, require_usable_url, sqlalchemy_url
from drawbridge.db.tenancy import find_organisation
from drawbridge.identity.errors import UnknownOrganisationError
from drawbridge.preparation import ORGANISATION, prepare_database
from drawbridge.settings import Settings


@asynccontextmanager
async def open_installation(settings: Settings, organisation: str = ORGANISATION) -> AsyncGenerator[Installation]:
    """Connect to an installation's database, starting the embedded one for as long as a command takes.

    Raises UnknownOrganisationError.
    """
    if settings.database_url:
        direct_url = settings.database_direct_url or settings.database_url
        require_usable_url(settings.database_url)
        prepare_server(direct_url)
        await _prepare(sqlalchemy_url(direct_url))
        async with _opened(sqlalchemy_url(settings.database_url), organisation) as installation:
            yield installation
    elif running := running_url(settings.data):
        async with _opened_beside(running, organisation) as installation:
            yield installation
    else:
        embedded = EmbeddedDatabase(settings.data)
        embedded.start()
        try:
            await _prepare(embedded.url)
            async with _opened(embedded.url, organisation) as installation:
                yield installation
        finally:
            embedded.stop()


async def record_command(connection: AsyncConnection, organisation_id: OrganisationId, act: ConfigAct) -> None:
    """Take down what a command does, with who runs it as the operating system knows him."""
    detail = {**act.detail, "operating_system_user": _user_name()}
    await record(
        connection, organisation_id, Act(COMMAND_LINE, act.action, act.object_kind, act.object_name, detail=detail)
    )


def _user_name() -> str:
    """Return the name of the process's user: not what the environment says, which anyone may set."""
    user_id = os.getuid()
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:  # Usual in containers.
        return str(user_id)


async def _prepare(url: str) -> None:
    first_admin_key = await prepare_database(url, url)
    if first_admin_key is not None:
        typer.echo(f"New installation. Its admin key, shown this once: {first_admin_key}", err=True)


@asynccontextmanager
async def _opened(url: str, organisation: str) -> AsyncGenerator[Installation]:
    database = Database(url, pool_size=1)
    try:
        require_printable(organisation, "The organisation's name")
        organisation_id = await find_organisation(database, organisation)
        if organisation_id is None and organisation != ORGANISATION:
            raise UnknownOrganisationError(
                f"There is no organisation {organisation!r}: see `drawbridge organisations list`."
            )
        if organisation_id is None:
            raise StartingError
        yield Installation(database, organisation_id)
    finally:
        await database.close()


@asynccontextmanager
async def _opened_beside(url: str, organisation: str) -> AsyncGenerator[Installation]:
    """Open the database of a running `up`, which may have it for a moment only."""
    async with AsyncExitStack() as stack:
        try:
            installation = await stack.enter_async_context(_opened(url, organisation))
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
