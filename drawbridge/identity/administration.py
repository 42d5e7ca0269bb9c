"""An organisation never loses its last administrator."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.errors import LastAdministratorError


class StillAdministered(Protocol):
    """Tells whether somebody can administer an organisation, as things stand in a transaction.

    Whoever knows more ways to administer than by an admin key plugs in a wider one.
    """

    async def __call__(self, connection: AsyncConnection, organisation_id: OrganisationId, now: datetime, /) -> bool:
        """Tell whether anybody can."""
        ...


@asynccontextmanager
async def keeping_an_administrator(
    still_administered: StillAdministered, connection: AsyncConnection, organisation_id: OrganisationId, now: datetime
) -> AsyncGenerator[None]:
    """Do something to a principal, which may not leave the organisation without an administrator if it had one.

    Raises LastAdministratorError, which undoes the transaction.
    """
    administered = await still_administered(connection, organisation_id, now)
    yield
    if administered and not await still_administered(connection, organisation_id, now):
        raise LastAdministratorError
