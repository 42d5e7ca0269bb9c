"""The sections of `drawbridge.yaml` for an organisation, its teams, groups, projects and principals."""

from typing import Final, TypeVar

from drawbridge.config.sections import AnySection, Law
from drawbridge.config.stored import Rows, StoredSection
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.administration import KeepsAnAdministrator, StillAdministered
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
_KEPT: Final = ("suspended",)
"""Whoever writes an entry without it has not thought of letting anybody in again."""
"""Principals share their names: a key's owner is named without saying of which kind it is."""

_PrincipalEntryT = TypeVar("_PrincipalEntryT", UserEntry, ProgramEntry)


def identity_sections(clock: Clock, still_administered: StillAdministered = has_admin_key) -> tuple[AnySection, ...]:
    """Make the sections of identity, in the order in which their objects need each other.

    No change of them takes the last administrator away, who may be one by a team or group alone.
    """
    law = KeepsAnAdministrator(still_administered, clock)
    return (*_without_principals(law), *(_principal_section(kind, clock, law) for kind in SECTION_OF))


def _without_principals(law: Law) -> tuple[AnySection, ...]:
    return (
        StoredSection(
            ORGANISATION,
            OrganisationEntry,
            complaints=entries.organisation_complaints,
            rows=store.SETTINGS,
            is_single=True,
        ),
        StoredSection(
            TEAMS,
            TeamEntry,
            complaints=entries.name_complaints,
            references=entries.team_references,
            rows=store.TEAMS,
            contradictions=ring_complaints,
            law=law,
        ),
        StoredSection(
            GROUPS,
            GroupEntry,
            complaints=entries.name_complaints,
            references=entries.group_references,
            rows=store.GROUPS,
            contradictions=ring_complaints,
            law=law,
        ),
        StoredSection(
            PROJECTS,
            ProjectEntry,
            complaints=entries.name_complaints,
            references=entries.project_references,
            rows=store.PROJECTS,
        ),
    )


def _principal_section(kind: PrincipalKind, clock: Clock, law: Law) -> AnySection:
    if kind == "user":
        return StoredSection(
            SECTION_OF[kind],
            UserEntry,
            complaints=entries.user_complaints,
            in_full=entries.user_in_full,
            in_short=entries.user_in_full,
            references=entries.user_references,
            rows=_deleted_with_care(PrincipalRows(kind, _user_entry, clock)),
            shared_namespace=_PRINCIPALS,
            keeps_unsaid=_KEPT,
            law=law,
        )
    return StoredSection(
        SECTION_OF[kind],
        ProgramEntry,
        complaints=entries.program_complaints,
        in_full=entries.program_in_full,
        in_short=entries.program_in_full,
        references=entries.program_references,
        rows=_deleted_with_care(PrincipalRows(kind, _program_entry, clock)),
        shared_namespace=_PRINCIPALS,
        keeps_unsaid=_KEPT,
        law=law,
    )


def _deleted_with_care(rows: PrincipalRows[_PrincipalEntryT]) -> Rows[_PrincipalEntryT]:
    """Return rows of principals of whom none is deleted that leaves behind what nobody answers for."""

    async def delete(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
        await require_somebody_left(connection, organisation_id, name)
        await rows.delete(connection, organisation_id, name)

    return Rows(rows.read, rows.create, rows.update, delete)


def _user_entry(row: PrincipalRow) -> UserEntry:
    return UserEntry(
        display_name=row.display_name, email=row.email, teams=row.teams, groups=row.groups, suspended=row.suspended
    )


def _program_entry(row: PrincipalRow) -> ProgramEntry:
    return ProgramEntry(display_name=row.display_name, team=row.team, groups=row.groups, suspended=row.suspended)
