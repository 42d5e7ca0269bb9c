"""The SQL of membership: who is in what, by ids."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId
from drawbridge.identity.tables import group_members, groups, principals, projects, team_members, teams


async def read_principal_ids(connection: AsyncConnection, organisation_id: OrganisationId) -> list[UUID]:
    """Return every principal's id."""
    query = select(principals.c.id).where(principals.c.organisation_id == organisation_id)
    return list((await connection.execute(query)).scalars())


async def read_team_parents(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, UUID | None]:
    """Return every team with the one above it, by ids."""
    return await _read_parents(connection, teams, organisation_id)


async def read_group_parents(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, UUID | None]:
    """Return every group with the one around it, by ids."""
    return await _read_parents(connection, groups, organisation_id)


async def read_project_teams(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, UUID | None]:
    """Return every project with its team, by ids."""
    query = select(projects.c.id, projects.c.team_id).where(projects.c.organisation_id == organisation_id)
    return {row.id: row.team_id for row in await connection.execute(query)}


async def read_teams_of(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, list[UUID]]:
    """Return the teams of every principal that has any, by ids: of a program, the team that answers for it."""
    members = select(team_members.c.principal_id, team_members.c.team_id)
    answered_for = select(principals.c.id, principals.c.owner_team_id)
    query = union_all(
        members.where(team_members.c.organisation_id == organisation_id),
        answered_for.where(principals.c.organisation_id == organisation_id, principals.c.owner_team_id.is_not(None)),
    )
    return _gathered(await connection.execute(query))


async def read_groups_of(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, list[UUID]]:
    """Return the groups of every principal that has any, by ids."""
    query = select(group_members.c.principal_id, group_members.c.principal_group_id)
    return _gathered(await connection.execute(query.where(group_members.c.organisation_id == organisation_id)))


async def read_teams_above(
    connection: AsyncConnection, organisation_id: OrganisationId, ids: Collection[UUID]
) -> list[UUID]:
    """Return the teams of principals and projects, and the teams among the ids, all with those above them."""
    wanted = list(ids)
    own = union(
        select(teams.c.id).where(teams.c.organisation_id == organisation_id, teams.c.id.in_(wanted)),
        select(team_members.c.team_id).where(
            team_members.c.organisation_id == organisation_id, team_members.c.principal_id.in_(wanted)
        ),
        select(principals.c.owner_team_id).where(
            principals.c.organisation_id == organisation_id, principals.c.id.in_(wanted)
        ),
        select(projects.c.team_id).where(projects.c.organisation_id == organisation_id, projects.c.id.in_(wanted)),
    ).subquery()
    above = select(own.c.id).where(own.c.id.is_not(None)).cte("above", recursive=True)
    further = select(teams.c.parent_id).join(above, above.c.id == teams.c.id).where(teams.c.parent_id.is_not(None))
    # `union`, not `union all`: a ring, which should not be, ends where it closes.
    return list((await connection.execute(select(above.union(further).c.id))).scalars())


async def _read_parents(
    connection: AsyncConnection, table: Table, organisation_id: OrganisationId
) -> dict[UUID, UUID | None]:
    query = select(table.c.id, table.c.parent_id).where(table.c.organisation_id == organisation_id)
    return {row.id: row.parent_id for row in await connection.execute(query)}


def _gathered(pairs: Iterable[Row[*tuple[Any, ...]]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for member, whole in pairs:
        found.setdefault(member, []).append(whole)
    return found
