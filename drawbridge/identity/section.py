"""The sections of `drawbridge.yaml` for an organisation, its teams, groups, projects and principals."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from drawbridge.config.sections import AnySection
from drawbridge.config.stored import Rows, StoredSection
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.administration import StillAdministered, keeping_an_administrator
from drawbridge.identity.directory import entries, store
from drawbridge.identity.directory.entries import (
    GROUPS,
    TEAMS,
    GroupEntry,
    OrganisationEntry,
    ProgramEntry,
    ProjectEntry,
    TeamEntry,
    UserEntry,
)
from drawbridge.identity.directory.rings import ring_complaints
from drawbridge.identity.directory.store import PrincipalRow, PrincipalRows
from drawbridge.identity.people.people import require_somebody_left
from drawbridge.identity.records import PrincipalKind
from drawbridge.identity.store import has_admin_key

ORGANISATION: Final = store.SETTINGS_NAME
PROJECTS: Final = "projects"
SECTION_OF: Final[dict[PrincipalKind, str]] = {
    "user": "users",
    "service_account": "service_accounts",
    "agent": "agents",
}

_PRINCIPALS: Final = "principals"
"""Principals share their names: a key's owner is named without saying of which kind it is."""

_AnyEntryT = TypeVar("_AnyEntryT", OrganisationEntry, TeamEntry, GroupEntry, ProjectEntry)
_PrincipalEntryT = TypeVar("_PrincipalEntryT", UserEntry, ProgramEntry)


def identity_sections(clock: Clock, still_administered: StillAdministered = has_admin_key) -> tuple[AnySection, ...]:
    """Make the sections of identity, in the order in which their objects need each other."""
    return (*_WITHOUT_PRINCIPALS, *(_principal_section(kind, clock, still_administered) for kind in SECTION_OF))


def _as_it_is(entry: _AnyEntryT) -> _AnyEntryT:
    return entry


_WITHOUT_PRINCIPALS: Final[tuple[AnySection, ...]] = (
    StoredSection(
        ORGANISATION,
        OrganisationEntry,
        complaints=entries.organisation_complaints,
        in_full=_as_it_is,
        in_short=_as_it_is,
        references=lambda _: (),
        rows=store.SETTINGS,
        is_single=True,
    ),
    StoredSection(
        TEAMS,
        TeamEntry,
        complaints=entries.name_complaints,
        in_full=_as_it_is,
        in_short=_as_it_is,
        references=entries.team_references,
        rows=store.TEAMS,
        contradictions=ring_complaints,
    ),
    StoredSection(
        GROUPS,
        GroupEntry,
        complaints=entries.name_complaints,
        in_full=_as_it_is,
        in_short=_as_it_is,
        references=entries.group_references,
        rows=store.GROUPS,
        contradictions=ring_complaints,
    ),
    StoredSection(
        PROJECTS,
        ProjectEntry,
        complaints=entries.name_complaints,
        in_full=_as_it_is,
        in_short=_as_it_is,
        references=entries.project_references,
        rows=store.PROJECTS,
    ),
)


def _principal_section(kind: PrincipalKind, clock: Clock, still_administered: StillAdministered) -> AnySection:
    if kind == "user":
        users = _Guarded(PrincipalRows(kind, _user_entry, clock), clock, still_administered)
        return StoredSection(
            SECTION_OF[kind],
            UserEntry,
            complaints=entries.user_complaints,
            in_full=entries.user_in_full,
            in_short=entries.user_in_full,
            references=entries.user_references,
            rows=users.guarded(),
            shared_namespace=_PRINCIPALS,
        )
    programs = _Guarded(PrincipalRows(kind, _program_entry, clock), clock, still_administered)
    return StoredSection(
        SECTION_OF[kind],
        ProgramEntry,
        complaints=entries.program_complaints,
        in_full=entries.program_in_full,
        in_short=entries.program_in_full,
        references=entries.program_references,
        rows=programs.guarded(),
        shared_namespace=_PRINCIPALS,
    )


@dataclass(frozen=True, slots=True)
class _Guarded(Generic[_PrincipalEntryT]):
    """Principals of which the last administrator is neither suspended nor deleted."""

    rows: PrincipalRows[_PrincipalEntryT]
    clock: Clock
    still_administered: StillAdministered

    def guarded(self) -> Rows[_PrincipalEntryT]:
        return Rows(self.rows.read, self.rows.create, self._update, self._delete)

    async def _update(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        name: str,
        entry: _PrincipalEntryT,
        *,
        managed_by_file: bool,
    ) -> None:
        now = self.clock.now()
        async with keeping_an_administrator(self.still_administered, connection, organisation_id, now):
            await self.rows.update(connection, organisation_id, name, entry, managed_by_file=managed_by_file)

    async def _delete(self, connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
        now = self.clock.now()
        await require_somebody_left(connection, organisation_id, name)
        async with keeping_an_administrator(self.still_administered, connection, organisation_id, now):
            await self.rows.delete(connection, organisation_id, name)


def _user_entry(row: PrincipalRow) -> UserEntry:
    return UserEntry(
        display_name=row.display_name, email=row.email, teams=row.teams, groups=row.groups, suspended=row.suspended
    )


def _program_entry(row: PrincipalRow) -> ProgramEntry:
    return ProgramEntry(display_name=row.display_name, team=row.team, groups=row.groups, suspended=row.suspended)
