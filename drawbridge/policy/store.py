"""The SQL of policy: roles and grants."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.sections import Present
from drawbridge.config.stored import Rows
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.identity.tables import api_keys, groups, organisations, principals, projects, teams
from drawbridge.policy.compile import StoredGrant, compile_rules
from drawbridge.policy.entries import ConditionsEntry, GrantEntry, PermissionEntry, RoleEntry, subjects_of
from drawbridge.policy.errors import RoleInUseError, UnknownRoleError, UnknownSubjectError
from drawbridge.policy.notation import EVERYONE_IN_WORDS, Subject, SubjectKind, parse_subject, parse_team
from drawbridge.policy.rules import EVERYONE, RuleSet, make_rule_set
from drawbridge.policy.tables import grant_subjects, grants, roles

# Any: values of columns of several types, on their way into one statement.
Values = dict[str, Any]

_PLACES: Final[Mapping[SubjectKind, tuple[Table, str]]] = {
    "user": (principals, "principal_id"),
    "service_account": (principals, "principal_id"),
    "agent": (principals, "principal_id"),
    "group": (groups, "group_id"),
    "team": (teams, "team_id"),
    "project": (projects, "project_id"),
}
"""The table in which each kind of subject stands, and the column that leads there."""

_PERMISSIONS = tuple[PermissionEntry, ...]


async def load_rule_set(
    connection: AsyncConnection, organisation_id: OrganisationId, subjects: Mapping[UUID, frozenset[UUID]]
) -> RuleSet:
    """Read the rules of an organisation, and whom to ask there.

    `subjects` are by principal or project: itself, its groups and theirs, its teams and those above, EVERYONE.
    """
    query = select(organisations.c.whom_to_ask).where(organisations.c.id == organisation_id)
    whom_to_ask = (await connection.execute(query)).scalar_one_or_none() or ""
    rows = await connection.execute(_grants_query(organisation_id))
    return make_rule_set(compile_rules(_stored_grant(row) for row in rows), subjects, whom_to_ask)


async def read_roles(connection: AsyncConnection, organisation_id: OrganisationId) -> Mapping[str, Present[RoleEntry]]:
    """Read every role, as its entry."""
    query = select(roles).where(roles.c.organisation_id == organisation_id).order_by(roles.c.name)
    return {
        row.name: Present(
            RoleEntry(description=row.description, permissions=msgspec.convert(row.permissions, _PERMISSIONS)),
            row.managed_by_file,
        )
        for row in await connection.execute(query)
    }


async def read_grants(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[GrantEntry]]:
    """Read every grant, as its entry in full."""
    rows = await connection.execute(_grants_query(organisation_id))
    return {row.name: Present(_grant_entry(row), row.managed_by_file) for row in rows}


async def create_role(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: RoleEntry, *, managed_by_file: bool
) -> None:
    """Create a role from its entry."""
    await _insert(connection, roles, organisation_id, name, _role_values(entry, managed_by_file))


async def update_role(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: RoleEntry, *, managed_by_file: bool
) -> None:
    """Change a role to its entry, for every grant that gives it."""
    statement = update(roles).where(_named(roles, organisation_id, name))
    await connection.execute(statement.values(**_role_values(entry, managed_by_file)))


async def delete_role(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a role. Raises RoleInUseError while grants give it."""
    await _remove_grants_to_nobody(connection, organisation_id)
    query = (
        select(grants.c.name)
        .join(roles, roles.c.id == grants.c.role_id)
        .where(_named(roles, organisation_id, name))
        .order_by(grants.c.name)
    )
    if users := list((await connection.execute(query)).scalars()):
        raise RoleInUseError(f"Role {name!r} is given by these grants, so delete them first: {', '.join(users)}.")
    await connection.execute(delete(roles).where(_named(roles, organisation_id, name)))


async def create_grant(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: GrantEntry, *, managed_by_file: bool
) -> None:
    """Create a grant from its entry. Raises UnknownSubjectError, UnknownRoleError."""
    await _remove_grants_to_nobody(connection, organisation_id)
    values = await _grant_values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    grant_id = await _insert(connection, grants, organisation_id, name, values)
    await _write_subjects(connection, organisation_id, grant_id, subjects_of(entry))


async def update_grant(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str, entry: GrantEntry, *, managed_by_file: bool
) -> None:
    """Change a grant to its entry. Raises UnknownSubjectError, UnknownRoleError."""
    values = await _grant_values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    statement = update(grants).where(_named(grants, organisation_id, name)).values(**values).returning(grants.c.id)
    grant_id = (await connection.execute(statement)).scalar_one()
    await connection.execute(
        delete(grant_subjects).where(
            grant_subjects.c.organisation_id == organisation_id, grant_subjects.c.grant_id == grant_id
        )
    )
    await _write_subjects(connection, organisation_id, grant_id, subjects_of(entry))


async def delete_grant(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a grant."""
    await connection.execute(delete(grants).where(_named(grants, organisation_id, name)))


async def subject_id(connection: AsyncConnection, organisation_id: OrganisationId, subject: Subject) -> UUID:
    """Find somebody or something by kind and name. Raises UnknownSubjectError."""
    table, _ = _PLACES[subject.kind]
    query = select(table.c.id).where(_named(table, organisation_id, subject.name))
    if table is principals:
        query = query.where(principals.c.kind == subject.kind)
    subject_id = (await connection.execute(query)).scalar_one_or_none()
    if subject_id is None:
        kind = subject.kind.replace("_", " ")
        raise UnknownSubjectError(f"There is no {kind} {subject.name!r}: create it first, or correct the name.")
    return subject_id


async def subject_names(
    connection: AsyncConnection, organisation_id: OrganisationId, ids: Collection[UUID]
) -> dict[UUID, str]:
    """Return those of these ids that are there, each as `kind:name`."""
    found: dict[UUID, str] = {}
    for kind, (table, _) in _PLACES.items():
        if table is principals and kind != "user":
            continue
        written = principals.c.kind if table is principals else literal(kind)
        query = select(table.c.id, (written + ":" + table.c.name).label("written")).where(
            table.c.organisation_id == organisation_id, table.c.id.in_(list(ids))
        )
        found |= {row.id: row.written for row in await connection.execute(query)}
    return found


async def active_principals(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_ids: Collection[UUID], now: datetime
) -> dict[UUID, bool]:
    """Return which of these principals are not suspended, each with whether an admin key of its works at a time."""
    works = (
        api_keys.c.admin
        & api_keys.c.revoked_at.is_(None)
        & (api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > now))
    )
    query = (
        select(principals.c.id, func.coalesce(func.bool_or(works), False).label("has_admin_key"))
        .outerjoin(api_keys, api_keys.c.principal_id == principals.c.id)
        .where(
            principals.c.organisation_id == organisation_id,
            principals.c.id.in_(list(principal_ids)),
            principals.c.suspended_at.is_(None),
        )
        .group_by(principals.c.id)
    )
    return {row.id: row.has_admin_key for row in await connection.execute(query)}


async def grants_naming(connection: AsyncConnection, organisation_id: OrganisationId, principal_id: UUID) -> list[str]:
    """Return the names of the grants to a principal itself, sorted."""
    query = (
        select(grants.c.name)
        .join(grant_subjects, grant_subjects.c.grant_id == grants.c.id)
        .where(grants.c.organisation_id == organisation_id, grant_subjects.c.principal_id == principal_id)
        .order_by(grants.c.name)
    )
    return list((await connection.execute(query)).scalars())


async def forget_principal(connection: AsyncConnection, organisation_id: OrganisationId, principal_id: UUID) -> None:
    """Take a principal out of the grants that name it, and remove those that name nobody else."""
    named = (grant_subjects.c.organisation_id == organisation_id) & (grant_subjects.c.principal_id == principal_id)
    await connection.execute(delete(grant_subjects).where(named))
    await _remove_grants_to_nobody(connection, organisation_id)


ROLE_ROWS: Final = Rows(read_roles, create_role, update_role, delete_role)
GRANT_ROWS: Final = Rows(read_grants, create_grant, update_grant, delete_grant)


def _grants_query(organisation_id: OrganisationId) -> Select[*tuple[Any, ...]]:
    """Select grants with what they refer to. One whose subjects have all been deleted is not there any more."""
    within = teams.alias("within")
    subject_id = func.coalesce(
        grant_subjects.c.principal_id,
        grant_subjects.c.group_id,
        grant_subjects.c.team_id,
        grant_subjects.c.project_id,
        literal(EVERYONE),
    )
    subject = func.jsonb_build_array(subject_id, _subject_name())
    return (
        select(
            grants,
            roles.c.name.label("role"),
            roles.c.permissions.label("permissions"),
            within.c.name.label("within"),
            func.jsonb_agg(aggregate_order_by(subject, grant_subjects.c.position)).label("subjects"),
        )
        .join(grant_subjects, grant_subjects.c.grant_id == grants.c.id)
        .outerjoin(principals, principals.c.id == grant_subjects.c.principal_id)
        .outerjoin(groups, groups.c.id == grant_subjects.c.group_id)
        .outerjoin(teams, teams.c.id == grant_subjects.c.team_id)
        .outerjoin(projects, projects.c.id == grant_subjects.c.project_id)
        .outerjoin(roles, roles.c.id == grants.c.role_id)
        .outerjoin(within, within.c.id == grants.c.within_team_id)
        .where(grants.c.organisation_id == organisation_id)
        .group_by(grants.c.id, roles.c.id, within.c.id)
        .order_by(grants.c.name)
    )


def _subject_name() -> ColumnElement[str]:
    return case(
        (principals.c.id.is_not(None), principals.c.kind + ":" + principals.c.name),
        (groups.c.id.is_not(None), "group:" + groups.c.name),
        (teams.c.id.is_not(None), "team:" + teams.c.name),
        (projects.c.id.is_not(None), "project:" + projects.c.name),
        else_=EVERYONE_IN_WORDS,
    )


def _stored_grant(row: Row[*tuple[Any, ...]]) -> StoredGrant:
    entry = _grant_entry(row)
    own = () if entry.may is None or entry.on is None else (PermissionEntry(may=entry.may, on=entry.on),)
    return StoredGrant(
        name=row.name,
        effect=row.effect,
        subjects=tuple((UUID(subject_id), name) for subject_id, name in row.subjects),
        permissions=own if row.role is None else msgspec.convert(row.permissions, _PERMISSIONS),
        when=entry.when,
        within=row.within_team_id,
        role=row.role,
        reason=row.reason,
    )


def _grant_entry(row: Row[*tuple[Any, ...]]) -> GrantEntry:
    return GrantEntry(
        effect=row.effect,
        to=tuple(name for _, name in row.subjects),
        role=row.role,
        may=None if row.may is None else tuple(row.may),
        on=None if row.resources is None else tuple(row.resources),
        within=None if row.within is None else f"team:{row.within}",
        when=msgspec.convert(row.conditions, ConditionsEntry),
        reason=row.reason,
    )


def _role_values(entry: RoleEntry, managed_by_file: bool) -> Values:
    return {
        "description": entry.description,
        "permissions": msgspec.to_builtins(entry.permissions),
        "managed_by_file": managed_by_file,
    }


async def _grant_values(
    connection: AsyncConnection, organisation_id: OrganisationId, entry: GrantEntry, *, managed_by_file: bool
) -> Values:
    within = None if entry.within is None else Subject("team", parse_team(entry.within))
    return {
        "effect": entry.effect,
        "role_id": None if entry.role is None else await _role_id(connection, organisation_id, entry.role),
        "may": null() if entry.may is None else list(entry.may),
        "resources": null() if entry.on is None else list(entry.on),
        "within_team_id": None if within is None else await subject_id(connection, organisation_id, within),
        "conditions": msgspec.to_builtins(entry.when),
        "reason": entry.reason,
        "managed_by_file": managed_by_file,
    }


async def _role_id(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> UUID:
    query = select(roles.c.id).where(_named(roles, organisation_id, name))
    role_id = (await connection.execute(query)).scalar_one_or_none()
    if role_id is None:
        raise UnknownRoleError(f"There is no role {name!r}: create it first, or correct the name.")
    return role_id


async def _write_subjects(
    connection: AsyncConnection, organisation_id: OrganisationId, grant_id: UUID, written: Sequence[str]
) -> None:
    rows: list[Values] = []
    for position, subject in enumerate(map(parse_subject, written)):
        row: Values = {"organisation_id": organisation_id, "grant_id": grant_id, "position": position}
        row |= dict.fromkeys(("principal_id", "group_id", "team_id", "project_id"))
        if subject is not None:
            row[_PLACES[subject.kind][1]] = await subject_id(connection, organisation_id, subject)
        rows.append(row)
    await connection.execute(insert(grant_subjects), rows)


async def _remove_grants_to_nobody(connection: AsyncConnection, organisation_id: OrganisationId) -> None:
    """Remove grants whose subjects have all been deleted, so that their names and roles are free."""
    is_to_somebody = exists().where(grant_subjects.c.grant_id == grants.c.id)
    await connection.execute(delete(grants).where(grants.c.organisation_id == organisation_id, ~is_to_somebody))


def _named(table: Table, organisation_id: OrganisationId, name: str) -> ColumnElement[bool]:
    return (table.c.organisation_id == organisation_id) & (table.c.name == name)


async def _insert(
    connection: AsyncConnection, table: Table, organisation_id: OrganisationId, name: str, values: Values
) -> UUID:
    row_id = uuid7()
    await connection.execute(insert(table).values(id=row_id, organisation_id=organisation_id, name=name, **values))
    return row_id
