"""An organisation never loses its last administrator."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drawbridge.core.clock import Clock
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


@dataclass(frozen=True, slots=True)
class KeepsAnAdministrator:
    """The same as a law of sections of `drawbridge.yaml`: it holds at the end of an apply, not between its changes."""

    still_administered: StillAdministered
    clock: Clock

    def __call__(
        self, connection: AsyncConnection, organisation_id: OrganisationId, /
    ) -> AbstractAsyncContextManager[None]:
        """Hold what is changed within to it. Raises LastAdministratorError."""
        return keeping_an_administrator(self.still_administered, connection, organisation_id, self.clock.now())
