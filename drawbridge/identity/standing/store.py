"""The SQL behind the door of the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, String, cast, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.identity.records import PrincipalKind
from drawbridge.identity.tables import api_keys, organisations, principals, projects, team_members, teams


@dataclass(frozen=True, slots=True)
class Standing:
    """How a principal stands at one moment."""

    kind: PrincipalKind
    name: str
    is_suspended: bool
    """The principal is, or the whole organisation."""
    revision: int
    """Of the organisation: what rules are made of has not changed while it stays."""


async def load_standing(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> Standing | None:
    """Return how a principal stands; None when there is nobody of that id."""
    query = (
        select(
            principals.c.kind,
            principals.c.name,
            (principals.c.suspended_at.is_not(None) | organisations.c.suspended_at.is_not(None)).label("suspended"),
            organisations.c.revision,
        )
        .join(organisations, organisations.c.id == principals.c.organisation_id)
        .where(principals.c.organisation_id == organisation_id, principals.c.id == principal_id)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Standing(row.kind, row.name, row.suspended, row.revision)


_PRINCIPAL_KINDS: Final = frozenset({"user", "service_account", "agent"})

# Any: rows of a name, and of a name and a team's id.
_Names = Select[*tuple[Any, ...]]


async def teams_of(
    connection: AsyncConnection, organisation_id: OrganisationId, kind: str
) -> Mapping[str, frozenset[UUID]]:
    """Return the teams that each object of a kind belongs to, with those above them, by the objects' names.

    Keys go by their ids. There is nothing for kinds that never belong to a team.
    """
    queries = _belonging(organisation_id, kind)
    if queries is None:
        return {}
    names, pairs = queries
    found: dict[str, set[UUID]] = {row.name: set() for row in await connection.execute(names)}
    above, own = _above(organisation_id), pairs.subquery()
    upwards = select(own.c.name, above.c.ancestor).join(above, above.c.team_id == own.c.team_id)
    for row in await connection.execute(upwards):
        found[row.name].add(row.ancestor)
    return {name: frozenset(team_ids) for name, team_ids in found.items()}


def _belonging(organisation_id: OrganisationId, kind: str) -> tuple[_Names, _Names] | None:
    """Return the queries for the names of a kind's objects, and for these with the teams that they belong to."""
    match kind:
        case "team":
            mine = teams.c.organisation_id == organisation_id
            return select(teams.c.name).where(mine), select(teams.c.name, teams.c.id.label("team_id")).where(mine)
        case "project":
            mine = projects.c.organisation_id == organisation_id
            return select(projects.c.name).where(mine), select(projects.c.name, projects.c.team_id).where(mine)
        case "key":
            return _keys(organisation_id)
        case _ if kind in _PRINCIPAL_KINDS:
            return _principals((principals.c.organisation_id == organisation_id) & (principals.c.kind == kind))
        case _:
            return None


def _principals(wanted: ColumnElement[bool]) -> tuple[_Names, _Names]:
    members = (
        select(principals.c.name, team_members.c.team_id)
        .join(team_members, team_members.c.principal_id == principals.c.id)
        .where(wanted)
    )
    owned = select(principals.c.name, principals.c.owner_team_id).where(wanted)
    both = union(members, owned).subquery()
    return select(principals.c.name).where(wanted), select(both.c.name, both.c.team_id)


def _keys(organisation_id: OrganisationId) -> tuple[_Names, _Names]:
    wanted = api_keys.c.organisation_id == organisation_id
    name = cast(api_keys.c.id, String).label("name")
    of_member = select(name, team_members.c.team_id).join(
        team_members, team_members.c.principal_id == api_keys.c.principal_id
    )
    of_owner = select(name, principals.c.owner_team_id).join(principals, principals.c.id == api_keys.c.principal_id)
    of_project = select(name, projects.c.team_id).join(projects, projects.c.id == api_keys.c.project_id)
    pairs = union(of_member.where(wanted), of_owner.where(wanted), of_project.where(wanted)).subquery()
    return select(name).where(wanted), select(pairs.c.name, pairs.c.team_id)


def _above(organisation_id: OrganisationId) -> CTE:
    """Return each team with itself and every team above it. A ring, should there be one, ends it."""
    start = select(teams.c.id.label("team_id"), teams.c.id.label("ancestor"))
    above = start.where(teams.c.organisation_id == organisation_id).cte("above", recursive=True)
    step = (
        select(above.c.team_id, teams.c.parent_id)
        .join(teams, teams.c.id == above.c.ancestor)
        .where(teams.c.parent_id.is_not(None))
    )
    return above.union(step)
