"""Append to the audit record."""

from uuid import UUID

from drawbridge.audit import store
from drawbridge.audit.acts import Act
from drawbridge.audit.events import PLATFORM
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import AsyncConnection, ending_of


async def record(connection: AsyncConnection, organisation_id: OrganisationId, act: Act) -> None:
    """Append an act to an organisation's record, in the transaction of the act itself: both are kept, or neither.

    The transaction is one of `Database`, of the organisation itself or of the duties `sign_in` and `drain`. The act is
    written as the last thing in it, so the time is that of its end, and it does not matter when in it this is called;
    only not within a savepoint, whose undoing would not undo the record.
    """
    ending_of(connection, _Recording).add(organisation_id, act)


async def record_platform(connection: AsyncConnection, act: Act) -> None:
    """Append an act that belongs to no organisation to the platform's record; as `record`, by the system role only."""
    ending_of(connection, _Recording).add(PLATFORM, act)


async def record_once(connection: AsyncConnection, organisation_id: OrganisationId, act: Act, event_id: UUID) -> bool:
    """Append an act that may be told several times, under an id of its own. Return False where it is there already.

    It takes the lock of the organisation's chain at once: write everything else of the transaction before, and tell the
    acts of several organisations in the order of their ids.
    """
    await store.lock_head(connection, organisation_id)
    if await store.has_event(connection, organisation_id, event_id):
        return False
    await store.append(connection, organisation_id, [(event_id, act)])
    return True


class _Recording:
    """What a transaction has to record."""

    def __init__(self) -> None:
        self._acts: dict[OrganisationId, list[tuple[UUID, Act]]] = {}

    def add(self, chain: OrganisationId, act: Act) -> None:
        self._acts.setdefault(chain, []).append((uuid7(), act))

    async def finish(self, connection: AsyncConnection) -> None:
        # Always in the same order, so that no two transactions wait for each other; PLATFORM comes last.
        for chain in sorted(self._acts):
            await store.append(connection, chain, self._acts[chain])
