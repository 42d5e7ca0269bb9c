"""A process in which nothing happens, for tests of what is told of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.inner.own_servers import FoundServer
from drawbridge.health.records import ProviderState


@dataclass(frozen=True, slots=True)
class IdleRecord:
    """A write-ahead record; without arguments one that has nothing to do."""

    in_flight: int = 0
    waiting_bytes: int = 0
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class KnownProviders:
    """Knows the providers that it is given, whoever asks."""

    known: tuple[ProviderState, ...] = ()

    def of(self, organisation_id: OrganisationId) -> Sequence[ProviderState]:
        return self.known


@dataclass(frozen=True, slots=True)
class NoServers:
    """A machine without model servers."""

    async def find(self) -> list[FoundServer]:
        return []
