from collections.abc import Mapping
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.membership import Belonging, load_subjects, subjects_of_all, teams_of
from drawbridge.identity.records import EVERYONE
from drawbridge.identity.tables import groups, principals, projects, teams
from drawbridge.policy.rules import EVERYONE as EVERYONE_IN_RULES
from tests.identity.directory.applying import apply
from tests.parts.organisations import make_organisation

COMPANY = """\
teams:
  research: {}
  interns: {parent: research}
  summer: {parent: interns}
  sales: {}
groups:
  on-call: {}
  night: {parent: on-call}
projects:
  search: {team: interns}
  free: {}
users:
  ana: {teams: [summer, sales], groups: [night]}
  ben: {}
service_accounts:
  ci-bot: {team: interns, groups: [on-call]}
"""

IDS = st.integers(1, 12).map(lambda number: UUID(int=number))


@st.composite
def belongings(draw: st.DrawFn) -> Belonging:
    """Draw who is in what, rings of teams included: a computation must end whatever is stored."""
    team_ids, group_ids = draw(st.lists(IDS, unique=True)), draw(st.lists(IDS.map(_other), unique=True))
    people = [UUID(int=100 + number) for number in range(draw(st.integers(0, 5)))]
    work = [UUID(int=200 + number) for number in range(draw(st.integers(0, 3)))]
    return Belonging(
        principals=people,
        projects={project: draw(_maybe(team_ids)) for project in work},
        teams={team: draw(_maybe(team_ids)) for team in team_ids},
        groups={group: draw(_maybe(group_ids)) for group in group_ids},
        teams_of={person: draw(_some(team_ids)) for person in people if draw(st.booleans())},
        groups_of={person: draw(_some(group_ids)) for person in people if draw(st.booleans())},
    )


def _other(some_id: UUID) -> UUID:
    return UUID(int=some_id.int + 50)


def _maybe(ids: list[UUID]) -> st.SearchStrategy[UUID | None]:
    return st.none() | st.sampled_from(ids) if ids else st.none()


def _some(ids: list[UUID]) -> st.SearchStrategy[list[UUID]]:
    return st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])


def reached(start: set[UUID], parents: Mapping[UUID, UUID | None]) -> set[UUID]:
    """Climb step by step until nothing is new: slow, and plainly right."""
    while True:
        further = start | {parent for one in start if (parent := parents.get(one)) is not None}
        if further == start:
            return start
        start = further


@settings(deadline=None)
@given(belongings())
def test_subjects_are_what_climbing_step_by_step_finds(belonging: Belonging) -> None:
    found = subjects_of_all(belonging)

    assert set(found) == {*belonging.principals, *belonging.projects}
    for principal in belonging.principals:
        in_teams = reached(set(belonging.teams_of.get(principal, ())), belonging.teams)
        in_groups = reached(set(belonging.groups_of.get(principal, ())), belonging.groups)
        assert found[principal] == {principal, EVERYONE, *in_teams, *in_groups}
    for project, team in belonging.projects.items():
        assert found[project] == {project, EVERYONE, *reached({team} if team else set(), belonging.teams)}


@settings(deadline=None)
@given(belongings(), st.data())
def test_who_leaves_a_team_is_never_part_of_more(belonging: Belonging, data: st.DataObject) -> None:
    members = [person for person, joined in belonging.teams_of.items() if list(joined)]
    if not members:
        return
    leaver = data.draw(st.sampled_from(members))
    left = {**belonging.teams_of, leaver: list(belonging.teams_of[leaver])[1:]}

    after = subjects_of_all(
        Belonging(
            belonging.principals, belonging.projects, belonging.teams, belonging.groups, left, belonging.groups_of
        )
    )

    before = subjects_of_all(belonging)
    assert all(after[who] <= before[who] for who in before)


def test_a_deep_tree_of_teams_is_no_matter_of_recursion() -> None:
    ids = [UUID(int=number) for number in range(1, 3001)]
    somebody = UUID(int=9999)
    parents = dict(zip(ids, [*ids[1:], None], strict=True))

    found = subjects_of_all(Belonging([somebody], teams=parents, teams_of={somebody: [ids[0]]}))

    assert len(found[somebody]) == 3002


def test_everyone_is_the_same_for_rules_and_for_membership() -> None:
    assert EVERYONE_IN_RULES == EVERYONE == UUID(int=0)


async def _ids(database: Database, organisation_id: OrganisationId) -> dict[str, UUID]:
    async with database.organisation(organisation_id) as connection:
        return {
            row.name: row.id
            for table in (principals, teams, groups, projects)
            for row in await connection.execute(select(table.c.name, table.c.id))
        }


async def test_subjects_are_loaded_for_everybody_of_the_organisation_and_nobody_else(
    database: Database, organisation_id: OrganisationId
) -> None:
    other = await make_organisation(database, "other")
    await apply(database, other, COMPANY)
    await apply(database, organisation_id, COMPANY)
    ids = await _ids(database, organisation_id)
    names = {value: name for name, value in ids.items()}

    async with database.organisation(organisation_id) as connection:
        found = await load_subjects(connection, organisation_id)

    assert {names[who]: {names.get(subject, "everyone") for subject in all_of} for who, all_of in found.items()} == {
        "ana": {"ana", "summer", "interns", "research", "sales", "night", "on-call", "everyone"},
        "ben": {"ben", "everyone"},
        "ci-bot": {"ci-bot", "interns", "research", "on-call", "everyone"},
        "search": {"search", "interns", "research", "everyone"},
        "free": {"free", "everyone"},
    }


async def test_the_teams_of_objects_come_with_those_above_them(
    database: Database, organisation_id: OrganisationId
) -> None:
    await apply(database, organisation_id, COMPANY)
    ids = await _ids(database, organisation_id)
    names = {value: name for name, value in ids.items()}

    async def found(*of: str) -> set[str]:
        async with database.organisation(organisation_id) as connection:
            return {names[team] for team in await teams_of(connection, organisation_id, *(ids[name] for name in of))}

    assert await found("ana") == {"summer", "interns", "research", "sales"}
    assert await found("ben") == await found("free") == await found() == set()
    assert await found("ci-bot") == await found("search") == await found("interns") == {"interns", "research"}
    assert await found("ben", "search") == {"interns", "research"}


async def test_the_teams_of_what_another_organisation_has_are_none(
    database: Database, organisation_id: OrganisationId
) -> None:
    other = await make_organisation(database, "other")
    await apply(database, organisation_id, COMPANY)
    ana = (await _ids(database, organisation_id))["ana"]

    async with database.organisation(other) as connection:
        assert await teams_of(connection, other, ana) == frozenset()
