"""Who is still signed in, of those to whom something is being told for long."""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Never
from uuid import UUID

from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.identity.errors import NotAuthenticatedError
from drawbridge.identity.signin.sessions import store
from drawbridge.identity.signin.sessions.sessions import AGES
from drawbridge.identity.signin.store import signing_in

Present = tuple[UUID, OrganisationId, PrincipalId]
"""A session, and for whom it speaks where."""

_LOOK_EVERY_S: Final = 0.4
"""Who has just missed a look hears at the second one behind it: within a second."""


@dataclass(slots=True)
class Attendance:
    """Looks for all of them at once, however many there are: one statement in each process."""

    database: Database
    clock: Clock
    _present: Counter[Present] = field(default_factory=Counter[Present], init=False, repr=False)
    _found: Collection[Present] = field(default=(), init=False, repr=False)
    _looked_at: float = field(default=float("-inf"), init=False, repr=False)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def attend(self, one: Present) -> Never:
        """Wait as long as a session speaks for somebody. Raises NotAuthenticatedError within a second of its end."""
        self._present[one] += 1
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY_S)
                if one not in await self._those_found():
                    raise NotAuthenticatedError("You are not signed in any more: sign in again.")
        finally:
            self._present[one] -= 1
            if not self._present[one]:
                del self._present[one]

    async def _those_found(self) -> Collection[Present]:
        async with self._looking:
            now = asyncio.get_running_loop().time()
            # Whoever looked since this one has waited, has looked for this one too.
            if now - self._looked_at >= _LOOK_EVERY_S:
                self._found, self._looked_at = await self._look(), now
            return self._found

    async def _look(self) -> Collection[Present]:
        wanted = set(self._present)
        try:
            async with signing_in(self.database) as connection:
                return await store.still_on(connection, [one[0] for one in wanted], self.clock.now(), AGES)
        except DatabaseAway:
            # Nobody can be signed out or suspended meanwhile, and what is told is on its way already.
            return wanted
