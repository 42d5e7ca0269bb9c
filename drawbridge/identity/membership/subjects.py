"""Who is part of what: the subjects that rules may be written for, worked out for everybody of an organisation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.membership import store
from drawbridge.identity.records import EVERYONE

Parents = Mapping[UUID, UUID | None]
"""Teams or groups, each with the one above it."""
Memberships = Mapping[UUID, Iterable[UUID]]


@dataclass(frozen=True, slots=True)
class Belonging:
    """Who is in what, by ids, as it is stored."""

    principals: Iterable[UUID]
    projects: Mapping[UUID, UUID | None] = field(default_factory=dict[UUID, UUID | None])
    """Each with its team."""
    teams: Parents = field(default_factory=dict[UUID, UUID | None])
    groups: Parents = field(default_factory=dict[UUID, UUID | None])
    teams_of: Memberships = field(default_factory=dict[UUID, Iterable[UUID]])
    """By principal: a person's teams, or the team that answers for a program."""
    groups_of: Memberships = field(default_factory=dict[UUID, Iterable[UUID]])


async def load_subjects(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, frozenset[UUID]]:
    """Return what each principal and project of an organisation is part of, as `subjects_of_all` does."""
    belonging = Belonging(
        principals=await store.read_principal_ids(connection, organisation_id),
        projects=await store.read_project_teams(connection, organisation_id),
        teams=await store.read_team_parents(connection, organisation_id),
        groups=await store.read_group_parents(connection, organisation_id),
        teams_of=await store.read_teams_of(connection, organisation_id),
        groups_of=await store.read_groups_of(connection, organisation_id),
    )
    return subjects_of_all(belonging)


async def load_cost_teams(connection: AsyncConnection, organisation_id: OrganisationId) -> dict[UUID, UUID]:
    """Return the team that bears what a principal or project costs: its own, the first it had where there are more."""
    of_projects = await store.read_project_teams(connection, organisation_id)
    of_principals = await store.read_teams_of(connection, organisation_id)
    found = {project: team for project, team in of_projects.items() if team is not None}
    return found | {principal: min(teams) for principal, teams in of_principals.items()}


def subjects_of_all(belonging: Belonging) -> dict[UUID, frozenset[UUID]]:
    """Return, by principal and project, everything that a rule about it may name.

    That is itself, its groups and those around them, its teams and those above them, and EVERYONE. A program is in the
    team that answers for it.
    """
    teams_above, groups_above = _with_those_above(belonging.teams), _with_those_above(belonging.groups)
    found: dict[UUID, frozenset[UUID]] = {}
    for principal in belonging.principals:
        teams = (teams_above[team] for team in belonging.teams_of.get(principal, ()))
        groups = (groups_above[group] for group in belonging.groups_of.get(principal, ()))
        found[principal] = frozenset({principal, EVERYONE}).union(*teams, *groups)
    for project, team in belonging.projects.items():
        teams = () if team is None else (teams_above[team],)
        found[project] = frozenset({project, EVERYONE}).union(*teams)
    return found


async def teams_of(connection: AsyncConnection, organisation_id: OrganisationId, *ids: UUID) -> frozenset[UUID]:
    """Return the teams that objects belong to, with those above them.

    The objects are principals, projects, or teams, which belong to themselves, by id. A key belongs to the teams of its
    owner and of its project: give both.
    """
    return frozenset(await store.read_teams_above(connection, organisation_id, ids))


def _with_those_above(parents: Parents) -> dict[UUID, frozenset[UUID]]:
    """Return each with all above it, itself included. A ring, which should not be, ends where it closes."""
    above: dict[UUID, frozenset[UUID]] = {}
    for start in parents:
        way: list[UUID] = []
        at: UUID | None = start
        while at is not None and at not in above and at not in way:
            way.append(at)
            at = parents.get(at)
        if at is not None and at in way:
            ring = way[way.index(at) :]
            above.update(dict.fromkeys(ring, frozenset(ring)))
        for step in reversed(way):
            if step not in above:
                parent = parents.get(step)
                above[step] = frozenset({step}) | (above[parent] if parent is not None else frozenset())
    return above
