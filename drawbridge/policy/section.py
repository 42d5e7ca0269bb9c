"""The sections of `drawbridge.yaml` for roles and grants."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic

from drawbridge.config.sections import AnySection, EntryT, Reference
from drawbridge.config.stored import Rows, StoredSection
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.administration import StillAdministered, keeping_an_administrator
from drawbridge.policy.complaints import GRANTS, ROLES, grant_complaints, grant_references, role_complaints
from drawbridge.policy.entries import GrantEntry, RoleEntry, grant_in_full, grant_in_short
from drawbridge.policy.store import GRANT_ROWS, ROLE_ROWS


def _as_it_is(entry: RoleEntry) -> RoleEntry:
    return entry


def _no_references(entry: RoleEntry) -> Iterable[Reference]:
    """Find nothing: a role's permissions may be about what does not exist yet."""
    del entry
    return ()


def policy_sections(clock: Clock, still_administered: StillAdministered) -> tuple[AnySection, ...]:
    """Make the sections of policy, in the order in which their objects need each other.

    They come after those of whom grants are made to. No change of theirs takes the last administrator's rights away.
    """
    return (
        StoredSection(
            ROLES,
            RoleEntry,
            complaints=role_complaints,
            in_full=_as_it_is,
            in_short=_as_it_is,
            references=_no_references,
            rows=_Guarded(ROLE_ROWS, clock, still_administered).guarded(),
        ),
        StoredSection(
            GRANTS,
            GrantEntry,
            complaints=grant_complaints,
            in_full=grant_in_full,
            in_short=grant_in_short,
            references=grant_references,
            rows=_Guarded(GRANT_ROWS, clock, still_administered).guarded(),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Guarded(Generic[EntryT]):
    """Rows of which no change leaves the organisation without an administrator."""

    rows: Rows[EntryT]
    clock: Clock
    still_administered: StillAdministered

    def guarded(self) -> Rows[EntryT]:
        return Rows(self.rows.read, self._create, self._update, self._delete)

    async def _create(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: EntryT,
        *,
        managed_by_file: bool,
    ) -> None:
        async with self._keeping(connection, organisation_id):
            await self.rows.create(connection, organisation_id, name, entry, managed_by_file=managed_by_file)

    async def _update(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: EntryT,
        *,
        managed_by_file: bool,
    ) -> None:
        async with self._keeping(connection, organisation_id):
            await self.rows.update(connection, organisation_id, name, entry, managed_by_file=managed_by_file)

    async def _delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
        async with self._keeping(connection, organisation_id):
            await self.rows.delete(connection, organisation_id, name)

    def _keeping(
        self, connection: AsyncConnection, organisation_id: OrganisationId
    ) -> AbstractAsyncContextManager[None]:
        return keeping_an_administrator(self.still_administered, connection, organisation_id, self.clock.now())
