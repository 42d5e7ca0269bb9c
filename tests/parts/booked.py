"""The usage events of one test, out of a database that other tests share."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from drawbridge.core.paging import PageRequest
from drawbridge.usage.report import UsageFilter, UsageRow
from drawbridge.usage.store import list_usage
from tests.parts.gateway import RunningGateway

_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Booked:
    """What a gateway has booked since a time."""

    gateway: RunningGateway
    since: datetime

    @classmethod
    def all_of(cls, gateway: RunningGateway) -> Self:
        """Return all that a gateway ever booked."""
        return cls(gateway, datetime.min.replace(tzinfo=UTC))

    async def event(self) -> UsageRow:
        """Return the one event, once it is there."""
        [event] = await self.events(1)
        return event

    async def events(self, count: int, *, timeout_s: float = 20.0) -> list[UsageRow]:
        """Return all events, the oldest first, once there are so many."""
        async with asyncio.timeout(timeout_s):
            while True:
                found = await self._now()
                if len(found) >= count:
                    return found
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _now(self) -> list[UsageRow]:
        organisation_id = self.gateway.organisation_id
        async with self.gateway.database.organisation(organisation_id) as connection:
            page = await list_usage(connection, organisation_id, UsageFilter(since=self.since), PageRequest(100))
        return list(reversed(page.items))
