"""The SQL of suspension and deletion."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.identity.tables import api_keys, group_members, groups, principals, projects, team_members, teams


@dataclass(frozen=True, slots=True)
class LeftTeam:
    """A team that would have nobody left, and what it answers for."""

    id: UUID
    name: str
    answers_for: tuple[str, ...]
    """In words, such as `project search`."""


async def set_suspended(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, at: datetime | None
) -> None:
    """Suspend a principal; None: reactivate."""
    statement = update(principals).where(
        principals.c.organisation_id == organisation_id, principals.c.id == principal_id
    )
    await connection.execute(statement.values(suspended_at=at))


async def suspended_by_file(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> bool:
    """Tell whether it is the file that suspends a principal."""
    query = select(principals.c.suspended_by_file).where(
        principals.c.organisation_id == organisation_id, principals.c.id == principal_id
    )
    return bool((await connection.execute(query)).scalar_one())


async def delete_principal(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> None:
    """Delete a principal with its keys and memberships."""
    await connection.execute(
        delete(principals).where(principals.c.organisation_id == organisation_id, principals.c.id == principal_id)
    )


async def count_keys(connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId) -> int:
    """Count the keys of a principal that are not revoked."""
    query = select(func.count()).where(
        api_keys.c.organisation_id == organisation_id,
        api_keys.c.principal_id == principal_id,
        api_keys.c.revoked_at.is_(None),
    )
    return (await connection.execute(query)).scalar_one()


async def names_of_wholes(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> tuple[list[str], list[str]]:
    """Return the names of the teams and of the groups that a principal is in, sorted."""
    found: list[list[str]] = []
    for whole, members in ((teams, team_members), (groups, group_members)):
        query = (
            select(whole.c.name)
            .join(members, members.c[f"{whole.name}_id"] == whole.c.id)
            .where(whole.c.organisation_id == organisation_id, members.c.principal_id == principal_id)
            .order_by(whole.c.name)
        )
        found.append(list((await connection.execute(query)).scalars()))
    return found[0], found[1]


async def teams_left_alone(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> list[LeftTeam]:
    """Return the teams in which this is the last person who is not suspended, as far as they answer for something."""
    others = (
        select(team_members.c.team_id)
        .join(principals, principals.c.id == team_members.c.principal_id)
        .where(
            team_members.c.organisation_id == organisation_id,
            principals.c.id != principal_id,
            principals.c.suspended_at.is_(None),
        )
    )
    things = union_all(
        select(projects.c.team_id, (func.concat("project ", projects.c.name)).label("thing")).where(
            projects.c.organisation_id == organisation_id
        ),
        select(
            principals.c.owner_team_id.label("team_id"),
            func.concat(func.replace(principals.c.kind, "_", " "), " ", principals.c.name).label("thing"),
        ).where(principals.c.organisation_id == organisation_id),
    ).subquery()
    query = (
        select(teams.c.id, teams.c.name, func.array_agg(things.c.thing).label("things"))
        .join(team_members, team_members.c.team_id == teams.c.id)
        .join(things, things.c.team_id == teams.c.id)
        .where(
            teams.c.organisation_id == organisation_id,
            team_members.c.principal_id == principal_id,
            ~exists(others.where(team_members.c.team_id == teams.c.id).correlate(teams)),
        )
        .group_by(teams.c.id)
        .order_by(teams.c.name)
    )
    return [LeftTeam(row.id, row.name, tuple(sorted(row.things))) for row in await connection.execute(query)]


async def join_teams(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, team_ids: Collection[UUID]
) -> None:
    """Let a person join teams. Whoever is in one already stays."""
    rows = [
        {"organisation_id": organisation_id, "team_id": team_id, "principal_id": principal_id} for team_id in team_ids
    ]
    if rows:
        await connection.execute(insert(team_members).values(rows).on_conflict_do_nothing())
