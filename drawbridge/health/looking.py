"""Looks at everything, and says what is a problem."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.health.judging import find_problems
from drawbridge.health.records import Answered, Health, Installation, ProviderHealth, ProviderState, UsageHealth
from drawbridge.health.store import answered_since, living_workers, look_at_database, look_at_queue

_LATELY: Final = timedelta(hours=1)
_NOTHING_ASKED: Final = Answered()


class Record(Protocol):
    """The write-ahead record of this process; `usage.WriteAhead` is one."""

    @property
    def in_flight(self) -> int:
        """How many attempts have an intent and no settlement."""
        ...

    @property
    def waiting_bytes(self) -> int:
        """How much is not in the database yet."""
        ...

    @property
    def refusal(self) -> str | None:
        """Why no new attempt is taken; None where they are."""
        ...


class Providers(Protocol):
    """Knows the providers as calls would find them now."""

    def of(self, organisation_id: OrganisationId) -> Sequence[ProviderState]:
        """Return an organisation's providers, by name."""
        ...


@dataclass(frozen=True, slots=True)
class HealthPlugs:
    """What is looked at beside the database."""

    record: Record
    usage_folder: Path
    providers: Providers


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks when asked, and keeps nothing."""

    database: Database
    clock: Clock
    plugs: HealthPlugs

    async def look(self, organisation_id: OrganisationId, *, is_whole: bool) -> Health:
        """Look at an organisation's providers, and at the installation if `is_whole`. Raises DatabaseAway."""
        now = self.clock.now()
        hour = (now - _LATELY).replace(minute=0, second=0, microsecond=0)
        lately = await answered_since(self.database, organisation_id, hour)
        providers = _with_calls(self.plugs.providers.of(organisation_id), lately)
        installation = await self._installation() if is_whole else None
        return Health(now, providers, installation, find_problems(providers, installation))

    async def _installation(self) -> Installation:
        free = await asyncio.to_thread(_free_bytes, self.plugs.usage_folder)
        record = self.plugs.record
        return Installation(
            database=await look_at_database(self.database),
            workers=await living_workers(self.database),
            queue=await look_at_queue(self.database),
            usage=UsageHealth(record.in_flight, record.waiting_bytes, record.refusal, free),
        )


def _with_calls(states: Sequence[ProviderState], lately: Mapping[str, Answered]) -> tuple[ProviderHealth, ...]:
    return tuple(ProviderHealth(state, lately.get(state.name, _NOTHING_ASKED)) for state in states)


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free
